#include "policy/enforcement.h"

#include "base/limits.h"

namespace countersign {
namespace {

constexpr std::uint16_t bits(std::initializer_list<PolicyCeremony> ceremonies) {
  unsigned mask = 0;
  for (const PolicyCeremony ceremony : ceremonies) {
    mask |= 1U << static_cast<unsigned>(ceremony);
  }
  return static_cast<std::uint16_t>(mask);
}

constexpr std::uint16_t kTransactions =
    bits({PolicyCeremony::transaction_approve, PolicyCeremony::beneficiary_add,
          PolicyCeremony::limit_change, PolicyCeremony::account_access});
// A credential is made there. Nothing says how old it is, and it is younger than any age.
constexpr std::uint16_t kRegistrations =
    bits({PolicyCeremony::registration, PolicyCeremony::credential_add, PolicyCeremony::recovery});
constexpr std::uint16_t kOthers =
    kRegistrations | bits({PolicyCeremony::authenticate, PolicyCeremony::credential_remove,
                           PolicyCeremony::pairing_login});
constexpr std::uint16_t kPublications = bits({PolicyCeremony::policy_publish});
static_assert((kTransactions | kOthers | kPublications) == (1U << kPolicyCeremonies) - 1);

struct EnforcementRow {
  RequirementKind kind;
  std::uint16_t ceremonies;  // one bit a ceremony
  Enforcement enforcement;
  std::string_view reason;
};

// All that is not here is enforced. Sign-ins and approvals of a policy are authentications
// themselves, so that the age of one is no question; what is added, removed or paid rests on one
// before; a registration and a recovery rest on none. The approvals of a policy are counted by its
// publication.
constexpr EnforcementRow kRows[] = {
    {RequirementKind::display_tier, kTransactions | kPublications, Enforcement::by_transaction, ""},
    {RequirementKind::display_tier, kOthers, Enforcement::never_met,
     "only a transaction is displayed"},
    {RequirementKind::approvals, kTransactions, Enforcement::by_transaction, ""},
    {RequirementKind::approvals, kOthers, Enforcement::never_met, "one person takes part in it"},
    {RequirementKind::authentication_age,
     bits({PolicyCeremony::registration, PolicyCeremony::recovery}), Enforcement::never_met,
     "nobody has signed in before it"},
    {RequirementKind::cooling_off, kRegistrations, Enforcement::not_enforced,
     "the credential is made in it"},
};

const EnforcementRow* find_row(PolicyCeremony ceremony, RequirementKind kind) {
  for (const EnforcementRow& row : kRows) {
    if (row.kind == kind && (row.ceremonies >> static_cast<unsigned>(ceremony) & 1U) != 0) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace

Enforcement enforcement_of(PolicyCeremony ceremony, RequirementKind kind) {
  const EnforcementRow* row = find_row(ceremony, kind);
  return row == nullptr ? Enforcement::enforced : row->enforcement;
}

std::string_view enforcement_reason(PolicyCeremony ceremony, RequirementKind kind) {
  const EnforcementRow* row = find_row(ceremony, kind);
  return row == nullptr ? std::string_view() : row->reason;
}

std::uint8_t highest_tier(PolicyCeremony ceremony, DisplayTiers offered) {
  if (enforcement_of(ceremony, RequirementKind::display_tier) != Enforcement::by_transaction) {
    return 0;
  }
  unsigned shown = offered;
  if (ceremony == PolicyCeremony::policy_publish) {
    shown &= kApprovalOriginTier;
  } else if (ceremony != PolicyCeremony::transaction_approve) {
    shown &= ~unsigned{kPaymentDialogTier};
  }
  std::uint8_t highest = 0;
  for (std::uint8_t tier = 1; tier <= limits::kMaxDisplayTier; ++tier) {
    highest = (shown & tier_bit(tier)) != 0 ? tier : highest;
  }
  return highest;
}

std::uint32_t demanded_kinds(const Requirements& requirements) {
  std::uint32_t kinds = 0;
  const auto note = [&](RequirementKind kind, bool is_demanded) {
    kinds |= is_demanded ? mask_of(kind) : 0U;
  };
  note(RequirementKind::user_verification,
       requirements.user_verification == UserVerification::required);
  note(RequirementKind::resident_key, requirements.resident_key == ResidentKey::required);
  note(RequirementKind::attestation, requirements.attestation != AttestationConveyance::none);
  note(RequirementKind::binding, requirements.binding != KeyBinding::any);
  note(RequirementKind::minimum_certification,
       requirements.minimum_certification != CertificationLevel::none);
  note(RequirementKind::authenticators, (requirements.allow_lists | requirements.deny_lists) != 0);
  note(RequirementKind::algorithms, requirements.algorithms != kAnyAlgorithm);
  note(RequirementKind::transports, requirements.transports != kAnyTransport);
  note(RequirementKind::display_tier, requirements.display_tier > 0);
  note(RequirementKind::approvals, requirements.approvals > 1);
  note(RequirementKind::cooling_off, requirements.cooling_off > 0);
  note(RequirementKind::authentication_age, requirements.authentication_age != kUnlimited);
  note(RequirementKind::credential_age, requirements.credential_age != kUnlimited);
  note(RequirementKind::timeout, requirements.timeout != kUnlimited);
  return kinds;
}

std::uint32_t demanded_kinds(const Requirements& requirements, PolicyCeremony ceremony,
                             Enforcement enforcement) {
  std::uint32_t kinds = 0;
  for (std::size_t i = 0; i < kRequirementKinds; ++i) {
    const auto kind = static_cast<RequirementKind>(i);
    kinds |= enforcement_of(ceremony, kind) == enforcement ? mask_of(kind) : 0U;
  }
  return kinds & demanded_kinds(requirements);
}

std::uint32_t never_met_kinds(const Requirements& requirements, PolicyCeremony ceremony,
                              DisplayTiers offered) {
  const bool is_shown = requirements.display_tier <= highest_tier(ceremony, offered);
  return demanded_kinds(requirements, ceremony, Enforcement::never_met) |
         (is_shown ? 0U : mask_of(RequirementKind::display_tier));
}

}  // namespace countersign
