// Both TPM structures from arbitrary bytes. What parses accounts for every byte of its input.

#include <cstdlib>

#include "attestation/tpm_structures.h"

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  const Bytes input(data, size);
  if (const Result<TpmPublicArea> area = parse_tpm_public_area(input); area.has_value()) {
    // Sizes of what is fixed, without symmetric, scheme and key derivation parameters.
    const std::size_t variable =
        area->authorization_policy.size() + area->modulus.size() + area->x.size() + area->y.size();
    require(variable + 18 <= size && size <= variable + 36);
    require(area->x.size() <= 66 || area->curve == Curve::none);
    require(area->type != KeyType::okp);
  } else {
    require(area.error().offset <= size);
  }
  if (const Result<TpmAttest> attest = parse_tpm_attest(input); attest.has_value()) {
    require(attest->qualified_signer.size() + attest->extra_data.size() + attest->name.size() +
                attest->qualified_name.size() + 39 ==
            size);
  } else {
    require(attest.error().offset <= size);
  }
  return 0;
}
