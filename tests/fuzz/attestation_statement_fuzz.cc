// Every statement format on attestation objects: TPM structures, key descriptions, JWS, chains.

#include "attestation/attestation.h"
#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "model/attestation_object.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OpenSslHasher hasher;
  const Result<AttestationObject> object = parse_attestation_object(Bytes(data, size));
  if (!object) {
    return 0;
  }
  AttestationSettings settings;
  settings.is_safetynet_enabled = true;
  settings.is_any_tpm_vendor_accepted = true;
  settings.is_android_software_enforced_accepted = true;
  const Digest256 client_data_hash = hasher.sha256({bytes_of("client data of the seeds")});
  const AttestationContext context{object->statement, object->authenticator_data, client_data_hash,
                                   settings,          UnixSeconds{1767225600},    hasher};
  std::vector<SignatureObligation> obligations;
  const Result<AttestationStatementResult> result =
      verify_attestation_statement(object->format, context, obligations);
  require(obligations.size() <= limits::kMaxObligations);
  if (!result) {
    const ErrorClass blamed = error_class(result.error().code);
    require(blamed == ErrorClass::malformed || blamed == ErrorClass::rejected);
    return 0;
  }
  require(result->format == object->format);
  // Only `none` vouches without a signature; apple has its nonce in the certificate.
  require(!obligations.empty() || result->type == AttestationType::none ||
          result->type == AttestationType::anonca || result->format == "compound");
  return 0;
}
