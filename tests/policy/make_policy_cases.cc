// Writes the cases of the parity suite of policies: countersign_policy_cases FOLDER. There are then
// policy-0.json … and cases.ndjson, whose lines name these by digest or carry a document; and
// reviews.ndjson, whose lines are linted, compared and simulated.

#include <fstream>
#include <iostream>

#include "codec/base64url.h"
#include "policy/shipped.h"
#include "tests/policy/bank_corpus.h"

namespace countersign::testing {
namespace {

constexpr std::size_t kCasesPerPolicy = 700;
constexpr std::size_t kInlineCases = 200;
constexpr std::size_t kReviews = 400;

// A value of the input's type: at its limits, between them, one that documents name, or any other.
Json any_value(Random& random, const InputRow& row, const PolicyDocument& document) {
  const std::vector<std::string>& names = document.names(row.id);
  const auto name = [&] {
    return names.empty() || random.chance(30) ? std::string("other") : random.pick(names);
  };
  switch (row.type) {
    case InputType::integer:
    case InputType::duration: {
      std::vector<std::int64_t> values = {row.low, row.low + 1, 23,    50,     90,
                                          3000,    3001,        10001, 500000, row.high};
      for (const PolicyLeaf& leaf : document.leaves()) {
        if (leaf.input == row.id && leaf.kind == PolicyLeaf::Kind::range) {
          values.push_back(leaf.low);
          values.push_back(leaf.high);
        }
      }
      const std::int64_t value = random.pick(values);
      return random.chance(1) ? value : std::clamp(value, row.low, row.high);
    }
    case InputType::boolean:
      return random.chance(50);
    case InputType::choice:
      return std::string(row.choices[random.below(row.choices.size())]);
    case InputType::text:
      return name();
    case InputType::aaguid:
      return names.empty() || random.chance(40) ? "00000000-0000-0000-0000-000000000000"
                                                : random.pick(names);
    case InputType::members: {
      Json members = Json::array();
      for (std::size_t left = random.below(4); left > 0; --left) {
        members.push_back(row.choices.empty()
                              ? Json(name())
                              : Json(std::string(row.choices[random.below(row.choices.size())])));
      }
      return members;
    }
    case InputType::rate:
      return std::string("ECB:EUR-USD@2026-11-26T15:00:0") + std::to_string(random.below(10)) + "Z";
  }
  return nullptr;
}

Json any_inputs(Random& random, const PolicyDocument& document) {
  Json inputs = Json::object();
  const unsigned presence = random.pick<unsigned>({0, 50, 90, 100});
  for (const InputRow& row : policy_inputs()) {
    if (row.id == PolicyInput::ceremony || random.chance(presence)) {
      inputs[std::string(row.name)] = any_value(random, row, document);
    }
  }
  return inputs;
}

// What no case may be: one thing wrong with a good one.
std::string spoiled(Random& random, Json line) {
  Json& inputs = line["inputs"];
  switch (random.below(14)) {
    case 0:
      inputs.erase("ceremony");
      break;
    case 1:
      inputs["ceremony"] = "login";
      break;
    case 2:
      inputs["amount.bass"] = 1;
      break;
    case 3:
      inputs["risk.score"] = random.pick<Json>({-1, 101, 1.5, "1", nullptr, 1e30, true});
      break;
    case 4:
      inputs["session.age"] = random.pick<Json>({"5M", "P1Y", "PT-1S", -1, "P999999999999D"});
      break;
    case 5:
      inputs["user.roles"] = random.pick<Json>({"clerk", {1}, {"a\u0001"}, Json::object()});
      break;
    case 6:
      inputs["credential.aaguid"] = "EE882879-721C-4913-9775-3DFCCE97072A";
      break;
    case 7:
      line["phase"] = random.pick<Json>({"", "Verdict", 1, nullptr});
      break;
    case 8:
      line.erase(random.pick<std::string>({"phase", "inputs", "policy"}));
      break;
    case 9:
      line["extra"] = 1;
      break;
    case 10:
      line["policy"] = random.pick<Json>({"", "AAAA", std::string(43, 'A'), 7, Json::object()});
      break;
    case 11:
      line["document"] = Json::object();
      break;
    case 12: {
      const std::string text = line.dump();
      return text.substr(0, 1 + random.below(text.size() - 1));
    }
    default: {
      std::string text = line.dump();
      text[random.below(text.size())] = static_cast<char>(' ' + random.below(95));
      return text;
    }
  }
  return line.dump();
}

// A shipped document in the line, in most cases with one character changed or cut out.
std::string inline_case(Random& random, std::size_t id) {
  const auto shipped = shipped_policies();
  const Json document = Json::parse(shipped[random.below(shipped.size())].json);
  std::string text = document.dump();
  if (random.chance(85)) {
    const std::size_t at = random.below(text.size());
    if (random.chance(50)) {
      text.erase(at, 1 + random.below(3));
    } else {
      text[at] = static_cast<char>(' ' + random.below(95));
    }
  }
  return R"({"id":)" + std::to_string(id) + R"(,"document":)" + text +
         R"(,"phase":"options","inputs":{"ceremony":"authenticate"}})";
}

int write_cases(const std::string& folder) {
  Random random(2026);
  std::vector<std::string> documents;
  for (const ShippedPolicy& shipped : shipped_policies()) {
    documents.emplace_back(shipped.json);
  }
  documents.push_back(bank_policy(50).dump());
  documents.push_back(bank_policy(200).dump());
  std::ofstream cases(folder + "/cases.ndjson");
  std::size_t id = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    std::ofstream(folder + "/policy-" + std::to_string(i) + ".json") << documents[i];
    const PolicyDocument document = parsed_policy(documents[i]);
    for (std::size_t k = 0; k < kCasesPerPolicy; ++k) {
      Json line = {{"id", ++id},
                   {"policy", encode_base64url(document.digest())},
                   {"phase", random.chance(50) ? "options" : "verdict"},
                   {"inputs", any_inputs(random, document)}};
      if (random.chance(10)) {
        line["explain"] = random.chance(90);
        if (random.chance(50)) {
          line["currency"] = random.chance(50) ? "JPY" : "CHF";
        }
      }
      cases << (random.chance(20) ? spoiled(random, line) : line.dump()) << '\n';
    }
  }
  for (std::size_t k = 0; k < kInlineCases; ++k) {
    cases << inline_case(random, ++id) << '\n';
  }
  return cases.flush() ? 0 : 1;
}

// One part of it is another, or gone.
Json changed(Random& random, Json document) {
  Json& rules = document["rules"];
  const std::size_t at = random.below(rules.size());
  switch (random.below(4)) {
    case 0:
      rules.erase(at);
      break;
    case 1:
      rules[at]["when"] = {
          {"all", {rules[at]["when"], {{"risk.score", {{"gte", random.below(101)}}}}}}};
      break;
    case 2:
      document["default"] = random.pick<std::string>({"deny", "require"});
      break;
    default:
      std::swap(rules[at], rules[0]);
  }
  return document;
}

Json review_of(Random& random, const std::vector<Json>& documents) {
  const Json& document = random.pick(documents);
  Json line = {{"review", random.pick<std::string>({"lint", "diff", "simulate"})},
               {"page", random.chance(50)}};
  if (random.chance(30)) {
    line["currency"] = random.pick<std::string>({"EUR", "JPY", "CHF", "XAU", "eur"});
  }
  const auto text_or_document = [&](const Json& value) {
    return random.chance(50) ? Json(value.dump(random.chance(50) ? 1 : -1)) : value;
  };
  if (line["review"] == "lint") {
    line["document"] = text_or_document(random.chance(50) ? document : changed(random, document));
    line["file"] = "a.json";
    line["time"] = random.pick<Json>({"2026-11-26T00:00:00Z", "2031-01-01T00:00:00Z", "now"});
    line["administrators"] = random.pick<Json>({1, 2, 5, 0});
    line["tiers"] = random.pick<Json>({{1}, {1, 2}, Json::array(), {0, 3}, {4}});
    line["cardFraudPpm"] = random.below(1500);
  } else if (line["review"] == "diff") {
    line["before"] = text_or_document(document);
    line["after"] = text_or_document(changed(random, changed(random, document)));
  } else {
    line["active"] = text_or_document(document);
    line["draft"] = text_or_document(changed(random, document));
    std::string records;
    const PolicyDocument parsed = parsed_policy(document.dump());
    for (std::size_t left = random.below(20); left > 0; --left) {
      records += any_inputs(random, parsed).dump() + '\n';
    }
    line["inputs"] = random.chance(20) ? "ceremony,amount.base\nlogin,1\n" : records;
    line["credentials"] =
        R"({"user":"ada","algorithm":"ES256","age":"P10D"})"
        "\n"
        R"({"user":"bob","algorithm":"RS256","age":"PT1H","attestation":"direct"})";
    line["models"] = R"({"aaguid":"ee882879-721c-4913-9775-3dfcce97072a","certification":"L1"})";
  }
  return line;
}

int write_reviews(const std::string& folder) {
  Random random(2027);
  std::vector<Json> documents;
  for (const ShippedPolicy& shipped : shipped_policies()) {
    documents.push_back(Json::parse(shipped.json));
  }
  documents.push_back(bank_policy(10));
  documents.push_back(bank_policy(50));
  std::ofstream reviews(folder + "/reviews.ndjson");
  for (std::size_t id = 1; id <= kReviews; ++id) {
    Json line = review_of(random, documents);
    line["id"] = id;
    std::string text = line.dump();
    if (random.chance(20)) {
      text[random.below(text.size())] = static_cast<char>(' ' + random.below(95));
    }
    reviews << text << '\n';
  }
  return reviews.flush() ? 0 : 1;
}

}  // namespace
}  // namespace countersign::testing

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: countersign_policy_cases FOLDER\n";
    return 2;
  }
  const int written = countersign::testing::write_cases(argv[1]);
  return written != 0 ? written : countersign::testing::write_reviews(argv[1]);
}
