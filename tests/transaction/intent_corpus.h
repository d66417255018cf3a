#pragma once
// Cases of `transaction bind` over every shipped template and locale: the same for each run, for
// the tests here and for the parity suite of the modules.

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "transaction/shipped.h"

namespace countersign::testing {

class IntentCorpus {
 public:
  IntentCorpus() {
    for (const std::string_view text : shipped_templates()) {
      templates_.push_back(nlohmann::json::parse(text));
    }
    for (const std::string_view text : shipped_locale_packs()) {
      locales_.push_back(nlohmann::json::parse(text)["id"]);
    }
  }

  std::size_t combinations() const { return templates_.size() * locales_.size(); }

  /// Case number `index`, `{"id","input"}`; every combination of template and locale comes up once
  /// in `combinations()` cases.
  nlohmann::json operator[](std::size_t index) {
    state_ = 0x9e3779b97f4a7c15 + index * 0x100000001b3;
    const nlohmann::json& source = templates_[index % templates_.size()];
    const std::string type = source["id"].get<std::string>() + "/1";
    nlohmann::json fields = make_fields(source["fields"]);
    if (source.contains("batch")) {
      add_totals(fields);
    }
    const bool is_second = below(4) == 0;
    return {{"id", index},
            {"input",
             {{"ceremony", "transaction.approve"},
              {"tenant", "bank-" + std::to_string(below(9))},
              {"rpId", "bank.example"},
              {"origins", {"https://bank.example", "https://app.bank.example"}},
              {"userHandle", hex(1 + below(64))},
              {"transactionId", hex(13)},
              {"session", session()},
              {"intent", {{"type", type}, {"fields", fields}}},
              {"template", type},
              {"locale", locales_[index / templates_.size() % locales_.size()]},
              {"policy", hex(32)},
              {"displayTier", below(5)},
              {"approval", {is_second ? 2 : 1, 2}},
              {"previous", is_second ? nlohmann::json(hex(32)) : nlohmann::json()},
              {"issuedAt", 1795331000 + below(1000)},
              {"expiresAt", 1795333000 + below(1000)},
              {"nonce", hex(32)}}}};
  }

  /// The same with one thing wrong: a value, a member, the text of the line. Most are refused.
  std::string hostile(std::size_t index) {
    nlohmann::json line = (*this)[index];
    nlohmann::json& input = line["input"];
    nlohmann::json& fields = input["intent"]["fields"];
    switch (below(6)) {
      case 0:
        spoil_value(fields);
        break;
      case 1:
        input[one_of(kMembers)] = bad_value();
        break;
      case 2:
        input.erase(one_of(kMembers));
        break;
      case 3:
        input[below(2) == 0 ? "locale" : "template"] = one_of(kDocuments);
        break;
      case 4:
        fields["extra"] = bad_value();
        break;
      default: {
        std::string text = line.dump();
        const std::size_t at = below(text.size());
        if (below(3) == 0) {
          text.resize(at);
        } else {
          text[at] = static_cast<char>(below(3) == 0 ? 0x80 + below(128) : ' ' + below(95));
        }
        return text;
      }
    }
    return line.dump();
  }

 private:
  static constexpr std::array<const char*, 9> kMembers = {"ceremony", "tenant",     "rpId",
                                                          "origins",  "userHandle", "session",
                                                          "approval", "nonce",      "issuedAt"};
  static constexpr std::array<const char*, 5> kDocuments = {
      "payment.card/2", "payment.card/1", "de-CH", "",
      "0000000000000000000000000000000000000000000000000000000000000000"};

  nlohmann::json bad_value() {
    static const std::vector<nlohmann::json> kValues = {
        nullptr,
        true,
        -1,
        1.5,
        "",
        "x",
        std::string(600, 'x'),
        9007199254740993,
        18446744073709551615U,
        nlohmann::json::array(),
        {"https://bank.example", "https://bank.example"},
        nlohmann::json::object(),
        {1, 17},
        std::string(64, 'g')};
    return kValues[below(kValues.size())];
  }

  // What a customer must never see, and numbers that are none.
  void spoil_value(nlohmann::json& fields) {
    static constexpr std::array<const char*, 22> kTexts = {
        " Alice",      "Alice ",       "Al  ice",        "A\u202elice",
        "A\u200blice", "A\u00adlice",  "\u0301Alice",    "A\u0301\u0302\u0303",
        "Cafe\u0301",  "P\u0430yPal",  "A\u0660\u06f1b", "a\u3000b",
        "\ue000",      "\U000e0041x",  "A\nB",           "\u0378",
        "\ufeffA",     "\u1100\u1161", "Å\u0323",        "a\u061cb",
        "株\u0430",    "1\u0967"};
    static constexpr std::array<const char*, 14> kNumbers = {"0",
                                                             "0.00",
                                                             "-1",
                                                             "1.2",
                                                             "1.234",
                                                             "01",
                                                             "1e3",
                                                             "9223372036854775808",
                                                             "1,0",
                                                             "+1",
                                                             " 1",
                                                             "",
                                                             "92233720368547758.08",
                                                             "\u0661"};
    const std::size_t at = below(fields.size());
    auto field = fields.begin();
    std::advance(field, at);
    if (field->is_string()) {
      *field = below(8) == 0 ? "2026-02-30" : one_of(kTexts);
    } else if (field->is_object() && field->contains("value")) {
      (*field)[below(8) == 0 ? "currency" : "value"] = one_of(kNumbers);
    } else if (field->is_object() && field->contains("iban")) {
      std::string& iban = (*field)["iban"].get_ref<std::string&>();
      iban[below(iban.size())] = "0A a-"[below(5)];
    } else {
      *field = bad_value();
    }
  }

  // SplitMix64.
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  template <std::size_t size>
  std::string one_of(const std::array<const char*, size>& values) {
    return values[below(size)];
  }

  std::string hex(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < 2 * bytes; ++i) {
      text += "0123456789abcdef"[below(16)];
    }
    return text;
  }

  nlohmann::json session() {
    switch (below(3)) {
      case 0:
        return nullptr;
      case 1:
        return {{"keyThumbprint", hex(32)}};
      default:
        return "session-" + hex(8);
    }
  }

  std::string digits(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += static_cast<char>('0' + below(10));
    }
    return text;
  }

  nlohmann::json amount() {
    static constexpr std::array<const char*, 10> kCurrencies = {
        "EUR2", "USD2", "INR2", "CHF2", "HUF2", "JPY0", "KRW0", "KWD3", "IQD3", "CLF4"};
    const std::string currency = one_of(kCurrencies);
    const auto exponent = static_cast<std::size_t>(currency[3] - '0');
    if (below(8) == 0) {  // the least and the most that there is
      static constexpr std::array<const char*, 5> kLeast = {"1", "0.1", "0.01", "0.001", "0.0001"};
      std::string most = "9223372036854775807";
      if (exponent > 0) {
        most.insert(most.size() - exponent, ".");
      }
      return {{"currency", currency.substr(0, 3)},
              {"value", below(2) == 0 ? std::string(kLeast[exponent]) : most}};
    }
    std::string value = std::to_string(1 + below(9)) + digits(below(12));
    if (exponent > 0 && below(8) > 0) {
      value += '.' + digits(exponent);
    }
    return {{"currency", currency.substr(0, 3)}, {"value", value}};
  }

  // The check digits are computed here, too: 98 - (BBAN ‖ country ‖ 00) mod 97.
  std::string iban() {
    static constexpr std::array<const char*, 5> kCountries = {"DE18", "CH17", "AT16", "NO11",
                                                              "ES20"};
    const std::string country = one_of(kCountries);
    const std::string bban = digits(std::stoul(country.substr(2)));
    std::uint32_t rest = 0;
    const auto take = [&rest](std::uint32_t value, std::uint32_t base) {
      rest = (rest * base + value) % 97;
    };
    for (const char c : bban) {
      take(static_cast<std::uint32_t>(c - '0'), 10);
    }
    take(static_cast<std::uint32_t>(country[0] - 'A' + 10), 100);
    take(static_cast<std::uint32_t>(country[1] - 'A' + 10), 100);
    take(0, 100);
    const std::string check = std::to_string(98 - rest);
    return country.substr(0, 2) + (check.size() == 1 ? "0" : "") + check + bban;
  }

  nlohmann::json account() {
    if (below(10) == 0) {
      return {{"scheme", "uk.sort-code"}, {"id", digits(6) + "/" + digits(8)}};
    }
    return {{"iban", iban()}};
  }

  std::string text(bool is_name, std::uint64_t max) {
    static constexpr std::array<const char*, 20> kNames = {"Muster Handels GmbH",
                                                           "Müller & Söhne",
                                                           "O'Neill",
                                                           "株式会社サンプル",
                                                           "شركة الاختبار",
                                                           "Nguyễn Văn",
                                                           "Сбербанк",
                                                           "한국전력",
                                                           "हिन्दी",
                                                           "Łódź Sp. z o.o.",
                                                           "Åse",
                                                           "3M",
                                                           "Ελληνική Τράπεζα",
                                                           "ธนาคารไทย",
                                                           "Հայ Բանկ",
                                                           "בנק הפועלים",
                                                           "தமிழ் வங்கி",
                                                           "北京ABC公司",
                                                           "საქართველო",
                                                           "Ångström AB"};
    if (max <= 4) {
      return digits(max);
    }
    return one_of(kNames) + (is_name ? "" : " " + digits(1 + below(6)));
  }

  std::string date() {
    const std::uint64_t month = 1 + below(12);
    const std::uint64_t day = 1 + below(28);
    return std::to_string(2026 + below(9)) + (month < 10 ? "-0" : "-") + std::to_string(month) +
           (day < 10 ? "-0" : "-") + std::to_string(day);
  }

  nlohmann::json make_value(const nlohmann::json& field) {
    const std::string type = field["type"];
    if (type == "amount") {
      return amount();
    }
    if (type == "account") {
      return account();
    }
    if (type == "text") {
      return text(field.contains("isName"), field["maxGraphemes"]);
    }
    if (type == "date") {
      return date();
    }
    if (type == "enum") {
      return field["values"][below(field["values"].size())];
    }
    if (type == "list") {
      nlohmann::json items = nlohmann::json::array();
      for (std::uint64_t left = 1 + below(6); left > 0; --left) {
        items.push_back(make_fields(field["fields"]));
      }
      return items;
    }
    if (type == "integer") {
      const auto min = field["min"].get<std::uint64_t>();
      return min + below(std::min<std::uint64_t>(field["max"].get<std::uint64_t>() - min, 999) + 1);
    }
    return nullptr;  // the totals of a batch: add_totals, which puts the count right, too
  }

  nlohmann::json make_fields(const nlohmann::json& fields) {
    nlohmann::json made;
    for (const nlohmann::json& field : fields) {
      const bool is_left_out = field.value("optional", false) && below(3) == 0;
      const bool is_out_of_place =
          field.contains("when") &&
          made[field["when"]["field"].get<std::string>()] != field["when"]["equals"];
      if (!is_left_out && !is_out_of_place) {
        made[field["name"].get<std::string>()] = make_value(field);
      }
    }
    return made;
  }

  // All lines in one currency without decimals, so that the sum is plain.
  void add_totals(nlohmann::json& fields) {
    std::uint64_t sum = 0;
    for (nlohmann::json& line : fields["payees"]) {
      const std::uint64_t value = 1 + below(1000000);
      line["amount"] = {{"currency", "JPY"}, {"value", std::to_string(value)}};
      sum += value;
    }
    fields["count"] = fields["payees"].size();
    fields["total"] = {{{"currency", "JPY"}, {"value", std::to_string(sum)}}};
  }

  std::vector<nlohmann::json> templates_;
  std::vector<std::string> locales_;
  std::uint64_t state_ = 0;
};

}  // namespace countersign::testing
