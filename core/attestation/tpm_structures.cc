#include "attestation/tpm_structures.h"

namespace countersign {
namespace {

// TPM_ALG_ID, TPM 2.0 Library, Part 2 §6.3.
constexpr std::uint16_t kAlgRsa = 0x0001;
constexpr std::uint16_t kAlgTdes = 0x0003;
constexpr std::uint16_t kAlgSha1 = 0x0004;
constexpr std::uint16_t kAlgAes = 0x0006;
constexpr std::uint16_t kAlgMgf1 = 0x0007;
constexpr std::uint16_t kAlgSha256 = 0x000b;
constexpr std::uint16_t kAlgSha384 = 0x000c;
constexpr std::uint16_t kAlgSha512 = 0x000d;
constexpr std::uint16_t kAlgNull = 0x0010;
constexpr std::uint16_t kAlgSm4 = 0x0013;
constexpr std::uint16_t kAlgRsassa = 0x0014;
constexpr std::uint16_t kAlgRsaes = 0x0015;
constexpr std::uint16_t kAlgRsapss = 0x0016;
constexpr std::uint16_t kAlgOaep = 0x0017;
constexpr std::uint16_t kAlgEcdsa = 0x0018;
constexpr std::uint16_t kAlgEcdh = 0x0019;
constexpr std::uint16_t kAlgEcdaa = 0x001a;
constexpr std::uint16_t kAlgSm2 = 0x001b;
constexpr std::uint16_t kAlgEcschnorr = 0x001c;
constexpr std::uint16_t kAlgEcmqv = 0x001d;
constexpr std::uint16_t kAlgKdf1Sp80056a = 0x0020;
constexpr std::uint16_t kAlgKdf2 = 0x0021;
constexpr std::uint16_t kAlgKdf1Sp800108 = 0x0022;
constexpr std::uint16_t kAlgEcc = 0x0023;
constexpr std::uint16_t kAlgCamellia = 0x0026;

// TPM_ECC_CURVE, Part 2 §6.4.
constexpr std::uint16_t kEccNistP256 = 0x0003;
constexpr std::uint16_t kEccNistP384 = 0x0004;
constexpr std::uint16_t kEccNistP521 = 0x0005;

constexpr std::uint32_t kGeneratedValue = 0xff544347;  // TPM_GENERATED_VALUE, Part 2 §6.2
constexpr std::uint16_t kAttestCertify = 0x8017;       // TPM_ST_ATTEST_CERTIFY, Part 2 §6.9

constexpr std::uint32_t kDefaultExponent = 65537;  // Part 2 §12.2.3.5

// TPM2B_NAME and TPM2B_DATA hold at most a TPM_ALG_ID and the largest digest.
constexpr std::size_t kMaxNameBytes = 2 + 64;

bool find_hash(std::uint16_t algorithm, HashAlgorithm& out) {
  switch (algorithm) {
    case kAlgSha1:
      out = HashAlgorithm::sha1;
      return true;
    case kAlgSha256:
      out = HashAlgorithm::sha256;
      return true;
    case kAlgSha384:
      out = HashAlgorithm::sha384;
      return true;
    case kAlgSha512:
      out = HashAlgorithm::sha512;
      return true;
  }
  return false;
}

Curve curve_of(std::uint16_t id) {
  switch (id) {
    case kEccNistP256:
      return Curve::p256;
    case kEccNistP384:
      return Curve::p384;
    case kEccNistP521:
      return Curve::p521;
  }
  return Curve::none;
}

/// Reads and remembers whether everything so far was there.
class TpmReader {
 public:
  explicit TpmReader(Bytes input) : reader_(input) {}

  std::uint8_t u8() {
    std::uint8_t value = 0;
    is_good_ = is_good_ && reader_.take_u8(value);
    return value;
  }
  std::uint16_t u16() {
    std::uint16_t value = 0;
    is_good_ = is_good_ && reader_.take_u16(value);
    return value;
  }
  std::uint32_t u32() {
    std::uint32_t value = 0;
    is_good_ = is_good_ && reader_.take_u32(value);
    return value;
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    is_good_ = is_good_ && reader_.take_u64(value);
    return value;
  }
  /// TPM2B_…: a 16-bit size and as many octets.
  Bytes sized() {
    Bytes value;
    const std::uint16_t size = u16();
    is_good_ = is_good_ && reader_.take(size, value);
    return is_good_ ? value : Bytes{};
  }

  void refuse() { is_good_ = false; }
  bool is_good() const { return is_good_; }
  bool is_done() const { return is_good_ && reader_.is_done(); }
  Error malformed() const {
    return {ErrorCode::tpm_structure_malformed, Check::none,
            static_cast<std::uint32_t>(reader_.offset())};
  }

 private:
  ByteReader reader_;
  bool is_good_ = true;
};

/// TPMT_SYM_DEF_OBJECT+ (§11.1.7): key size and mode follow unless TPM_ALG_NULL.
void skip_symmetric(TpmReader& reader) {
  switch (reader.u16()) {
    case kAlgNull:
      return;
    case kAlgTdes:
    case kAlgAes:
    case kAlgSm4:
    case kAlgCamellia:
      reader.u16();
      reader.u16();
      return;
  }
  reader.refuse();
}

/// TPMT_RSA_SCHEME+ (§11.2.4.2).
void skip_rsa_scheme(TpmReader& reader) {
  switch (reader.u16()) {
    case kAlgNull:
    case kAlgRsaes:
      return;
    case kAlgRsassa:
    case kAlgRsapss:
    case kAlgOaep:
      reader.u16();
      return;
  }
  reader.refuse();
}

/// TPMT_ECC_SCHEME+ (§11.2.5.6).
void skip_ecc_scheme(TpmReader& reader) {
  switch (reader.u16()) {
    case kAlgNull:
      return;
    case kAlgEcdsa:
    case kAlgEcdh:
    case kAlgSm2:
    case kAlgEcschnorr:
    case kAlgEcmqv:
      reader.u16();
      return;
    case kAlgEcdaa:
      reader.u16();
      reader.u16();
      return;
  }
  reader.refuse();
}

/// TPMT_KDF_SCHEME+ (§11.2.3.3).
void skip_kdf_scheme(TpmReader& reader) {
  switch (reader.u16()) {
    case kAlgNull:
      return;
    case kAlgMgf1:
    case kAlgKdf1Sp80056a:
    case kAlgKdf2:
    case kAlgKdf1Sp800108:
      reader.u16();
      return;
  }
  reader.refuse();
}

bool is_same_number(Bytes shortened, Bytes full) {
  if (shortened.size() > full.size()) {
    return false;
  }
  const std::size_t missing = full.size() - shortened.size();
  for (std::size_t i = 0; i < missing; ++i) {
    if (full[i] != 0) {
      return false;
    }
  }
  return equal(shortened, full.subspan(missing));
}

bool is_exponent(Bytes encoded, std::uint32_t exponent) {
  std::uint64_t value = 0;
  if (encoded.size() > sizeof(exponent)) {
    return false;
  }
  for (const std::uint8_t byte : encoded) {
    value = (value << 8) | byte;
  }
  return value == exponent;
}

}  // namespace

Result<TpmPublicArea> parse_tpm_public_area(Bytes input) {
  TpmReader reader(input);
  TpmPublicArea area;

  const std::uint16_t type = reader.u16();
  area.name_algorithm = reader.u16();
  if (!reader.is_good()) {
    return reader.malformed();
  }
  if (type != kAlgRsa && type != kAlgEcc) {
    return ErrorCode::tpm_key_type_unsupported;
  }
  if (!find_hash(area.name_algorithm, area.name_hash)) {
    return ErrorCode::tpm_name_algorithm_unsupported;
  }
  area.object_attributes = reader.u32();
  area.authorization_policy = reader.sized();
  // Part 2 §12.2.4: the policy is empty or a digest of nameAlg.
  if (!area.authorization_policy.empty() &&
      area.authorization_policy.size() != digest_size(area.name_hash)) {
    reader.refuse();
  }

  skip_symmetric(reader);
  if (type == kAlgRsa) {
    area.type = KeyType::rsa;
    skip_rsa_scheme(reader);
    area.key_bits = reader.u16();
    const std::uint32_t exponent = reader.u32();
    area.exponent = exponent == 0 ? kDefaultExponent : exponent;
    area.modulus = reader.sized();
  } else {
    area.type = KeyType::ec2;
    skip_ecc_scheme(reader);
    area.curve = curve_of(reader.u16());
    skip_kdf_scheme(reader);
    area.x = reader.sized();
    area.y = reader.sized();
    if (area.curve != Curve::none && (area.x.size() > coordinate_size(area.curve) ||
                                      area.y.size() > coordinate_size(area.curve))) {
      reader.refuse();
    }
  }
  if (!reader.is_done()) {
    return reader.malformed();
  }
  return area;
}

bool is_tpm_key(const TpmPublicArea& area, const PublicKey& key) {
  if (area.type != key.type()) {
    return false;
  }
  switch (area.type) {
    case KeyType::rsa:
      return std::size_t{area.key_bits} == area.modulus.size() * 8 &&
             equal(area.modulus, key.modulus()) && is_exponent(key.exponent(), area.exponent);
    case KeyType::ec2:
      return area.curve != Curve::none && area.curve == key.curve() &&
             is_same_number(area.x, key.x()) && is_same_number(area.y, key.y());
    case KeyType::okp:
      return false;
  }
  return false;
}

Result<TpmAttest> parse_tpm_attest(Bytes input) {
  TpmReader reader(input);
  TpmAttest attest;

  const std::uint32_t magic = reader.u32();
  if (!reader.is_good()) {
    return reader.malformed();
  }
  if (magic != kGeneratedValue) {
    return ErrorCode::tpm_magic_invalid;
  }
  const std::uint16_t type = reader.u16();
  if (!reader.is_good()) {
    return reader.malformed();
  }
  if (type != kAttestCertify) {
    return ErrorCode::tpm_type_not_certify;
  }
  attest.qualified_signer = reader.sized();
  attest.extra_data = reader.sized();
  attest.clock = reader.u64();
  attest.reset_count = reader.u32();
  attest.restart_count = reader.u32();
  // TPMI_YES_NO, but the standard's own test vector carries 0x33, so the value is kept unjudged.
  attest.safe = reader.u8();
  attest.firmware_version = reader.u64();
  attest.name = reader.sized();
  attest.qualified_name = reader.sized();
  for (const Bytes value :
       {attest.qualified_signer, attest.extra_data, attest.name, attest.qualified_name}) {
    if (value.size() > kMaxNameBytes) {
      reader.refuse();
    }
  }
  if (!reader.is_done()) {
    return reader.malformed();
  }
  return attest;
}

}  // namespace countersign
