#include "metadata/status.h"

#include <algorithm>
#include <array>
#include <map>

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

/// What one source certifies. "The latest StatusReport entry MUST reflect the "current" status."
/// (§3.1.1) The latest is told by its date alone: not every source keeps the order of the list, and
/// merged lists have none.
class SourceCertification {
 public:
  void add(CertificationLevel level, const std::optional<UnixSeconds>& date) {
    if (!date) {
      undated_ = std::min(undated_.value_or(level), level);
    } else if (!dated_ || latest_ < *date) {
      dated_ = level;
      latest_ = *date;
    } else if (latest_ == *date) {
      dated_ = std::min(*dated_, level);
    }
  }
  /// Of a source to which something has been added.
  CertificationLevel level() const {
    return std::min(dated_.value_or(CertificationLevel::l3plus),
                    undated_.value_or(CertificationLevel::l3plus));
  }

 private:
  std::optional<CertificationLevel> dated_;  // the lowest of the latest date
  UnixSeconds latest_{};
  std::optional<CertificationLevel> undated_;  // the lowest
};
using Certifications = std::map<std::uint32_t, SourceCertification>;

CertificationLevel lowest_of(const Certifications& certifications) {
  const auto lowest = std::min_element(
      certifications.begin(), certifications.end(),
      [](const auto& a, const auto& b) { return a.second.level() < b.second.level(); });
  return lowest != certifications.end() ? lowest->second.level() : CertificationLevel::none;
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
  Certifications certifications;
  for (const StatusReport& report : reports) {
    if (report.status == AuthenticatorStatus::unknown || !is_in_effect(report, time)) {
      continue;
    }
    out.in_effect.push_back(report.status);
    if (!is_about(report, chain, hasher)) {
      continue;
    }
    if (const std::optional<CertificationLevel> level = certification_of(report.status)) {
      certifications[report.source].add(*level, report.effective_date);
    }
    for (std::size_t i = 0; i < std::size(kObjections); ++i) {
      has_objection[i] = has_objection[i] || report.status == kObjections[i].status;
    }
  }
  std::sort(out.in_effect.begin(), out.in_effect.end());
  out.in_effect.erase(std::unique(out.in_effect.begin(), out.in_effect.end()), out.in_effect.end());
  out.certification = lowest_of(certifications);
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
  const auto is_fixed_by = [&](const StatusReport& compromise, const StatusReport& update) {
    const bool is_of_the_update = compromise.effective_date && update.effective_date &&
                                  *update.effective_date < *compromise.effective_date;
    return is_compromise(compromise.status) && compromise.authenticator_version &&
           statement.authenticator_version <= *compromise.authenticator_version &&
           !is_of_the_update;
  };
  return std::any_of(reports.begin(), reports.end(), [&](const StatusReport& update) {
    if (update.status != AuthenticatorStatus::update_available || !is_in_effect(update, time)) {
      return false;
    }
    const bool has_new_version = update.authenticator_version &&
                                 statement.authenticator_version < *update.authenticator_version;
    return has_new_version ||
           std::any_of(reports.begin(), reports.end(), [&](const StatusReport& compromise) {
             return is_fixed_by(compromise, update);
           });
  });
}

}  // namespace countersign
