#include "transaction/view.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

using Value = CanonicalValue;

View two_rows() {
  return {"Title", "Yes", "No", {{1, "A", "1", Direction::ltr}, {3, "B", "2", Direction::rtl}}};
}

TEST(MakeView, ReadsWhatIsEncoded) {
  EXPECT_EQ(make_view(encode_view(two_rows())).value(), two_rows());
}

TEST(MakeView, FailsIfItIsNotWhatARendererCouldShow) {
  const auto refuses = [](void (*spoil)(View&)) {
    View view = two_rows();
    spoil(view);
    const Result<View> made = make_view(encode_view(view));
    return !made && made.error().code == ErrorCode::view_malformed;
  };
  EXPECT_TRUE(refuses([](View& v) { v.rows.clear(); }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].level = 0; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].level = 4; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[1].label = ""; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[1].value = ""; }));
  EXPECT_TRUE(refuses([](View& v) { v.title = ""; }));
  EXPECT_TRUE(refuses([](View& v) { v.affirm = ""; }));
  EXPECT_TRUE(refuses([](View& v) { v.deny = ""; }));
}

TEST(MakeView, FailsIfAMemberIsUnknownOrOfAnotherType) {
  const auto code_of = [](const Value& value) {
    const Result<View> made = make_view(value);
    return made ? std::string("accepted") : std::string(error_name(made.error().code));
  };
  Value good = encode_view(two_rows());
  for (std::size_t i = 0; i < good.members.size(); ++i) {
    Value bad = good;
    bad.members[i].second = Value::make_integer(1);
    EXPECT_EQ(code_of(bad), "view_malformed") << good.members[i].first;
    bad = good;
    bad.members.erase(bad.members.begin() + static_cast<long>(i));
    EXPECT_EQ(code_of(bad), "view_malformed");
  }
  Value more = good;
  more.members.emplace_back("more", Value::make_null());
  EXPECT_EQ(code_of(more), "view_malformed");
  Value row = good;
  row.members[1].second.items[0].items.push_back(Value::make_null());
  EXPECT_EQ(code_of(row), "view_malformed");
  row = good;
  row.members[1].second.items[0].items[3] = Value::make_text("LTR");
  EXPECT_EQ(code_of(row), "view_malformed");
  row = good;
  row.members[1].second.items[0].items[2] = Value::make_integer(1);
  EXPECT_EQ(code_of(row), "view_malformed");
}

}  // namespace
}  // namespace countersign
