#pragma once
// Templates of a bank's own, made of what ships.

#include <string>

#include "tests/transaction/documents.h"

namespace countersign::testing {

/// Version 9 of a shipped one has another amount, as the field at that place.
inline nlohmann::json with_another_amount(const std::string& id, const std::string& name,
                                          std::ptrdiff_t at) {
  nlohmann::json document = shipped_json(shipped_templates(), id);
  document["version"] = 9;
  const nlohmann::json field = {
      {"name", name}, {"type", "amount"}, {"display", {{"level", 1}, {"label", name}}}};
  nlohmann::json& fields = document["fields"];
  fields.insert(fields.begin() + at, field);
  for (nlohmann::json& texts : document["locales"]) {
    texts["labels"][name] = "Another amount";
  }
  return document;
}

}  // namespace countersign::testing
