// Every part of a certificate lies inside of it, and a certificate that is read once is read twice.

#include "tests/fuzz/fuzz.h"
#include "x509/certificate.h"

using namespace countersign;
using fuzz::is_inside;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<Certificate> certificate = parse_certificate(input);
  if (!certificate) {
    fuzz::require_honest(certificate.error(), size);
    return 0;
  }
  const Bytes whole = certificate->encoded();
  require(equal(whole, input));
  for (const Bytes part : {certificate->tbs(), certificate->serial_number(), certificate->issuer(),
                           certificate->subject(), certificate->subject_public_key_octets(),
                           certificate->signature()}) {
    require(is_inside(part, whole));
  }
  for (const CertificateExtension& extension : certificate->extensions()) {
    require(is_inside(extension.oid, whole) && is_inside(extension.value, whole));
    require(certificate->find_extension(extension.oid) == &extension);
  }
  require(certificate->version() == 3 || certificate->extensions().empty());
  const Result<Certificate> again = parse_certificate(whole);
  require(again.has_value() && *again == *certificate);
  return 0;
}
