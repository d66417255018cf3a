#pragma once
// Attestation object (WebAuthn L3 §6.5.4).

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/cbor_reader.h"
#include "model/authenticator_data.h"

namespace countersign {

/// Owns its bytes; `statement` borrows from them (they are shared, so copies and moves are safe).
struct AttestationObject {
  std::shared_ptr<const ByteVector> encoded;
  std::string format;
  CborValue statement;  // map, or array for compound
  AuthenticatorData authenticator_data;
  /// False when a map in the attestation object or its statement has keys out of CTAP2 order:
  /// accepted and noted.
  bool is_key_order_canonical = true;
};

/// A map with the members fmt, attStmt, authData; unknown members with text keys (epAtt,
/// largeBlobKey of CTAP) are tolerated. attStmt is a map with text keys, or for compound an array.
/// Errors: attestation_object_malformed, cbor_*, those of authenticator data,
/// attested_credential_data_missing, input_too_large.
Result<AttestationObject> parse_attestation_object(Bytes input);

}  // namespace countersign
