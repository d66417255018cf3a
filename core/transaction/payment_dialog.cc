#include "transaction/payment_dialog.h"

#include <algorithm>

#include "base/limits.h"
#include "model/domain.h"
#include "transaction/browser_bound_key.h"
#include "transaction/display_text.h"
#include "transaction/recorded.h"

namespace countersign {
namespace {

constexpr ErrorCode kNotDisplayable = ErrorCode::payment_not_displayable;
constexpr std::string_view kScheme = "https://";
constexpr std::string_view kHiddenDigits = " \u2022\u2022\u2022\u2022";

struct DialogFields {
  const Field* amount = nullptr;
  const Field* payee = nullptr;
  const Field* instrument = nullptr;
};

/// Each of them is in every intent: lint lets nothing prominent be optional or conditional.
Result<DialogFields> dialog_fields(const Template& source) {
  if (!source.is_payment()) {
    return kNotDisplayable;
  }
  DialogFields out;
  for (const Field& field : source.fields) {
    if (!field.display || field.display->level != 1) {
      continue;
    }
    const Field** place = nullptr;
    if (field.type == FieldType::amount) {
      place = &out.amount;
    } else if (field.type == FieldType::text && field.role == FieldRole::payee) {
      place = &out.payee;
    } else if (field.type == FieldType::text && field.role == FieldRole::none) {
      place = &out.instrument;
    }
    if (place == nullptr || *place != nullptr) {
      return kNotDisplayable;
    }
    *place = &field;
  }
  if (out.amount == nullptr || out.payee == nullptr) {
    return kNotDisplayable;
  }
  return out;
}

/// Host and port behind the scheme; what follows is left in `rest`.
bool is_authority(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (!is_domain(text.substr(0, colon))) {
    return false;
  }
  if (colon == std::string_view::npos) {
    return true;
  }
  const std::string_view port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 && port.front() != '0' && port != "443" &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (port.size() < 5 || port <= "65535");
}

/// What URL parsers leave as it is.
bool is_plain_path_character(char c) {
  constexpr std::string_view kPlain = "-._~%!$&()*+,;=:@/?";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

/// Dot segments disappear in a browser, also written with %2e.
bool has_dot_segment(std::string_view path) {
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == ".." || segment.find("%2e") != std::string_view::npos ||
        segment.find("%2E") != std::string_view::npos) {
      return true;
    }
    path.remove_prefix(end);
  }
  return false;
}

/// "https://bank.example/card.png", as browsers write it.
bool is_payment_url(std::string_view text) {
  if (text.size() > limits::kMaxPaymentUrlBytes || !text.starts_with(kScheme)) {
    return false;
  }
  text.remove_prefix(kScheme.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_authority(text.substr(0, slash))) {
    return false;
  }
  const std::string_view path = text.substr(slash);
  return std::all_of(path.begin(), path.end(), is_plain_path_character) && !has_dot_segment(path);
}

Status check_presented_text(std::string_view text) {
  CS_TRY(check_display_text(text, TextKind::plain));
  if (count_graphemes(text) > limits::kMaxInstrumentNameGraphemes) {
    return ErrorCode::text_length_wrong;
  }
  return ok();
}

Status check_presentation(const PaymentPresentation& presentation) {
  CS_TRY(check_presented_text(presentation.instrument_name));
  if (!is_payment_url(presentation.instrument_icon) ||
      (presentation.payee_origin && !is_payment_origin(*presentation.payee_origin)) ||
      presentation.logos.size() > limits::kMaxPaymentLogos) {
    return ErrorCode::payment_malformed;
  }
  for (const PaymentLogo& logo : presentation.logos) {
    CS_TRY(check_presented_text(logo.label));
    if (!is_payment_url(logo.url)) {
      return ErrorCode::payment_malformed;
    }
  }
  return ok();
}

void write_amount(JsonWriter& json, const Amount& amount) {
  json.begin_object();
  json.member("currency").string(amount.currency);
  json.member("value").string(encode_decimal(amount));
  json.end_object();
}

void write_request(JsonWriter& json, const PaymentDialog& dialog,
                   const PaymentRequestParameters& parameters) {
  json.begin_object();
  json.member("challenge").base64url(parameters.challenge);
  json.member("rpId").string(parameters.rp_id);
  json.member("credentialIds").begin_array();
  for (const CredentialId& id : parameters.credentials) {
    json.base64url(id.value);
  }
  json.end_array();
  json.member("instrument").begin_object();
  json.member("displayName").string(dialog.instrument_name);
  json.member("icon").string(dialog.instrument_icon);
  json.end_object();
  json.member("timeout").integer(parameters.timeout_milliseconds);
  json.member("payeeName").string(dialog.payee_name);
  if (dialog.payee_origin) {
    json.member("payeeOrigin").string(*dialog.payee_origin);
  }
  if (!dialog.logos.empty()) {
    json.member("paymentEntitiesLogos").begin_array();
    for (const PaymentLogo& logo : dialog.logos) {
      json.begin_object();
      json.member("url").string(logo.url);
      json.member("label").string(logo.label);
      json.end_object();
    }
    json.end_array();
  }
  json.member("browserBoundPubKeyCredParams");
  write_key_parameters(json, kBrowserBoundAlgorithms);
  json.member("locale").begin_array();
  json.string(parameters.locale);
  json.end_array();
  json.end_object();
}

}  // namespace

void write_key_parameters(JsonWriter& json, std::span<const CoseAlgorithm> algorithms) {
  json.begin_array();
  for (const CoseAlgorithm algorithm : algorithms) {
    json.begin_object();
    json.member("type").string("public-key");
    json.member("alg").integer(static_cast<std::int64_t>(algorithm));
    json.end_object();
  }
  json.end_array();
}

bool is_payment_origin(std::string_view text) {
  return text.size() <= limits::kMaxPaymentUrlBytes && text.starts_with(kScheme) &&
         is_authority(text.substr(kScheme.size()));
}

Status check_displayable_payment(const Template& source) {
  CS_TRY(dialog_fields(source));
  return ok();
}

Result<PaymentDialog> project_payment(const Template& source, const CanonicalValue& intent,
                                      const PaymentPresentation& presentation) {
  CS_TRY(check_displayable_payment(source));
  CS_TRY(check_presentation(presentation));
  return project_recorded_payment(source, intent, presentation);
}

Result<PaymentDialog> project_recorded_payment(const Template& source, const CanonicalValue& intent,
                                               const PaymentPresentation& presentation) {
  CS_ASSIGN(const DialogFields fields, dialog_fields(source));
  if (!says_what_it_shows(presentation.instrument_name) ||
      !says_what_it_shows(presentation.instrument_icon) ||
      !says_what_it_shows(presentation.payee_origin.value_or(""))) {
    return ErrorCode::payment_malformed;
  }
  const CanonicalValue* values = intent.find("fields");
  const CanonicalValue* amount = values == nullptr ? nullptr : values->find(fields.amount->name);
  const CanonicalValue* payee = values == nullptr ? nullptr : values->find(fields.payee->name);
  if (amount == nullptr || payee == nullptr) {
    return ErrorCode::intent_field_missing;
  }
  PaymentDialog out;
  CS_ASSIGN(out.total, make_amount(*amount));
  out.payee_name = payee->text;
  out.payee_origin = presentation.payee_origin;
  out.instrument_name = presentation.instrument_name;
  if (fields.instrument != nullptr) {
    const CanonicalValue* instrument = values->find(fields.instrument->name);
    if (instrument == nullptr) {
      return ErrorCode::intent_field_missing;
    }
    out.instrument_name += kHiddenDigits;
    out.instrument_name += instrument->text;
  }
  out.instrument_icon = presentation.instrument_icon;
  out.logos = presentation.logos;
  return out;
}

std::string payment_request_json(const PaymentDialog& dialog,
                                 const PaymentRequestParameters& parameters) {
  JsonWriter json;
  json.begin_object();
  json.member("methodData").begin_array();
  json.begin_object();
  json.member("supportedMethods").string("secure-payment-confirmation");
  json.member("data");
  write_request(json, dialog, parameters);
  json.end_object();
  json.end_array();
  json.member("details").begin_object();
  json.member("total").begin_object();
  json.member("label").string(dialog.payee_name);
  json.member("amount");
  write_amount(json, dialog.total);
  json.end_object();
  json.end_object();
  json.end_object();
  return std::move(json).take();
}

}  // namespace countersign
