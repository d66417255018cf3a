#include "x509/crl.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/der_reader.h"
#include "x509/extension.h"
#include "x509/general_names.h"
#include "x509/oids.h"

namespace countersign {

struct Crl::Fields {
  ByteVector encoded;  // everything below borrows from it
  Bytes tbs;
  Bytes issuer;
  UnixSeconds this_update;
  std::optional<UnixSeconds> next_update;
  std::optional<Bytes> authority_key_identifier;
  std::vector<Bytes> distribution_points;
  std::optional<SignatureAlgorithm> signature_algorithm;
  Bytes signature;
  std::vector<Bytes> serial_numbers;  // sorted
};

Bytes Crl::encoded() const { return fields_->encoded; }
Bytes Crl::tbs() const { return fields_->tbs; }
Bytes Crl::issuer() const { return fields_->issuer; }
UnixSeconds Crl::this_update() const { return fields_->this_update; }
const std::optional<UnixSeconds>& Crl::next_update() const { return fields_->next_update; }
const std::optional<Bytes>& Crl::authority_key_identifier() const {
  return fields_->authority_key_identifier;
}
const std::vector<Bytes>& Crl::distribution_points() const { return fields_->distribution_points; }
const std::optional<SignatureAlgorithm>& Crl::signature_algorithm() const {
  return fields_->signature_algorithm;
}
Bytes Crl::signature() const { return fields_->signature; }
std::size_t Crl::revoked_count() const { return fields_->serial_numbers.size(); }

namespace {

// Content octets of serial numbers have one form, so that any order of them will do.
bool is_before(Bytes a, Bytes b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

// CRLReason ::= ENUMERATED { …, certificateHold (6), removeFromCRL (8), … }
Status check_reason(Bytes value) {
  constexpr std::int64_t kRemoveFromCrl = 8;
  CS_ASSIGN(const DerElement element, parse_der(value, der::kEnumerated));
  CS_ASSIGN(const std::int64_t reason, der_integer(element));
  return reason == kRemoveFromCrl ? Status(ErrorCode::crl_malformed) : ok();
}

// "If a CRL contains a critical CRL entry extension that the application cannot process, then the
// application MUST NOT use that CRL to determine the status of certificates." (§5.3) The issuer of
// an entry is refused always: it is the mark of an indirect list.
Status check_entry_extensions(const DerElement& sequence) {
  CS_ASSIGN(const std::vector<CertificateExtension> extensions, parse_extensions(sequence));
  for (const CertificateExtension& extension : extensions) {
    if (equal(extension.oid, oid::kReasonCode)) {
      CS_TRY(check_reason(extension.value));
    } else if (equal(extension.oid, oid::kCertificateIssuer) ||
               (extension.is_critical && !equal(extension.oid, oid::kInvalidityDate))) {
      return ErrorCode::crl_malformed;
    }
  }
  return ok();
}

enum class CrlVersion : std::uint8_t { v1, v2 };

// revokedCertificates ::= SEQUENCE OF SEQUENCE { userCertificate CertificateSerialNumber,
// revocationDate Time, crlEntryExtensions Extensions OPTIONAL }. "When there are no revoked
// certificates, the revoked certificates list MUST be absent."
Result<std::vector<Bytes>> parse_revoked(const DerElement& list, CrlVersion version) {
  std::vector<Bytes> out;
  DerReader reader(list.content);
  do {
    CS_ASSIGN(const DerElement entry, reader.next(der::kSequence));
    DerReader fields(entry.content);
    CS_ASSIGN(const DerElement serial, fields.next(der::kInteger));
    CS_ASSIGN(const DerElement date, fields.next());
    CS_TRY(der_time(date));
    CS_ASSIGN(const std::optional<DerElement> extensions, fields.next_if(der::kSequence));
    CS_TRY(fields.finish());
    if (extensions) {
      if (version == CrlVersion::v1) {
        return ErrorCode::crl_malformed;
      }
      CS_TRY(check_entry_extensions(*extensions));
    }
    if (serial.content.size() > limits::kMaxSerialNumberBytes) {
      return ErrorCode::crl_malformed;
    }
    out.push_back(serial.content);
  } while (!reader.is_done());
  std::sort(out.begin(), out.end(), is_before);
  return out;
}

// IssuingDistributionPoint ::= SEQUENCE { [0] distributionPoint OPTIONAL, [1]
// onlyContainsUserCerts, [2] onlyContainsCACerts, [3] onlySomeReasons, [4] indirectCRL, [5]
// onlyContainsAttributeCerts }: nothing but the name, and that in full.
Result<std::vector<Bytes>> parse_issuing_distribution_point(Bytes value) {
  CS_ASSIGN(const DerElement sequence, parse_der(value, der::kSequence));
  DerReader reader(sequence.content);
  CS_ASSIGN(const std::optional<DerElement> point, reader.next_if(der::context_constructed(0)));
  if (!point || !reader.is_done()) {
    return ErrorCode::crl_malformed;
  }
  CS_ASSIGN(const DerElement full_name, parse_explicit(*point, der::context_constructed(0)));
  return parse_general_names(full_name.content);
}

Status parse_crl_extensions(const DerElement& wrapper, Crl::Fields& fields) {
  CS_ASSIGN(const DerElement sequence, parse_explicit(wrapper, der::kSequence));
  CS_ASSIGN(const std::vector<CertificateExtension> extensions, parse_extensions(sequence));
  for (const CertificateExtension& extension : extensions) {
    if (equal(extension.oid, oid::kAuthorityKeyIdentifier)) {
      CS_ASSIGN(fields.authority_key_identifier, parse_authority_key_identifier(extension.value));
    } else if (equal(extension.oid, oid::kIssuingDistributionPoint)) {
      CS_ASSIGN(fields.distribution_points, parse_issuing_distribution_point(extension.value));
    } else if (equal(extension.oid, oid::kCrlNumber)) {
      CS_TRY(parse_der(extension.value, der::kInteger));
    } else if (equal(extension.oid, oid::kDeltaCrlIndicator) || extension.is_critical) {
      return ErrorCode::crl_malformed;
    }
  }
  return ok();
}

// Version ::= INTEGER, "if present, MUST be v2" (1)
Result<CrlVersion> parse_crl_version(DerReader& reader) {
  CS_ASSIGN(const std::optional<DerElement> element, reader.next_if(der::kInteger));
  if (!element) {
    return CrlVersion::v1;
  }
  CS_ASSIGN(const std::int64_t number, der_integer(*element));
  return number == 1 ? Result<CrlVersion>(CrlVersion::v2) : ErrorCode::crl_malformed;
}

Result<std::optional<UnixSeconds>> next_time_if(DerReader& reader) {
  for (const DerTag tag : {der::kUtcTime, der::kGeneralizedTime}) {
    CS_ASSIGN(const std::optional<DerElement> element, reader.next_if(tag));
    if (element) {
      CS_ASSIGN(const UnixSeconds time, der_time(*element));
      return std::optional<UnixSeconds>(time);
    }
  }
  return std::optional<UnixSeconds>();
}

Status parse_tbs(const DerElement& tbs, Bytes outer_algorithm, Crl::Fields& fields) {
  DerReader reader(tbs.content);
  CS_ASSIGN(const CrlVersion version, parse_crl_version(reader));

  // "This field MUST contain the same algorithm identifier as the signatureAlgorithm field in the
  // sequence CertificateList."
  CS_ASSIGN(const DerElement algorithm, reader.next(der::kSequence));
  if (!equal(algorithm.encoded, outer_algorithm)) {
    return ErrorCode::crl_malformed;
  }

  // "The issuer field MUST contain a non-empty X.500 distinguished name (DN)."
  CS_ASSIGN(const DerElement issuer, reader.next(der::kSequence));
  CS_ASSIGN(const std::vector<NameAttribute> attributes, parse_name(issuer.encoded));
  if (attributes.empty()) {
    return ErrorCode::crl_malformed;
  }
  fields.issuer = issuer.encoded;

  CS_ASSIGN(const DerElement this_update, reader.next());
  CS_ASSIGN(fields.this_update, der_time(this_update));
  CS_ASSIGN(fields.next_update, next_time_if(reader));

  CS_ASSIGN(const std::optional<DerElement> revoked, reader.next_if(der::kSequence));
  if (revoked) {
    CS_ASSIGN(fields.serial_numbers, parse_revoked(*revoked, version));
  }
  if (version == CrlVersion::v2) {
    CS_ASSIGN(const std::optional<DerElement> wrapper, reader.next_if(der::context_constructed(0)));
    if (wrapper) {
      CS_TRY(parse_crl_extensions(*wrapper, fields));
    }
  }
  return reader.finish();
}

Status parse_fields(Crl::Fields& fields) {
  CS_ASSIGN(const DerElement list, parse_der(fields.encoded, der::kSequence));
  DerReader reader(list.content);
  CS_ASSIGN(const DerElement tbs, reader.next(der::kSequence));
  CS_ASSIGN(const DerElement algorithm, reader.next(der::kSequence));
  CS_ASSIGN(const DerElement signature, reader.next(der::kBitString));
  CS_TRY(reader.finish());
  fields.tbs = tbs.encoded;
  CS_ASSIGN(fields.signature, der_bit_string_octets(signature));
  CS_ASSIGN(fields.signature_algorithm, parse_signature_algorithm(algorithm.encoded));
  return parse_tbs(tbs, algorithm.encoded, fields);
}

/// What names, extensions and algorithms share with certificates is the list's fault here.
Error crl_error(const Error& error) {
  const bool is_of_certificate = error.code == ErrorCode::certificate_malformed ||
                                 error.code == ErrorCode::certificate_duplicate_extension;
  return is_of_certificate ? Error{ErrorCode::crl_malformed, Check::none, 0} : error;
}

}  // namespace

bool Crl::is_revoked(Bytes serial_number) const {
  return std::binary_search(fields_->serial_numbers.begin(), fields_->serial_numbers.end(),
                            serial_number, is_before);
}

Result<Crl> parse_crl(Bytes der) {
  if (der.size() > limits::kMaxCrlBytes) {
    return ErrorCode::input_too_large;
  }
  auto fields = std::make_shared<Crl::Fields>();
  fields->encoded = to_vector(der);
  if (const Status status = parse_fields(*fields); !status.has_value()) {
    return crl_error(status.error());
  }
  return Crl(std::move(fields));
}

}  // namespace countersign
