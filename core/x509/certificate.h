#pragma once
// The certificate fields that WebAuthn needs (RFC 5280), read strictly. A Certificate owns its DER.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/algorithm.h"
#include "crypto/public_key.h"

namespace countersign {

struct CertificateExtension {
  Bytes oid;  // content octets of the OBJECT IDENTIFIER
  bool is_critical = false;
  Bytes value;  // content of extnValue's OCTET STRING
};

struct NameAttribute {
  Bytes oid;  // content octets
  /// UTF8String, PrintableString, IA5String, TeletexString (as Latin-1) and BMPString as UTF-8;
  /// empty for other types and for ill-formed values (nothing of ours matches an empty text).
  std::string text;
};

/// bits of KeyUsage, RFC 5280 §4.2.1.3, bit 0 first
struct KeyUsage {
  std::uint16_t bits = 0;
  bool has(int bit) const { return ((bits >> bit) & 1U) != 0; }
  static constexpr int kDigitalSignature = 0;
  static constexpr int kKeyCertSign = 5;
  static constexpr int kCrlSign = 6;
};

struct BasicConstraints {
  bool is_ca = false;
  std::optional<std::uint32_t> path_length;
};

/// Immutable; copying shares the bytes.
class Certificate {
 public:
  Bytes encoded() const;
  Bytes tbs() const;            // signed bytes
  int version() const;          // 1, 2, 3
  Bytes serial_number() const;  // content octets
  Bytes issuer() const;         // encoded Name
  Bytes subject() const;        // encoded Name
  bool is_subject_empty() const;
  const std::vector<NameAttribute>& subject_attributes() const;
  UnixSeconds not_before() const;
  UnixSeconds not_after() const;
  Bytes subject_public_key_info() const;    // encoded
  Bytes subject_public_key_octets() const;  // content of the BIT STRING (for key identifiers)
  /// Nothing when the key's algorithm is not one of ours (the certificate may still be an unused
  /// one).
  const std::optional<PublicKey>& public_key() const;
  /// Nothing when the signature algorithm is not one of ours (SHA-1 and MD5 among them).
  const std::optional<SignatureAlgorithm>& signature_algorithm() const;
  Bytes signature() const;  // wire form
  const std::vector<CertificateExtension>& extensions() const;
  /// Null when absent.
  const CertificateExtension* find_extension(Bytes oid) const;
  const std::optional<BasicConstraints>& basic_constraints() const;
  const std::optional<KeyUsage>& key_usage() const;
  /// Content octets of each KeyPurposeId; nothing when the extension is absent.
  const std::optional<std::vector<Bytes>>& extended_key_usage() const;
  const std::optional<Bytes>& subject_key_identifier() const;
  const std::optional<Bytes>& authority_key_identifier() const;  // keyIdentifier member only

  friend bool operator==(const Certificate& a, const Certificate& b) {
    return equal(a.encoded(), b.encoded());
  }

  struct Fields;
  explicit Certificate(std::shared_ptr<const Fields> fields) : fields_(std::move(fields)) {}
  const Fields& fields() const { return *fields_; }

 private:
  std::shared_ptr<const Fields> fields_;
};

/// The whole input is one certificate. Errors: certificate_malformed,
/// certificate_duplicate_extension, der_*, input_too_large.
Result<Certificate> parse_certificate(Bytes der);

/// The attributes of an encoded Name (RFC 5280 §4.1.2.4), the sets of multi-valued RDNs flattened;
/// OIDs borrow `encoded`. Errors: certificate_malformed, der_*.
Result<std::vector<NameAttribute>> parse_name(Bytes encoded);

/// The key of an encoded SubjectPublicKeyInfo; nothing when it is not one of ours (compressed
/// points, RSA outside its bounds). Errors: certificate_malformed, der_*.
Result<std::optional<PublicKey>> parse_subject_public_key_info(Bytes encoded);

/// The algorithm of an encoded AlgorithmIdentifier as signatures of certificates and CRLs carry it;
/// nothing when it is not one of ours. Errors: certificate_malformed, der_*.
Result<std::optional<SignatureAlgorithm>> parse_signature_algorithm(Bytes encoded);

/// OID constants (content octets) used by more than one file are in x509/oids.h.

}  // namespace countersign
