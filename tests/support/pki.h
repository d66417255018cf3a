#pragma once
// Certificates and CRLs for the tests, with a knob for everything that a verifier may look at. What
// a knob leaves alone is as RFC 5280 and the attestation formats want it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tests/support/der.h"
#include "tests/support/encoding.h"
#include "tests/support/keys.h"

namespace countersign::testing {

// 2020-01-01, 2040-01-01 and, in between, the time at which the tests' ceremonies take place
// (2026-01-01), all at 00:00:00Z.
inline constexpr std::int64_t kNotBefore = 1577836800;
inline constexpr std::int64_t kNotAfter = 2208988800;
inline constexpr std::int64_t kCeremonyTime = 1767225600;

namespace oids {
inline constexpr std::string_view kCommonName = "2.5.4.3";
inline constexpr std::string_view kCountry = "2.5.4.6";
inline constexpr std::string_view kOrganization = "2.5.4.10";
inline constexpr std::string_view kOrganizationalUnit = "2.5.4.11";
inline constexpr std::string_view kSubjectKeyIdentifier = "2.5.29.14";
inline constexpr std::string_view kKeyUsage = "2.5.29.15";
inline constexpr std::string_view kSubjectAltName = "2.5.29.17";
inline constexpr std::string_view kBasicConstraints = "2.5.29.19";
inline constexpr std::string_view kCrlNumber = "2.5.29.20";
inline constexpr std::string_view kReasonCode = "2.5.29.21";
inline constexpr std::string_view kInvalidityDate = "2.5.29.24";
inline constexpr std::string_view kDeltaCrlIndicator = "2.5.29.27";
inline constexpr std::string_view kIssuingDistributionPoint = "2.5.29.28";
inline constexpr std::string_view kCertificateIssuer = "2.5.29.29";
inline constexpr std::string_view kCrlDistributionPoints = "2.5.29.31";
inline constexpr std::string_view kAuthorityKeyIdentifier = "2.5.29.35";
inline constexpr std::string_view kExtendedKeyUsage = "2.5.29.37";
inline constexpr std::string_view kFidoAaguid = "1.3.6.1.4.1.45724.1.1.4";
inline constexpr std::string_view kAppleNonce = "1.2.840.113635.100.8.2";
inline constexpr std::string_view kTcgAikCertificate = "2.23.133.8.3";
}  // namespace oids

/// One attribute of a name; `text` is written as UTF8String (country as PrintableString).
struct NameAttribute {
  std::string_view oid;
  std::string text;
};
/// An encoded Name of one attribute an RDN.
ByteVector make_name(const std::vector<NameAttribute>& attributes);
/// An encoded Name of RDNs with any number of attributes each.
ByteVector make_multi_valued_name(const std::vector<std::vector<NameAttribute>>& rdns);
/// C=SE, O=Countersign Tests, OU=Authenticator Attestation, CN=`common_name`: what packed asks for.
ByteVector attestation_subject(std::string_view common_name);
/// O=Countersign Tests, CN=`common_name`.
ByteVector authority_subject(std::string_view common_name);

struct Extension {
  std::string_view oid;
  bool is_critical = false;
  ByteVector value;  // content of extnValue
};

struct CertificateSignature {
  Scheme scheme = Scheme::ecdsa;
  Hash hash = Hash::sha256;
};
/// AlgorithmIdentifier of X.509, encoded.
ByteVector signature_algorithm_identifier(CertificateSignature algorithm);
/// What a key usually signs certificates with: P-384 with SHA-384, RSA with PKCS #1 and SHA-256, …
CertificateSignature usual_signature(const TestKey& key);

enum class CertificateFault : std::uint8_t {
  none,
  wrong_signature,      // signed by a stranger's key of the same kind
  flipped_signature,    // one bit of the signature inverted
  algorithm_mismatch,   // outer signatureAlgorithm differs from the one in tbsCertificate
  trailing_bytes,       // a byte after the certificate
  duplicate_extension,  // the first extension twice
};

struct CertificateOptions {
  TestKey key = TestKey::make(KeyKind::p256, "attestation");
  int version = 3;  // 1: no extensions are written
  ByteVector subject = attestation_subject("Soft Authenticator");
  std::optional<ByteVector> issuer;  // instead of the issuing certificate's subject
  ByteVector serial = {0x01, 0x02, 0x03};
  std::int64_t not_before = kNotBefore;
  std::int64_t not_after = kNotAfter;
  std::optional<ByteVector> spki;  // instead of the key's

  bool has_basic_constraints = true;
  bool is_basic_constraints_critical = true;
  bool is_ca = false;
  std::optional<int> path_length;
  /// Bits of KeyUsage, bit 0 (digitalSignature) lowest; nothing: no extension.
  std::optional<std::uint16_t> key_usage = 0x01;
  std::vector<std::string_view> extended_key_usage;  // empty: no extension
  bool has_subject_key_identifier = true;
  bool has_authority_key_identifier = true;
  std::optional<ByteVector> authority_key_identifier;  // instead of the issuer's
  std::optional<ByteVector> aaguid;                    // id-fido-gen-ce-aaguid
  bool is_aaguid_critical = false;
  std::optional<ByteVector> subject_alt_name;  // encoded GeneralNames
  bool is_subject_alt_name_critical = false;
  std::vector<Extension> extensions;  // written after those above

  std::optional<CertificateSignature> signature;  // nothing: usual_signature of the signing key
  CertificateFault fault = CertificateFault::none;
};

/// A certificate with its private key.
struct TestCertificate {
  ByteVector der;
  TestKey key;
  ByteVector subject;                 // encoded Name
  ByteVector subject_key_identifier;  // SHA-1 of the public key
  std::string pem() const { return to_pem("CERTIFICATE", der); }
};

/// `issuer` null: self-signed.
TestCertificate make_certificate(const CertificateOptions& options, const TestCertificate* issuer);

/// Options of a CA certificate: critical basicConstraints CA:TRUE, keyCertSign and cRLSign.
CertificateOptions authority_options(std::string_view common_name, const TestKey& key);

/// A chain ready to use. `x5c` begins with the leaf and does not hold the root.
struct TestChain {
  std::optional<TestCertificate> root;
  std::vector<TestCertificate> intermediates;  // the leaf's issuer first
  std::optional<TestCertificate> leaf;
  std::vector<ByteVector> x5c() const;
};

struct ChainOptions {
  CertificateOptions leaf;
  std::size_t intermediates = 0;
  KeyKind authority_kind = KeyKind::p256;
  CertificateOptions root = authority_options("Root", TestKey::make(KeyKind::p256, "root"));
  /// Called on the options of intermediate i before it is made, 0 issuing the leaf.
  void (*edit_intermediate)(CertificateOptions& options, std::size_t i) = nullptr;
};
TestChain make_chain(const ChainOptions& options);
/// Leaf options with which all formats' demands that are shared are met: see CertificateOptions.
TestChain make_chain(const CertificateOptions& leaf, std::size_t intermediates = 0);

struct CrlEntry {
  ByteVector serial;
  std::vector<Extension> extensions;
};

enum class CrlFault : std::uint8_t {
  none,
  wrong_signature,      // signed by a stranger's key of the same kind
  algorithm_mismatch,   // outer signatureAlgorithm differs from the one in tbsCertList
  trailing_bytes,       // a byte after the list
  duplicate_extension,  // the first extension twice
};

struct CrlOptions {
  int version = 2;                   // 1: no extensions are written
  std::optional<ByteVector> issuer;  // instead of the issuing certificate's subject
  std::int64_t this_update = kNotBefore;
  std::optional<std::int64_t> next_update = kNotAfter;
  std::vector<ByteVector> revoked_serials;  // entries without extensions
  std::vector<CrlEntry> entries;            // after those
  std::optional<ByteVector> revoked;        // revokedCertificates, encoded, instead of both
  bool has_authority_key_identifier = true;
  std::optional<ByteVector> authority_key_identifier;  // instead of the issuer's
  std::vector<Extension> extensions;                   // after authorityKeyIdentifier and cRLNumber
  std::optional<CertificateSignature> signature;
  CrlFault fault = CrlFault::none;
};
ByteVector make_crl(const CrlOptions& options, const TestCertificate& issuer);

/// A distributionPoint with that URL as its full name: what issuingDistributionPoint holds and,
/// inside of another sequence, cRLDistributionPoints.
ByteVector distribution_point(std::string_view url);

}  // namespace countersign::testing
