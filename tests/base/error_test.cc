#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/limits.h"

namespace countersign {
namespace {

struct Row {
  int number;
  std::string_view name;
};

constexpr Row kErrors[] = {
#define CS_ERROR(number, name, error_class, message) {number, #name},
#include "base/errors.def"
#undef CS_ERROR
};

constexpr Row kChecks[] = {
    {0, ""},
#define CS_CHECK(number, name) {number, #name},
#include "base/checks.def"
#undef CS_CHECK
};

TEST(Error, NumbersAndNamesAreUnique) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  for (const Row& row : kErrors) {
    EXPECT_TRUE(numbers.insert(row.number).second) << row.number;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GT(row.number, 0);
    EXPECT_LE(row.number, 0xffff);
  }
}

TEST(Error, EveryCodeHasItsNameASentenceAndAClass) {
  for (const Row& row : kErrors) {
    const auto code = static_cast<ErrorCode>(row.number);
    EXPECT_EQ(error_name(code), row.name);
    const std::string_view message = error_message(code);
    ASSERT_FALSE(message.empty());
    EXPECT_EQ(message.back(), '.') << message;
    EXPECT_FALSE(error_class_name(error_class(code)).empty());
  }
}

TEST(Error, ChecksHaveUniqueNumbersAndTheirNames) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  for (const Row& row : kChecks) {
    EXPECT_TRUE(numbers.insert(row.number).second) << row.number;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(check_name(static_cast<Check>(row.number)), row.name);
  }
}

TEST(Error, NumbersKeepTheirMeaning) {
  // Numbers are in audit records and clients: this list only grows.
  const Row pinned[] = {
      {1, "internal_error"},
      {2, "input_too_large"},
      {10, "base64url_invalid"},
      {20, "cbor_truncated"},
      {24, "cbor_duplicate_key"},
      {30, "json_syntax"},
      {34, "json_byte_order_mark"},
      {41, "der_not_canonical"},
      {100, "algorithm_unknown"},
      {109, "signature_invalid"},
      {160, "certificate_path_not_found"},
      {200, "response_malformed"},
      {206, "authenticator_data_trailing_bytes"},
      {211, "case_malformed"},
      {300, "attestation_format_unknown"},
  };
  for (const Row& row : pinned) {
    EXPECT_EQ(error_name(static_cast<ErrorCode>(row.number)), row.name);
  }
}

TEST(Error, ClassesHaveTheirNames) {
  EXPECT_EQ(error_class_name(ErrorClass::malformed), "malformed");
  EXPECT_EQ(error_class_name(ErrorClass::rejected), "rejected");
  EXPECT_EQ(error_class_name(ErrorClass::conflict), "conflict");
  EXPECT_EQ(error_class_name(ErrorClass::not_found), "not_found");
  EXPECT_EQ(error_class_name(ErrorClass::unavailable), "unavailable");
  EXPECT_EQ(error_class_name(ErrorClass::internal), "internal");
  EXPECT_EQ(error_class(ErrorCode::signature_invalid), ErrorClass::rejected);
  EXPECT_EQ(error_class(ErrorCode::cbor_truncated), ErrorClass::malformed);
  EXPECT_EQ(error_class(ErrorCode::internal_error), ErrorClass::internal);
}

TEST(Error, AnUnknownNumberIsAnInternalError) {
  const auto unknown = static_cast<ErrorCode>(9);
  EXPECT_EQ(error_name(unknown), "internal_error");
  EXPECT_EQ(error_class(unknown), ErrorClass::internal);
  EXPECT_EQ(error_message(unknown), "Internal error.");
  EXPECT_EQ(error_class_name(static_cast<ErrorClass>(99)), "internal");
  EXPECT_EQ(check_name(static_cast<Check>(65535)), "");
}

TEST(Error, TheDefaultIsNoSuccess) {
  const Error error;
  EXPECT_EQ(error.code, ErrorCode::internal_error);
  EXPECT_EQ(error.check, Check::none);
  EXPECT_EQ(error.offset, 0U);
}

TEST(Limits, FitIntoEachOther) {
  using namespace limits;
  EXPECT_LE(kMaxJsonBytes, 0xffffffffU) << "offsets have 32 bits";
  EXPECT_LE(kMaxClientDataBytes, kMaxCaseBytes);
  EXPECT_LT(kMaxAttestationObjectBytes / 3 * 4, kMaxCaseBytes);
  EXPECT_LT(kMaxAuthenticatorDataBytes, kMaxAttestationObjectBytes);
  EXPECT_LT(37 + 18 + kMaxCredentialIdBytes + 2 * kMaxRsaBits / 8, kMaxAuthenticatorDataBytes);
  EXPECT_LE(kMaxUserHandleBytes, 64U);
  EXPECT_GE(kMinChallengeBytes, 16U);
}

}  // namespace
}  // namespace countersign
