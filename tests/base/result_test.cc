#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace countersign {
namespace {

constexpr Error kError{ErrorCode::cbor_truncated, Check::none, 7};

Result<std::string> text_or_error(bool is_good) {
  if (is_good) {
    return std::string("a text that is longer than the small string optimisation");
  }
  return kError;
}

Result<std::size_t> size_of(bool is_good) {
  CS_ASSIGN(const std::string text, text_or_error(is_good));
  return text.size();
}

Status check(bool is_good) {
  CS_TRY(text_or_error(is_good));
  return ok();
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<std::string> good = text_or_error(true);
  ASSERT_TRUE(good.has_value());
  EXPECT_TRUE(static_cast<bool>(good));
  EXPECT_EQ(good->substr(0, 6), "a text");
  const Result<std::string> bad = text_or_error(false);
  ASSERT_FALSE(bad.has_value());
  EXPECT_FALSE(static_cast<bool>(bad));
  EXPECT_EQ(bad.error(), kError);
}

TEST(Result, ACodeAloneIsAnError) {
  const Result<int> result = ErrorCode::json_syntax;
  EXPECT_EQ(result.error(), (Error{ErrorCode::json_syntax, Check::none, 0}));
  const Status status = ErrorCode::json_syntax;
  EXPECT_EQ(status.error().code, ErrorCode::json_syntax);
}

TEST(Result, TheMacrosPassTheErrorOnUnchanged) {
  EXPECT_EQ(*size_of(true), 56U);
  EXPECT_EQ(size_of(false).error(), kError);
  EXPECT_TRUE(check(true).has_value());
  EXPECT_EQ(check(false).error(), kError);
}

TEST(Result, CopiesMovesAndAssignsInEveryCombination) {
  for (const bool from_good : {true, false}) {
    for (const bool to_good : {true, false}) {
      const Result<std::string> from = text_or_error(from_good);
      Result<std::string> to = text_or_error(to_good);
      to = from;
      EXPECT_EQ(to.has_value(), from_good);
      Result<std::string> copy(from);
      Result<std::string> moved(std::move(copy));
      EXPECT_EQ(moved.has_value(), from_good);
      to = text_or_error(to_good);
      to = std::move(moved);
      EXPECT_EQ(to.has_value(), from_good);
      if (from_good) {
        EXPECT_EQ(*to, *from);
      } else {
        EXPECT_EQ(to.error(), kError);
      }
    }
  }
}

TEST(Result, SelfAssignmentKeepsTheValue) {
  Result<std::string> result = text_or_error(true);
  Result<std::string>& alias = result;
  result = alias;
  EXPECT_EQ(result->substr(0, 6), "a text");
}

TEST(Result, HoldsTypesThatOnlyMove) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(ResultDeathTest, AccessOfTheWrongSideAborts) {
  const Result<std::string> good = text_or_error(true);
  const Result<std::string> bad = text_or_error(false);
  EXPECT_DEATH(static_cast<void>(bad.value()), "");
  EXPECT_DEATH(static_cast<void>(good.error()), "");
  EXPECT_DEATH(static_cast<void>(ok().error()), "");
}

TEST(Status, SaysYesByDefault) {
  EXPECT_TRUE(ok().has_value());
  EXPECT_TRUE(Status().has_value());
  EXPECT_FALSE(Status(kError).has_value());
}

}  // namespace
}  // namespace countersign
