// One accepted encoding: what the reader accepts, written again, is the same bytes.

#include "tests/fuzz/cbor_tree.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

void check(Bytes input, CborKeyOrder order) {
  CborOptions options;
  options.key_order = order;
  const Result<CborValue> value = parse_cbor(input, options);
  ByteReader reader(input);
  const Result<CborValue> consumed = consume_cbor(reader, options);
  if (!value) {
    fuzz::require_honest(value.error(), input.size());
    const bool has_rest = value.error().code == ErrorCode::cbor_trailing_bytes;
    require(consumed.has_value() == has_rest);
    require(consumed.has_value() || reader.offset() == 0);
    return;
  }
  require(reader.is_done());
  require(equal(value->encoded, input));
  require(equal(fuzz::encoded_tree(*value), input));
  require(order == CborKeyOrder::any || value->is_canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  check(input, CborKeyOrder::canonical);
  check(input, CborKeyOrder::any);
  CborOptions any;
  any.key_order = CborKeyOrder::any;
  const Result<CborValue> lenient = parse_cbor(input, any);
  const Result<CborValue> strict = parse_cbor(input);
  require(strict.has_value() == (lenient.has_value() && lenient->is_canonical));
  return 0;
}
