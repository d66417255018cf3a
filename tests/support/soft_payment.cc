#include "tests/support/soft_payment.h"

namespace countersign::testing {
namespace {

std::string key_text(const BrowserBoundSigner& signer) {
  return json_string(to_base64url(signer.key.cose_key(signer.algorithm)));
}

std::string edited(JsonMembers members, const std::vector<JsonEdit>& edits) {
  for (const JsonEdit& edit : edits) {
    edit_json(members, edit);
  }
  return make_json(members);
}

std::string logos_text(const SoftPayment& payment) {
  std::string out = "[";
  for (const auto& [url, label] : payment.logos) {
    out += (out.size() > 1 ? "," : "") +
           make_json({{"url", json_string(url)}, {"label", json_string(label)}});
  }
  return out + "]";
}

}  // namespace

std::string make_payment_member(const SoftPayment& payment) {
  JsonMembers members;
  members.emplace_back("rpId", json_string(payment.rp_id));
  members.emplace_back("topOrigin", json_string(payment.top_origin));
  if (payment.payee_name) {
    members.emplace_back("payeeName", json_string(*payment.payee_name));
  }
  if (payment.payee_origin) {
    members.emplace_back("payeeOrigin", json_string(*payment.payee_origin));
  }
  members.emplace_back("paymentEntitiesLogos", logos_text(payment));
  members.emplace_back("total", edited({{"value", json_string(payment.value)},
                                        {"currency", json_string(payment.currency)}},
                                       payment.total_edits));
  JsonMembers instrument = {{"icon", json_string(payment.instrument_icon)},
                            {"displayName", json_string(payment.instrument_name)}};
  if (payment.instrument_details) {
    instrument.emplace_back("details", json_string(*payment.instrument_details));
  }
  members.emplace_back("instrument", edited(instrument, payment.instrument_edits));
  if (payment.browser_bound) {
    members.emplace_back("browserBoundPublicKey", key_text(*payment.browser_bound));
  }
  return edited(members, payment.edits);
}

AssertionOptions with_payment(const SoftPayment& payment, AssertionOptions options) {
  options.rp_id = payment.rp_id;
  options.client_data.type = "payment.get";
  options.client_data.origin = payment.origin;
  options.client_data.edits.push_back({"payment", make_payment_member(payment)});
  options.browser_bound = payment.browser_bound;
  return options;
}

RegistrationOptions with_browser_bound_key(const BrowserBoundSigner& signer,
                                           RegistrationOptions options) {
  options.client_data.edits.push_back(
      {"payment", make_json({{"browserBoundPublicKey", key_text(signer)}})});
  options.browser_bound = signer;
  return options;
}

}  // namespace countersign::testing
