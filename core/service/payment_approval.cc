#include "service/payment_approval.h"

#include "transaction/browser_bound_key.h"

namespace countersign {
namespace {

// A browser that nobody vouched for is kept, so that the backend can vouch once it has asked the
// customer in another way.
Error note_unknown_browser(const TransactionContext& context, const Attempt& attempt, Error error) {
  const Result<PaymentClientData> payment =
      parse_payment_client_data(attempt.response.client_data_json);
  if (error.code != ErrorCode::browser_bound_key_unknown || !payment.has_value() ||
      !payment->browser_bound_key) {
    return error;
  }
  const Status noted = context.payments->note_browser_bound_key(
      attempt.transaction.tenant, attempt.credential.record.id, *payment->browser_bound_key,
      attempt.now);
  return noted.has_value() ? error : noted.error();
}

Status find_keys(const TransactionContext& context, const Attempt& attempt,
                 PaymentExpectations& out) {
  const Result<std::vector<BrowserBoundKey>> keys = context.payments->list_browser_bound_keys(
      attempt.transaction.tenant, attempt.approval.subject, attempt.credential.record.id);
  if (!keys.has_value()) {
    // No passkey for payments: the table of checks says so in its place.
    return keys.error().code == ErrorCode::credential_not_found ? ok() : Status(keys.error());
  }
  out.registration = PaymentRegistration::with_payment;
  for (const BrowserBoundKey& key : *keys) {
    if (key.trusted_at) {
      out.browser_bound_keys.push_back(key.key);
    }
  }
  return ok();
}

Status keep_evidence(const VerifiedPayment& verified, Attempt& attempt) {
  attempt.display = payment_evidence(*attempt.payment);
  attempt.checks.push_back(Check::transaction_display_tier);
  attempt.checks.insert(attempt.checks.end(), verified.checks().begin(), verified.checks().end());
  CS_ASSIGN(std::optional<ByteVector> signature,
            browser_bound_signature(attempt.response.client_extension_results));
  if (verified.payment().browser_bound_key && signature) {
    attempt.browser_bound =
        BrowserBoundEvidence{*verified.payment().browser_bound_key, std::move(*signature)};
  }
  return ok();
}

}  // namespace

Result<VerifiedAssertion> verify_payment(const TransactionContext& context,
                                         AuthenticationExpectations expected, Attempt& attempt) {
  if (context.payments == nullptr) {
    return Error{ErrorCode::transaction_display_tier_unmet, Check::transaction_display_tier, 0};
  }
  const ServiceContext& service = context.service;
  CS_ASSIGN(OpenedTransaction opened, open_transaction(service.hasher, attempt.transaction));
  attempt.payment = std::move(opened.payment);
  PaymentExpectations expectations;
  expectations.authentication = std::move(expected);
  expectations.authentication.origins = attempt.approval.origins;
  expectations.authentication.top_origins = attempt.payment->top_origins;
  expectations.dialog = std::move(*opened.dialog);
  expectations.browser_bound_key_rule = context.settings.browser_bound_keys;
  CS_TRY(find_keys(context, attempt, expectations));
  CS_ASSIGN(PendingPayment pending, begin_payment(expectations, attempt.credential.record,
                                                  attempt.response, service.hasher));
  const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), service.verifier);
  const Result<VerifiedPayment> verified = std::move(pending).finish(verdicts);
  if (!verified.has_value()) {
    return note_unknown_browser(context, attempt, verified.error());
  }
  CS_TRY(keep_evidence(*verified, attempt));
  return verified->assertion();
}

}  // namespace countersign
