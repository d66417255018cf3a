#pragma once
// Strict DER (X.690 §10, §11): definite and minimal lengths, low tag numbers and minimal high ones,
// canonical INTEGER, ENUMERATED, BOOLEAN, NULL, BIT STRING and OBJECT IDENTIFIER of the universal
// class, universal types primitive or constructed as X.690 says. Values borrow the input.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace countersign {

/// Identifier octets as one number: class (2 bits), constructed (1 bit), tag number.
struct DerTag {
  std::uint8_t tag_class = 0;  // 0 universal, 1 application, 2 context, 3 private
  bool is_constructed = false;
  std::uint32_t number = 0;
  friend bool operator==(const DerTag&, const DerTag&) = default;
};

namespace der {
inline constexpr DerTag kBoolean{0, false, 1};
inline constexpr DerTag kInteger{0, false, 2};
inline constexpr DerTag kBitString{0, false, 3};
inline constexpr DerTag kOctetString{0, false, 4};
inline constexpr DerTag kNull{0, false, 5};
inline constexpr DerTag kObjectIdentifier{0, false, 6};
inline constexpr DerTag kEnumerated{0, false, 10};
inline constexpr DerTag kUtf8String{0, false, 12};
inline constexpr DerTag kSequence{0, true, 16};
inline constexpr DerTag kSet{0, true, 17};
inline constexpr DerTag kPrintableString{0, false, 19};
inline constexpr DerTag kIa5String{0, false, 22};
inline constexpr DerTag kUtcTime{0, false, 23};
inline constexpr DerTag kGeneralizedTime{0, false, 24};
/// [number] IMPLICIT of a primitive / EXPLICIT or IMPLICIT of a constructed type.
inline constexpr DerTag context_primitive(std::uint32_t number) { return {2, false, number}; }
inline constexpr DerTag context_constructed(std::uint32_t number) { return {2, true, number}; }
}  // namespace der

struct DerElement {
  DerTag tag;
  Bytes content;
  Bytes encoded;  // identifier, length and content
};

/// A cursor over the elements of a constructed value (or of a whole input).
class DerReader {
 public:
  explicit DerReader(Bytes input) : reader_(input) {}

  bool is_done() const { return reader_.is_done(); }
  std::size_t offset() const { return reader_.offset(); }

  /// Errors of all: der_truncated, der_not_canonical, der_unexpected_tag with the offset where the
  /// element begins; the cursor stays then.
  Result<DerElement> next();
  Result<DerElement> next(DerTag expected);
  /// The next element if it has that tag; nothing (and the cursor stays) otherwise or at the end.
  Result<std::optional<DerElement>> next_if(DerTag expected);
  /// Error der_trailing_bytes unless everything was read.
  Status finish() const;

 private:
  ByteReader reader_;
};

/// The whole input is one element with that tag.
Result<DerElement> parse_der(Bytes input, DerTag expected);

/// Contents of typed elements, whatever their tag (it may be implicit); error der_not_canonical.
Result<bool> der_boolean(const DerElement& element);
/// The magnitude of a non-negative INTEGER without leading zero octet (zero is one octet 00).
Result<Bytes> der_unsigned(const DerElement& element);
/// An INTEGER or ENUMERATED within int64.
Result<std::int64_t> der_integer(const DerElement& element);
/// A BIT STRING of whole octets (no unused bits).
Result<Bytes> der_bit_string_octets(const DerElement& element);
/// UTCTime (RFC 5280: YYMMDDHHMMSSZ, 1950..2049) or GeneralizedTime (YYYYMMDDHHMMSSZ), told apart
/// by the tag; der_unexpected_tag for any other.
Result<UnixSeconds> der_time(const DerElement& element);

/// Turns an OID's content octets into dotted form for messages and tests ("2.5.29.19");
/// empty when they are malformed or an arc exceeds 64 bits.
std::string der_oid_text(Bytes content);

}  // namespace countersign
