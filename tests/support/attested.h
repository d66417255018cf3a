#pragma once
// What the builders of attestation statements are given and what they give back.

#include "base/bytes.h"
#include "tests/support/cbor.h"
#include "tests/support/keys.h"
#include "tests/support/pki.h"

namespace countersign::testing {

/// What a statement attests.
struct Attested {
  TestKey key = TestKey::make(KeyKind::p256, "credential");  // the credential's
  ByteVector authenticator_data;
  ByteVector client_data_hash;
  /// authenticatorData ‖ clientDataHash.
  ByteVector message() const { return concat({authenticator_data, client_data_hash}); }
};

struct BuiltStatement {
  cbor::Members members;  // of attStmt
  TestChain chain;
};

}  // namespace countersign::testing
