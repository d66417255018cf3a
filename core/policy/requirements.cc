#include "policy/requirements.h"

#include <algorithm>

#include "policy/document.h"

namespace countersign {
namespace {

constexpr std::string_view kKinds[] = {
    "userVerification", "residentKey",       "attestation",   "binding",     "minimumCertification",
    "authenticators",   "algorithms",        "transports",    "displayTier", "approvals",
    "coolingOff",       "authenticationAge", "credentialAge", "timeout"};
static_assert(std::size(kKinds) == kRequirementKinds);

// The models that every allow-list names and no deny-list does; only with an allow-list.
std::vector<std::string_view> allowed_models(const PolicyDocument& document,
                                             const Requirements& requirements) {
  std::vector<std::string_view> models;
  for (std::size_t i = 0; i < document.lists().size(); ++i) {
    if ((requirements.allow_lists >> i & 1U) != 0) {
      for (const std::string& model : document.lists()[i].models) {
        if (is_model_allowed(document, requirements, model)) {
          models.push_back(model);
        }
      }
      break;
    }
  }
  return models;
}

bool is_on_lists(const PolicyDocument& document, std::uint64_t lists, std::string_view model) {
  for (std::size_t i = 0; i < document.lists().size(); ++i) {
    if ((lists >> i & 1U) != 0 && is_on_list(document.lists()[i], model)) {
      return true;
    }
  }
  return false;
}

// Whether every model that `a` lets pass passes `b`, with at least the same proof.
bool is_model_set_within(const PolicyDocument& a_document, const Requirements& a,
                         const PolicyDocument& b_document, const Requirements& b) {
  if (&a_document == &b_document && (a.allow_lists & b.allow_lists) == b.allow_lists &&
      (a.deny_lists & b.deny_lists) == b.deny_lists) {
    return true;
  }
  if (a.allow_lists != 0) {
    const std::vector<std::string_view> models = allowed_models(a_document, a);
    return std::all_of(models.begin(), models.end(), [&](std::string_view model) {
      return is_model_allowed(b_document, b, model);
    });
  }
  if (b.allow_lists != 0) {
    return false;
  }
  for (std::size_t i = 0; i < b_document.lists().size(); ++i) {
    if ((b.deny_lists >> i & 1U) != 0) {
      for (const std::string& model : b_document.lists()[i].models) {
        if (!is_on_lists(a_document, a.deny_lists, model)) {
          return false;
        }
      }
    }
  }
  return true;
}

}  // namespace

void join(Requirements& into, const Requirements& other) {
  // `required` is the smallest of its enumeration.
  into.user_verification = std::min(into.user_verification, other.user_verification);
  into.resident_key = std::max(into.resident_key, other.resident_key);
  into.attestation = std::max(into.attestation, other.attestation);
  into.binding = std::max(into.binding, other.binding);
  into.minimum_certification = std::max(into.minimum_certification, other.minimum_certification);
  into.display_tier = std::max(into.display_tier, other.display_tier);
  into.approvals = std::max(into.approvals, other.approvals);
  into.has_distinct_approvers = into.has_distinct_approvers || other.has_distinct_approvers;
  into.transports &= other.transports;
  into.hints |= other.hints;
  into.algorithms &= other.algorithms;
  into.allow_lists |= other.allow_lists;
  into.deny_lists |= other.deny_lists;
  into.cooling_off = std::max(into.cooling_off, other.cooling_off);
  into.authentication_age = std::min(into.authentication_age, other.authentication_age);
  into.credential_age = std::min(into.credential_age, other.credential_age);
  into.timeout = std::min(into.timeout, other.timeout);
}

std::string_view requirement_name(RequirementKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::uint32_t less_demanding(const PolicyDocument& a_document, const Requirements& a,
                             const PolicyDocument& b_document, const Requirements& b) {
  std::uint32_t kinds = 0;
  const auto note = [&](RequirementKind kind, bool is_less) {
    kinds |= is_less ? mask_of(kind) : 0U;
  };
  note(RequirementKind::user_verification, a.user_verification > b.user_verification);
  note(RequirementKind::resident_key, a.resident_key < b.resident_key);
  note(RequirementKind::attestation, a.attestation < b.attestation);
  note(RequirementKind::binding, a.binding < b.binding);
  note(RequirementKind::minimum_certification, a.minimum_certification < b.minimum_certification);
  note(RequirementKind::authenticators, !is_model_set_within(a_document, a, b_document, b));
  note(RequirementKind::algorithms, (a.algorithms & ~b.algorithms) != 0);
  note(RequirementKind::transports, (a.transports & ~b.transports) != 0);
  note(RequirementKind::display_tier, a.display_tier < b.display_tier);
  note(RequirementKind::approvals,
       a.approvals < b.approvals || (!a.has_distinct_approvers && b.has_distinct_approvers));
  note(RequirementKind::cooling_off, a.cooling_off < b.cooling_off);
  note(RequirementKind::authentication_age, a.authentication_age > b.authentication_age);
  note(RequirementKind::credential_age, a.credential_age > b.credential_age);
  note(RequirementKind::timeout, a.timeout > b.timeout);
  return kinds;
}

bool is_model_allowed(const PolicyDocument& document, const Requirements& requirements,
                      std::string_view aaguid) {
  for (std::size_t i = 0; i < document.lists().size(); ++i) {
    if ((requirements.allow_lists >> i & 1U) != 0 && !is_on_list(document.lists()[i], aaguid)) {
      return false;
    }
  }
  return !is_on_lists(document, requirements.deny_lists, aaguid);
}

std::string_view policy_verification_name(UserVerification value) {
  return kUserVerificationWords[static_cast<std::size_t>(value)];
}
std::string_view resident_key_name(ResidentKey value) {
  return kResidentKeyWords[static_cast<std::size_t>(value)];
}
std::string_view attestation_name(AttestationConveyance value) {
  return kAttestationWords[static_cast<std::size_t>(value)];
}
std::string_view binding_name(KeyBinding value) {
  return kBindingWords[static_cast<std::size_t>(value)];
}
std::string_view policy_level_name(CertificationLevel value) {
  return row_of(PolicyInput::credential_certification).choices[static_cast<std::size_t>(value)];
}

}  // namespace countersign
