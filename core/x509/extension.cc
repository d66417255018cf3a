#include "x509/extension.h"

#include "base/limits.h"

namespace countersign {

Result<std::vector<CertificateExtension>> parse_extensions(const DerElement& sequence) {
  std::vector<CertificateExtension> out;
  DerReader list(sequence.content);
  do {
    if (out.size() == limits::kMaxCertificateExtensions) {
      return ErrorCode::certificate_malformed;
    }
    CS_ASSIGN(const DerElement item, list.next(der::kSequence));
    DerReader reader(item.content);
    CertificateExtension extension;
    CS_ASSIGN(const DerElement type, reader.next(der::kObjectIdentifier));
    extension.oid = type.content;
    CS_ASSIGN(extension.is_critical, next_default_false(reader));
    CS_ASSIGN(const DerElement value, reader.next(der::kOctetString));
    extension.value = value.content;
    CS_TRY(reader.finish());
    for (const CertificateExtension& other : out) {
      // "A certificate MUST NOT include more than one instance of a particular extension."
      if (equal(other.oid, extension.oid)) {
        return ErrorCode::certificate_duplicate_extension;
      }
    }
    out.push_back(extension);
  } while (!list.is_done());
  return out;
}

// AuthorityKeyIdentifier ::= SEQUENCE { [0] keyIdentifier OPTIONAL, [1] authorityCertIssuer
// OPTIONAL, [2] authorityCertSerialNumber OPTIONAL }
Result<std::optional<Bytes>> parse_authority_key_identifier(Bytes value) {
  CS_ASSIGN(const DerElement sequence, parse_der(value, der::kSequence));
  DerReader reader(sequence.content);
  CS_ASSIGN(const std::optional<DerElement> key, reader.next_if(der::context_primitive(0)));
  CS_ASSIGN(const std::optional<DerElement> issuer, reader.next_if(der::context_constructed(1)));
  CS_ASSIGN(const std::optional<DerElement> serial, reader.next_if(der::context_primitive(2)));
  CS_TRY(reader.finish());
  // "authorityCertIssuer and authorityCertSerialNumber MUST both be present or both be absent"
  if (issuer.has_value() != serial.has_value()) {
    return ErrorCode::certificate_malformed;
  }
  return key ? std::optional<Bytes>(key->content) : std::optional<Bytes>();
}

Result<bool> next_default_false(DerReader& reader) {
  CS_ASSIGN(const std::optional<DerElement> element, reader.next_if(der::kBoolean));
  if (!element) {
    return false;
  }
  return der_boolean(*element);
}

Result<DerElement> parse_explicit(const DerElement& wrapper, DerTag expected) {
  DerReader reader(wrapper.content);
  CS_ASSIGN(const DerElement element, reader.next(expected));
  CS_TRY(reader.finish());
  return element;
}

}  // namespace countersign
