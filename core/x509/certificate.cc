#include "x509/certificate.h"

#include <utility>

#include "base/limits.h"
#include "codec/der_reader.h"
#include "codec/utf8.h"
#include "x509/extension.h"
#include "x509/oids.h"

namespace countersign {

struct Certificate::Fields {
  ByteVector encoded;  // everything below borrows from it
  Bytes tbs;
  int version = 1;
  Bytes serial_number;
  Bytes issuer;
  Bytes subject;
  std::vector<NameAttribute> subject_attributes;
  UnixSeconds not_before;
  UnixSeconds not_after;
  Bytes subject_public_key_info;
  Bytes subject_public_key_octets;
  std::optional<PublicKey> public_key;
  std::optional<SignatureAlgorithm> signature_algorithm;
  Bytes signature;
  std::vector<CertificateExtension> extensions;
  std::optional<BasicConstraints> basic_constraints;
  std::optional<KeyUsage> key_usage;
  std::optional<std::vector<Bytes>> extended_key_usage;
  std::optional<Bytes> subject_key_identifier;
  std::optional<Bytes> authority_key_identifier;
};

Bytes Certificate::encoded() const { return fields_->encoded; }
Bytes Certificate::tbs() const { return fields_->tbs; }
int Certificate::version() const { return fields_->version; }
Bytes Certificate::serial_number() const { return fields_->serial_number; }
Bytes Certificate::issuer() const { return fields_->issuer; }
Bytes Certificate::subject() const { return fields_->subject; }
bool Certificate::is_subject_empty() const { return fields_->subject_attributes.empty(); }
const std::vector<NameAttribute>& Certificate::subject_attributes() const {
  return fields_->subject_attributes;
}
UnixSeconds Certificate::not_before() const { return fields_->not_before; }
UnixSeconds Certificate::not_after() const { return fields_->not_after; }
Bytes Certificate::subject_public_key_info() const { return fields_->subject_public_key_info; }
Bytes Certificate::subject_public_key_octets() const { return fields_->subject_public_key_octets; }
const std::optional<PublicKey>& Certificate::public_key() const { return fields_->public_key; }
const std::optional<SignatureAlgorithm>& Certificate::signature_algorithm() const {
  return fields_->signature_algorithm;
}
Bytes Certificate::signature() const { return fields_->signature; }
const std::vector<CertificateExtension>& Certificate::extensions() const {
  return fields_->extensions;
}
const CertificateExtension* Certificate::find_extension(Bytes oid) const {
  for (const CertificateExtension& extension : fields_->extensions) {
    if (equal(extension.oid, oid)) {
      return &extension;
    }
  }
  return nullptr;
}
const std::optional<BasicConstraints>& Certificate::basic_constraints() const {
  return fields_->basic_constraints;
}
const std::optional<KeyUsage>& Certificate::key_usage() const { return fields_->key_usage; }
const std::optional<std::vector<Bytes>>& Certificate::extended_key_usage() const {
  return fields_->extended_key_usage;
}
const std::optional<Bytes>& Certificate::subject_key_identifier() const {
  return fields_->subject_key_identifier;
}
const std::optional<Bytes>& Certificate::authority_key_identifier() const {
  return fields_->authority_key_identifier;
}

namespace {

constexpr DerTag kTeletexString{0, false, 20};
constexpr DerTag kBmpString{0, false, 30};

Error malformed() { return {ErrorCode::certificate_malformed, Check::none, 0}; }

// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
struct AlgorithmIdentifier {
  Bytes oid;
  std::optional<DerElement> parameters;

  bool is(Bytes wanted) const { return equal(oid, wanted); }
  bool has_null() const {
    return parameters && parameters->tag == der::kNull && parameters->content.empty();
  }
};

Result<AlgorithmIdentifier> parse_algorithm_identifier(const DerElement& sequence) {
  DerReader reader(sequence.content);
  AlgorithmIdentifier out;
  CS_ASSIGN(const DerElement oid, reader.next(der::kObjectIdentifier));
  out.oid = oid.content;
  if (!reader.is_done()) {
    CS_ASSIGN(const DerElement parameters, reader.next());
    out.parameters = parameters;
  }
  CS_TRY(reader.finish());
  return out;
}

std::optional<HashAlgorithm> hash_of(const AlgorithmIdentifier& identifier) {
  if (identifier.parameters && !identifier.has_null()) {
    return std::nullopt;
  }
  if (identifier.is(oid::kSha256)) {
    return HashAlgorithm::sha256;
  }
  if (identifier.is(oid::kSha384)) {
    return HashAlgorithm::sha384;
  }
  if (identifier.is(oid::kSha512)) {
    return HashAlgorithm::sha512;
  }
  return std::nullopt;
}

// RSASSA-PSS-params (RFC 4055 §3.1). The defaults are SHA-1, so hash and mask must be written out;
// we take what COSE's PS256, PS384 and PS512 are: MGF1 with the same hash, salt as long as the
// hash.
Result<std::optional<SignatureAlgorithm>> parse_pss(const AlgorithmIdentifier& identifier) {
  using Out = std::optional<SignatureAlgorithm>;
  if (!identifier.parameters || identifier.parameters->tag != der::kSequence) {
    return Out{};
  }
  DerReader reader(identifier.parameters->content);
  CS_ASSIGN(const std::optional<DerElement> hash_field,
            reader.next_if(der::context_constructed(0)));
  CS_ASSIGN(const std::optional<DerElement> mask_field,
            reader.next_if(der::context_constructed(1)));
  CS_ASSIGN(const std::optional<DerElement> salt_field,
            reader.next_if(der::context_constructed(2)));
  if (!hash_field || !mask_field || !salt_field || !reader.is_done()) {
    return Out{};
  }
  CS_ASSIGN(const DerElement hash_element, parse_explicit(*hash_field, der::kSequence));
  CS_ASSIGN(const AlgorithmIdentifier hash_identifier, parse_algorithm_identifier(hash_element));
  CS_ASSIGN(const DerElement mask_element, parse_explicit(*mask_field, der::kSequence));
  CS_ASSIGN(const AlgorithmIdentifier mask_identifier, parse_algorithm_identifier(mask_element));
  CS_ASSIGN(const DerElement salt_element, parse_explicit(*salt_field, der::kInteger));
  CS_ASSIGN(const std::int64_t salt, der_integer(salt_element));
  const std::optional<HashAlgorithm> hash = hash_of(hash_identifier);
  if (!hash || !mask_identifier.is(oid::kMgf1) || !mask_identifier.parameters ||
      mask_identifier.parameters->tag != der::kSequence) {
    return Out{};
  }
  CS_ASSIGN(const AlgorithmIdentifier mask_hash,
            parse_algorithm_identifier(*mask_identifier.parameters));
  if (hash_of(mask_hash) != hash || salt != static_cast<std::int64_t>(digest_size(*hash))) {
    return Out{};
  }
  return Out{SignatureAlgorithm{SignatureScheme::rsa_pss, *hash}};
}

Result<std::optional<SignatureAlgorithm>> signature_algorithm_of(
    const AlgorithmIdentifier& identifier) {
  using Out = std::optional<SignatureAlgorithm>;
  struct Row {
    Bytes oid;
    SignatureAlgorithm algorithm;
  };
  // RFC 4055 §5: parameters NULL, and "implementations MUST accept the parameters being absent".
  const Row rsa_rows[] = {
      {oid::kSha256WithRsa, {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256}},
      {oid::kSha384WithRsa, {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha384}},
      {oid::kSha512WithRsa, {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha512}},
  };
  for (const Row& row : rsa_rows) {
    if (identifier.is(row.oid)) {
      return !identifier.parameters || identifier.has_null() ? Out{row.algorithm} : Out{};
    }
  }
  if (identifier.is(oid::kRsaPss)) {
    return parse_pss(identifier);
  }
  // RFC 5758 §3.2, RFC 8410 §3: parameters absent.
  const SignatureAlgorithm eddsa{SignatureScheme::eddsa, entry_of(CoseAlgorithm::eddsa).hash};
  const Row bare_rows[] = {
      {oid::kEcdsaWithSha256, {SignatureScheme::ecdsa, HashAlgorithm::sha256}},
      {oid::kEcdsaWithSha384, {SignatureScheme::ecdsa, HashAlgorithm::sha384}},
      {oid::kEcdsaWithSha512, {SignatureScheme::ecdsa, HashAlgorithm::sha512}},
      {oid::kEd25519, eddsa},
      {oid::kEd448, eddsa},
  };
  for (const Row& row : bare_rows) {
    if (identifier.is(row.oid)) {
      return identifier.parameters ? Out{} : Out{row.algorithm};
    }
  }
  return Out{};
}

std::optional<PublicKey> key_or_nothing(Result<PublicKey> key) {
  return key.has_value() ? std::optional<PublicKey>(std::move(key).value()) : std::nullopt;
}

std::optional<PublicKey> ec_key_of(const AlgorithmIdentifier& identifier, Bytes octets) {
  if (!identifier.parameters || identifier.parameters->tag != der::kObjectIdentifier) {
    return std::nullopt;  // curves by explicit parameters are nothing that we name
  }
  const Bytes name = identifier.parameters->content;
  Curve curve = Curve::none;
  if (equal(name, oid::kCurveP256)) {
    curve = Curve::p256;
  } else if (equal(name, oid::kCurveP384)) {
    curve = Curve::p384;
  } else if (equal(name, oid::kCurveP521)) {
    curve = Curve::p521;
  } else if (equal(name, oid::kCurveSecp256k1)) {
    curve = Curve::secp256k1;
  } else {
    return std::nullopt;
  }
  const std::size_t size = coordinate_size(curve);
  if (octets.size() != 1 + 2 * size || octets[0] != 0x04) {
    return std::nullopt;
  }
  return key_or_nothing(
      PublicKey::make_ec(curve, octets.subspan(1, size), octets.subspan(1 + size, size)));
}

// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
std::optional<PublicKey> rsa_key_of(const AlgorithmIdentifier& identifier, Bytes octets) {
  if (!identifier.has_null()) {
    return std::nullopt;  // RFC 3279 §2.3.1
  }
  const Result<DerElement> sequence = parse_der(octets, der::kSequence);
  if (!sequence.has_value()) {
    return std::nullopt;
  }
  DerReader reader(sequence->content);
  const Result<DerElement> modulus = reader.next(der::kInteger);
  const Result<DerElement> exponent = reader.next(der::kInteger);
  if (!modulus.has_value() || !exponent.has_value() || !reader.is_done()) {
    return std::nullopt;
  }
  const Result<Bytes> n = der_unsigned(*modulus);
  const Result<Bytes> e = der_unsigned(*exponent);
  if (!n.has_value() || !e.has_value()) {
    return std::nullopt;
  }
  return key_or_nothing(PublicKey::make_rsa(*n, *e));
}

std::optional<PublicKey> key_of(const AlgorithmIdentifier& identifier, Bytes octets) {
  if (identifier.is(oid::kEcPublicKey)) {
    return ec_key_of(identifier, octets);
  }
  if (identifier.is(oid::kRsaEncryption)) {
    return rsa_key_of(identifier, octets);
  }
  if (identifier.parameters) {
    return std::nullopt;
  }
  if (identifier.is(oid::kEd25519)) {
    return key_or_nothing(PublicKey::make_okp(Curve::ed25519, octets));
  }
  if (identifier.is(oid::kEd448)) {
    return key_or_nothing(PublicKey::make_okp(Curve::ed448, octets));
  }
  return std::nullopt;
}

struct SubjectPublicKey {
  Bytes octets;
  std::optional<PublicKey> key;
};

// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
Result<SubjectPublicKey> parse_subject_public_key(const DerElement& sequence) {
  DerReader reader(sequence.content);
  CS_ASSIGN(const DerElement algorithm, reader.next(der::kSequence));
  CS_ASSIGN(const AlgorithmIdentifier identifier, parse_algorithm_identifier(algorithm));
  CS_ASSIGN(const DerElement bits, reader.next(der::kBitString));
  CS_TRY(reader.finish());
  SubjectPublicKey out;
  CS_ASSIGN(out.octets, der_bit_string_octets(bits));
  out.key = key_of(identifier, out.octets);
  return out;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xc0U | (code_point >> 6));
    out += static_cast<char>(0x80U | (code_point & 0x3fU));
  } else {
    out += static_cast<char>(0xe0U | (code_point >> 12));
    out += static_cast<char>(0x80U | ((code_point >> 6) & 0x3fU));
    out += static_cast<char>(0x80U | (code_point & 0x3fU));
  }
}

std::string name_text(const DerElement& value) {
  std::string out;
  if (value.tag == der::kUtf8String || value.tag == der::kPrintableString ||
      value.tag == der::kIa5String) {
    if (check_utf8(value.content).has_value()) {
      out = text_of(value.content);
    }
  } else if (value.tag == kTeletexString) {
    for (const std::uint8_t octet : value.content) {
      append_utf8(out, octet);
    }
  } else if (value.tag == kBmpString && value.content.size() % 2 == 0) {
    for (std::size_t i = 0; i < value.content.size(); i += 2) {
      const std::uint32_t unit = (std::uint32_t{value.content[i]} << 8) | value.content[i + 1];
      if (unit >= 0xd800 && unit <= 0xdfff) {
        return {};
      }
      append_utf8(out, unit);
    }
  }
  return out;
}

// Name ::= SEQUENCE OF SET (1..MAX) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }. The order
// inside a set is not checked: devices in the field write multi-valued RDNs unsorted.
Result<std::vector<NameAttribute>> name_attributes(const DerElement& name) {
  std::vector<NameAttribute> out;
  DerReader sets(name.content);
  while (!sets.is_done()) {
    CS_ASSIGN(const DerElement set, sets.next(der::kSet));
    DerReader pairs(set.content);
    do {
      CS_ASSIGN(const DerElement pair, pairs.next(der::kSequence));
      DerReader reader(pair.content);
      CS_ASSIGN(const DerElement type, reader.next(der::kObjectIdentifier));
      CS_ASSIGN(const DerElement value, reader.next());
      CS_TRY(reader.finish());
      out.push_back({type.content, name_text(value)});
    } while (!pairs.is_done());
  }
  return out;
}

// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX)
// OPTIONAL }
Result<BasicConstraints> parse_basic_constraints(Bytes value) {
  CS_ASSIGN(const DerElement sequence, parse_der(value, der::kSequence));
  DerReader reader(sequence.content);
  BasicConstraints out;
  CS_ASSIGN(out.is_ca, next_default_false(reader));
  CS_ASSIGN(const std::optional<DerElement> length, reader.next_if(der::kInteger));
  CS_TRY(reader.finish());
  if (length) {
    // "CAs MUST NOT include the pathLenConstraint field unless the cA boolean is asserted"
    CS_ASSIGN(const std::int64_t number, der_integer(*length));
    if (!out.is_ca || number < 0 || number > 0x7fffffff) {
      return malformed();
    }
    out.path_length = static_cast<std::uint32_t>(number);
  }
  return out;
}

// KeyUsage ::= BIT STRING with named bits 0..8: at least one bit set, trailing zero bits left out
// (X.690 §11.2.2).
Result<KeyUsage> parse_key_usage(Bytes value) {
  CS_ASSIGN(const DerElement element, parse_der(value, der::kBitString));
  const Bytes content = element.content;
  if (content.size() < 2 || content.size() > 3 || content[0] > 7) {
    return malformed();
  }
  const std::uint8_t last = content.back();
  const std::uint32_t unused = content[0];
  if ((last & ((1U << unused) - 1U)) != 0 || ((last >> unused) & 1U) == 0) {
    return malformed();
  }
  KeyUsage out;
  for (std::size_t bit = 0; bit < (content.size() - 1) * 8; ++bit) {
    if (((content[1 + bit / 8] >> (7 - bit % 8)) & 1U) != 0) {
      if (bit > 8) {
        return malformed();
      }
      out.bits = static_cast<std::uint16_t>(out.bits | (1U << bit));
    }
  }
  return out;
}

// ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER
Result<std::vector<Bytes>> parse_extended_key_usage(Bytes value) {
  CS_ASSIGN(const DerElement sequence, parse_der(value, der::kSequence));
  DerReader reader(sequence.content);
  std::vector<Bytes> out;
  do {
    CS_ASSIGN(const DerElement purpose, reader.next(der::kObjectIdentifier));
    out.push_back(purpose.content);
  } while (!reader.is_done());
  return out;
}

Status parse_known_extensions(Certificate::Fields& fields) {
  for (const CertificateExtension& extension : fields.extensions) {
    if (equal(extension.oid, oid::kBasicConstraints)) {
      CS_ASSIGN(fields.basic_constraints, parse_basic_constraints(extension.value));
    } else if (equal(extension.oid, oid::kKeyUsage)) {
      CS_ASSIGN(fields.key_usage, parse_key_usage(extension.value));
    } else if (equal(extension.oid, oid::kExtendedKeyUsage)) {
      CS_ASSIGN(fields.extended_key_usage, parse_extended_key_usage(extension.value));
    } else if (equal(extension.oid, oid::kSubjectKeyIdentifier)) {
      CS_ASSIGN(const DerElement octets, parse_der(extension.value, der::kOctetString));
      fields.subject_key_identifier = octets.content;
    } else if (equal(extension.oid, oid::kAuthorityKeyIdentifier)) {
      CS_ASSIGN(fields.authority_key_identifier, parse_authority_key_identifier(extension.value));
    }
  }
  return ok();
}

// CertificateSerialNumber ::= INTEGER. RFC 5280 §4.1.2.2: "Certificate users SHOULD be prepared to
// gracefully handle such certificates" (negative or zero numbers).
Status check_serial_number(Bytes content) {
  if (content.size() > limits::kMaxSerialNumberBytes) {
    return malformed();
  }
  return ok();
}

// Version ::= INTEGER { v1(0), v2(1), v3(2) } in [0] EXPLICIT, DEFAULT v1
Result<int> parse_version(DerReader& reader) {
  CS_ASSIGN(const std::optional<DerElement> wrapper, reader.next_if(der::context_constructed(0)));
  if (!wrapper) {
    return 1;
  }
  CS_ASSIGN(const DerElement element, parse_explicit(*wrapper, der::kInteger));
  CS_ASSIGN(const std::int64_t number, der_integer(element));
  if (number != 1 && number != 2) {
    return malformed();
  }
  return static_cast<int>(number) + 1;
}

Status parse_tbs(const DerElement& tbs, Bytes outer_algorithm, Certificate::Fields& fields) {
  DerReader reader(tbs.content);
  CS_ASSIGN(fields.version, parse_version(reader));
  CS_ASSIGN(const DerElement serial, reader.next(der::kInteger));
  CS_TRY(check_serial_number(serial.content));
  fields.serial_number = serial.content;

  // "This field MUST contain the same algorithm identifier as the signatureAlgorithm field in the
  // sequence Certificate."
  CS_ASSIGN(const DerElement algorithm, reader.next(der::kSequence));
  if (!equal(algorithm.encoded, outer_algorithm)) {
    return malformed();
  }

  CS_ASSIGN(const DerElement issuer, reader.next(der::kSequence));
  fields.issuer = issuer.encoded;
  // "The issuer field MUST contain a non-empty distinguished name (DN)."
  CS_ASSIGN(const std::vector<NameAttribute> issuer_attributes, name_attributes(issuer));
  if (issuer_attributes.empty()) {
    return malformed();
  }

  CS_ASSIGN(const DerElement validity, reader.next(der::kSequence));
  DerReader times(validity.content);
  CS_ASSIGN(const DerElement not_before, times.next());
  CS_ASSIGN(fields.not_before, der_time(not_before));
  CS_ASSIGN(const DerElement not_after, times.next());
  CS_ASSIGN(fields.not_after, der_time(not_after));
  CS_TRY(times.finish());

  CS_ASSIGN(const DerElement subject, reader.next(der::kSequence));
  fields.subject = subject.encoded;
  CS_ASSIGN(fields.subject_attributes, name_attributes(subject));

  CS_ASSIGN(const DerElement key_info, reader.next(der::kSequence));
  fields.subject_public_key_info = key_info.encoded;
  CS_ASSIGN(SubjectPublicKey key, parse_subject_public_key(key_info));
  fields.subject_public_key_octets = key.octets;
  fields.public_key = std::move(key.key);

  if (fields.version >= 2) {  // issuerUniqueID, subjectUniqueID: nothing of ours
    CS_TRY(reader.next_if(der::context_primitive(1)));
    CS_TRY(reader.next_if(der::context_primitive(2)));
  }
  if (fields.version == 3) {
    CS_ASSIGN(const std::optional<DerElement> wrapper, reader.next_if(der::context_constructed(3)));
    if (wrapper) {
      CS_ASSIGN(const DerElement extensions, parse_explicit(*wrapper, der::kSequence));
      CS_ASSIGN(fields.extensions, parse_extensions(extensions));
      CS_TRY(parse_known_extensions(fields));
    }
  }
  return reader.finish();
}

}  // namespace

Result<std::vector<NameAttribute>> parse_name(Bytes encoded) {
  CS_ASSIGN(const DerElement name, parse_der(encoded, der::kSequence));
  return name_attributes(name);
}

Result<std::optional<PublicKey>> parse_subject_public_key_info(Bytes encoded) {
  CS_ASSIGN(const DerElement sequence, parse_der(encoded, der::kSequence));
  CS_ASSIGN(SubjectPublicKey key, parse_subject_public_key(sequence));
  return std::move(key.key);
}

Result<std::optional<SignatureAlgorithm>> parse_signature_algorithm(Bytes encoded) {
  CS_ASSIGN(const DerElement sequence, parse_der(encoded, der::kSequence));
  CS_ASSIGN(const AlgorithmIdentifier identifier, parse_algorithm_identifier(sequence));
  return signature_algorithm_of(identifier);
}

Result<Certificate> parse_certificate(Bytes der) {
  if (der.size() > limits::kMaxCertificateBytes) {
    return ErrorCode::input_too_large;
  }
  auto fields = std::make_shared<Certificate::Fields>();
  fields->encoded = to_vector(der);
  CS_ASSIGN(const DerElement certificate, parse_der(fields->encoded, der::kSequence));
  DerReader reader(certificate.content);
  CS_ASSIGN(const DerElement tbs, reader.next(der::kSequence));
  CS_ASSIGN(const DerElement algorithm, reader.next(der::kSequence));
  CS_ASSIGN(const DerElement signature, reader.next(der::kBitString));
  CS_TRY(reader.finish());
  fields->tbs = tbs.encoded;
  CS_ASSIGN(fields->signature, der_bit_string_octets(signature));
  CS_ASSIGN(fields->signature_algorithm, parse_signature_algorithm(algorithm.encoded));
  CS_TRY(parse_tbs(tbs, algorithm.encoded, *fields));
  return Certificate(std::move(fields));
}

}  // namespace countersign
