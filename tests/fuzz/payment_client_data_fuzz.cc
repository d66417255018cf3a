// Second opinion: nlohmann's document of the same text has the same members. What is accepted is
// also run through the rules that look into it.

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "codec/base64url.h"
#include "tests/fuzz/fuzz.h"
#include "transaction/browser_bound_key.h"
#include "transaction/payment_client_data.h"

using namespace countersign;
using fuzz::require;

namespace {

void require_same(const std::optional<std::string>& read, const nlohmann::json& object,
                  const char* name) {
  require(read.has_value() == object.contains(name));
  require(!read || object.at(name).get<std::string>() == *read);
}

void check_registered(Bytes input) {
  const auto key = parse_registered_browser_bound_key(input);
  if (!key) {
    fuzz::require_honest(key.error(), input.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  check_registered(input);
  const Result<PaymentClientData> read = parse_payment_client_data(input);
  if (!read) {
    fuzz::require_honest(read.error(), size);
    return 0;
  }
  require(size <= limits::kMaxClientDataBytes);
  const nlohmann::json document = nlohmann::json::parse(text_of(input), nullptr, false);
  require(document.is_object());
  const nlohmann::json& payment = document.at("payment");
  require_same(read->rp_id, payment, "rpId");
  require_same(read->top_origin, payment, "topOrigin");
  require_same(read->payee_name, payment, "payeeName");
  require_same(read->payee_origin, payment, "payeeOrigin");
  require_same(read->currency, payment.at("total"), "currency");
  require_same(read->value, payment.at("total"), "value");
  require_same(read->instrument_name, payment.at("instrument"), "displayName");
  require_same(read->instrument_icon, payment.at("instrument"), "icon");
  require_same(read->instrument_details, payment.at("instrument"), "details");
  std::optional<std::string> key;
  if (read->browser_bound_key) {
    key = encode_base64url(*read->browser_bound_key);
  }
  require_same(key, payment, "browserBoundPublicKey");
  const nlohmann::json logos = payment.value("paymentEntitiesLogos", nlohmann::json::array());
  require(logos.size() == read->logos.size() && logos.size() <= limits::kMaxPaymentLogos);
  for (std::size_t i = 0; i < logos.size(); ++i) {
    require_same(read->logos[i].url, logos[i], "url");
    require_same(read->logos[i].label, logos[i], "label");
  }
  // Its key with a signature that is none: read to the end, never accepted.
  const JsonValue results =
      parse_json(R"({"payment":{"browserBoundSignature":{"signature":"AA"}}})").value();
  const auto obligation = browser_bound_obligation(read->browser_bound_key, results, input);
  require(!obligation.has_value());
  require(obligation.error().code == ErrorCode::browser_bound_key_malformed);
  return 0;
}
