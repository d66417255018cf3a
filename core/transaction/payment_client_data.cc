#include "transaction/payment_client_data.h"

#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"

namespace countersign {
namespace {

constexpr ErrorCode kPaymentMalformed = ErrorCode::payment_malformed;

Result<JsonValue> parse_document(Bytes client_data_json) {
  JsonOptions options;
  options.max_bytes = limits::kMaxClientDataBytes;
  CS_ASSIGN(JsonValue json, parse_json(text_of(client_data_json), options));
  if (!json.is_object()) {
    return kPaymentMalformed;
  }
  return json;
}

Status read_text(const JsonValue& object, std::string_view name, std::optional<std::string>& out) {
  const JsonValue* value = object.find(name);
  if (value == nullptr) {
    return ok();
  }
  if (!value->is_string()) {
    return kPaymentMalformed;
  }
  out = value->string;
  return ok();
}

Status read_required_text(const JsonValue& object, std::string_view name, std::string& out) {
  std::optional<std::string> text;
  CS_TRY(read_text(object, name, text));
  if (!text) {
    return kPaymentMalformed;
  }
  out = std::move(*text);
  return ok();
}

Result<const JsonValue*> required_object(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.find(name);
  if (value == nullptr || !value->is_object()) {
    return kPaymentMalformed;
  }
  return value;
}

Status read_logos(const JsonValue& payment, std::vector<PaymentLogo>& out) {
  const JsonValue* logos = payment.find("paymentEntitiesLogos");
  if (logos == nullptr) {
    return ok();
  }
  if (!logos->is_array() || logos->items.size() > limits::kMaxPaymentLogos) {
    return kPaymentMalformed;
  }
  for (const JsonValue& item : logos->items) {
    if (!item.is_object()) {
      return kPaymentMalformed;
    }
    PaymentLogo& logo = out.emplace_back();
    CS_TRY(read_required_text(item, "url", logo.url));
    CS_TRY(read_required_text(item, "label", logo.label));
  }
  return ok();
}

Status read_browser_bound_key(const JsonValue& payment, std::optional<ByteVector>& out) {
  const JsonValue* key = payment.find("browserBoundPublicKey");
  if (key == nullptr) {
    return ok();
  }
  const Result<ByteVector> bytes =
      key->is_string() ? parse_base64url(key->string) : Result<ByteVector>(kPaymentMalformed);
  if (!bytes || bytes->empty()) {
    return ErrorCode::browser_bound_key_malformed;
  }
  out = *bytes;
  return ok();
}

}  // namespace

Result<PaymentClientData> parse_payment_client_data(Bytes client_data_json) {
  CS_ASSIGN(const JsonValue json, parse_document(client_data_json));
  CS_ASSIGN(const JsonValue* payment, required_object(json, "payment"));
  PaymentClientData out;
  CS_TRY(read_required_text(*payment, "rpId", out.rp_id));
  CS_TRY(read_required_text(*payment, "topOrigin", out.top_origin));
  CS_TRY(read_text(*payment, "payeeName", out.payee_name));
  CS_TRY(read_text(*payment, "payeeOrigin", out.payee_origin));
  CS_TRY(read_logos(*payment, out.logos));
  CS_ASSIGN(const JsonValue* total, required_object(*payment, "total"));
  CS_TRY(read_required_text(*total, "currency", out.currency));
  CS_TRY(read_required_text(*total, "value", out.value));
  CS_ASSIGN(const JsonValue* instrument, required_object(*payment, "instrument"));
  CS_TRY(read_required_text(*instrument, "displayName", out.instrument_name));
  CS_TRY(read_required_text(*instrument, "icon", out.instrument_icon));
  CS_TRY(read_text(*instrument, "details", out.instrument_details));
  CS_TRY(read_browser_bound_key(*payment, out.browser_bound_key));
  return out;
}

Result<std::optional<ByteVector>> parse_registered_browser_bound_key(Bytes client_data_json) {
  CS_ASSIGN(const JsonValue json, parse_document(client_data_json));
  std::optional<ByteVector> key;
  const JsonValue* payment = json.find("payment");
  if (payment == nullptr) {
    return key;
  }
  if (!payment->is_object()) {
    return kPaymentMalformed;
  }
  CS_TRY(read_browser_bound_key(*payment, key));
  return key;
}

}  // namespace countersign
