#include "metadata/entry.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_slices.h"
#include "metadata/registry.h"

namespace countersign {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::metadata_statement_malformed;

/// An optional member; null where it is absent. JSON's null counts as absent: entries in the field
/// write it.
const JsonValue* find_member(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr && !member->is_null() ? member : nullptr;
}

Result<JsonValue> parse_value(std::string_view json) {
  JsonOptions options;
  options.max_bytes = limits::kMaxMetadataEntryBytes;
  return parse_json(json, options);
}

Result<JsonValue> parse_object(std::string_view json) {
  CS_ASSIGN(JsonValue object, parse_value(json));
  if (!object.is_object()) {
    return kMalformed;
  }
  return object;
}

/// The members of an object as text of their own: what is wrong in one must not cost the others.
Result<std::vector<JsonMember>> slice_object(std::string_view json) {
  const std::size_t begin = json.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && json[begin] != '{') {
    return kMalformed;
  }
  return slice_json_object(json, limits::kMaxBlobMembers);
}

std::optional<std::string_view> find_slice(const std::vector<JsonMember>& members,
                                           std::string_view name) {
  const auto member = std::find_if(members.begin(), members.end(),
                                   [&](const JsonMember& one) { return one.name == name; });
  return member == members.end() ? std::nullopt : std::optional(member->value);
}

/// Errors of a slice of `whole`, with the offset in that.
Error error_in(std::string_view whole, std::string_view slice, Error error) {
  error.offset += static_cast<decltype(error.offset)>(slice.data() - whole.data());
  return error;
}

/// An object of those members alone that have one of the names.
Result<JsonValue> parse_members(std::string_view whole, const std::vector<JsonMember>& members,
                                std::initializer_list<std::string_view> names) {
  JsonValue object;
  object.type = JsonValue::Type::object;
  for (const std::string_view name : names) {
    if (const std::optional<std::string_view> slice = find_slice(members, name)) {
      Result<JsonValue> value = parse_value(*slice);
      if (!value.has_value()) {
        return error_in(whole, *slice, value.error());
      }
      object.members.emplace_back(name, std::move(value).value());
    }
  }
  return object;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Two hexadecimal digits an octet, of either case.
template <std::size_t size>
bool take_hex(std::string_view text, std::array<std::uint8_t, size>& out) {
  if (text.size() != 2 * size) {
    return false;
  }
  for (std::size_t i = 0; i < size; ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

/// Which model an object is about. The kinds exclude each other.
struct ModelNames {
  bool has_aaid = false;
  std::optional<Aaguid> aaguid;
  std::vector<KeyIdentifier> key_identifiers;  // sorted, each once

  int kinds() const {
    return (has_aaid ? 1 : 0) + (aaguid ? 1 : 0) + (key_identifiers.empty() ? 0 : 1);
  }
  friend bool operator==(const ModelNames&, const ModelNames&) = default;
};

Result<std::vector<KeyIdentifier>> read_key_identifiers(const JsonValue& object) {
  std::vector<KeyIdentifier> out;
  const JsonValue* list = find_member(object, "attestationCertificateKeyIdentifiers");
  if (list == nullptr) {
    return out;
  }
  if (!list->is_array()) {
    return kMalformed;
  }
  for (const JsonValue& item : list->items) {
    KeyIdentifier identifier{};
    if (!item.is_string() || !take_hex(item.string, identifier)) {
      return kMalformed;
    }
    out.push_back(identifier);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<ModelNames> read_names(const JsonValue& object) {
  ModelNames names;
  if (const JsonValue* aaid = find_member(object, "aaid")) {
    if (!aaid->is_string()) {
      return kMalformed;
    }
    names.has_aaid = true;
  }
  if (const JsonValue* aaguid = find_member(object, "aaguid")) {
    names.aaguid = aaguid->is_string() ? parse_aaguid(aaguid->string) : std::nullopt;
    if (!names.aaguid) {
      return kMalformed;
    }
  }
  CS_ASSIGN(names.key_identifiers, read_key_identifiers(object));
  if (names.kinds() > 1) {
    return kMalformed;
  }
  return names;
}

/// Standard base64 of DER. Statements in the field have line breaks and spaces in it.
Result<Certificate> read_certificate(std::string_view text) {
  std::string compact;
  compact.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
               [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  CS_ASSIGN(const ByteVector der, parse_base64(compact));
  return parse_certificate(der);
}

/// A list of strings; empty where it is absent (an empty list allows nothing).
Result<std::vector<std::string_view>> read_texts(const JsonValue& object, std::string_view name) {
  std::vector<std::string_view> out;
  const JsonValue* list = find_member(object, name);
  if (list == nullptr) {
    return out;
  }
  if (!list->is_array()) {
    return kMalformed;
  }
  for (const JsonValue& item : list->items) {
    if (!item.is_string()) {
      return kMalformed;
    }
    out.push_back(item.string);
  }
  return out;
}

Result<std::optional<std::uint64_t>> read_version(const JsonValue& object) {
  std::optional<std::uint64_t> version;
  if (const JsonValue* member = find_member(object, "authenticatorVersion")) {
    if (!member->is_integer() || (member->integer < 0 && !member->is_unsigned_64)) {
      return kMalformed;
    }
    version = static_cast<std::uint64_t>(member->integer);
  }
  return version;
}

/// No more than `size` octets of UTF-8, cut between characters.
std::string_view shortened(std::string_view text, std::size_t size) {
  if (text.size() <= size) {
    return text;
  }
  while (size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xc0U) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

template <class Value>
void add_once(std::vector<Value>& list, const std::optional<Value>& value) {
  if (value && std::find(list.begin(), list.end(), *value) == list.end()) {
    list.push_back(*value);
  }
}

Result<MetadataStatement> read_statement(const JsonValue& object) {
  if (!object.is_object()) {
    return kMalformed;
  }
  MetadataStatement statement;
  if (const JsonValue* description = find_member(object, "description")) {
    if (!description->is_string()) {
      return kMalformed;
    }
    statement.description = shortened(description->string, limits::kMaxModelDescriptionBytes);
  }
  CS_ASSIGN(const std::optional<std::uint64_t> version, read_version(object));
  statement.authenticator_version = version.value_or(0);
  CS_ASSIGN(const std::vector<std::string_view> types, read_texts(object, "attestationTypes"));
  for (const std::string_view name : types) {
    add_once(statement.attestation_types, find_attestation_type(name));
  }
  CS_ASSIGN(const std::vector<std::string_view> algorithms,
            read_texts(object, "authenticationAlgorithms"));
  for (const std::string_view name : algorithms) {
    add_once(statement.algorithms, find_authentication_algorithm(name));
  }
  CS_ASSIGN(const std::vector<std::string_view> anchors,
            read_texts(object, "attestationRootCertificates"));
  if (anchors.size() > limits::kMaxMetadataAnchors) {
    return kMalformed;
  }
  for (const std::string_view text : anchors) {
    Result<Certificate> anchor = read_certificate(text);
    if (anchor.has_value()) {
      statement.anchors.push_back(std::move(anchor).value());
    } else {
      ++statement.unreadable_anchors;
    }
  }
  return statement;
}

/// The statement of an entry with those names: it may repeat them, not contradict them.
Result<MetadataStatement> parse_statement_of(std::string_view json, const ModelNames& names) {
  CS_ASSIGN(const JsonValue object, parse_value(json));
  CS_ASSIGN(MetadataStatement statement, read_statement(object));
  CS_ASSIGN(const ModelNames statement_names, read_names(object));
  if (statement_names.kinds() != 0 && statement_names != names) {
    return kMalformed;
  }
  return statement;
}

Result<std::optional<UnixSeconds>> read_date(const JsonValue& object, std::string_view name) {
  std::optional<UnixSeconds> date;
  if (const JsonValue* member = find_member(object, name)) {
    date = member->is_string() ? parse_rfc3339_date(member->string) : std::nullopt;
    if (!date) {
      return kMalformed;
    }
  }
  return date;
}

Result<StatusReport> read_report(const JsonValue& object) {
  const JsonValue* status = object.is_object() ? object.find("status") : nullptr;
  if (status == nullptr || !status->is_string()) {
    return kMalformed;
  }
  StatusReport report;
  report.status = find_authenticator_status(status->string);
  if (report.status == AuthenticatorStatus::unknown) {
    return report;  // what a later edition writes beside it is not ours to judge
  }
  CS_ASSIGN(report.effective_date, read_date(object, "effectiveDate"));
  CS_ASSIGN(report.sunset_date, read_date(object, "sunsetDate"));
  CS_ASSIGN(report.authenticator_version, read_version(object));
  if (report.status != AuthenticatorStatus::attestation_key_compromise) {
    return report;
  }
  for (const std::string_view name : {"certificate", "batchCertificate"}) {
    if (const JsonValue* text = find_member(object, name)) {
      if (!text->is_string()) {
        return kMalformed;
      }
      // An error, for left out it would widen the report to the whole model, or narrow it to other
      // batches.
      CS_ASSIGN(const Certificate certificate, read_certificate(text->string));
      report.keys.push_back(to_vector(certificate.subject_public_key_info()));
    }
  }
  return report;
}

Result<StatusReport> parse_report(std::string_view json) {
  CS_ASSIGN(const JsonValue object, parse_value(json));
  return read_report(object);
}

/// Of a report that cannot be read: a warning all the same, of the whole model and from ever.
std::optional<StatusReport> warning_of(std::string_view json) {
  const Result<std::vector<JsonMember>> members = slice_object(json);
  const std::optional<std::string_view> slice =
      members.has_value() ? find_slice(*members, "status") : std::nullopt;
  const Result<JsonValue> status = slice ? parse_value(*slice) : Result<JsonValue>(kMalformed);
  StatusReport report;
  if (status.has_value() && status->is_string()) {
    report.status = find_authenticator_status(status->string);
  }
  return is_compromise(report.status) ? std::optional(report) : std::nullopt;
}

Status read_reports(std::string_view whole, const std::vector<JsonMember>& members,
                    MetadataEntry& entry) {
  const std::optional<std::string_view> list = find_slice(members, "statusReports");
  if (!list || list->front() != '[') {
    return kMalformed;
  }
  const Result<std::vector<std::string_view>> reports =
      slice_json_array(*list, limits::kMaxStatusReports);
  if (!reports.has_value()) {
    return kMalformed;  // too many: the syntax of the whole has been checked
  }
  for (const std::string_view json : *reports) {
    Result<StatusReport> report = parse_report(json);
    if (report.has_value()) {
      entry.reports.push_back(std::move(report).value());
      continue;
    }
    if (!entry.report_error) {
      entry.report_error = error_in(whole, json, report.error());
    }
    if (std::optional<StatusReport> warning = warning_of(json)) {
      entry.reports.push_back(*std::move(warning));
    }
  }
  return ok();
}

MetadataEntry named_entry(ModelNames names) {
  MetadataEntry entry;
  entry.aaguid = names.aaguid;
  entry.key_identifiers = std::move(names.key_identifiers);
  return entry;
}

}  // namespace

bool is_compromise(AuthenticatorStatus status) {
  return status == AuthenticatorStatus::revoked ||
         status == AuthenticatorStatus::user_key_remote_compromise ||
         status == AuthenticatorStatus::user_verification_bypass ||
         status == AuthenticatorStatus::attestation_key_compromise ||
         status == AuthenticatorStatus::user_key_physical_compromise;
}

std::optional<Aaguid> parse_aaguid(std::string_view text) {
  if (text.size() != 36) {
    return std::nullopt;
  }
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash_due = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash_due != (text[i] == '-')) {
      return std::nullopt;
    }
    if (!is_dash_due) {
      digits += text[i];
    }
  }
  Aaguid aaguid{};
  return take_hex(digits, aaguid) ? std::optional(aaguid) : std::nullopt;
}

Result<std::optional<MetadataEntry>> parse_metadata_entry(std::string_view json) {
  CS_ASSIGN(const std::vector<JsonMember> members, slice_object(json));
  CS_ASSIGN(
      const JsonValue object,
      parse_members(json, members, {"aaid", "aaguid", "attestationCertificateKeyIdentifiers"}));
  CS_ASSIGN(ModelNames names, read_names(object));
  if (names.kinds() == 0) {
    return kMalformed;
  }
  std::optional<MetadataEntry> out;
  if (names.has_aaid) {
    return out;
  }
  MetadataEntry entry = named_entry(names);
  CS_TRY(read_reports(json, members, entry));
  // It decides nothing, so that it is no reason to lose the reports.
  if (const Result<JsonValue> dated = parse_members(json, members, {"timeOfLastStatusChange"});
      dated.has_value()) {
    const auto time = read_date(*dated, "timeOfLastStatusChange");
    entry.time_of_last_status_change = time.has_value() ? *time : std::nullopt;
  }
  if (const std::optional<std::string_view> slice = find_slice(members, "metadataStatement");
      slice && *slice != "null") {
    Result<MetadataStatement> statement = parse_statement_of(*slice, names);
    if (statement.has_value()) {
      entry.statement = std::move(statement).value();
    } else {
      // A model that was revoked must not become an unknown one by a slip in its statement.
      entry.statement_error = error_in(json, *slice, statement.error());
    }
  }
  out = std::move(entry);
  return out;
}

Result<MetadataEntry> parse_metadata_statement(std::string_view json) {
  CS_ASSIGN(const JsonValue object, parse_object(json));
  CS_ASSIGN(ModelNames names, read_names(object));
  if (names.kinds() == 0 || names.has_aaid) {
    return kMalformed;
  }
  MetadataEntry entry = named_entry(std::move(names));
  CS_ASSIGN(entry.statement, read_statement(object));
  return entry;
}

}  // namespace countersign
