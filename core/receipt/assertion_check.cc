#include "receipt/assertion_check.h"

#include "codec/base64url.h"
#include "receipt/limits.h"
#include "transaction/bound.h"
#include "transaction/payment_assertion.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

CredentialRecord credential_record_of(const ApprovalEvidence& evidence) {
  const CredentialEvidence& credential = evidence.credential;
  CredentialRecord record;
  record.id = credential.id;
  record.public_key = credential.public_key;
  record.sign_count = credential.sign_count;
  record.is_uv_initialized = credential.is_uv_initialized;
  record.is_backup_eligible = credential.is_backup_eligible;
  record.is_backed_up = credential.is_backed_up;
  record.user_handle = evidence.subject;
  record.aaguid = credential.registered.aaguid;
  return record;
}

JsonValue object_with(std::string_view name, JsonValue value) {
  JsonValue object;
  object.type = JsonValue::Type::object;
  object.members.emplace_back(std::string(name), std::move(value));
  return object;
}

// As the browser handed the signature of its own key over. Nothing else there is signed.
JsonValue extension_results_of(const std::optional<BrowserBoundEvidence>& bound) {
  JsonValue results;
  results.type = JsonValue::Type::object;
  if (!bound) {
    return results;
  }
  JsonValue signature;
  signature.type = JsonValue::Type::string;
  signature.string = encode_base64url(bound->signature);
  return object_with("payment", object_with("browserBoundSignature",
                                            object_with("signature", std::move(signature))));
}

AuthenticationResponse response_of(const ApprovalEvidence& evidence) {
  AuthenticationResponse response;
  response.id = evidence.credential.id;
  response.client_data_json = evidence.client_data_json;
  response.authenticator_data = evidence.authenticator_data;
  response.signature = evidence.signature;
  response.client_extension_results = extension_results_of(evidence.browser_bound);
  return response;
}

AuthenticationExpectations expectations_of(const Hasher& hasher, const ApprovalEvidence& evidence,
                                           const BindingDocument& binding) {
  AuthenticationExpectations expected;
  expected.rp_id = binding.rp_id;
  expected.origins = evidence.origins;
  expected.top_origins = evidence.top_origins;
  const Digest256 challenge = challenge_of(hasher, evidence.binding);
  expected.challenge.assign(challenge.begin(), challenge.end());
  expected.user_verification = UserVerification::required;
  expected.user_handle = evidence.subject;
  expected.time = evidence.approved_at;
  return expected;
}

std::optional<CounterOutcome> check_login(const ApprovalEvidence& evidence,
                                          const BindingDocument& binding, const ReceiptTools& tools,
                                          StepList& steps) {
  Result<PendingAuthentication> pending =
      begin_authentication(expectations_of(tools.hasher, evidence, binding),
                           credential_record_of(evidence), response_of(evidence), tools.hasher);
  if (!steps.add(ReceiptStepId::ceremony, pending ? ok() : Status(pending.error()))) {
    return std::nullopt;
  }
  const std::vector<SignatureVerdict> verdicts = discharge(pending->obligations(), tools.verifier);
  const Result<VerifiedAssertion> verified = std::move(*pending).finish(verdicts);
  // A key of the browser belongs to payment confirmations: here nothing would verify it.
  if (evidence.browser_bound) {
    steps.add(ReceiptStepId::browser_key, ErrorCode::receipt_malformed);
  }
  return steps.add(ReceiptStepId::signature, verified ? ok() : Status(verified.error()))
             ? std::optional(verified->counter())
             : std::nullopt;
}

Result<PaymentLogo> read_logo(const Value& value) {
  const bool is_logo = value.is(Value::Type::array) && value.items.size() == 2 &&
                       value.items[0].is(Value::Type::text) && value.items[1].is(Value::Type::text);
  return is_logo ? Result<PaymentLogo>(PaymentLogo{value.items[0].text, value.items[1].text})
                 : Result<PaymentLogo>(ErrorCode::receipt_evidence_missing);
}

// What the dialog was asked to show beside the intent.
Result<PaymentPresentation> read_presentation(const Value& details) {
  if (!has_exactly(details, {"payeeOrigin", "instrumentName", "instrumentIcon", "logos"})) {
    return ErrorCode::receipt_evidence_missing;
  }
  const Value& origin = *details.find("payeeOrigin");
  const Value& name = *details.find("instrumentName");
  const Value& icon = *details.find("instrumentIcon");
  const Value& logos = *details.find("logos");
  if (!(origin.is(Value::Type::null) || origin.is(Value::Type::text)) ||
      !name.is(Value::Type::text) || !icon.is(Value::Type::text) || !logos.is(Value::Type::array)) {
    return ErrorCode::receipt_evidence_missing;
  }
  PaymentPresentation presentation;
  if (origin.is(Value::Type::text)) {
    presentation.payee_origin = origin.text;
  }
  presentation.instrument_name = name.text;
  presentation.instrument_icon = icon.text;
  for (const Value& item : logos.items) {
    CS_ASSIGN(PaymentLogo logo, read_logo(item));
    presentation.logos.push_back(std::move(logo));
  }
  return presentation;
}

Result<PendingPayment> begin_recorded_payment(const ApprovalEvidence& evidence,
                                              const BindingDocument& binding,
                                              const FrozenParts& parts, const Hasher& hasher) {
  CS_ASSIGN(const PaymentPresentation presentation, read_presentation(evidence.tier.details));
  PaymentExpectations expected;
  expected.authentication = expectations_of(hasher, evidence, binding);
  CS_ASSIGN(expected.dialog, project_recorded_payment(*parts.source, parts.intent, presentation));
  expected.registration = PaymentRegistration::with_payment;
  expected.browser_bound_key_rule = BrowserBoundKeyRule::optional;
  if (evidence.browser_bound) {
    expected.browser_bound_key_rule = BrowserBoundKeyRule::required;
    expected.browser_bound_keys.push_back(evidence.browser_bound->public_key);
  }
  return begin_payment(expected, credential_record_of(evidence), response_of(evidence), hasher);
}

std::optional<CounterOutcome> check_payment(const ApprovalEvidence& evidence,
                                            const BindingDocument& binding,
                                            const FrozenParts& parts, const ReceiptTools& tools,
                                            StepList& steps) {
  Result<PendingPayment> pending = begin_recorded_payment(evidence, binding, parts, tools.hasher);
  if (!steps.add(ReceiptStepId::ceremony, pending ? ok() : Status(pending.error()))) {
    return std::nullopt;
  }
  const std::vector<SignatureVerdict> verdicts = discharge(pending->obligations(), tools.verifier);
  const Result<VerifiedPayment> verified = std::move(*pending).finish(verdicts);
  const bool is_of_browser =
      !verified && (verified.error().code == ErrorCode::browser_bound_signature_invalid ||
                    verified.error().code == ErrorCode::browser_bound_key_unknown);
  if (!steps.add(is_of_browser ? ReceiptStepId::browser_key : ReceiptStepId::signature,
                 verified ? ok() : Status(verified.error()))) {
    return std::nullopt;
  }
  if (evidence.browser_bound) {
    steps.add(ReceiptStepId::browser_key, ok());
  }
  return verified->assertion().counter();
}

}  // namespace

std::optional<CounterOutcome> check_assertion(const ApprovalEvidence& evidence,
                                              const BindingDocument& binding,
                                              const FrozenParts& parts, const ReceiptTools& tools,
                                              StepList& steps) {
  return evidence.tier.kind == DisplayKind::payment_dialog
             ? check_payment(evidence, binding, parts, tools, steps)
             : check_login(evidence, binding, tools, steps);
}

}  // namespace countersign
