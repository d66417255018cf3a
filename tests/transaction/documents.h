#pragma once
// Shipped documents and intents for the tests of templates and views.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "backends/openssl/openssl_backend.h"
#include "transaction/intent.h"
#include "transaction/locale_pack.h"
#include "transaction/shipped.h"
#include "transaction/template.h"

namespace countersign::testing {

/// The shipped document with that id, as JSON that a test changes.
inline nlohmann::json shipped_json(std::span<const std::string_view> documents,
                                   const std::string& id) {
  for (const std::string_view text : documents) {
    nlohmann::json document = nlohmann::json::parse(text);
    if (document["id"] == id) {
      return document;
    }
  }
  ADD_FAILURE() << "no document " << id;
  return {};
}

inline nlohmann::json transfer_json() {
  return shipped_json(shipped_templates(), "payment.credit-transfer");
}

inline Template template_of(const std::string& id) {
  return parse_template(shipped_json(shipped_templates(), id).dump(), OpenSslHasher()).value();
}

inline LocalePack pack_of(const std::string& id) {
  return parse_locale_pack(shipped_json(shipped_locale_packs(), id).dump(), OpenSslHasher())
      .value();
}

inline nlohmann::json amount_json(const std::string& value, const std::string& currency = "EUR") {
  return {{"currency", currency}, {"value", value}};
}

inline nlohmann::json iban_json(const std::string& iban = "DE89370400440532013000") {
  return {{"iban", iban}};
}

inline nlohmann::json transfer_intent() {
  return {{"type", "payment.credit-transfer/1"},
          {"fields",
           {{"amount", amount_json("1234.56")},
            {"creditor", "Muster Handels GmbH"},
            {"creditorAccount", iban_json()},
            {"debtorAccount", iban_json("DE75512108001245126199")},
            {"executionDate", "2026-11-23"},
            {"reference", "RF18539007547034"}}}};
}

inline nlohmann::json batch_intent() {
  return {{"type", "payment.batch/1"},
          {"fields",
           {{"total", {amount_json("3.00"), amount_json("7", "JPY")}},
            {"count", 3},
            {"payees",
             {{{"creditor", "Alice"},
               {"creditorAccount", iban_json()},
               {"amount", amount_json("1.00")}},
              {{"creditor", "Bob"},
               {"creditorAccount", iban_json()},
               {"amount", amount_json("7", "JPY")}},
              {{"creditor", "Carol"},
               {"creditorAccount", iban_json()},
               {"amount", amount_json("2.00")}}}},
            {"debtorAccount", iban_json("DE75512108001245126199")},
            {"executionDate", "2026-11-23"}}}};
}

inline Result<CanonicalValue> intent_from(const Template& source, const nlohmann::json& intent) {
  return make_intent(source, parse_json(intent.dump()).value());
}

/// The name of the error, or "accepted".
template <class T>
std::string refusal_of(const Result<T>& result) {
  return result ? "accepted" : std::string(error_name(result.error().code));
}

}  // namespace countersign::testing
