#include "wasm/abi.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "tests/support/cases.h"
#include "tests/support/soft_authenticator.h"

namespace countersign {
namespace {

std::string result_text() {
  return {reinterpret_cast<const char*>(cs_result_data()), cs_result_size()};
}

// A block that holds a text.
class Block {
 public:
  explicit Block(std::string_view text) : size_(text.size()), pointer_(cs_alloc(text.size())) {
    if (pointer_ != nullptr) {
      std::memcpy(pointer_, text.data(), text.size());
    }
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { cs_free(pointer_); }

  std::uint8_t* pointer() const { return pointer_; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::uint8_t* pointer_;
};

struct Range {
  const std::uint8_t* pointer = nullptr;
  std::size_t size = 0;
};

Range range_of(const Block& block, std::string_view kind) {
  std::uint8_t* const p = block.pointer();
  const std::size_t n = block.size();
  if (kind == "whole") {
    return {p, n};
  }
  if (kind == "none") {
    return {};
  }
  if (kind == "null") {
    return {nullptr, n};
  }
  if (kind == "tail") {
    return {p + 1, n - 1};
  }
  if (kind == "empty_at_end") {
    return {p + n, 0};
  }
  if (kind == "one_past") {
    return {p, n + 1};
  }
  if (kind == "one_before") {
    return {reinterpret_cast<std::uint8_t*>(reinterpret_cast<std::uintptr_t>(p) - 1), n};
  }
  if (kind == "starts_past") {
    return {p + n, 1};
  }
  if (kind == "huge") {
    return {p, SIZE_MAX};
  }
  if (kind == "wild") {
    return {reinterpret_cast<const std::uint8_t*>(SIZE_MAX - 15), 16};
  }
  if (kind == "freed") {
    cs_free(p);
    return {p, n};
  }
  ADD_FAILURE() << "unknown range " << kind;
  return {};
}

std::string text_member(const JsonValue& test, std::string_view name, std::string_view otherwise) {
  const JsonValue* value = test.find(name);
  return value == nullptr ? std::string(otherwise) : value->string;
}

std::size_t number_member(const JsonValue& test, std::string_view name) {
  const JsonValue* value = test.find(name);
  return value == nullptr ? 1 : static_cast<std::size_t>(value->integer);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

std::string input_of(const JsonValue& test) {
  std::string input =
      repeated(text_member(test, "input", ""), number_member(test, "repeat")) +
      repeated(text_member(test, "input_tail", ""), number_member(test, "repeat_tail"));
  const std::string hex = text_member(test, "input_hex", "");
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    input += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return input;
}

cs_status called(const JsonValue& test) {
  const std::string call = text_member(test, "call", "");
  if (call == "cs_version") {
    return cs_version();
  }
  if (call == "cs_errors") {
    return cs_errors();
  }
  const Block block(input_of(test));
  const Range range = range_of(block, text_member(test, "range", "whole"));
  if (call == "cs_begin_case") {
    return cs_begin_case(range.pointer, range.size, 0);
  }
  if (call == "cs_verify") {
    return cs_verify(range.pointer, range.size, 0);
  }
  constexpr std::pair<std::string_view, cs_status (*)(const std::uint8_t*, std::size_t)>
      kOfOneText[] = {{"cs_load_policy", cs_load_policy},
                      {"cs_decide", cs_decide},
                      {"cs_pin_template", cs_pin_template},
                      {"cs_pin_locale", cs_pin_locale},
                      {"cs_bind", cs_bind},
                      {"cs_render", cs_render}};
  for (const auto& function : kOfOneText) {
    if (call == function.first) {
      return function.second(range.pointer, range.size);
    }
  }
  const Block results_block(text_member(test, "results", ""));
  const Range results = range_of(results_block, text_member(test, "results_range", "whole"));
  if (call == "cs_verify_metadata") {
    return cs_verify_metadata(range.pointer, range.size, results.pointer, results.size, 0);
  }
  if (call == "cs_verify_receipt") {
    return cs_verify_receipt(range.pointer, range.size, results.pointer, results.size);
  }
  EXPECT_EQ(call, "cs_finish_case");
  return cs_finish_case(range.pointer, range.size, results.pointer, results.size, 0);
}

// The cases that the modules pass as well (js/test/abi.test.mjs).
TEST(Abi, PassesTheCasesOfTheModules) {
  std::ifstream file(std::string(COUNTERSIGN_SOURCE_DIR) + "/tests/wasm/abi_cases.json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto tests = parse_json(text);
  ASSERT_TRUE(tests.has_value());
  ASSERT_GE(tests->items.size(), 25U);
  for (const JsonValue& test : tests->items) {
    SCOPED_TRACE(text_member(test, "name", ""));
    EXPECT_EQ(called(test), test.find("status")->integer);
    const std::string result = result_text();
    if (test.find("result") != nullptr) {
      EXPECT_EQ(result, text_member(test, "result", ""));
    } else {
      EXPECT_NE(result.find(text_member(test, "contains", "?")), std::string::npos) << result;
    }
    EXPECT_TRUE(parse_json(result).has_value() || result.empty());
  }
}

// What a thread loaded is its own.
TEST(Abi, DocumentIsKeptForTheThreadThatLoadedIt) {
  const Block policy(R"({"schema":"countersign-policy/1","id":"x","revision":1,)"
                     R"("default":"deny","rules":[]})");
  ASSERT_EQ(cs_load_policy(policy.pointer(), policy.size()), CS_OK);
  const auto loaded = parse_json(result_text());
  ASSERT_TRUE(loaded.has_value());
  const std::string line = R"({"policy":")" + loaded->find("policy")->string +
                           R"(","phase":"options","inputs":{"ceremony":"recovery"}})";
  const auto decided = [&line] {
    const Block block(line);
    EXPECT_EQ(cs_decide(block.pointer(), block.size()), CS_OK);
    return result_text();
  };
  EXPECT_NE(decided().find(R"("outcome":"deny")"), std::string::npos);
  std::string elsewhere;
  std::thread([&] { elsewhere = decided(); }).join();
  EXPECT_NE(elsewhere.find("policy_revision_not_found"), std::string::npos);
}

TEST(Abi, AllocRefusesZeroAndAboveTheLimit) {
  EXPECT_EQ(cs_alloc(0), nullptr);
  EXPECT_EQ(cs_alloc(CS_MAX_BLOCK_SIZE + 1), nullptr);
  EXPECT_EQ(cs_alloc(SIZE_MAX), nullptr);
  std::uint8_t* const largest = cs_alloc(CS_MAX_BLOCK_SIZE);
  ASSERT_NE(largest, nullptr);
  EXPECT_EQ(cs_free(largest), CS_OK);
}

TEST(Abi, AllocRefusesMoreBlocksThanTheLimit) {
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < CS_MAX_BLOCKS; ++i) {
    blocks.push_back(cs_alloc(16));
    ASSERT_NE(blocks.back(), nullptr);
  }
  EXPECT_EQ(cs_alloc(16), nullptr);
  EXPECT_EQ(cs_free(blocks[3]), CS_OK);
  blocks[3] = cs_alloc(16);
  EXPECT_NE(blocks[3], nullptr);
  for (std::uint8_t* const block : blocks) {
    EXPECT_EQ(cs_free(block), CS_OK);
  }
}

TEST(Abi, FreeRefusesWhatIsNoLiveBlock) {
  std::uint8_t* const block = cs_alloc(16);
  EXPECT_EQ(cs_free(nullptr), CS_BAD_ARGUMENT);
  EXPECT_EQ(cs_free(block + 1), CS_BAD_ARGUMENT);
  EXPECT_EQ(cs_free(block), CS_OK);
  EXPECT_EQ(cs_free(block), CS_BAD_ARGUMENT);
}

TEST(Abi, FreeKeepsTheResult) {
  std::uint8_t* const block = cs_alloc(16);
  ASSERT_EQ(cs_version(), CS_OK);
  const std::string before = result_text();
  EXPECT_EQ(cs_free(block), CS_OK);
  EXPECT_EQ(result_text(), before);
}

TEST(Abi, EachThreadHasItsOwnBlocksAndResult) {
  ASSERT_EQ(cs_version(), CS_OK);
  const std::string before = result_text();
  std::uint8_t* const block = cs_alloc(2);
  std::thread([&] {
    EXPECT_EQ(cs_result_size(), 0U);
    EXPECT_EQ(cs_begin_case(block, 2, 0), CS_BAD_ARGUMENT);
    EXPECT_EQ(cs_free(block), CS_BAD_ARGUMENT);
    EXPECT_NE(cs_alloc(16), nullptr);  // ends with its thread
  }).join();
  EXPECT_EQ(result_text(), before);
  EXPECT_EQ(cs_free(block), CS_OK);
}

std::string finished(const std::string& line, const std::string& results) {
  const Block block(line);
  const Block results_block(results);
  EXPECT_EQ(cs_finish_case(block.pointer(), block.size(), results_block.pointer(),
                           results_block.size(), 0),
            CS_OK);
  return result_text();
}

std::string begun(const std::string& line) {
  const Block block(line);
  EXPECT_EQ(cs_begin_case(block.pointer(), block.size(), 0), CS_OK);
  return result_text();
}

class AbiCeremony : public ::testing::Test {
 protected:
  AbiCeremony() {
    const testing::Registration registration = testing::make_registration();
    testing::Assertion assertion = testing::make_assertion(registration.credential);
    line_ = testing::authentication_case(assertion, registration.credential);
    const auto json = parse_json(begun(line_));
    const JsonValue* obligations = json ? json->find("obligations") : nullptr;
    if (obligations != nullptr && obligations->items.size() == 1) {
      digest_ = text_member(obligations->items[0], "digest", "");
    }
  }

  std::string result_with(std::string_view valid) const {
    return R"({"digest":")" + digest_ + R"(","valid":)" + std::string(valid) + "}";
  }
  void expect_refused(const std::string& results, std::string_view code) const {
    const std::string verdict = finished(line_, results);
    EXPECT_NE(verdict.find(R"("ok":false,"error":{"code":")" + std::string(code)),
              std::string::npos)
        << results << " -> " << verdict;
  }

  std::string line_;
  std::string digest_;
};

TEST_F(AbiCeremony, AcceptsOnlyTheLiteralTrue) {
  ASSERT_EQ(digest_.size(), 43U);
  EXPECT_NE(finished(line_, "[" + result_with("true") + "]").find(R"("ok":true)"),
            std::string::npos);
  for (const char* const valid : {"false", "1", "\"true\"", "[]", "{}", "[true]", "0", "\"\""}) {
    expect_refused("[" + result_with(valid) + "]", "signature_invalid");
  }
}

TEST_F(AbiCeremony, SaysThatTheHostLacksTheAlgorithm) {
  expect_refused("[" + result_with("null") + "]", "algorithm_unsupported_by_backend");
}

TEST_F(AbiCeremony, FailsIfResultsAreNotThoseOfTheCase) {
  const std::string valid = result_with("true");
  const std::string code = "obligation_results_mismatch";
  expect_refused("[]", code);
  expect_refused("", code);
  expect_refused("true", code);
  expect_refused("{}", code);
  expect_refused(valid, code);
  expect_refused("[" + valid + "," + valid + "]", code);
  expect_refused("[" + valid + "]x", code);
  expect_refused("[" + valid, code);
  expect_refused(R"([{"digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","valid":true}])",
                 code);
  expect_refused(R"([{"digest":")" + digest_ + R"(=","valid":true}])", code);
  expect_refused(R"([{"digest":")" + digest_ + R"("}])", code);
  expect_refused(R"([{"valid":true}])", code);
}

// The results of one case say nothing about another: the digest is over what was signed.
TEST_F(AbiCeremony, FailsIfResultsAreThoseOfAnotherCase) {
  const testing::Registration registration = testing::make_registration();
  testing::AssertionOptions options;
  options.sign_count = 5;
  const testing::Assertion assertion = testing::make_assertion(registration.credential, options);
  const std::string other = testing::authentication_case(assertion, registration.credential);
  EXPECT_NE(finished(other, "[" + result_with("true") + "]").find("obligation_results_mismatch"),
            std::string::npos);
}

TEST_F(AbiCeremony, VerifyAndFinishGiveTheSameLine) {
  const std::string by_host = finished(line_, "[" + result_with("true") + "]");
  const Block block(line_);
  ASSERT_EQ(cs_verify(block.pointer(), block.size(), 0), CS_OK);
  EXPECT_EQ(result_text(), by_host);
}

}  // namespace
}  // namespace countersign
