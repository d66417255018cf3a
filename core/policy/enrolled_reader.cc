#include "policy/enrolled_reader.h"

#include <algorithm>
#include <span>

#include "codec/json_reader.h"
#include "policy/record_lines.h"

namespace countersign {
namespace {

template <class Value>
Status read_word(const JsonValue& value, std::span<const std::string_view> words, Value& out) {
  const auto found = std::find(words.begin(), words.end(), value.string);
  if (!value.is_string() || found == words.end()) {
    return error_at(ErrorCode::policy_credentials_malformed, value.offset);
  }
  out = static_cast<Value>(found - words.begin());
  return ok();
}

Status read_flag(const JsonValue& value, bool& out) {
  if (!value.is_boolean()) {
    return error_at(ErrorCode::policy_credentials_malformed, value.offset);
  }
  out = value.boolean;
  return ok();
}

Status read_fact(EnrolledCredential& credential, const std::string& name, const JsonValue& value) {
  CredentialFacts& facts = credential.known.facts;
  const Error malformed = error_at(ErrorCode::policy_credentials_malformed, value.offset);
  if (name == "user" || name == "aaguid") {
    if (!value.is_string() || (name == "aaguid" && !is_aaguid_text(value.string))) {
      return malformed;
    }
    (name == "user" ? credential.user : facts.aaguid) = value.string;
  } else if (name == "modelProved") {
    return read_flag(value, facts.is_model_proved);
  } else if (name == "backupEligible") {
    return read_flag(value, facts.is_backup_eligible);
  } else if (name == "discoverable") {
    bool is_discoverable = false;
    CS_TRY(read_flag(value, is_discoverable));
    facts.is_discoverable = is_discoverable;
  } else if (name == "backedUp") {
    bool is_backed_up = false;
    CS_TRY(read_flag(value, is_backed_up));
    credential.known.is_backed_up = is_backed_up;
  } else if (name == "recovered") {
    bool is_recovered = false;
    CS_TRY(read_flag(value, is_recovered));
    credential.known.is_recovered = is_recovered;
  } else if (name == "attestation") {
    return read_word(value, kAttestationWords, facts.attestation);
  } else if (name == "format" || name == "metadataStatus") {
    const bool is_format = name == "format";
    const InputRow& row = row_of(is_format ? PolicyInput::credential_format
                                           : PolicyInput::credential_metadata_status);
    unsigned index = 0;
    CS_TRY(read_word(value, row.choices, index));
    if (is_format) {
      credential.known.format = row.choices[index];
    } else {
      credential.known.metadata_status = row.choices[index];
    }
  } else if (name == "counter") {
    unsigned index = 0;
    CS_TRY(read_word(value, row_of(PolicyInput::authentication_counter).choices, index));
    credential.counter = row_of(PolicyInput::authentication_counter).choices[index];
  } else if (name == "certification") {
    return read_word(value, row_of(PolicyInput::credential_certification).choices,
                     facts.certification);
  } else if (name == "algorithm") {
    unsigned index = 0;
    CS_TRY(read_word(value, row_of(PolicyInput::credential_algorithm).choices, index));
    facts.algorithm = 1U << index;
  } else if (name == "transports") {
    if (!value.is_array()) {
      return malformed;
    }
    for (const JsonValue& item : value.items) {
      unsigned index = 0;
      CS_TRY(read_word(item, row_of(PolicyInput::credential_transports).choices, index));
      facts.transports = static_cast<TransportMask>(facts.transports | 1U << index);
    }
  } else if (name == "age" || name == "lastUsedAge") {
    std::optional<std::int64_t>& age = name == "age" ? facts.age : credential.known.last_used_age;
    age = value.is_string() ? parse_duration(value.string) : std::nullopt;
    if (!age) {
      return malformed;
    }
  } else {
    return error_at(ErrorCode::policy_credentials_malformed, value.name_offset);
  }
  return ok();
}

}  // namespace

Result<std::vector<EnrolledCredential>> parse_enrolled_credentials(std::string_view lines) {
  std::vector<EnrolledCredential> credentials;
  const auto read = [&](std::string_view line) -> Status {
    CS_ASSIGN(const JsonValue value, parse_json(line));
    if (!value.is_object()) {
      return error_at(ErrorCode::policy_credentials_malformed, value.offset);
    }
    EnrolledCredential credential;
    for (const auto& [name, member] : value.members) {
      CS_TRY(read_fact(credential, name, member));
    }
    if (credential.user.empty() || credential.known.facts.algorithm == 0 ||
        !credential.known.facts.age) {
      return error_at(ErrorCode::policy_credentials_malformed, value.offset);
    }
    credentials.push_back(std::move(credential));
    return ok();
  };
  CS_TRY(for_each_line(lines, read));
  return credentials;
}

Result<std::vector<KnownModel>> parse_known_models(std::string_view lines) {
  std::vector<KnownModel> models;
  const auto read = [&](std::string_view line) -> Status {
    CS_ASSIGN(const JsonValue value, parse_json(line));
    KnownModel model;
    for (const auto& [name, member] : value.members) {
      if (name == "certification") {
        CS_TRY(read_word(member, row_of(PolicyInput::credential_certification).choices,
                         model.certification));
      } else if (name == "acceptable") {
        CS_TRY(read_flag(member, model.is_acceptable));
      } else if (name == "aaguid" && is_aaguid_text(member.string)) {
        model.aaguid = member.string;
      } else {
        return error_at(ErrorCode::policy_credentials_malformed, member.name_offset);
      }
    }
    if (model.aaguid.empty()) {
      return error_at(ErrorCode::policy_credentials_malformed, value.offset);
    }
    models.push_back(std::move(model));
    return ok();
  };
  CS_TRY(for_each_line(lines, read));
  return models;
}

}  // namespace countersign
