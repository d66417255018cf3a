// Ceremonies of real browsers, exactly as they sent them, through both backends.

#include "tests/vectors/browsers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

using ::testing::IsSupersetOf;

struct BrowserCase {
  std::string line;
  JsonValue json;
  const std::string& id() const { return text_of_member(json, "id"); }
  bool is_registration() const { return text_of_member(json, "ceremony") == "registration"; }
};

const std::vector<BrowserCase>& browser_cases() {
  static const std::vector<BrowserCase> cases = [] {
    std::vector<BrowserCase> out;
    for (const std::string_view browser : kRecordedBrowsers) {
      for (std::string& line : read_browser_cases(browser)) {
        JsonValue json = parse_json(line).value();
        out.push_back({std::move(line), std::move(json)});
      }
    }
    return out;
  }();
  return cases;
}

// Firefox's virtual authenticator appends the extensions of an assertion without setting flag ED.
constexpr std::string_view kRefused = "firefox/prf/authentication";

TEST(Browsers, EveryCeremonyIsAcceptedByBothBackends) {
  std::set<std::string> ids;
  for (const BrowserCase& browser_case : browser_cases()) {
    ids.insert(browser_case.id());
    for (const Backend* backend : all_backends()) {
      EXPECT_EQ(refusal_of(verdict_of(browser_case.line, *backend)),
                browser_case.id() == kRefused
                    ? "authenticator_data_parses/authenticator_data_trailing_bytes"
                    : "ok")
          << browser_case.id();
    }
  }
  EXPECT_EQ(ids.size(), 40U);
  EXPECT_EQ(ids.count(std::string(kRefused)), 1U);
}

TEST(Browsers, EveryCeremonyIsRefusedForAnotherChallenge) {
  const std::string other = to_base64url(ByteVector(32, 7));
  for (const BrowserCase& browser_case : browser_cases()) {
    if (browser_case.id() == kRefused) {
      continue;
    }
    EXPECT_EQ(refusal_of(verdict_of(with_text_of(browser_case.line, "challenge", other))),
              "challenge_matches/challenge_mismatch")
        << browser_case.id();
  }
}

TEST(Browsers, ResponsesHoldWhatLevel3Adds) {
  std::set<std::string> formats;
  std::set<std::string> outputs;
  for (const BrowserCase& browser_case : browser_cases()) {
    const JsonValue& response = member_of(browser_case.json, "response");
    EXPECT_NE(response.find("authenticatorAttachment"), nullptr) << browser_case.id();
    for (const auto& [name, value] : member_of(response, "clientExtensionResults").members) {
      outputs.insert(name);
    }
    if (!browser_case.is_registration()) {
      continue;
    }
    const JsonValue& inner = member_of(response, "response");
    for (const char* name :
         {"authenticatorData", "publicKey", "publicKeyAlgorithm", "transports"}) {
      EXPECT_NE(inner.find(name), nullptr) << browser_case.id() << " " << name;
    }
    formats.insert(text_of_member(
        member_of(member_of(parse_json(verdict_of(browser_case.line)).value(), "registration"),
                  "attestation"),
        "format"));
  }
  EXPECT_EQ(formats, (std::set<std::string>{"fido-u2f", "none", "packed"}));
  EXPECT_THAT(outputs, IsSupersetOf({"credProps", "largeBlob", "prf"}));
}

}  // namespace
}  // namespace countersign::testing
