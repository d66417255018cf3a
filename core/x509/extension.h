#pragma once
// What the extensions of certificates and CRLs have in common (RFC 5280 §4.2, §5.2).

#include <optional>
#include <vector>

#include "codec/der_reader.h"
#include "x509/certificate.h"

namespace countersign {

/// Extensions ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }.
/// Errors: certificate_malformed for more than kMaxCertificateExtensions,
/// certificate_duplicate_extension, der_*.
Result<std::vector<CertificateExtension>> parse_extensions(const DerElement& sequence);

/// The keyIdentifier of an AuthorityKeyIdentifier, where there is one. Errors:
/// certificate_malformed, der_*.
Result<std::optional<Bytes>> parse_authority_key_identifier(Bytes value);

/// A BOOLEAN DEFAULT FALSE. DER omits the default; certificates in the field write it out, which
/// changes nothing and is covered by their signature, so it is read.
Result<bool> next_default_false(DerReader& reader);

/// The one element inside [number] EXPLICIT.
Result<DerElement> parse_explicit(const DerElement& wrapper, DerTag expected);

}  // namespace countersign
