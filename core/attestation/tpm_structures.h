#pragma once
// The two TPM 2.0 structures of a tpm attestation statement (TPM 2.0 Library, Part 2: Structures).
// Read strictly: every size is checked, no byte is left over. Values borrow the input.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/algorithm.h"
#include "crypto/public_key.h"

namespace countersign {

/// TPMT_PUBLIC (§12.2.4) of an RSA or ECC key.
struct TpmPublicArea {
  KeyType type = KeyType::rsa;       // rsa or ec2
  std::uint16_t name_algorithm = 0;  // TPM_ALG_ID as it stands, the first octets of the Name
  HashAlgorithm name_hash = HashAlgorithm::sha256;
  std::uint32_t object_attributes = 0;
  Bytes authorization_policy;
  // RSA
  std::uint16_t key_bits = 0;
  std::uint32_t exponent = 0;  // the default 0 is given as 65537
  Bytes modulus;
  // ECC
  Curve curve = Curve::none;  // none: a curve that no credential can have
  Bytes x;                    // at most coordinate_size(curve) octets, leading zeros may be missing
  Bytes y;
};

/// The whole input is one TPMT_PUBLIC. Errors: tpm_structure_malformed, tpm_key_type_unsupported,
/// tpm_name_algorithm_unsupported (anything but SHA-1, SHA-256, SHA-384, SHA-512).
Result<TpmPublicArea> parse_tpm_public_area(Bytes input);

/// True when type, parameters and unique value are those of `key`. Coordinates are compared as
/// numbers.
bool is_tpm_key(const TpmPublicArea& area, const PublicKey& key);

/// TPMS_ATTEST (§10.12.8) of TPM2_Certify.
struct TpmAttest {
  Bytes qualified_signer;
  Bytes extra_data;
  std::uint64_t clock = 0;
  std::uint32_t reset_count = 0;
  std::uint32_t restart_count = 0;
  std::uint8_t safe = 0;
  std::uint64_t firmware_version = 0;
  Bytes name;  // TPMS_CERTIFY_INFO: Name of the certified object
  Bytes qualified_name;
};

/// The whole input is one TPMS_ATTEST. Errors: tpm_magic_invalid (not made by a TPM),
/// tpm_type_not_certify (another command's attestation), tpm_structure_malformed.
Result<TpmAttest> parse_tpm_attest(Bytes input);

}  // namespace countersign
