#include "native/cli/model_table.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "metadata/status.h"
#include "service/rendering.h"
#include "transaction/bound.h"

namespace countersign::cli {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::optional<KeyIdentifier> parse_key_identifier(std::string_view text) {
  KeyIdentifier out{};
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::string digits = lower(text);
  if (digits.size() != 2 * out.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t high = kDigits.find(digits[2 * i]);
    const std::size_t low = kDigits.find(digits[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return std::nullopt;
    }
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return out;
}

std::string_view attestation_type_name(MetadataAttestationType type) {
  switch (type) {
    case MetadataAttestationType::basic_full:
      return "basic_full";
    case MetadataAttestationType::basic_surrogate:
      return "basic_surrogate";
    case MetadataAttestationType::attca:
      return "attca";
    case MetadataAttestationType::anonca:
      return "anonca";
    case MetadataAttestationType::ecdaa:
      return "ecdaa";
    case MetadataAttestationType::none:
      return "none";
  }
  return "";
}

std::string date(const std::optional<UnixSeconds>& time) {
  return time ? encode_rfc3339(*time).substr(0, 10) : "";
}

std::string_view status_text(AuthenticatorStatus status) {
  const std::string_view name = authenticator_status_name(status);
  return name.empty() ? "(of a later edition)" : name;
}

ModelStatus status_of(const MetadataEntry& entry, UnixSeconds now, const Hasher& hasher) {
  return evaluate_status(entry.reports, {}, now, ModelRules(), hasher);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return out;
}

std::string subject_text(const Certificate& certificate) {
  std::string out;
  for (const NameAttribute& attribute : certificate.subject_attributes()) {
    if (!attribute.text.empty()) {
      out += (out.empty() ? "" : ", ") + printable(attribute.text);
    }
  }
  return out.empty() ? "(no name)" : out;
}

bool ModelFilter::set(std::string_view name, std::string_view value) {
  if (name == "--aaguid") {
    aaguid_ = parse_aaguid(value);
    return aaguid_.has_value();
  }
  if (name == "--key-identifier") {
    key_identifier_ = parse_key_identifier(value);
    return key_identifier_.has_value();
  }
  text_ = lower(value);
  return !text_.empty();
}

bool ModelFilter::matches(const MetadataEntry& entry) const {
  if (aaguid_ && entry.aaguid != aaguid_) {
    return false;
  }
  if (key_identifier_ && std::find(entry.key_identifiers.begin(), entry.key_identifiers.end(),
                                   *key_identifier_) == entry.key_identifiers.end()) {
    return false;
  }
  return text_.empty() ||
         (entry.statement && lower(entry.statement->description).find(text_) != std::string::npos);
}

std::string model_table(const MetadataEntry& entry, UnixSeconds now, const Hasher& hasher) {
  std::string out;
  const auto row = [&out](std::string_view name, const std::string& value) {
    constexpr std::size_t kWidth = 16;
    out += name;
    out.append(name.size() < kWidth ? kWidth - name.size() : 1, ' ');
    out += value + '\n';
  };
  if (entry.aaguid) {
    row("aaguid", aaguid_text(*entry.aaguid));
  }
  for (const KeyIdentifier& identifier : entry.key_identifiers) {
    row("key identifier", encode_hex(identifier));
  }
  if (entry.statement) {
    const MetadataStatement& statement = *entry.statement;
    row("description", printable(statement.description));
    row("version", std::to_string(statement.authenticator_version));
    std::string types;
    for (const MetadataAttestationType type : statement.attestation_types) {
      types += (types.empty() ? "" : " ") + std::string(attestation_type_name(type));
    }
    row("attestation", types);
    std::string algorithms;
    for (const CoseAlgorithm algorithm : statement.algorithms) {
      algorithms +=
          (algorithms.empty() ? "" : " ") + std::to_string(static_cast<std::int64_t>(algorithm));
    }
    row("algorithms", algorithms + " (COSE)");
    for (const Certificate& anchor : statement.anchors) {
      row("anchor", subject_text(anchor) + ", valid to " + date(anchor.not_after()));
    }
    if (statement.unreadable_anchors > 0) {
      row("anchors", std::to_string(statement.unreadable_anchors) + " more cannot be read");
    }
  }
  for (const StatusReport& report : entry.reports) {
    row("report", std::string(status_text(report.status)) +
                      (report.effective_date ? " from " + date(report.effective_date) : "") +
                      (report.sunset_date ? " until " + date(report.sunset_date) : ""));
  }
  const ModelStatus status = status_of(entry, now, hasher);
  row("certification", std::string(certification_level_name(status.certification)));
  row("verdict", status.objection ? "refused: " + std::string(error_name(status.objection->code))
                                  : "no objection");
  return out + '\n';
}

std::string model_json(const MetadataEntry& entry, UnixSeconds now, const Hasher& hasher) {
  JsonWriter json;
  json.begin_object();
  if (entry.aaguid) {
    json.member("aaguid").string(aaguid_text(*entry.aaguid));
  } else {
    json.member("keyIdentifiers").begin_array();
    for (const KeyIdentifier& identifier : entry.key_identifiers) {
      json.hex(identifier);
    }
    json.end_array();
  }
  if (entry.statement) {
    const MetadataStatement& statement = *entry.statement;
    json.member("description").string(statement.description);
    json.member("authenticatorVersion")
        .integer(static_cast<std::int64_t>(statement.authenticator_version));
    json.member("attestationTypes").begin_array();
    for (const MetadataAttestationType type : statement.attestation_types) {
      json.string(attestation_type_name(type));
    }
    json.end_array();
    json.member("algorithms").begin_array();
    for (const CoseAlgorithm algorithm : statement.algorithms) {
      json.integer(static_cast<std::int64_t>(algorithm));
    }
    json.end_array();
    json.member("anchors").begin_array();
    for (const Certificate& anchor : statement.anchors) {
      json.begin_object();
      json.member("subject").string(subject_text(anchor));
      json.member("notAfter").string(encode_rfc3339(anchor.not_after()));
      json.end_object();
    }
    json.end_array();
  }
  json.member("statusReports").begin_array();
  for (const StatusReport& report : entry.reports) {
    json.begin_object();
    json.member("status").string(authenticator_status_name(report.status));
    if (report.effective_date) {
      json.member("effectiveDate").string(date(report.effective_date));
    }
    if (report.sunset_date) {
      json.member("sunsetDate").string(date(report.sunset_date));
    }
    json.end_object();
  }
  json.end_array();
  const ModelStatus status = status_of(entry, now, hasher);
  json.member("certification").string(certification_level_name(status.certification));
  json.member("objection");
  if (status.objection) {
    json.string(error_name(status.objection->code));
  } else {
    json.null();
  }
  json.end_object();
  return std::move(json).take() + '\n';
}

}  // namespace countersign::cli
