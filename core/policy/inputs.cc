#include "policy/inputs.h"

#include <algorithm>
#include <iterator>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/time.h"

namespace countersign {
namespace {

constexpr std::uint16_t bit(PolicyCeremony ceremony) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(ceremony));
}

constexpr std::uint16_t kEverywhere = (1U << kPolicyCeremonies) - 1;
constexpr std::uint16_t kEnrolling = bit(PolicyCeremony::registration) |
                                     bit(PolicyCeremony::credential_add) |
                                     bit(PolicyCeremony::recovery);
// A registration has no signature of a credential that the store knows.
constexpr std::uint16_t kAsserting = kEverywhere & static_cast<std::uint16_t>(~kEnrolling);
constexpr std::uint16_t kInSession =
    kEverywhere & static_cast<std::uint16_t>(
                      ~(bit(PolicyCeremony::registration) | bit(PolicyCeremony::authenticate) |
                        bit(PolicyCeremony::pairing_login) | bit(PolicyCeremony::recovery)));
constexpr std::uint16_t kPayment = bit(PolicyCeremony::transaction_approve);
constexpr std::uint16_t kAmount = kPayment | bit(PolicyCeremony::limit_change);
constexpr std::uint16_t kPayee = kPayment | bit(PolicyCeremony::beneficiary_add);
constexpr std::uint16_t kCounted = kPayment | bit(PolicyCeremony::account_access);
constexpr std::uint16_t kTransaction = kAmount | kPayee | bit(PolicyCeremony::credential_add) |
                                       bit(PolicyCeremony::account_access) |
                                       bit(PolicyCeremony::policy_publish);

constexpr std::string_view kCeremonies[] = {
    "register",        "authenticate", "credential.add", "credential.remove", "transaction.approve",
    "beneficiary.add", "limit.change", "account.access", "pairing.login",     "recovery",
    "policy.publish"};
static_assert(std::size(kCeremonies) == kPolicyCeremonies);
constexpr std::string_view kVerifications[] = {"match", "close-match", "no-match", "not-available"};
constexpr std::string_view kWeekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                          "friday", "saturday", "sunday"};
constexpr std::string_view kCounters[] = {"advanced", "zero", "not-advanced"};
constexpr std::string_view kKeyOrders[] = {"canonical", "other"};
constexpr std::string_view kFormats[] = {
    "none", "packed", "tpm", "android-key", "fido-u2f", "android-safetynet", "apple", "compound"};
constexpr std::string_view kLevels[] = {"none", "L1", "L1+", "L2", "L2+", "L3", "L3+"};
// The credential algorithms in the order of all_algorithms(), which a test holds against this.
constexpr std::string_view kAlgorithms[] = {
    "EdDSA", "ES256", "ES384", "ES512",  "Ed448",  "PS256",  "PS384",  "PS512",
    "RS256", "RS384", "RS512", "ES256K", "ESP256", "ESP384", "ESP512", "Ed25519"};
constexpr std::string_view kTransports[] = {"usb",      "nfc",    "ble",  "smart-card",
                                            "internal", "hybrid", "cable"};
constexpr std::string_view kMetadataStatuses[] = {"unknown", "current",     "update-available",
                                                  "retired", "compromised", "revoked"};

constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max();

using enum PolicyInput;
constexpr InputRow kInputs[] = {
    {ceremony, "ceremony", InputType::choice, kEverywhere, Phase::options, InputOwner::server, 0,
     kEndless, kCeremonies},
    {amount_base, "amount.base", InputType::integer, kAmount, Phase::options, InputOwner::backend},
    {amount_currency, "amount.currency", InputType::text, kAmount, Phase::options,
     InputOwner::backend},
    {amount_rate, "amount.rate", InputType::rate, kAmount, Phase::options, InputOwner::backend},
    {transaction_type, "transaction.type", InputType::text, kTransaction, Phase::options,
     InputOwner::backend},
    {transaction_tier, "transaction.tier", InputType::integer, kTransaction, Phase::verdict,
     InputOwner::server, 0, 4},
    {payee_known, "payee.known", InputType::boolean, kPayee, Phase::options, InputOwner::backend},
    {payee_trusted, "payee.trusted", InputType::boolean, kPayee, Phase::options,
     InputOwner::backend},
    {payee_confusable, "payee.confusable", InputType::boolean, kPayee, Phase::options,
     InputOwner::backend},
    {payee_verification, "payee.verification", InputType::choice, kPayee, Phase::options,
     InputOwner::backend, 0, kEndless, kVerifications},
    {channel, "channel", InputType::text, kEverywhere, Phase::options, InputOwner::backend},
    {user_segment, "user.segment", InputType::text, kEverywhere, Phase::options,
     InputOwner::backend},
    {user_roles, "user.roles", InputType::members, kEverywhere, Phase::options,
     InputOwner::backend},
    {risk_score, "risk.score", InputType::integer, kEverywhere, Phase::options, InputOwner::backend,
     0, 100},
    {risk_signals, "risk.signals", InputType::members, kEverywhere, Phase::options,
     InputOwner::backend},
    {device_new, "device.new", InputType::boolean, kEverywhere, Phase::options,
     InputOwner::backend},
    {session_strength, "session.strength", InputType::text, kInSession, Phase::options,
     InputOwner::store},
    {session_age, "session.age", InputType::duration, kInSession, Phase::options,
     InputOwner::store},
    {session_user_verified, "session.userVerified", InputType::boolean, kInSession, Phase::options,
     InputOwner::store},
    {session_credential_id,
     "session.credentialId",
     InputType::text,
     kInSession,
     Phase::options,
     InputOwner::store,
     0,
     kEndless,
     {},
     false,
     true},
    {since_sca_sum, "sinceSca.sum", InputType::integer, kCounted, Phase::options,
     InputOwner::store},
    {since_sca_count, "sinceSca.count", InputType::integer, kCounted, Phase::options,
     InputOwner::store},
    {time_hour, "time.hour", InputType::integer, kEverywhere, Phase::options, InputOwner::server, 0,
     23},
    {time_weekday, "time.weekday", InputType::choice, kEverywhere, Phase::options,
     InputOwner::server, 0, kEndless, kWeekdays},
    {authentication_age, "authentication.age", InputType::duration, kInSession, Phase::options,
     InputOwner::store},
    {authentication_counter, "authentication.counter", InputType::choice, kAsserting,
     Phase::verdict, InputOwner::server, 0, kEndless, kCounters},
    {authentication_key_order, "authentication.keyOrder", InputType::choice, kEnrolling,
     Phase::verdict, InputOwner::server, 0, kEndless, kKeyOrders},
    {credential_aaguid, "credential.aaguid", InputType::aaguid, kEverywhere, Phase::verdict,
     InputOwner::store},
    {credential_format, "credential.format", InputType::choice, kEverywhere, Phase::verdict,
     InputOwner::store, 0, kEndless, kFormats},
    {credential_attested, "credential.attested", InputType::boolean, kEverywhere, Phase::verdict,
     InputOwner::store},
    {credential_certification, "credential.certification", InputType::choice, kEverywhere,
     Phase::verdict, InputOwner::store, 0, kEndless, kLevels, true},
    {credential_backup_eligible, "credential.backupEligible", InputType::boolean, kEverywhere,
     Phase::verdict, InputOwner::store},
    {credential_backed_up, "credential.backedUp", InputType::boolean, kEverywhere, Phase::verdict,
     InputOwner::store},
    {credential_algorithm, "credential.algorithm", InputType::choice, kEverywhere, Phase::verdict,
     InputOwner::store, 0, kEndless, kAlgorithms},
    {credential_age, "credential.age", InputType::duration, kAsserting, Phase::verdict,
     InputOwner::store},
    {credential_recovered, "credential.recovered", InputType::boolean, kAsserting, Phase::verdict,
     InputOwner::store},
    {credential_last_used_age, "credential.lastUsedAge", InputType::duration, kAsserting,
     Phase::verdict, InputOwner::store},
    {credential_transports, "credential.transports", InputType::members, kEverywhere,
     Phase::verdict, InputOwner::store, 0, kEndless, kTransports},
    {credential_metadata_status, "credential.metadataStatus", InputType::choice, kEverywhere,
     Phase::verdict, InputOwner::store, 0, kEndless, kMetadataStatuses},
};
static_assert(std::size(kInputs) == kPolicyInputs && kPolicyInputs <= 64);

constexpr std::int64_t kMaxDuration = std::int64_t{100} * 366 * 86400;

}  // namespace

std::string_view policy_ceremony_name(PolicyCeremony value) {
  return kCeremonies[static_cast<std::size_t>(value)];
}

std::optional<PolicyCeremony> find_policy_ceremony(std::string_view name) {
  const std::optional<std::size_t> index = find_choice(row_of(PolicyInput::ceremony), name);
  return index ? std::optional(static_cast<PolicyCeremony>(*index)) : std::nullopt;
}

std::string_view phase_name(Phase phase) { return phase == Phase::options ? "options" : "verdict"; }

std::span<const InputRow> policy_inputs() { return kInputs; }

const InputRow& row_of(PolicyInput input) { return kInputs[static_cast<std::size_t>(input)]; }

const InputRow* find_policy_input(std::string_view name) {
  const auto* found = std::find_if(std::begin(kInputs), std::end(kInputs),
                                   [&](const InputRow& row) { return row.name == name; });
  return found == std::end(kInputs) ? nullptr : found;
}

bool is_assertion_ceremony(PolicyCeremony value) { return (kAsserting & bit(value)) != 0; }

bool is_exemptible(PolicyCeremony value) { return (kCounted & bit(value)) != 0; }

std::optional<std::size_t> find_choice(const InputRow& row, std::string_view name) {
  const auto found = std::find(row.choices.begin(), row.choices.end(), name);
  if (found == row.choices.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - row.choices.begin());
}

bool is_policy_text(std::string_view text) {
  return !text.empty() && text.size() <= limits::kMaxPolicyNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_aaguid_text(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (is_dash ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return true;
}

bool is_rate_text(std::string_view text) {
  constexpr std::string_view kMarks = "._:/-";
  const std::size_t at = text.find('@');
  if (!is_policy_text(text) || at == 0 || at == std::string_view::npos) {
    return false;
  }
  const std::string_view id = text.substr(0, at);
  const std::string_view time = text.substr(at + 1);
  const std::optional<UnixSeconds> read = parse_rfc3339(time);
  return read && encode_rfc3339(*read) == time && std::all_of(id.begin(), id.end(), [&](char c) {
           return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  constexpr struct {
    char letter;
    std::int64_t seconds;
  } kUnits[] = {{'W', 604800}, {'D', 86400}, {'H', 3600}, {'M', 60}, {'S', 1}};
  constexpr std::size_t kFirstOfTime = 2;
  constexpr std::size_t kMaxDigits = 10;
  if (text.size() < 3 || text.front() != 'P') {
    return std::nullopt;
  }
  std::size_t next_unit = 0;  // each at most once and in their order
  std::int64_t total = 0;
  for (text.remove_prefix(1); !text.empty();) {
    const bool begins_time = text.front() == 'T' && next_unit <= kFirstOfTime;
    if (begins_time) {
      text.remove_prefix(1);
    }
    const std::size_t first = begins_time ? kFirstOfTime : next_unit;
    const std::size_t end =
        begins_time || next_unit > kFirstOfTime ? std::size(kUnits) : kFirstOfTime;
    std::int64_t number = 0;
    std::size_t digits = 0;
    for (; digits < std::min(text.size(), kMaxDigits) && is_digit(text[digits]); ++digits) {
      number = number * 10 + (text[digits] - '0');
    }
    std::size_t unit = first;
    while (unit < end && digits < text.size() && text[digits] != kUnits[unit].letter) {
      ++unit;
    }
    if (digits == 0 || digits == text.size() || unit >= end ||
        number > kMaxDuration / kUnits[unit].seconds) {
      return std::nullopt;
    }
    total += number * kUnits[unit].seconds;
    text.remove_prefix(digits + 1);
    if (unit == 0 && !text.empty()) {
      return std::nullopt;  // weeks stand alone
    }
    next_unit = unit + 1;
  }
  return total <= kMaxDuration ? std::optional(total) : std::nullopt;
}

std::string encode_duration(std::int64_t seconds) {
  std::string text = "P";
  if (seconds >= 86400) {
    text += std::to_string(seconds / 86400) + 'D';
    seconds %= 86400;
  }
  if (seconds == 0 && text.size() > 1) {
    return text;
  }
  text += 'T';
  if (seconds >= 3600) {
    text += std::to_string(seconds / 3600) + 'H';
  }
  if (seconds / 60 % 60 != 0) {
    text += std::to_string(seconds / 60 % 60) + 'M';
  }
  if (seconds % 60 != 0 || text.back() == 'T') {
    text += std::to_string(seconds % 60) + 'S';
  }
  return text;
}

// Texts and sets have places of their own, in the order of the table.
std::size_t PolicyInputs::slot_of(PolicyInput input) {
  constexpr auto is_set = [](const InputRow& row) { return row.type == InputType::members; };
  constexpr auto is_text = [](const InputRow& row) {
    return row.type == InputType::text || row.type == InputType::aaguid ||
           row.type == InputType::rate;
  };
  static_assert(std::count_if(std::begin(kInputs), std::end(kInputs), is_text) == kTexts);
  static_assert(std::count_if(std::begin(kInputs), std::end(kInputs), is_set) == kSets);
  const auto end = std::begin(kInputs) + static_cast<std::ptrdiff_t>(input);
  const auto before = is_set(row_of(input)) ? std::count_if(std::begin(kInputs), end, is_set)
                                            : std::count_if(std::begin(kInputs), end, is_text);
  return static_cast<std::size_t>(before);
}

Status PolicyInputs::set_number(PolicyInput input, std::int64_t value) {
  const InputRow& row = row_of(input);
  bool is_valid = input != PolicyInput::ceremony;
  switch (row.type) {
    case InputType::integer:
    case InputType::duration:
      is_valid = is_valid && value >= row.low && value <= row.high;
      break;
    case InputType::boolean:
      is_valid = is_valid && (value == 0 || value == 1);
      break;
    case InputType::choice:
      is_valid = is_valid && value >= 0 && value < static_cast<std::int64_t>(row.choices.size());
      break;
    case InputType::text:
    case InputType::aaguid:
    case InputType::members:
    case InputType::rate:
      is_valid = false;
      break;
  }
  if (!is_valid) {
    return ErrorCode::policy_input_value_invalid;
  }
  numbers_[static_cast<unsigned>(input)] = value;
  present_ |= mask_of(input);
  return ok();
}

Status PolicyInputs::set_text(PolicyInput input, std::string_view value) {
  const InputRow& row = row_of(input);
  if (row.type == InputType::choice) {
    const std::optional<std::size_t> index = find_choice(row, value);
    return index ? set_number(input, static_cast<std::int64_t>(*index))
                 : Status(ErrorCode::policy_input_value_invalid);
  }
  const bool is_valid =
      row.type == InputType::text ? is_policy_text(value)
      : row.type == InputType::rate
          ? is_rate_text(value)
          : row.type == InputType::aaguid && (is_aaguid_text(value) || value == kMaskedName);
  if (!is_valid) {
    return ErrorCode::policy_input_value_invalid;
  }
  texts_[slot_of(input)] = value;
  present_ |= mask_of(input);
  return ok();
}

Status PolicyInputs::set_members(PolicyInput input, std::vector<std::string> values) {
  const InputRow& row = row_of(input);
  const auto is_valid = [&](const std::string& value) {
    return row.choices.empty() ? is_policy_text(value) : find_choice(row, value).has_value();
  };
  if (row.type != InputType::members || values.size() > limits::kMaxPolicySetMembers ||
      !std::all_of(values.begin(), values.end(), is_valid)) {
    return ErrorCode::policy_input_value_invalid;
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  sets_[slot_of(input)] = std::move(values);
  present_ |= mask_of(input);
  return ok();
}

const std::string& PolicyInputs::text(PolicyInput input) const { return texts_[slot_of(input)]; }

const std::vector<std::string>& PolicyInputs::members(PolicyInput input) const {
  return sets_[slot_of(input)];
}

}  // namespace countersign
