#include "transaction/payment_assertion.h"

#include <algorithm>

#include "ceremony/check_table.h"
#include "transaction/browser_bound_key.h"

namespace countersign {
namespace {

struct PaymentContext {
  const PaymentExpectations& expectations;
  const AuthenticationResponse& response;

  ClientData client_data{};
  PaymentClientData payment{};
  std::optional<SignatureObligation> obligation{};
};

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// "verify that the value of C["type"] is the string payment.get." A signature of the same passkey
// on a page of the bank's would have shown nothing of the payment.
Status check_type_is_payment(PaymentContext& context) {
  CS_ASSIGN(context.client_data, parse_client_data(context.response.client_data_json));
  if (context.client_data.type != "payment.get") {
    return ErrorCode::type_mismatch;
  }
  return ok();
}

Status check_payment_parses(PaymentContext& context) {
  CS_ASSIGN(context.payment, parse_payment_client_data(context.response.client_data_json));
  return ok();
}

// "Verify that the value of C["payment"]["rpId"] matches the Relying Party's origin."
Status check_payment_rp_id_matches(PaymentContext& context) {
  if (context.payment.rp_id != context.expectations.authentication.rp_id) {
    return ErrorCode::payment_rp_id_mismatch;
  }
  return ok();
}

// "Verify that the value of C["payment"]["topOrigin"] matches the top-level origin that the Relying
// Party expects." Where no embedding is expected that is the page itself. WebAuthn's own topOrigin
// is the same page's, so a client that names two contradicts itself.
Status check_payment_top_origin_matches(PaymentContext& context) {
  const std::vector<std::string>& expected = context.expectations.authentication.top_origins;
  const std::string& top_origin = context.payment.top_origin;
  const bool is_expected =
      expected.empty() ? top_origin == context.client_data.origin : contains(expected, top_origin);
  if (!is_expected || context.client_data.top_origin.value_or(top_origin) != top_origin) {
    return ErrorCode::payment_top_origin_mismatch;
  }
  return ok();
}

// "Verify that the value of C["payment"]["payeeName"] matches the name of the payee that should
// have been displayed to the user, if any. Verify that the value of C["payment"]["payeeOrigin"]
// matches the origin of the payee that should have been displayed to the user, if any." One that we
// did not ask for was shown, too.
Status check_payment_payee_matches(PaymentContext& context) {
  if (context.payment.payee_name != context.expectations.dialog.payee_name ||
      context.payment.payee_origin != context.expectations.dialog.payee_origin) {
    return ErrorCode::payment_payee_mismatch;
  }
  return ok();
}

// "Verify that the value of C["payment"]["total"] matches the transaction amount that should have
// been displayed to the user." As integers of minor units: "20" and "20.00" euros are one amount,
// whereas "20.0" or "020.00" are no amount at all (a fraction of another length than the currency's
// is read differently by different readers).
Status check_payment_total_matches(PaymentContext& context) {
  const Result<Amount> total = parse_amount(context.payment.currency, context.payment.value);
  if (!total || *total != context.expectations.dialog.total) {
    return ErrorCode::payment_total_mismatch;
  }
  return ok();
}

// "Verify that the value of C["payment"]["instrument"] matches the payment instrument details that
// should have been displayed to the user." We never ask for `details`; icons must be shown.
Status check_payment_instrument_matches(PaymentContext& context) {
  const PaymentDialog& dialog = context.expectations.dialog;
  if (context.payment.instrument_name != dialog.instrument_name ||
      context.payment.instrument_icon != dialog.instrument_icon ||
      context.payment.instrument_details) {
    return ErrorCode::payment_instrument_mismatch;
  }
  return ok();
}

// "Verify that the value of C["payment"]["paymentEntitiesLogos"] is a strict and ordered subset of
// the logos that should have been displayed to the user, if any." Browsers that could not load a
// logo keep its place with an empty URL.
Status check_payment_logos_match(PaymentContext& context) {
  const std::vector<PaymentLogo>& expected = context.expectations.dialog.logos;
  auto next = expected.begin();
  for (const PaymentLogo& shown : context.payment.logos) {
    next = std::find_if(next, expected.end(), [&](const PaymentLogo& logo) {
      return shown.label == logo.label && (shown.url.empty() || shown.url == logo.url);
    });
    if (next == expected.end()) {
      return ErrorCode::payment_logos_mismatch;
    }
    ++next;
  }
  return ok();
}

// A passkey that the customer never was asked to use at merchants.
Status check_payment_extension_accepted(PaymentContext& context) {
  switch (context.expectations.registration) {
    case PaymentRegistration::with_payment:
      return ok();
    case PaymentRegistration::without_payment:
      break;
  }
  return ErrorCode::payment_extension_missing;
}

Status check_browser_bound_key_present(PaymentContext& context) {
  switch (context.expectations.browser_bound_key_rule) {
    case BrowserBoundKeyRule::optional:
      return ok();
    case BrowserBoundKeyRule::where_trusted:
      if (context.expectations.browser_bound_keys.empty()) {
        return ok();
      }
      break;
    case BrowserBoundKeyRule::required:
      break;
  }
  return context.payment.browser_bound_key ? ok() : ErrorCode::browser_bound_key_missing;
}

// The form of key and signature; the arithmetic is left as an obligation.
Status check_browser_bound_signature_verifies(PaymentContext& context) {
  CS_ASSIGN(context.obligation, browser_bound_obligation(context.payment.browser_bound_key,
                                                         context.response.client_extension_results,
                                                         context.response.client_data_json));
  return ok();
}

constexpr CheckRow<PaymentContext> kPaymentChecks[] = {
    {Check::type_is_payment, check_type_is_payment},
    {Check::payment_parses, check_payment_parses},
    {Check::payment_rp_id_matches, check_payment_rp_id_matches},
    {Check::payment_top_origin_matches, check_payment_top_origin_matches},
    {Check::payment_payee_matches, check_payment_payee_matches},
    {Check::payment_total_matches, check_payment_total_matches},
    {Check::payment_instrument_matches, check_payment_instrument_matches},
    {Check::payment_logos_match, check_payment_logos_match},
    {Check::payment_extension_accepted, check_payment_extension_accepted},
    {Check::browser_bound_key_present, check_browser_bound_key_present},
    {Check::browser_bound_signature_verifies, check_browser_bound_signature_verifies},
};

/// What the rules after the arithmetic look at.
struct ClosingContext {
  const PaymentClientData& payment;
  const std::vector<ByteVector>& known_keys;
};

// A browser we have not seen with this passkey: it may have been synced to a device of somebody
// else's. Last of all, so that the answer says that nothing else is missing.
Status check_browser_bound_key_known(ClosingContext& context) {
  const std::optional<ByteVector>& key = context.payment.browser_bound_key;
  if (key && std::find(context.known_keys.begin(), context.known_keys.end(), *key) ==
                 context.known_keys.end()) {
    return ErrorCode::browser_bound_key_unknown;
  }
  return ok();
}

constexpr CheckRow<ClosingContext> kClosingChecks[] = {
    {Check::browser_bound_key_known, check_browser_bound_key_known},
};

constexpr auto kPaymentCheckNames = names_of(kPaymentChecks);
constexpr auto kClosingCheckNames = names_of(kClosingChecks);

}  // namespace

struct PendingPayment::State {
  explicit State(PendingAuthentication pending) : authentication(std::move(pending)) {}

  PendingAuthentication authentication;
  VerifiedPayment payment;  // complete but for the assertion
  std::vector<SignatureObligation> obligations;
  bool has_browser_bound_obligation = false;
  std::vector<ByteVector> known_keys;
};

PendingPayment::PendingPayment(std::unique_ptr<State> state) : state_(std::move(state)) {}
PendingPayment::PendingPayment(PendingPayment&&) noexcept = default;
PendingPayment& PendingPayment::operator=(PendingPayment&&) noexcept = default;
PendingPayment::~PendingPayment() = default;

std::span<const SignatureObligation> PendingPayment::obligations() const {
  return state_->obligations;
}

std::span<const Check> payment_checks() { return kPaymentCheckNames; }
std::span<const Check> payment_closing_checks() { return kClosingCheckNames; }

Result<PendingPayment> begin_payment(const PaymentExpectations& expectations,
                                     const CredentialRecord& record,
                                     const AuthenticationResponse& response, const Hasher& hasher) {
  return PendingPayment::begin(expectations, record, response, hasher);
}

Result<PendingPayment> PendingPayment::begin(const PaymentExpectations& expectations,
                                             const CredentialRecord& record,
                                             const AuthenticationResponse& response,
                                             const Hasher& hasher) {
  PaymentContext context{expectations, response};
  std::vector<Check> checks_run;
  CS_TRY(run_checks(kPaymentChecks, context, checks_run));

  AuthenticationExpectations authentication = expectations.authentication;
  authentication.purpose = AssertionPurpose::payment;
  authentication.user_verification = UserVerification::required;
  authentication.appid.reset();
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(authentication, record, response, hasher));

  auto state = std::make_unique<State>(std::move(pending));
  if (context.obligation) {
    state->has_browser_bound_obligation = true;
    state->obligations.push_back(std::move(*context.obligation));
  }
  const auto left = state->authentication.obligations();
  state->obligations.insert(state->obligations.end(), left.begin(), left.end());
  state->known_keys = expectations.browser_bound_keys;
  state->payment.payment_ = std::move(context.payment);
  state->payment.checks_ = std::move(checks_run);
  return PendingPayment(std::move(state));
}

Result<VerifiedPayment> PendingPayment::finish(std::span<const SignatureVerdict> verdicts) && {
  const std::unique_ptr<State> state = std::move(state_);
  if (verdicts.size() != state->obligations.size()) {
    return ErrorCode::obligation_results_mismatch;
  }
  if (state->has_browser_bound_obligation) {
    CS_TRY(check_browser_bound_verdict(verdicts.front()));
    verdicts = verdicts.subspan(1);
  }
  CS_ASSIGN(VerifiedAssertion assertion, std::move(state->authentication).finish(verdicts));
  VerifiedPayment payment = std::move(state->payment);
  payment.checks_.insert(payment.checks_.end(), assertion.checks().begin(),
                         assertion.checks().end());
  payment.assertion_ = std::move(assertion);
  ClosingContext closing{payment.payment_, state->known_keys};
  CS_TRY(run_checks(kClosingChecks, closing, payment.checks_));
  return payment;
}

}  // namespace countersign
