// Certificates in PEM: what is accepted, written again, reads as the same certificates.

#include "native/metadata/pem.h"

#include "codec/base64url.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto require_blame = [](const Error& error) {
    const ErrorClass blamed = error_class(error.code);
    require(blamed == ErrorClass::malformed || blamed == ErrorClass::rejected);
  };
  const Result<std::vector<Certificate>> certificates = parse_pem_certificates(text);
  if (certificates.has_value()) {
    require(!certificates->empty());
    std::string written;
    for (const Certificate& certificate : *certificates) {
      require(certificate.encoded().size() < size);
      written += "-----BEGIN CERTIFICATE-----\n" + encode_base64(certificate.encoded()) +
                 "\n-----END CERTIFICATE-----\n";
    }
    require(parse_pem_certificates(written).value() == *certificates);
    const Result<ByteVector> first = parse_pem_or_der(written, "CERTIFICATE");
    require(!first.has_value() || equal(*first, certificates->front().encoded()));
  } else {
    require_blame(certificates.error());
  }
  const Result<ByteVector> list = parse_pem_or_der(text, "X509 CRL");
  if (list.has_value()) {
    require(list->size() <= size);
  } else {
    require_blame(list.error());
  }
  return 0;
}
