#include <algorithm>

#include "policy/policy_json.h"
#include "policy/simulation.h"

namespace countersign {
namespace {

Error error_at(ErrorCode code, std::size_t offset) {
  return {code, Check::none, static_cast<std::uint32_t>(offset)};
}

// Fields of one record; stands behind its line end afterwards.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  struct Field {
    std::string value;
    std::size_t offset = 0;
  };

  bool is_done() const { return at_ == text_.size(); }
  std::size_t offset() const { return at_; }

  Result<std::vector<Field>> read_record() {
    std::vector<Field> fields;
    for (;;) {
      CS_ASSIGN(Field field, read_field());
      fields.push_back(std::move(field));
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      at_ += text_.substr(at_).starts_with("\r\n") ? 2 : at_ < text_.size() ? 1 : 0;
      return fields;
    }
  }

 private:
  Result<Field> read_field() {
    Field field;
    field.offset = at_;
    if (at_ == text_.size() || text_[at_] != '"') {
      const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
      field.value = text_.substr(at_, end - at_);
      at_ = end;
    } else {
      for (++at_;; ++at_) {
        const std::size_t end = text_.find('"', at_);
        if (end == std::string_view::npos) {
          return error_at(ErrorCode::policy_table_malformed, field.offset);
        }
        field.value += text_.substr(at_, end - at_);
        at_ = end + 1;
        if (at_ == text_.size() || text_[at_] != '"') {
          break;
        }
        field.value += '"';
      }
    }
    const bool is_end = at_ == text_.size() || text_[at_] == ',' || text_[at_] == '\n' ||
                        text_.substr(at_).starts_with("\r\n");
    if (!is_end) {
      return error_at(ErrorCode::policy_table_malformed, at_);
    }
    return field;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::int64_t> parse_integer(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  if (text.empty() || text.size() > kMaxDigits) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

Status set_field(PolicyInputs& inputs, const InputRow& row, const std::string& text) {
  std::optional<std::int64_t> number;
  switch (row.type) {
    case InputType::integer:
      number = parse_integer(text);
      break;
    case InputType::duration:
      number = parse_duration(text);
      number = number ? number : parse_integer(text);
      break;
    case InputType::boolean:
      number = text == "true"    ? std::optional<std::int64_t>(1)
               : text == "false" ? std::optional<std::int64_t>(0)
                                 : std::nullopt;
      break;
    case InputType::choice:
    case InputType::text:
    case InputType::aaguid:
      return inputs.set_text(row.id, text);
    case InputType::members: {
      std::vector<std::string> members;
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (end > at) {
          members.push_back(text.substr(at, end - at));
        }
        at = end + 1;
      }
      return inputs.set_members(row.id, std::move(members));
    }
  }
  return number ? inputs.set_number(row.id, *number)
                : Status(ErrorCode::policy_input_value_invalid);
}

// Calls `read` with each line that is not blank.
template <class Read>
Status for_each_line(std::string_view text, Read read) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      if (const Status status = read(line); !status) {
        return error_at(status.error().code, at + status.error().offset);
      }
    }
    at = end + 1;
  }
  return ok();
}

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
  constexpr std::string_view kAttestations[] = {"none", "indirect", "direct", "enterprise"};
  CredentialFacts& facts = credential.facts;
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
    credential.is_backed_up = is_backed_up;
  } else if (name == "attestation") {
    return read_word(value, kAttestations, facts.attestation);
  } else if (name == "format" || name == "metadataStatus") {
    const bool is_format = name == "format";
    const InputRow& row = row_of(is_format ? PolicyInput::credential_format
                                           : PolicyInput::credential_metadata_status);
    unsigned index = 0;
    CS_TRY(read_word(value, row.choices, index));
    (is_format ? credential.format : credential.metadata_status) = row.choices[index];
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
    std::optional<std::int64_t>& age = name == "age" ? facts.age : credential.last_used_age;
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

Result<std::vector<PolicyInputs>> parse_policy_table(std::string_view csv) {
  CsvReader reader(csv);
  std::vector<const InputRow*> columns;
  std::optional<std::size_t> ceremony_column;
  CS_ASSIGN(const std::vector<CsvReader::Field> header, reader.read_record());
  for (const CsvReader::Field& field : header) {
    const InputRow* row = find_policy_input(field.value);
    if (row == nullptr || std::find(columns.begin(), columns.end(), row) != columns.end()) {
      return error_at(ErrorCode::policy_table_malformed, field.offset);
    }
    if (row->id == PolicyInput::ceremony) {
      ceremony_column = columns.size();
    }
    columns.push_back(row);
  }
  if (!ceremony_column) {
    return error_at(ErrorCode::policy_ceremony_missing, 0);
  }
  std::vector<PolicyInputs> rows;
  while (!reader.is_done()) {
    const std::size_t begin = reader.offset();
    CS_ASSIGN(const std::vector<CsvReader::Field> fields, reader.read_record());
    if (fields.size() != columns.size()) {
      return error_at(ErrorCode::policy_table_malformed, begin);
    }
    const CsvReader::Field& named = fields[*ceremony_column];
    const std::optional<PolicyCeremony> ceremony = find_policy_ceremony(named.value);
    if (!ceremony) {
      return error_at(ErrorCode::policy_input_value_invalid, named.offset);
    }
    PolicyInputs inputs(*ceremony);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i == *ceremony_column || fields[i].value.empty()) {
        continue;
      }
      if (!set_field(inputs, *columns[i], fields[i].value)) {
        return error_at(ErrorCode::policy_input_value_invalid, fields[i].offset);
      }
    }
    rows.push_back(std::move(inputs));
  }
  return rows;
}

Result<std::vector<PolicyInputs>> parse_policy_records(std::string_view lines) {
  std::vector<PolicyInputs> rows;
  const auto read = [&](std::string_view line) -> Status {
    JsonOptions options;
    options.max_bytes = limits::kMaxPolicyBytes;
    CS_ASSIGN(const JsonValue value, parse_json(line, options));
    const JsonValue* recorded = value.is_object() ? value.find("inputs") : nullptr;
    CS_ASSIGN(PolicyInputs inputs, read_policy_inputs(recorded == nullptr ? value : *recorded));
    rows.push_back(std::move(inputs));
    return ok();
  };
  CS_TRY(for_each_line(lines, read));
  return rows;
}

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
    if (credential.user.empty() || credential.facts.algorithm == 0 || !credential.facts.age) {
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
