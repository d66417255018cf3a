// Decoding accepts exactly what encoding produces: what is read, written again, is the same bytes,
// and nothing that the strict reader refuses is accepted.

#include "codec/canonical_cbor.h"

#include "codec/cbor_reader.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  CborOptions strict;
  strict.max_depth = limits::kMaxCanonicalDepth;
  strict.max_items = limits::kMaxCanonicalItems;
  const bool is_strict_cbor = parse_cbor(input, strict).has_value();
  const Result<CanonicalValue> value = parse_canonical_cbor(input);
  if (!value) {
    fuzz::require_honest(value.error(), size);
    require(!is_strict_cbor || value.error().code == ErrorCode::cbor_unsupported);
    return 0;
  }
  require(is_strict_cbor);
  const Result<ByteVector> again = make_canonical_cbor(*value);
  require(again.has_value() && equal(*again, input));
  return 0;
}
