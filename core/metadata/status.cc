#include "metadata/status.h"

#include <algorithm>
#include <array>

namespace countersign {
namespace {

bool is_in_effect(const StatusReport& report, UnixSeconds time) {
  return (!report.effective_date || *report.effective_date <= time) &&
         (!report.sunset_date || time < *report.sunset_date);
}

/// What a status says of FIDO's certification. Nothing: it is of another programme (FIPS 140) or
/// unknown, and leaves the certification as it was.
std::optional<CertificationLevel> certification_of(AuthenticatorStatus status) {
  switch (status) {
    case AuthenticatorStatus::unknown:
    case AuthenticatorStatus::fips140_certified_l1:
    case AuthenticatorStatus::fips140_certified_l2:
    case AuthenticatorStatus::fips140_certified_l3:
    case AuthenticatorStatus::fips140_certified_l4:
      return std::nullopt;
    case AuthenticatorStatus::fido_certified:
    case AuthenticatorStatus::fido_certified_l1:
      return CertificationLevel::l1;
    case AuthenticatorStatus::fido_certified_l1plus:
      return CertificationLevel::l1plus;
    case AuthenticatorStatus::fido_certified_l2:
      return CertificationLevel::l2;
    case AuthenticatorStatus::fido_certified_l2plus:
      return CertificationLevel::l2plus;
    case AuthenticatorStatus::fido_certified_l3:
      return CertificationLevel::l3;
    case AuthenticatorStatus::fido_certified_l3plus:
      return CertificationLevel::l3plus;
    case AuthenticatorStatus::not_fido_certified:
    case AuthenticatorStatus::self_assertion_submitted:
    case AuthenticatorStatus::user_verification_bypass:
    case AuthenticatorStatus::attestation_key_compromise:
    case AuthenticatorStatus::user_key_remote_compromise:
    case AuthenticatorStatus::user_key_physical_compromise:
    case AuthenticatorStatus::update_available:
    case AuthenticatorStatus::revoked:
    case AuthenticatorStatus::retired:
      return CertificationLevel::none;
  }
  return CertificationLevel::none;
}

/// "The latest StatusReport entry MUST reflect the "current" status." (§3.1.1) Where both have a
/// date it goes before the order of the list, which not every source keeps.
bool displaces(const StatusReport& report, const StatusReport& current) {
  return !report.effective_date || !current.effective_date ||
         *report.effective_date >= *current.effective_date;
}

bool is_about(const StatusReport& report, std::span<const Digest256> chain, const Hasher& hasher) {
  return report.keys.empty() ||
         std::any_of(report.keys.begin(), report.keys.end(), [&](const ByteVector& key) {
           const Digest256 digest = hasher.sha256({key});
           return std::find(chain.begin(), chain.end(), digest) != chain.end();
         });
}

struct Objection {
  AuthenticatorStatus status;
  ErrorCode code;
};
/// The gravest first: what is fraud, what lets strangers in, what needs the device at hand, what is
/// only old.
constexpr Objection kObjections[] = {
    {AuthenticatorStatus::revoked, ErrorCode::authenticator_revoked},
    {AuthenticatorStatus::user_key_remote_compromise,
     ErrorCode::authenticator_user_key_remote_compromise},
    {AuthenticatorStatus::user_verification_bypass,
     ErrorCode::authenticator_user_verification_bypass},
    {AuthenticatorStatus::attestation_key_compromise,
     ErrorCode::authenticator_attestation_key_compromise},
    {AuthenticatorStatus::user_key_physical_compromise,
     ErrorCode::authenticator_user_key_physical_compromise},
    {AuthenticatorStatus::retired, ErrorCode::authenticator_retired},
};

}  // namespace

ModelStatus evaluate_status(std::span<const StatusReport> reports, std::span<const Digest256> chain,
                            UnixSeconds time, const ModelRules& rules, const Hasher& hasher) {
  ModelStatus out;
  std::array<bool, std::size(kObjections)> has_objection{};
  const StatusReport* current = nullptr;
  for (const StatusReport& report : reports) {
    if (report.status == AuthenticatorStatus::unknown || !is_in_effect(report, time)) {
      continue;
    }
    out.in_effect.push_back(report.status);
    if (!is_about(report, chain, hasher)) {
      continue;
    }
    if (certification_of(report.status) && (current == nullptr || displaces(report, *current))) {
      current = &report;
    }
    for (std::size_t i = 0; i < std::size(kObjections); ++i) {
      has_objection[i] = has_objection[i] || report.status == kObjections[i].status;
    }
  }
  if (current != nullptr) {
    out.certification = *certification_of(current->status);
  }
  for (std::size_t i = 0; i < std::size(kObjections) && !out.objection; ++i) {
    const bool is_excused =
        kObjections[i].status == AuthenticatorStatus::retired && rules.is_retired_accepted;
    if (has_objection[i] && !is_excused) {
      out.objection = Error{kObjections[i].code, Check::none, 0};
    }
  }
  if (!out.objection && out.certification < rules.minimum_certification) {
    out.objection = Error{ErrorCode::authenticator_not_certified, Check::none, 0};
  }
  return out;
}

bool is_statement_outdated(const MetadataStatement& statement,
                           std::span<const StatusReport> reports, UnixSeconds time) {
  // The highest version that a report so far calls compromised.
  std::optional<std::uint64_t> compromised;
  for (const StatusReport& report : reports) {
    if (is_compromise(report.status) && report.authenticator_version) {
      compromised = std::max(compromised.value_or(0), *report.authenticator_version);
    }
    if (report.status == AuthenticatorStatus::update_available && is_in_effect(report, time) &&
        ((report.authenticator_version &&
          statement.authenticator_version < *report.authenticator_version) ||
         (compromised && statement.authenticator_version <= *compromised))) {
      return true;
    }
  }
  return false;
}

}  // namespace countersign
