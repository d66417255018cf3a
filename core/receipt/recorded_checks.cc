#include "receipt/recorded_checks.h"

#include <algorithm>
#include <span>

namespace countersign {
namespace {

// In the order in which servers run them.
constexpr Check kOfAll[] = {
    Check::transaction_pending,
    Check::transaction_current,
    Check::transaction_issued_to,
    Check::transaction_customer_not_blocked,
    Check::transaction_step_follows,
    Check::transaction_approver_allowed,
    Check::credential_known,
    Check::transaction_display_tier,
    Check::expectations_usable,
    Check::client_extensions_parse,
    Check::credential_allowed,
    Check::credential_record_matches,
    Check::user_handle_present,
    Check::user_handle_matches,
    Check::authenticator_data_parses,
    Check::attested_credential_data_absent,
    Check::client_data_is_utf8,
    Check::client_data_parses,
    Check::type_is_get,
    Check::challenge_matches,
    Check::origin_allowed,
    Check::cross_origin_allowed,
    Check::top_origin_expected,
    Check::top_origin_allowed,
    Check::rp_id_hash_matches,
    Check::user_present,
    Check::user_verified,
    Check::backup_flags_consistent,
    Check::backup_eligibility_unchanged,
    Check::credential_key_parses,
    Check::assertion_signature_verifies,
    Check::authenticator_extensions_parse,
    Check::transaction_recomputed,
    Check::transaction_policy,
};
// Of those in the browser's payment dialog as well.
constexpr Check kOfPayments[] = {
    Check::type_is_payment,
    Check::payment_parses,
    Check::payment_rp_id_matches,
    Check::payment_top_origin_matches,
    Check::payment_payee_matches,
    Check::payment_total_matches,
    Check::payment_instrument_matches,
    Check::payment_logos_match,
    Check::payment_extension_accepted,
    Check::browser_bound_key_present,
    Check::browser_bound_signature_verifies,
    Check::browser_bound_key_known,
};

// Numbers of checks. [those of the table end below 500]
constexpr std::uint16_t kNumbers = 1024;

std::vector<std::string_view> known_names() {
  std::vector<std::string_view> known;
  for (std::uint16_t number = 1; number < kNumbers; ++number) {
    const std::string_view name = check_name(static_cast<Check>(number));
    if (!name.empty()) {
      known.push_back(name);
    }
  }
  return known;
}

bool are_known(const std::vector<std::string>& names) {
  const std::vector<std::string_view> known = known_names();
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
}

bool has(const std::vector<std::string>& names, Check check) {
  return std::find(names.begin(), names.end(), check_name(check)) != names.end();
}

bool has_all(const std::vector<std::string>& names, std::span<const Check> checks) {
  return std::all_of(checks.begin(), checks.end(), [&](Check check) { return has(names, check); });
}

}  // namespace

Status check_recorded_checks(const ApprovalEvidence& evidence, CounterOutcome counter) {
  std::vector<std::string> names = evidence.checks;
  const bool is_payment = evidence.tier.kind == DisplayKind::payment_dialog;
  const bool is_whole =
      has_all(names, kOfAll) && (!is_payment || has_all(names, kOfPayments)) &&
      has(names, Check::signature_counter_advanced) != (counter == CounterOutcome::not_advanced) &&
      has(names, Check::credential_model_sound) == evidence.credential.objection.empty() &&
      are_known(names);
  std::sort(names.begin(), names.end());
  return is_whole && std::adjacent_find(names.begin(), names.end()) == names.end()
             ? ok()
             : Status(ErrorCode::receipt_evidence_missing);
}

}  // namespace countersign
