#include "attestation/android_key_description.h"

#include "base/limits.h"
#include "codec/der_reader.h"

namespace countersign {
namespace {

// Tag numbers of AuthorizationList.
constexpr std::uint32_t kPurpose = 1;
constexpr std::uint32_t kAllApplications = 600;
constexpr std::uint32_t kOrigin = 702;

constexpr std::uint8_t kContextClass = 2;

/// Every constructed element holds well-formed elements, all the way down.
Status check_well_formed(const DerElement& element, std::size_t depth) {
  if (!element.tag.is_constructed) {
    return ok();
  }
  if (depth >= limits::kMaxDerDepth) {
    return ErrorCode::android_key_description_malformed;
  }
  DerReader reader(element.content);
  while (!reader.is_done()) {
    CS_ASSIGN(const DerElement inner, reader.next());
    CS_TRY(check_well_formed(inner, depth + 1));
  }
  return ok();
}

Result<AndroidSecurityLevel> read_security_level(DerReader& reader) {
  CS_ASSIGN(const DerElement element, reader.next(der::kEnumerated));
  CS_ASSIGN(const std::int64_t value, der_integer(element));
  switch (value) {
    case 0:
      return AndroidSecurityLevel::software;
    case 1:
      return AndroidSecurityLevel::trusted_environment;
    case 2:
      return AndroidSecurityLevel::strong_box;
  }
  return ErrorCode::android_key_description_malformed;
}

Result<std::int64_t> read_version(DerReader& reader) {
  CS_ASSIGN(const DerElement element, reader.next(der::kInteger));
  CS_ASSIGN(const std::int64_t value, der_integer(element));
  if (value < 0) {
    return ErrorCode::android_key_description_malformed;
  }
  return value;
}

/// purpose [1] EXPLICIT SET OF INTEGER
Status read_purposes(const DerElement& set, AndroidAuthorizationList& list) {
  if (set.tag != der::kSet) {
    return ErrorCode::android_key_description_malformed;
  }
  DerReader reader(set.content);
  while (!reader.is_done()) {
    CS_ASSIGN(const DerElement element, reader.next(der::kInteger));
    CS_ASSIGN(const std::int64_t purpose, der_integer(element));
    list.has_purpose_sign = list.has_purpose_sign || purpose == kKeyPurposeSign;
  }
  return ok();
}

/// allApplications [600] EXPLICIT NULL
Status read_all_applications(const DerElement& value, AndroidAuthorizationList& list) {
  if (value.tag != der::kNull || !value.content.empty()) {
    return ErrorCode::android_key_description_malformed;
  }
  list.has_all_applications = true;
  return ok();
}

/// origin [702] EXPLICIT INTEGER
Status read_origin(const DerElement& value, AndroidAuthorizationList& list) {
  if (value.tag != der::kInteger) {
    return ErrorCode::android_key_description_malformed;
  }
  CS_ASSIGN(list.origin, der_integer(value));
  return ok();
}

Result<AndroidAuthorizationList> read_authorization_list(DerReader& parent) {
  CS_ASSIGN(const DerElement sequence, parent.next(der::kSequence));
  AndroidAuthorizationList list;
  DerReader reader(sequence.content);
  std::optional<std::uint32_t> previous;
  while (!reader.is_done()) {
    CS_ASSIGN(const DerElement member, reader.next());
    if (member.tag.tag_class != kContextClass || !member.tag.is_constructed ||
        (previous.has_value() && member.tag.number <= *previous)) {
      return ErrorCode::android_key_description_malformed;
    }
    previous = member.tag.number;

    DerReader explicit_value(member.content);
    CS_ASSIGN(const DerElement value, explicit_value.next());
    CS_TRY(explicit_value.finish());
    switch (member.tag.number) {
      case kPurpose:
        CS_TRY(read_purposes(value, list));
        break;
      case kAllApplications:
        CS_TRY(read_all_applications(value, list));
        break;
      case kOrigin:
        CS_TRY(read_origin(value, list));
        break;
      default:
        CS_TRY(check_well_formed(value, 0));
    }
  }
  return list;
}

Result<AndroidKeyDescription> read_description(Bytes input) {
  CS_ASSIGN(const DerElement sequence, parse_der(input, der::kSequence));
  DerReader reader(sequence.content);
  AndroidKeyDescription description;
  CS_ASSIGN(description.attestation_version, read_version(reader));
  CS_ASSIGN(description.attestation_security_level, read_security_level(reader));
  CS_ASSIGN(description.keymaster_version, read_version(reader));
  CS_ASSIGN(description.keymaster_security_level, read_security_level(reader));
  CS_ASSIGN(const DerElement challenge, reader.next(der::kOctetString));
  description.attestation_challenge = challenge.content;
  CS_TRY(reader.next(der::kOctetString));  // uniqueId
  CS_ASSIGN(description.software_enforced, read_authorization_list(reader));
  CS_ASSIGN(description.tee_enforced, read_authorization_list(reader));
  CS_TRY(reader.finish());
  return description;
}

}  // namespace

Result<AndroidKeyDescription> parse_android_key_description(Bytes input) {
  Result<AndroidKeyDescription> description = read_description(input);
  if (!description.has_value()) {
    return Error{ErrorCode::android_key_description_malformed, Check::none,
                 description.error().offset};
  }
  return description;
}

}  // namespace countersign
