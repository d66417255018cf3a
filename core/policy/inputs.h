#pragma once
// What a policy can ask about: a closed, typed set of inputs. Each declares in which ceremonies and
// from which phase on it exists, and who supplies it; a browser supplies none.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign {

enum class PolicyCeremony : std::uint8_t {
  registration,  // "register"
  authenticate,
  credential_add,
  credential_remove,
  transaction_approve,
  beneficiary_add,
  limit_change,
  account_access,
  pairing_login,
  recovery,
  policy_publish,
};
inline constexpr std::size_t kPolicyCeremonies = 11;
/// "register", "transaction.approve", …
std::string_view policy_ceremony_name(PolicyCeremony ceremony);
std::optional<PolicyCeremony> find_policy_ceremony(std::string_view name);

/// A decision is made before the ceremony and again after it, with the credential's facts.
enum class Phase : std::uint8_t { options, verdict };
std::string_view phase_name(Phase phase);

enum class PolicyInput : std::uint8_t {
  ceremony,
  amount_base,
  amount_currency,
  amount_rate,
  transaction_type,
  transaction_tier,
  payee_known,
  payee_trusted,
  payee_confusable,
  payee_verification,
  channel,
  user_segment,
  user_roles,
  risk_score,
  risk_signals,
  device_new,
  session_strength,
  session_age,
  session_user_verified,
  session_credential_id,
  since_sca_sum,
  since_sca_count,
  time_hour,
  time_weekday,
  authentication_age,
  authentication_counter,
  authentication_key_order,
  credential_aaguid,
  credential_format,
  credential_attested,
  credential_certification,
  credential_backup_eligible,
  credential_backed_up,
  credential_algorithm,
  credential_age,
  credential_recovered,
  credential_last_used_age,
  credential_transports,
  credential_metadata_status,
};
inline constexpr std::size_t kPolicyInputs = 39;
/// One bit an input.
using InputMask = std::uint64_t;
constexpr InputMask mask_of(PolicyInput input) {
  return InputMask{1} << static_cast<unsigned>(input);
}

enum class InputType : std::uint8_t {
  integer,
  duration,  // seconds; written as ISO 8601 in documents
  boolean,
  choice,   // one of `choices`
  text,     // any name of at most 64 printable ASCII characters
  aaguid,   // 8-4-4-4-12 lower-case hexadecimal
  members,  // a set of names
  rate,     // "ECB:EUR-USD@2026-11-26T15:00:00Z", for the record: no rule compares it
};

/// Who knows it: the core's own store, the bank's backend, or the server (clock, ceremony).
enum class InputOwner : std::uint8_t { store, backend, server };

struct InputRow {
  PolicyInput id;
  std::string_view name;
  InputType type;
  /// One bit a ceremony: where it exists. Elsewhere a comparison is false, and so is its negation.
  std::uint16_t ceremonies;
  Phase phase;  // from which on it exists
  InputOwner owner;
  std::int64_t low = 0;  // integer, duration
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
  std::span<const std::string_view> choices = {};  // choice, and members where they are closed
  bool is_ordered = false;                         // choices may be compared with gt, gte, lt, lte
  bool is_masked = false;                          // records say only that it was there
};

std::span<const InputRow> policy_inputs();
const InputRow& row_of(PolicyInput input);
/// By name ("amount.base"); null when there is none.
const InputRow* find_policy_input(std::string_view name);
constexpr bool exists_in(const InputRow& row, PolicyCeremony ceremony) {
  return (row.ceremonies >> static_cast<unsigned>(ceremony) & 1U) != 0;
}
/// Whether its values are words, not numbers.
constexpr bool has_names(const InputRow& row) {
  return row.type == InputType::choice || row.type == InputType::text ||
         row.type == InputType::aaguid;
}
/// Where a customer signs with a credential that exists already.
bool is_assertion_ceremony(PolicyCeremony ceremony);
/// Where an exemption can be: an authenticated session asks for a payment or for an account's data.
bool is_exemptible(PolicyCeremony ceremony);

/// Index in `row.choices`.
std::optional<std::size_t> find_choice(const InputRow& row, std::string_view name);
/// What stands in a record for a name that its policy could not tell from others.
inline constexpr std::string_view kMaskedName = "*";
/// A name as documents and inputs may have it.
bool is_policy_text(std::string_view text);
bool is_aaguid_text(std::string_view text);
/// `<id>@<time>`: which rate and of when. The id is of A-Z, a-z, 0-9, '.', '_', ':', '/' and '-',
/// the time one of RFC 3339 in UTC without a fraction; at most kMaxPolicyNameBytes together.
bool is_rate_text(std::string_view text);

/// ISO 8601 of weeks, or of days, hours, minutes and seconds ("PT5M", "P1DT12H", "P4W"); no years
/// and months, whose length depends on the calendar. At most 100 years. Seconds, or nothing.
std::optional<std::int64_t> parse_duration(std::string_view text);
/// "PT5M"; seconds must not be negative.
std::string encode_duration(std::int64_t seconds);

/// The inputs of one decision. What is not set is absent.
class PolicyInputs {
 public:
  explicit PolicyInputs(PolicyCeremony ceremony) : ceremony_(ceremony) {}

  PolicyCeremony ceremony() const { return ceremony_; }
  InputMask present() const { return present_; }
  bool has(PolicyInput input) const { return (present_ & mask_of(input)) != 0; }

  /// integer, duration (seconds), boolean (0, 1), choice (index). Error: policy_input_value_invalid
  /// (also for an input of another type; the ceremony is set by the constructor alone).
  Status set_number(PolicyInput input, std::int64_t value);
  /// text, aaguid, choice, rate. Error: as above.
  Status set_text(PolicyInput input, std::string_view value);
  /// members; at most kMaxPolicySetMembers, duplicates count once. Error: as above.
  Status set_members(PolicyInput input, std::vector<std::string> values);
  void clear(PolicyInput input) { present_ &= ~mask_of(input); }

  /// Of inputs that are present.
  std::int64_t number(PolicyInput input) const { return numbers_[static_cast<unsigned>(input)]; }
  const std::string& text(PolicyInput input) const;
  const std::vector<std::string>& members(PolicyInput input) const;

 private:
  static constexpr std::size_t kTexts = 8;
  static constexpr std::size_t kSets = 3;
  static std::size_t slot_of(PolicyInput input);

  PolicyCeremony ceremony_;
  InputMask present_ = 0;
  std::array<std::int64_t, kPolicyInputs> numbers_{};
  std::array<std::string, kTexts> texts_;
  std::array<std::vector<std::string>, kSets> sets_;
};

}  // namespace countersign
