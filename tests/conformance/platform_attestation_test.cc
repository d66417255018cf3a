// "MakeCredential: Platform Attestations" of the list: tpm, android-key, and the SafetyNet group of
// older versions of the tool.

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

using Edit = RegistrationEdit;

// The certificates that came with the statement, in another order.
Edit with_reversed_chain() {
  return [](RegistrationOptions& options) {
    std::vector<ByteVector> x5c = make_registration(options).chain->x5c();
    std::reverse(x5c.begin(), x5c.end());
    options.x5c = x5c;
  };
}

// Two intermediates; the leaf, which signed, stays the first.
Edit with_intermediates() {
  return [](RegistrationOptions& options) { options.intermediates = 2; };
}
Edit with_exchanged_intermediates() {
  return [](RegistrationOptions& options) {
    options.intermediates = 2;
    std::vector<ByteVector> x5c = make_registration(options).chain->x5c();
    std::swap(x5c.at(1), x5c.at(2));
    options.x5c = x5c;
  };
}

TEST(MakeCredentialPlatformAttestations, Resp9) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-9");
  add_enrolments(group, "P-1", "tpm RS256",
                 {{"-", {}}, {"two intermediates", with_intermediates()}});
  add_enrolments(group, "P-2", "tpm RS1", {{"-", {}}});
  // The tool does not send it: the name is computed with the object's own algorithm.
  const auto with_name_algorithm = [](std::uint16_t algorithm, std::size_t digest_size) {
    return [=](RegistrationOptions& options) {
      options.tpm.public_area.name_algorithm = algorithm;
      options.tpm.public_area.authorization_policy = seeded_bytes("policy", digest_size);
    };
  };
  add_enrolments(group, "P-3", "tpm RS256",
                 {{"name of SHA-1", with_name_algorithm(0x0004, 20)},
                  {"name of SHA-384", with_name_algorithm(0x000c, 48)}});
  add_enrolments(group, "P-4", "tpm ES256", {{"-", {}}});
  add_enrolments(
      group, "F-1", "tpm RS256",
      {{"-", with_reversed_chain()}, {"intermediates exchanged", with_exchanged_intermediates()}});
  add_enrolments(group, "F-2", "tpm RS256", {{"-", [](RegistrationOptions& options) {
                                                options.tpm.attest.extra_data =
                                                    seeded_bytes("another hash", 32);
                                              }}});
  add_enrolments(
      group, "F-3", "tpm RS256",
      {{"-", [](RegistrationOptions& options) { options.tpm.attest.magic = 0xff544348; }}});
  add_enrolments(group, "F-4", "tpm RS256", {{"-", [](RegistrationOptions& options) {
                                                options.tpm.raw_public_area = make_tpm_public(
                                                    TestKey::make(KeyKind::rsa2048, "other"));
                                              }}});
  add_enrolments(group, "F-4", "tpm ES256", {{"ES256", [](RegistrationOptions& options) {
                                                options.tpm.raw_public_area = make_tpm_public(
                                                    TestKey::make(KeyKind::p256, "other"));
                                              }}});
}

TEST(MakeCredentialPlatformAttestations, RespA) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-A");
  add_enrolments(group, "P-1", "android-key",
                 {{"-", {}}, {"two intermediates", with_intermediates()}});
  add_enrolments(group, "F-1", "android-key", {{"-", [](RegistrationOptions& options) {
                                                  options.android_key.description.challenge =
                                                      seeded_bytes("another hash", 32);
                                                }}});
  add_enrolments(group, "F-2", "android-key", {{"-", [](RegistrationOptions& options) {
                                                  options.android_key.leaf_key =
                                                      TestKey::make(KeyKind::p256, "other");
                                                }}});
  add_enrolments(
      group, "F-3", "android-key",
      {{"-", with_reversed_chain()}, {"intermediates exchanged", with_exchanged_intermediates()}});
}

Edit with_payload(const std::string& member, std::optional<std::string> raw) {
  return [=](RegistrationOptions& options) {
    options.safetynet.payload_edits.emplace_back(member, raw);
  };
}

Edit with_age(std::int64_t seconds) {
  return [=](RegistrationOptions& options) { options.safetynet.timestamp_ms -= seconds * 1000; };
}

TEST(MakeCredentialPlatformAttestations, RespB) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-B");
  const auto add = [&](const std::string& number, const Variants<Edit>& variants) {
    add_enrolments(group, number, "safetynet", variants);
  };
  add("P-1", {{"-", {}}});
  add("F-1", {{"-", with_statement("ver", cbor::text(""))}});
  add("F-2", {{"-", with_statement("response", cbor::byte_string({}))}});
  add("F-3", {{"-", with_payload("nonce", json_string(to_base64(sha256(bytes("another")))))}});
  add("F-4", {{"-", [](RegistrationOptions& options) {
                 options.safetynet.header_edits.emplace_back("x5c", "[]");
               }}});
  add("F-5", {{"-", with_payload("ctsProfileMatch", "false")},
              {"1469", with_payload("ctsProfileMatch", "1469")}});
  add("F-6", {{"-", with_age(-600)}});
  add("F-7", {{"-", with_age(70)}});
}

}  // namespace
}  // namespace countersign::testing
