#include "transaction/view.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

using Value = CanonicalValue;

View two_rows() {
  return {"Title", "Yes", "No", {{1, "A", "1", Direction::ltr}, {3, "B", "2", Direction::rtl}}};
}

TEST(MakeView, ReadsWhatIsEncoded) {
  EXPECT_EQ(make_view(encode_view(two_rows())).value(), two_rows());
}

TEST(IsEncodingOf, SucceedsForTheCanonicalEncodingAlone) {
  View many = two_rows();
  for (int i = 0; i < 300; ++i) {
    many.rows.push_back({2, "Label " + std::to_string(i), std::string(70, 'x'), Direction::ltr});
  }
  View none = two_rows();
  none.rows.clear();
  for (const View& view : {two_rows(), many, none}) {
    ByteVector encoded = make_canonical_cbor(encode_view(view)).value();
    EXPECT_TRUE(is_encoding_of(view, encoded));
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      encoded[i] ^= 1;
      EXPECT_FALSE(is_encoding_of(view, encoded)) << i;
      encoded[i] ^= 1;
      EXPECT_FALSE(is_encoding_of(view, Bytes(encoded).first(i))) << i;
    }
    encoded.push_back(0);
    EXPECT_FALSE(is_encoding_of(view, encoded));
  }
  EXPECT_FALSE(is_encoding_of(none, make_canonical_cbor(encode_view(two_rows())).value()));
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
  // What no template and no intent could have given.
  EXPECT_TRUE(refuses([](View& v) { v.title = "\u200b"; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].label = "A\u202e"; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].label = "A\n"; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].value = std::string("x\0", 2); }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].value = "\u00a0"; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[0].value = "1\u00a0 EUR"; }));
  EXPECT_TRUE(refuses([](View& v) { v.affirm = "Yes\u2800"; }));
  EXPECT_TRUE(refuses([](View& v) { v.rows[1].value = std::string(8193, 'a'); }));
  View amounts = two_rows();
  amounts.rows[0].value = "1\u202f234,56\u00a0EUR";
  amounts.rows[1].value = "1\u2019234.56\u00a0CHF";
  EXPECT_EQ(make_view(encode_view(amounts)).value(), amounts);
}

TEST(MakeView, FailsIfItsFormsWouldBeTooLarge) {
  View view = two_rows();
  view.rows.assign(20000, {2, "Reference 5000", std::string(70, 'a'), Direction::automatic});
  EXPECT_TRUE(make_view(encode_view(view)).has_value());
  view.rows.assign(20000, {2, "Reference 5000", std::string(70, '&'), Direction::automatic});
  const Result<View> made = make_view(encode_view(view));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::text_length_wrong);
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
  row.members[0].second.items[0].items.push_back(Value::make_null());
  EXPECT_EQ(code_of(row), "view_malformed");
  row = good;
  row.members[0].second.items[0].items[3] = Value::make_text("LTR");
  EXPECT_EQ(code_of(row), "view_malformed");
  row = good;
  row.members[0].second.items[0].items[2] = Value::make_integer(1);
  EXPECT_EQ(code_of(row), "view_malformed");
}

}  // namespace
}  // namespace countersign
