#pragma once
// COSE_Key of a credential (RFC 9052 §7, RFC 9053 §7, WebAuthn L3 §5.8.5, §6.5.1): CTAP2 canonical,
// `alg` present, algorithm, key type and curve bound together, no optional member.

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/algorithm.h"
#include "crypto/public_key.h"

namespace countersign {

struct CoseKey {
  CoseAlgorithm algorithm;
  PublicKey key;
  ByteVector encoded;  // exactly as received
};

/// The whole input is one COSE_Key. Errors: cbor_*, cose_key_malformed, cose_key_unexpected_member,
/// algorithm_unknown, cose_key_type_mismatch, ec_point_invalid, rsa_key_out_of_bounds. RS1 is read
/// like any other: the ceremonies refuse it.
Result<CoseKey> parse_cose_key(Bytes input);
/// Reads one COSE_Key off the reader and leaves the rest.
Result<CoseKey> consume_cose_key(ByteReader& reader);
/// Canonical encoding of a key (for tests and for U2F keys that arrive in another form).
ByteVector encode_cose_key(CoseAlgorithm algorithm, const PublicKey& key);

/// The algorithm with which signatures of a COSE algorithm identifier are verified by this key.
/// Error cose_key_type_mismatch when the key's type (and, for ECDSA with credential keys, curve)
/// does not fit. Used for attStmt.alg with a certificate's key: there
/// the curve is free among P-256, P-384 and P-521 (the hash comes from the identifier); ES256K
/// demands secp256k1 and nothing else takes it.
Result<SignatureAlgorithm> signature_algorithm_for(CoseAlgorithm algorithm, const PublicKey& key);

}  // namespace countersign
