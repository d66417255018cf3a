#include <algorithm>
#include <span>

#include "policy/policy_json.h"
#include "policy/reader.h"

namespace countersign {
namespace {

constexpr std::int64_t kMaxApprovals = 8;   // [four eyes need 2]
constexpr std::int64_t kMaxTimeout = 3600;  // seconds; [WebAuthn L3 §5.4 recommends up to 600]

Result<std::size_t> read_word(const JsonValue& value, std::span<const std::string_view> words) {
  if (!value.is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  const auto found = std::find(words.begin(), words.end(), value.string);
  if (found == words.end()) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  return static_cast<std::size_t>(found - words.begin());
}

// An array of words as one bit a word.
Result<std::uint32_t> read_words(const JsonValue& value, std::span<const std::string_view> words) {
  if (!value.is_array()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  if (value.items.empty()) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  std::uint32_t mask = 0;
  for (const JsonValue& item : value.items) {
    CS_ASSIGN(const std::size_t index, read_word(item, words));
    if ((mask >> index & 1U) != 0) {
      return policy_error(ErrorCode::policy_name_duplicate, item);
    }
    mask |= 1U << index;
  }
  return mask;
}

Result<std::int64_t> read_bounded(const JsonValue& value, std::int64_t low, std::int64_t high) {
  if (!value.is_integer()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  if (value.is_unsigned_64 || value.integer < low || value.integer > high) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  return value.integer;
}

Result<std::int64_t> read_period(const JsonValue& value) {
  if (!value.is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  const std::optional<std::int64_t> seconds = parse_duration(value.string);
  if (!seconds || *seconds == 0) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  return *seconds;
}

Status read_approvals(Requirements& requirements, const JsonValue& value) {
  CS_TRY(check_policy_members(value, {"count", "distinctUsers"}));
  CS_ASSIGN(const JsonValue* count, policy_member(value, "count"));
  CS_ASSIGN(const std::int64_t approvals, read_bounded(*count, 1, kMaxApprovals));
  requirements.approvals = static_cast<std::uint8_t>(approvals);
  if (const JsonValue* distinct = value.find("distinctUsers")) {
    if (!distinct->is_boolean()) {
      return policy_error(ErrorCode::policy_type_mismatch, *distinct);
    }
    requirements.has_distinct_approvers = distinct->boolean;
  }
  return ok();
}

// Whatever is no list of the document's.
Status read_beside_lists(Requirements& requirements, const std::string& name,
                         const JsonValue& value) {
  if (name == "userVerification") {
    CS_ASSIGN(const std::size_t word, read_word(value, kUserVerificationWords));
    requirements.user_verification = static_cast<UserVerification>(word);
  } else if (name == "residentKey") {
    CS_ASSIGN(const std::size_t word, read_word(value, kResidentKeyWords));
    requirements.resident_key = static_cast<ResidentKey>(word);
  } else if (name == "attestation") {
    CS_ASSIGN(const std::size_t word, read_word(value, kAttestationWords));
    requirements.attestation = static_cast<AttestationConveyance>(word);
  } else if (name == "binding") {
    CS_ASSIGN(const std::size_t word, read_word(value, kBindingWords));
    requirements.binding = static_cast<KeyBinding>(word);
  } else if (name == "minimumCertification") {
    CS_ASSIGN(const std::size_t word,
              read_word(value, row_of(PolicyInput::credential_certification).choices));
    requirements.minimum_certification = static_cast<CertificationLevel>(word);
  } else if (name == "algorithms") {
    CS_ASSIGN(requirements.algorithms,
              read_words(value, row_of(PolicyInput::credential_algorithm).choices));
  } else if (name == "transports") {
    CS_ASSIGN(const std::uint32_t mask,
              read_words(value, row_of(PolicyInput::credential_transports).choices));
    requirements.transports = static_cast<TransportMask>(mask);
  } else if (name == "hints") {
    CS_ASSIGN(const std::uint32_t mask, read_words(value, kPolicyHints));
    requirements.hints = static_cast<HintMask>(mask);
  } else if (name == "displayTier") {
    CS_ASSIGN(const std::int64_t tier, read_bounded(value, 0, limits::kMaxDisplayTier));
    requirements.display_tier = static_cast<std::uint8_t>(tier);
  } else if (name == "approvals") {
    return read_approvals(requirements, value);
  } else if (name == "coolingOff") {
    CS_ASSIGN(requirements.cooling_off, read_period(value));
  } else if (name == "authenticationAge") {
    CS_ASSIGN(requirements.authentication_age, read_period(value));
  } else if (name == "credentialAge") {
    CS_ASSIGN(requirements.credential_age, read_period(value));
  } else if (name == "timeout") {
    CS_ASSIGN(requirements.timeout, read_period(value));
    if (requirements.timeout > kMaxTimeout) {
      return policy_error(ErrorCode::policy_value_invalid, value);
    }
  } else {
    return policy_name_error(ErrorCode::policy_member_unknown, value);
  }
  return ok();
}

// As many bits as there are names.
Result<std::uint64_t> read_list_names(const JsonValue& names) {
  if (!names.is_array()) {
    return policy_error(ErrorCode::policy_type_mismatch, names);
  }
  if (names.items.empty() || names.items.size() > limits::kMaxPolicyLists) {
    return policy_error(ErrorCode::policy_value_invalid, names);
  }
  std::uint64_t lists = 0;
  for (const JsonValue& name : names.items) {
    if (!name.is_string() || !is_policy_id(name.string)) {
      return policy_error(ErrorCode::policy_value_invalid, name);
    }
    lists = lists << 1U | 1U;
  }
  return lists;
}

Status read_written_lists(Requirements& requirements, const JsonValue& value) {
  CS_TRY(check_policy_members(value, {"allow", "deny"}));
  if (value.members.empty()) {
    return policy_error(ErrorCode::policy_member_missing, value);
  }
  for (const auto& [name, names] : value.members) {
    CS_ASSIGN(const std::uint64_t lists, read_list_names(names));
    (name == "allow" ? requirements.allow_lists : requirements.deny_lists) = lists;
  }
  return ok();
}

}  // namespace

Result<Requirements> read_written_requirements(const JsonValue& value) {
  if (!value.is_object()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  Requirements requirements;
  for (const auto& [name, member] : value.members) {
    CS_TRY(name == "authenticators" ? read_written_lists(requirements, member)
                                    : read_beside_lists(requirements, name, member));
  }
  return requirements;
}

Status PolicyReader::read_strengths(const JsonValue& strengths) {
  if (!strengths.is_object()) {
    return policy_error(ErrorCode::policy_type_mismatch, strengths);
  }
  if (strengths.members.size() > limits::kMaxPolicyStrengths) {
    return policy_error(ErrorCode::policy_too_large, strengths);
  }
  for (const auto& [name, value] : strengths.members) {
    if (!is_policy_id(name)) {
      return policy_name_error(ErrorCode::policy_value_invalid, value);
    }
    if (!value.is_object()) {
      return policy_error(ErrorCode::policy_type_mismatch, value);
    }
    strengths_.push_back({&name, &value, Strength::State::unread, {}});
  }
  for (std::size_t i = 0; i < strengths_.size(); ++i) {
    CS_TRY(resolve_strength(i, 0));
  }
  return ok();
}

Status PolicyReader::resolve_strength(std::size_t index, std::size_t depth) {
  Strength& strength = strengths_[index];
  if (strength.state == Strength::State::done) {
    return ok();
  }
  const JsonValue* base = strength.value->find("extends");
  strength.state = Strength::State::open;
  if (base != nullptr) {
    CS_ASSIGN(const std::size_t extended, find_strength(*base));
    if (strengths_[extended].state == Strength::State::open) {
      return policy_error(ErrorCode::policy_extends_cycle, *base);
    }
    if (depth >= limits::kMaxPolicyConditionDepth) {
      return policy_error(ErrorCode::policy_too_deep, *base);
    }
    CS_TRY(resolve_strength(extended, depth + 1));
  }
  CS_ASSIGN(strength.requirements, read_requirements(*strength.value, "extends"));
  strength.state = Strength::State::done;
  return ok();
}

// What a strength extends is joined, not replaced: it can only become stricter.
Result<Requirements> PolicyReader::read_requirements(const JsonValue& value,
                                                     std::string_view base_member) {
  if (!value.is_object()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  Requirements joined;
  for (const auto& [name, member] : value.members) {
    Requirements one;
    if (name == base_member) {
      CS_ASSIGN(const std::size_t base, find_strength(member));
      one = strengths_[base].requirements;
    } else {
      CS_TRY(read_requirement(one, name, member));
    }
    join(joined, one);
  }
  return joined;
}

Status PolicyReader::read_requirement(Requirements& requirements, const std::string& name,
                                      const JsonValue& value) {
  return name == "authenticators" ? read_authenticators(requirements, value)
                                  : read_beside_lists(requirements, name, value);
}

Status PolicyReader::read_authenticators(Requirements& requirements, const JsonValue& value) {
  CS_TRY(check_policy_members(value, {"allow", "deny"}));
  if (value.members.empty()) {
    return policy_error(ErrorCode::policy_member_missing, value);
  }
  for (const auto& [name, list] : value.members) {
    CS_ASSIGN(const std::size_t index, find_list(list));
    (name == "allow" ? requirements.allow_lists : requirements.deny_lists) |= std::uint64_t{1}
                                                                              << index;
  }
  return ok();
}

Result<std::size_t> PolicyReader::find_list(const JsonValue& name) const {
  if (!name.is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, name);
  }
  for (std::size_t i = 0; i < document_.lists_.size(); ++i) {
    if (document_.lists_[i].name == name.string) {
      return i;
    }
  }
  return policy_error(ErrorCode::policy_name_unknown, name);
}

Result<std::size_t> PolicyReader::find_strength(const JsonValue& name) const {
  if (!name.is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, name);
  }
  for (std::size_t i = 0; i < strengths_.size(); ++i) {
    if (*strengths_[i].name == name.string) {
      return i;
    }
  }
  return policy_error(ErrorCode::policy_name_unknown, name);
}

}  // namespace countersign
