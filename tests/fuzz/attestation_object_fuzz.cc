// The object written again, in the order in which it was read, is the input.

#include "model/attestation_object.h"
#include "tests/fuzz/cbor_tree.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<AttestationObject> object = parse_attestation_object(input);
  if (!object) {
    fuzz::require_honest(object.error(), size);
    return 0;
  }
  require(equal(*object->encoded, input));
  CborOptions options;
  options.key_order = CborKeyOrder::any;
  const Result<CborValue> root = parse_cbor(*object->encoded, options);
  require(root.has_value() && equal(fuzz::encoded_tree(*root), input));
  require(root->is_canonical == object->is_key_order_canonical);
  require(root->find("fmt")->text() == object->format);
  require(equal(root->find("attStmt")->encoded, object->statement.encoded));
  require(equal(fuzz::encoded_tree(object->statement), object->statement.encoded));
  require(equal(root->find("authData")->bytes, object->authenticator_data.encoded));
  require(object->authenticator_data.attested_credential_data.has_value());
  return 0;
}
