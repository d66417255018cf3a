#include "service/transaction_payment.h"

#include <algorithm>
#include <initializer_list>

#include "base/limits.h"
#include "codec/json_writer.h"

namespace countersign {
namespace {

constexpr ErrorCode kInvalid = ErrorCode::request_member_invalid;

using Value = CanonicalValue;

Status check_members(const JsonValue& json, std::initializer_list<std::string_view> known) {
  if (!json.is_object()) {
    return kInvalid;
  }
  const bool is_known = std::all_of(json.members.begin(), json.members.end(), [&](const auto& one) {
    return std::find(known.begin(), known.end(), one.first) != known.end();
  });
  return is_known ? ok() : Status(kInvalid);
}

Result<std::string> text_member(const JsonValue& json, std::string_view name) {
  const JsonValue* value = json.find(name);
  return value != nullptr && value->is_string() ? Result<std::string>(value->string) : kInvalid;
}

Result<std::vector<std::string>> origins_member(const JsonValue& json, std::string_view name) {
  std::vector<std::string> origins;
  const JsonValue* list = json.find(name);
  if (list == nullptr) {
    return origins;
  }
  if (!list->is_array() || list->items.empty() || list->items.size() > limits::kMaxOrigins) {
    return kInvalid;
  }
  for (const JsonValue& item : list->items) {
    if (!item.is_string() ||
        std::find(origins.begin(), origins.end(), item.string) != origins.end()) {
      return kInvalid;
    }
    if (!is_payment_origin(item.string)) {
      return ErrorCode::payment_malformed;
    }
    origins.push_back(item.string);
  }
  return origins;
}

Status read_logos(const JsonValue& json, std::vector<PaymentLogo>& out) {
  const JsonValue* list = json.find("logos");
  if (list == nullptr) {
    return ok();
  }
  if (!list->is_array() || list->items.size() > limits::kMaxPaymentLogos) {
    return kInvalid;
  }
  for (const JsonValue& item : list->items) {
    CS_TRY(check_members(item, {"url", "label"}));
    PaymentLogo& logo = out.emplace_back();
    CS_ASSIGN(logo.url, text_member(item, "url"));
    CS_ASSIGN(logo.label, text_member(item, "label"));
  }
  return ok();
}

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.member(name).begin_array();
  for (const std::string& text : texts) {
    json.string(text);
  }
  json.end_array();
}

}  // namespace

Result<PaymentPage> read_payment_page(const JsonValue& json) {
  CS_TRY(check_members(json, {"origins", "topOrigins", "payeeOrigin", "instrument", "logos"}));
  PaymentPage page;
  CS_ASSIGN(page.origins, origins_member(json, "origins"));
  CS_ASSIGN(page.top_origins, origins_member(json, "topOrigins"));
  if (page.origins.empty() || bound_origins(page).size() > limits::kMaxOrigins) {
    return kInvalid;
  }
  if (json.find("payeeOrigin") != nullptr) {
    CS_ASSIGN(page.presentation.payee_origin, text_member(json, "payeeOrigin"));
  }
  const JsonValue* instrument = json.find("instrument");
  if (instrument == nullptr) {
    return kInvalid;
  }
  CS_TRY(check_members(*instrument, {"displayName", "icon"}));
  CS_ASSIGN(page.presentation.instrument_name, text_member(*instrument, "displayName"));
  CS_ASSIGN(page.presentation.instrument_icon, text_member(*instrument, "icon"));
  CS_TRY(read_logos(json, page.presentation.logos));
  return page;
}

std::string encode_payment_page(const PaymentPage& page) {
  const PaymentPresentation& shown = page.presentation;
  JsonWriter json;
  json.begin_object();
  write_texts(json, "origins", page.origins);
  if (!page.top_origins.empty()) {
    write_texts(json, "topOrigins", page.top_origins);
  }
  if (shown.payee_origin) {
    json.member("payeeOrigin").string(*shown.payee_origin);
  }
  json.member("instrument").begin_object();
  json.member("displayName").string(shown.instrument_name);
  json.member("icon").string(shown.instrument_icon);
  json.end_object();
  json.member("logos").begin_array();
  for (const PaymentLogo& logo : shown.logos) {
    json.begin_object();
    json.member("url").string(logo.url);
    json.member("label").string(logo.label);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::vector<std::string> bound_origins(const PaymentPage& page) {
  std::vector<std::string> origins = page.origins;
  origins.insert(origins.end(), page.top_origins.begin(), page.top_origins.end());
  std::sort(origins.begin(), origins.end());
  origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
  return origins;
}

TierEvidence payment_evidence(const PaymentPage& page) {
  const PaymentPresentation& shown = page.presentation;
  Value logos = Value::make_array({});
  for (const PaymentLogo& logo : shown.logos) {
    logos.items.push_back(
        Value::make_array({Value::make_text(logo.url), Value::make_text(logo.label)}));
  }
  TierEvidence evidence;
  evidence.kind = DisplayKind::payment_dialog;
  evidence.details =
      Value::make_map({{"payeeOrigin", shown.payee_origin ? Value::make_text(*shown.payee_origin)
                                                          : Value::make_null()},
                       {"instrumentName", Value::make_text(shown.instrument_name)},
                       {"instrumentIcon", Value::make_text(shown.instrument_icon)},
                       {"logos", std::move(logos)}});
  return evidence;
}

}  // namespace countersign
