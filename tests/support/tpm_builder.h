#pragma once
// Statements of format tpm (WebAuthn L3 §8.3) and the TPM structures in them, with a knob for every
// field. Left alone they are what a TPM makes.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tests/support/attested.h"

namespace countersign::testing {

/// A TPM2B: 16-bit size and content.
ByteVector tpm_sized(Bytes content);

/// TPM_ALG_ID of the name algorithm: 0x000b for SHA-256.
std::uint16_t tpm_hash_id(Hash hash);

/// TPMT_PUBLIC.
struct TpmPublicOptions {
  std::optional<std::uint16_t> type;  // nothing: 0x0001 for RSA, 0x0023 for EC
  std::uint16_t name_algorithm = 0x000b;
  std::uint32_t object_attributes = 0x00040072;
  ByteVector authorization_policy = seeded_bytes("policy", 32);
  ByteVector symmetric = {0x00, 0x10};
  ByteVector scheme = {0x00, 0x10};
  std::optional<std::uint16_t> key_bits;
  std::uint32_t exponent = 0;  // 0 stands for 65537
  std::optional<ByteVector> modulus;
  std::optional<std::uint16_t> curve;
  ByteVector kdf = {0x00, 0x10};
  std::optional<ByteVector> x;
  std::optional<ByteVector> y;
  ByteVector trailer;
};
ByteVector make_tpm_public(const TestKey& key, const TpmPublicOptions& options = {});

/// nameAlg ‖ digest of the public area.
ByteVector make_tpm_name(std::uint16_t name_algorithm, Hash hash, Bytes public_area);

/// TPMS_ATTEST of TPM2_Certify.
struct TpmAttestOptions {
  std::uint32_t magic = 0xff544347;
  std::uint16_t type = 0x8017;
  ByteVector qualified_signer = concat({ByteVector{0x00, 0x0b}, seeded_bytes("signer", 32)});
  std::optional<ByteVector> extra_data;
  std::uint64_t clock = 0x1399bf92f;
  std::uint32_t reset_count = 0x52033d4a;
  std::uint32_t restart_count = 0x7d624e61;
  std::uint8_t safe = 1;
  std::uint64_t firmware_version = 0x0001025301642853;
  std::optional<ByteVector> name;
  ByteVector qualified_name = concat({ByteVector{0x00, 0x0b}, seeded_bytes("qualified", 32)});
  ByteVector trailer;
};
ByteVector make_tpm_attest(Bytes extra_data, Bytes name, const TpmAttestOptions& options = {});

/// How manufacturer, model and version are spread over the directory name.
enum class TpmNameShape : std::uint8_t { three_rdns, one_rdn, three_directory_names };

struct TpmIdentityOptions {
  std::optional<std::string> manufacturer = "id:53544D20";
  std::optional<std::string> model = "ST33HTPHAHD8";
  std::optional<std::string> version = "id:00010102";
  TpmNameShape shape = TpmNameShape::three_rdns;
};
/// Encoded GeneralNames for CertificateOptions::subject_alt_name.
ByteVector make_tpm_alternative_name(const TpmIdentityOptions& options = {});

struct TpmStatementOptions {
  std::string version = "2.0";
  std::int64_t algorithm = -257;
  std::optional<TestKey> attestation_key;  // nothing: for_algorithm(algorithm), RSA for RS1
  TpmPublicOptions public_area;
  TpmAttestOptions attest;
  std::optional<ByteVector> raw_public_area;   // the name is still made from what stands here
  std::optional<ByteVector> raw_certify_info;  // signed as it stands
  std::optional<ByteVector> raw_signature;
  TpmIdentityOptions identity;
  std::size_t intermediates = 0;
  std::function<void(CertificateOptions&)> edit_leaf;  // last, before the leaf is made
};

/// Options of the certificate of an attestation identity key: empty subject, critical alternative
/// name, tcg-kp-AIKCertificate.
CertificateOptions tpm_leaf_options(const TpmStatementOptions& options);

BuiltStatement make_tpm_statement(const Attested& attested,
                                  const TpmStatementOptions& options = {});

}  // namespace countersign::testing
