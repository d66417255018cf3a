// The cases that the service writes for the panel say what the service itself expects.

#include "service/rendering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "service/verify_case.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RegistrationExpectations expectations_of(const Registration& registration) {
  RegistrationExpectations expectations;
  expectations.rp_id = registration.options.rp_id;
  expectations.origins = {registration.options.client_data.origin};
  expectations.challenge = registration.options.challenge;
  expectations.time = UnixSeconds{kCeremonyTime};
  return expectations;
}

std::string verdict_of(const std::string& line) {
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  return verify_case(line, CaseSettings{UnixSeconds{kCeremonyTime}}, hasher, verifier);
}

TEST(RegistrationCase, LeavesOutSettingsAtTheirDefaults) {
  const Registration registration = make_registration();
  const std::string line = encode_registration_case(CeremonyId("c"), expectations_of(registration),
                                                    {}, registration.json);
  EXPECT_THAT(line, Not(HasSubstr("attestationSettings")));
  EXPECT_THAT(verdict_of(line), HasSubstr(R"("ok":true)"));
}

TEST(RegistrationCase, CarriesTheAttestationSettings) {
  RegistrationOptions options;
  options.format = Format::fido_u2f;
  options.aaguid = ByteVector(16, 1);
  const Registration registration = make_registration(options);
  RegistrationExpectations expectations = expectations_of(registration);
  expectations.attestation.is_u2f_aaguid_zero_required = true;
  EXPECT_THAT(
      verdict_of(encode_registration_case(CeremonyId("c"), expectations, {}, registration.json)),
      HasSubstr(R"("code":"attestation_aaguid_mismatch")"));

  expectations.attestation = {true, true, true, true, true};
  EXPECT_THAT(encode_registration_case(CeremonyId("c"), expectations, {}, "{}"),
              HasSubstr(R"("attestationSettings":{"safetynet":true,"testTpmVendors":true,)"
                        R"("anyTpmVendor":true,"u2fAaguidZero":true,)"
                        R"("androidSoftwareEnforced":true})"));
}

// Whoever verifies the case again is led to the anchor that the server was led to.
TEST(RegistrationCase, CarriesTheAnchorsThatAChainEndedAtIfTheyFit) {
  RegistrationOptions options;
  options.format = Format::packed_x5c;
  const Registration registration = make_registration(options);
  const std::vector<Certificate> anchors{parse_certificate(registration.chain->root->der).value()};
  const RegistrationExpectations expectations = expectations_of(registration);
  const auto line_with = [&](std::span<const Certificate> ends, const std::string& response) {
    return encode_registration_case(CeremonyId("c"), expectations, ends, response);
  };
  EXPECT_THAT(verdict_of(line_with(anchors, registration.json)), HasSubstr(R"("trust":"trusted")"));
  EXPECT_THAT(verdict_of(line_with({}, registration.json)), HasSubstr(R"("trust":"untrusted")"));

  // The longest response that leaves room for the anchor, and one octet more.
  const std::size_t others = line_with(anchors, "").size();
  const std::string fits(limits::kMaxCaseBytes - others, ' ');
  EXPECT_EQ(line_with(anchors, fits).size(), limits::kMaxCaseBytes);
  EXPECT_THAT(line_with(anchors, fits + ' '), Not(HasSubstr("trustAnchors")));
}

}  // namespace
}  // namespace countersign::testing
