#include "metadata/blob_payload.h"

#include <optional>
#include <string_view>

#include "base/limits.h"
#include "codec/json_reader.h"
#include "codec/json_slices.h"

namespace countersign {
namespace {

// [an AAGUID has 36 characters, a key identifier 40]
constexpr std::size_t kMaxEntryNameBytes = 64;

Error malformed() { return {ErrorCode::metadata_blob_malformed, Check::none, 0}; }

std::optional<std::string_view> find_member(const std::vector<JsonMember>& members,
                                            std::string_view name) {
  for (const JsonMember& member : members) {
    if (member.name == name) {
      return member.value;
    }
  }
  return std::nullopt;
}

Result<std::string_view> require_member(const std::vector<JsonMember>& members,
                                        std::string_view name) {
  const std::optional<std::string_view> value = find_member(members, name);
  return value ? Result<std::string_view>(*value) : malformed();
}

Result<std::string> parse_text(std::string_view json) {
  CS_ASSIGN(JsonValue value, parse_json(json));
  return value.is_string() ? Result<std::string>(std::move(value.string)) : malformed();
}

/// "YYYY-MM-DD", a day of the calendar.
Result<UnixSeconds> parse_date(std::string_view json) {
  CS_ASSIGN(const std::string text, parse_text(json));
  const std::optional<UnixSeconds> time = parse_rfc3339_date(text);
  return time ? Result<UnixSeconds>(*time) : malformed();
}

/// Of an entry that cannot be read: what names it, if that much can.
std::string name_of_entry(std::string_view json) {
  const Result<std::vector<JsonMember>> members = slice_json_object(json, limits::kMaxBlobMembers);
  if (!members.has_value()) {
    return {};
  }
  std::optional<std::string_view> value;
  for (const std::string_view name : {"aaguid", "aaid"}) {
    value = value ? value : find_member(*members, name);
  }
  if (const auto list = find_member(*members, "attestationCertificateKeyIdentifiers");
      !value && list) {
    const Result<std::vector<std::string_view>> identifiers =
        slice_json_array(*list, limits::kMaxBlobEntries);
    if (identifiers.has_value() && !identifiers->empty()) {
      value = identifiers->front();
    }
  }
  const Result<std::string> text = value ? parse_text(*value) : Result<std::string>(malformed());
  return text.has_value() && text->size() <= kMaxEntryNameBytes ? *text : std::string();
}

}  // namespace

Result<std::uint64_t> parse_blob_number(std::string_view json) {
  const Result<JsonValue> value = parse_json(json);
  if (!value.has_value() || !value->is_integer() || value->is_unsigned_64 || value->integer < 0) {
    return malformed();
  }
  return static_cast<std::uint64_t>(value->integer);
}

Result<BlobPayload> parse_blob_payload(std::string_view json) {
  CS_ASSIGN(const std::vector<JsonMember> members,
            slice_json_object(json, limits::kMaxBlobMembers));
  BlobPayload out;
  CS_ASSIGN(const std::string_view legal_header, require_member(members, "legalHeader"));
  CS_ASSIGN(out.legal_header, parse_text(legal_header));
  CS_ASSIGN(const std::string_view number, require_member(members, "no"));
  CS_ASSIGN(out.number, parse_blob_number(number));
  CS_ASSIGN(const std::string_view next_update, require_member(members, "nextUpdate"));
  CS_ASSIGN(out.next_update, parse_date(next_update));
  CS_ASSIGN(const std::string_view list, require_member(members, "entries"));
  if (list.front() != '[') {
    return malformed();
  }
  CS_ASSIGN(const std::vector<std::string_view> entries,
            slice_json_array(list, limits::kMaxBlobEntries));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Result<std::optional<MetadataEntry>> entry = parse_metadata_entry(entries[i]);
    if (!entry.has_value()) {
      out.skipped.push_back({i, name_of_entry(entries[i]), entry.error()});
    } else if (entry->has_value()) {
      for (const std::optional<Error>& error :
           {(*entry)->statement_error, (*entry)->report_error}) {
        if (error) {
          out.skipped.push_back({i, name_of_entry(entries[i]), *error});
        }
      }
      out.entries.push_back(std::move(entry).value().value());
    }
  }
  return out;
}

}  // namespace countersign
