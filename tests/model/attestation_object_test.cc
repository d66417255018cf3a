#include "model/attestation_object.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tests/support/cbor.h"
#include "tests/support/encoding.h"
#include "tests/support/keys.h"

namespace countersign {
namespace {

using testing::concat;
using testing::from_hex;
using testing::KeyKind;
using testing::TestKey;
namespace cbor = testing::cbor;

ByteVector authenticator_data(std::uint8_t flags = 0x41) {
  return concat({ByteVector(32, 0xaa), ByteVector{flags}, ByteVector(4, 0), ByteVector(16, 0xbb),
                 from_hex("0010"), ByteVector(16, 0xcc),
                 TestKey::make(KeyKind::p256).cose_key(-7)});
}

cbor::Members members() {
  return {
      {cbor::text("fmt"), cbor::text("packed")},
      {cbor::text("attStmt"), cbor::map({{cbor::text("alg"), cbor::integer(-7)},
                                         {cbor::text("sig"), cbor::byte_string(ByteVector(8))}})},
      {cbor::text("authData"), cbor::byte_string(authenticator_data())}};
}

/// The usual object with one member replaced, or removed where there is no value.
ByteVector edited(std::string_view name, const std::optional<ByteVector>& value) {
  cbor::Members changed = members();
  cbor::edit(changed, name, value);
  return cbor::map(changed);
}

void expect_refused(const ByteVector& input, ErrorCode code) {
  const Result<AttestationObject> object = parse_attestation_object(input);
  ASSERT_FALSE(object.has_value()) << testing::to_hex(input);
  EXPECT_EQ(error_name(object.error().code), error_name(code)) << testing::to_hex(input);
}

void expect_refused_at(const ByteVector& input, ErrorCode code, std::size_t offset) {
  expect_refused(input, code);
  const Result<AttestationObject> object = parse_attestation_object(input);
  EXPECT_EQ(object.error().offset, offset) << testing::to_hex(input);
}

TEST(AttestationObject, ReadsFormatStatementAndAuthenticatorData) {
  const ByteVector input = cbor::map(members());
  const Result<AttestationObject> object = parse_attestation_object(input);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->format, "packed");
  EXPECT_EQ(*object->encoded, input);
  EXPECT_EQ(object->authenticator_data.encoded, authenticator_data());
  EXPECT_TRUE(object->is_key_order_canonical);
  ASSERT_TRUE(object->statement.is(CborValue::Type::map));
  EXPECT_EQ(object->statement.find("alg")->integer, -7);
  EXPECT_EQ(object->statement.find("sig")->bytes.size(), 8U);
}

TEST(AttestationObject, TheStatementOutlivesTheInputAndTheOriginal) {
  std::optional<AttestationObject> copy;
  {
    ByteVector input = cbor::map(members());
    Result<AttestationObject> object = parse_attestation_object(input);
    ASSERT_TRUE(object.has_value());
    input.assign(input.size(), 0);
    AttestationObject moved = std::move(object).value();
    copy = moved;
  }
  EXPECT_TRUE(equal(copy->statement.find("sig")->bytes, ByteVector(8)));
  EXPECT_EQ(copy->statement.members[0].first.text(), "alg");
}

TEST(AttestationObject, AcceptsAnyKeyOrderAndNotesIt) {
  const cbor::Members in_order = members();
  const cbor::Members orders[] = {
      {in_order[0], in_order[2], in_order[1]},
      {in_order[2], in_order[1], in_order[0]},
      {in_order[1], in_order[0], in_order[2]},
  };
  for (const cbor::Members& order : orders) {
    const Result<AttestationObject> object =
        parse_attestation_object(cbor::map(order, cbor::KeyOrder::as_given));
    ASSERT_TRUE(object.has_value());
    EXPECT_FALSE(object->is_key_order_canonical);
    EXPECT_EQ(object->format, "packed");
  }
  const ByteVector statement = cbor::map({{cbor::text("sig"), cbor::byte_string(ByteVector(8))},
                                          {cbor::text("alg"), cbor::integer(-7)}},
                                         cbor::KeyOrder::as_given);
  const Result<AttestationObject> object = parse_attestation_object(edited("attStmt", statement));
  ASSERT_TRUE(object.has_value());
  EXPECT_FALSE(object->is_key_order_canonical);
}

TEST(AttestationObject, TheOrderInsideTheAuthenticatorDataIsNoneOfItsBusiness) {
  const ByteVector extensions = from_hex("a2616200616100");
  const ByteVector data = concat({authenticator_data(0xc1), extensions});
  expect_refused(edited("authData", cbor::byte_string(data)), ErrorCode::extensions_malformed);
}

TEST(AttestationObject, ToleratesUnknownMembersWithTextKeys) {
  const Result<AttestationObject> object =
      parse_attestation_object(edited("epAtt", cbor::boolean(true)));
  ASSERT_TRUE(object.has_value());
  EXPECT_TRUE(object->is_key_order_canonical);
}

TEST(AttestationObject, FailsIfItIsNoMap) {
  for (const std::string_view hex : {"80", "00", "f6", "60", "40", "f5"}) {
    expect_refused_at(from_hex(hex), ErrorCode::attestation_object_malformed, 0);
  }
  expect_refused_at(cbor::array({cbor::map(members())}), ErrorCode::attestation_object_malformed,
                    0);
  expect_refused_at(cbor::byte_string(cbor::map(members())),
                    ErrorCode::attestation_object_malformed, 0);
}

TEST(AttestationObject, FailsIfAMemberIsMissing) {
  for (const std::string_view name : {"fmt", "attStmt", "authData"}) {
    expect_refused_at(edited(name, std::nullopt), ErrorCode::attestation_object_malformed, 0);
  }
  expect_refused_at(from_hex("a0"), ErrorCode::attestation_object_malformed, 0);
}

TEST(AttestationObject, FailsIfAMemberHasTheWrongType) {
  const ByteVector wrong[] = {cbor::map({}),       cbor::array({}),      cbor::boolean(true),
                              cbor::integer(1469), cbor::null(),         from_hex("f93c00"),
                              cbor::text("none"),  cbor::byte_string({})};
  for (const ByteVector& value : wrong) {
    const bool is_text = value == cbor::text("none");
    const bool is_map = value == cbor::map({});
    if (!is_text) {
      expect_refused_at(edited("fmt", value), ErrorCode::attestation_object_malformed, 5);
    }
    if (!is_map) {
      expect_refused(edited("attStmt", value), ErrorCode::attestation_object_malformed);
    }
    expect_refused(edited("authData", value), ErrorCode::attestation_object_malformed);
  }
}

TEST(AttestationObject, KeyNamesAreExact) {
  cbor::Members changed = members();
  changed[0].first = cbor::byte_string(testing::bytes("fmt"));
  expect_refused(cbor::map(changed), ErrorCode::attestation_object_malformed);
  changed[0].first = cbor::text("FMT");
  expect_refused(cbor::map(changed), ErrorCode::attestation_object_malformed);
}

TEST(AttestationObject, FailsIfAKeyIsNoText) {
  cbor::Members changed = members();
  changed.emplace_back(cbor::integer(1), cbor::text("x"));
  expect_refused_at(cbor::map(changed), ErrorCode::attestation_object_malformed, 1);
  const ByteVector statement = cbor::map({{cbor::integer(1), cbor::integer(-7)}});
  expect_refused(edited("attStmt", statement), ErrorCode::attestation_object_malformed);
}

TEST(AttestationObject, OnlyCompoundHasAnArray) {
  const ByteVector statement = cbor::array({cbor::map(
      {{cbor::text("fmt"), cbor::text("none")}, {cbor::text("attStmt"), cbor::map({})}})});
  expect_refused(edited("attStmt", statement), ErrorCode::attestation_object_malformed);
  cbor::Members changed = members();
  cbor::edit(changed, "attStmt", statement);
  cbor::edit(changed, "fmt", cbor::text("compound"));
  const Result<AttestationObject> object = parse_attestation_object(cbor::map(changed));
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->statement.items.size(), 1U);
  cbor::edit(changed, "fmt", cbor::text("Compound"));
  expect_refused(cbor::map(changed), ErrorCode::attestation_object_malformed);
}

TEST(AttestationObject, FailsIfAKeyIsDuplicate) {
  cbor::Members changed = members();
  changed.push_back(changed[0]);
  expect_refused(cbor::map(changed, cbor::KeyOrder::as_given), ErrorCode::cbor_duplicate_key);
  changed = members();
  changed.insert(changed.begin(), {cbor::text("fmt"), cbor::text("none")});
  expect_refused(cbor::map(changed, cbor::KeyOrder::as_given), ErrorCode::cbor_duplicate_key);
  const ByteVector statement = from_hex("a363616c6726637369674063616c6726");
  expect_refused(edited("attStmt", statement), ErrorCode::cbor_duplicate_key);
}

TEST(AttestationObject, FailsIfBytesFollow) {
  const ByteVector input = cbor::map(members());
  expect_refused_at(concat({input, ByteVector{0}}), ErrorCode::cbor_trailing_bytes, input.size());
}

TEST(AttestationObject, FailsIfAnythingIsCut) {
  const ByteVector input = cbor::map(members());
  for (std::size_t size = 0; size < input.size(); ++size) {
    const Result<AttestationObject> object = parse_attestation_object(Bytes(input).first(size));
    ASSERT_FALSE(object.has_value()) << size;
    EXPECT_EQ(object.error().code, ErrorCode::cbor_truncated);
  }
}

TEST(AttestationObject, FailsForIndefiniteAndNonMinimalForms) {
  ByteVector indefinite = cbor::map(members());
  indefinite[0] = 0xbf;
  indefinite.push_back(0xff);
  expect_refused_at(indefinite, ErrorCode::cbor_indefinite, 0);
  ByteVector long_form = cbor::map(members());
  long_form[0] = 0xb8;
  long_form.insert(long_form.begin() + 1, 3);
  expect_refused_at(long_form, ErrorCode::cbor_not_minimal, 0);
}

TEST(AttestationObject, FailsIfAtIsClear) {
  const ByteVector flags_only = concat({ByteVector(32, 0xaa), ByteVector{0x01}, ByteVector(4, 0)});
  expect_refused(edited("authData", cbor::byte_string(flags_only)),
                 ErrorCode::attested_credential_data_missing);
  expect_refused(edited("authData", cbor::byte_string(authenticator_data(0x01))),
                 ErrorCode::authenticator_data_trailing_bytes);
}

TEST(AttestationObject, PassesTheErrorsOfTheAuthenticatorDataOn) {
  expect_refused_at(edited("authData", cbor::byte_string(ByteVector(36, 0))),
                    ErrorCode::authenticator_data_malformed, 33);
  expect_refused(
      edited("authData", cbor::byte_string(concat({authenticator_data(), ByteVector{0}}))),
      ErrorCode::authenticator_data_trailing_bytes);
}

TEST(AttestationObject, FailsIfTooLarge) {
  const ByteVector huge = cbor::byte_string(ByteVector(limits::kMaxAttestationObjectBytes, 0));
  expect_refused_at(edited("x", huge), ErrorCode::input_too_large, 0);
}

TEST(AttestationObject, ReadsTheNestingOfCompoundAndNoMuchDeeper) {
  ByteVector nested = cbor::integer(0);
  for (std::size_t i = 0; i < limits::kMaxCborDepth - 1; ++i) {
    nested = cbor::array({nested});
  }
  EXPECT_TRUE(parse_attestation_object(edited("x", nested)).has_value());
  expect_refused(edited("x", cbor::array({nested})), ErrorCode::cbor_too_deep);
}

}  // namespace
}  // namespace countersign
