// "MakeCredential Response" of the list: packed, none and fido-u2f.

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

using Edit = RegistrationEdit;

Edit with_fault(SignatureFault fault) {
  return [=](RegistrationOptions& options) { options.signature_fault = fault; };
}

Edit with_leaf(const std::function<void(CertificateOptions&)>& edit) {
  return [=](RegistrationOptions& options) { options.edit_leaf = edit; };
}

Edit with_format_name(const std::string& name) {
  return [=](RegistrationOptions& options) { options.format_name = name; };
}

// The chain that a device would send, with the root behind it.
std::vector<ByteVector> whole_chain(const RegistrationOptions& options) {
  const TestChain chain = *make_registration(options).chain;
  std::vector<ByteVector> out = chain.x5c();
  out.push_back(chain.root->der);
  return out;
}

// Puts another list of certificates into the statement, made from the chain with its root.
Edit with_chain(const std::function<std::vector<ByteVector>(std::vector<ByteVector>)>& make) {
  return [=](RegistrationOptions& options) { options.x5c = make(whole_chain(options)); };
}

TEST(MakeCredentialResponse, Resp4) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-4");
  const auto add = [&](const std::string& number, std::int64_t algorithm) {
    add_enrolments(group, number, "self " + std::to_string(algorithm), {{"-", {}}});
  };
  add("P-1", -47);  // the tool sends nothing: "awaits IANA"
  add("P-2", -37);
  add("P-3", -38);
  add("P-4", -39);
  add("P-5", -257);
  add("P-6", -258);
  add("P-7", -259);
  add("P-9", -7);
  add("P-10", -35);
  add("P-11", -36);
  add("P-12", -8);
  // Named after RS1; some versions of the tool send ES256.
  add_enrolments(group, "P-8", "self -65535", {{"RS1", {}}});
  add_enrolments(group, "P-8", "self -7", {{"ES256", {}}});
}

constexpr std::int64_t k2017 = 1483228800;
constexpr std::int64_t k2018 = 1514764800;
constexpr std::int64_t k2035 = 2051222400;

void expire_intermediate(CertificateOptions& options, std::size_t index) {
  if (index == 0) {
    options.not_before = k2017;
    options.not_after = k2018;
  }
}

Edit with_expired_intermediate() {
  return [](RegistrationOptions& options) {
    options.edit_chain = [](ChainOptions& chain) { chain.edit_intermediate = expire_intermediate; };
  };
}

// A chain of the same names to another root than the statement's.
Edit with_foreign_root() {
  return [](RegistrationOptions& options) {
    options.edit_chain = [](ChainOptions& chain) {
      chain.root.key = TestKey::make(chain.authority_kind, "foreign root");
    };
  };
}

TEST(MakeCredentialResponse, Resp5) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-5");
  const auto add = [&](const std::string& number, const std::string& model,
                       const Variants<Edit>& variants) {
    add_enrolments(group, number, model, variants);
  };
  add("P-1", "full", {{"-", {}}});
  add("P-2", "chain", {{"-", {}}});
  add("P-2", "long chain", {{"two intermediates", {}}});
  add("P-3", "batch", {{"-", {}}});
  add("P-4", "critical", {{"-", {}}});
  add("P-5", "vendor", {{"-", {}}});
  add("F-1", "full", {{"-", with_format_name("BananaPancake")}});
  add("F-2", "full",
      {{"-", with_fault(SignatureFault::flipped_bit)},
       {"other message", with_fault(SignatureFault::other_message)}});
  // Without x5c the statement is one of self attestation, and the signature is not the credential
  // key's.
  add("F-3", "full", {{"-", with_statement("x5c", std::nullopt)}});
  Variants<Edit> no_arrays;
  for (const auto& [name, raw] : cbor_of_wrong_types({"array"})) {
    no_arrays.emplace_back(name, with_statement("x5c", raw));
  }
  add("F-4", "full", no_arrays);
  add("F-5", "full", {{"-", with_statement("x5c", cbor::array({}))}});
  add("F-8", "full", {{"secp256k1 key", [](RegistrationOptions& options) {
                         options.attestation_key = TestKey::make(KeyKind::secp256k1, "attestation");
                         options.raw_signature = options.attestation_key->sign_cose(-47, {});
                       }}});
  add("F-3", "full",
      {{"self attestation of a model with a chain",
        [](RegistrationOptions& options) { options.format = Format::packed_self; }}});
  add("F-6", "full", {{"-", with_leaf([](CertificateOptions& leaf) {
                         leaf.not_before = k2017;
                         leaf.not_after = k2018;
                       })}});
  add("F-7", "full", {{"-", with_leaf([](CertificateOptions& leaf) { leaf.not_before = k2035; })}});
  add("F-8", "full",
      {{"attestation algorithm",
        [](RegistrationOptions& options) { options.attestation_algorithm = -35; }},
       {"credential algorithm", [](RegistrationOptions& options) { options.algorithm = -35; }}});
  add("F-9", "chain",
      {{"-", with_expired_intermediate()},
       {"foreign root", with_foreign_root()},
       {"leaf that its issuer did not sign", with_leaf([](CertificateOptions& leaf) {
          leaf.fault = CertificateFault::wrong_signature;
        })}});
  add("F-9", "full", {{"foreign root, no intermediate", with_foreign_root()}});
  add("F-10", "chain", {{"-", with_chain([](std::vector<ByteVector> chain) { return chain; })}});
  add("F-10", "full",
      {{"no intermediate", with_chain([](std::vector<ByteVector> chain) { return chain; })}});
  add("F-11", "chain", {{"-", with_chain([](std::vector<ByteVector> chain) {
                           std::reverse(chain.begin(), chain.end());
                           return chain;
                         })}});
  add("F-11", "long chain",
      {{"intermediates exchanged", with_chain([](std::vector<ByteVector> chain) {
          return std::vector<ByteVector>{chain[0], chain[2], chain[1]};
        })}});
  add("F-12", "chain", {{"-", with_expired_intermediate()}});
  add("F-13", "full", {{"-", with_fault(SignatureFault::wrong_key)}});
  add("F-14", "full", {{"-", with_fault(SignatureFault::credential_key)}});
}

TEST(MakeCredentialResponse, Resp6) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-6");
  add_enrolments(group, "P-1", "self -7", {{"-", {}}});
  add_enrolments(group, "F-1", "self -7",
                 {{"-", with_fault(SignatureFault::flipped_bit)},
                  {"other key", with_fault(SignatureFault::wrong_key)}});
  add_enrolments(group, "F-3", "self -7", {{"-", with_format_name("BananaPancake")}});
  add_enrolments(group, "F-2", "surrogate only", {{"-", {}}});
  add_enrolments(group, "F-2", "surrogate only, with a root", {{"root in the statement", {}}});
}

TEST(MakeCredentialResponse, Resp7) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-7");
  const EnrolOptions none{"preferred", "none"};
  add_enrolments(group, "P-1", "", {{"-", {}}}, none);
  add_enrolments(group, "P-2", "self -7", {{"-", {}}}, none);
  add_enrolments(group, "F-1", "full", {{"-", with_format_name("none")}}, none);
}

TEST(MakeCredentialResponse, Resp8) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-8");
  add_enrolments(group, "P-1", "u2f", {{"-", {}}});
  add_enrolments(
      group, "F-1", "u2f",
      {{"-", [](RegistrationOptions& options) { options.aaguid = seeded_bytes("not zero", 16); }}});
  add_enrolments(group, "F-2", "u2f",
                 {{"-", with_fault(SignatureFault::flipped_bit)},
                  {"other key", with_fault(SignatureFault::wrong_key)}});
}

}  // namespace
}  // namespace countersign::testing
