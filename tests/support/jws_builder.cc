#include "tests/support/jws_builder.h"

#include <algorithm>
#include <cstdlib>

namespace countersign::testing {

void edit_jws(JwsMembers& members, const std::string& name, const std::optional<std::string>& raw) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const auto& member) { return member.first == name; });
  if (found == members.end()) {
    if (raw.has_value()) {
      members.emplace_back(name, *raw);
    }
  } else if (raw.has_value()) {
    found->second = *raw;
  } else {
    members.erase(found);
  }
}

std::string jws_object(const JwsMembers& members) {
  std::string out = "{";
  for (const auto& [name, raw] : members) {
    out += (out.size() > 1 ? "," : "") + json_string(name) + ":" + raw;
  }
  return out + "}";
}

std::string jws_algorithm_name(std::int64_t cose_algorithm) {
  switch (cose_algorithm) {
    case -7:
      return "ES256";
    case -35:
      return "ES384";
    case -36:
      return "ES512";
    case -257:
      return "RS256";
    case -258:
      return "RS384";
    case -259:
      return "RS512";
    case -37:
      return "PS256";
    case -38:
      return "PS384";
    case -39:
      return "PS512";
  }
  std::abort();
}

ByteVector sign_jws(const TestKey& key, std::int64_t cose_algorithm, Bytes signing_input) {
  const CoseMeaning& meaning = cose_meaning(cose_algorithm);
  return meaning.scheme == Scheme::ecdsa ? key.sign_ecdsa_fixed(meaning.hash, signing_input)
                                         : key.sign_cose(cose_algorithm, signing_input);
}

std::string make_jws(const std::string& header, const std::string& payload, const TestKey& key,
                     std::int64_t cose_algorithm) {
  const std::string signing_input =
      to_base64url(bytes(header)) + "." + to_base64url(bytes(payload));
  return signing_input + "." + to_base64url(sign_jws(key, cose_algorithm, bytes(signing_input)));
}

BuiltStatement make_safetynet_statement(const Attested& attested,
                                        const SafetyNetStatementOptions& options) {
  CertificateOptions leaf;
  leaf.key = TestKey::for_algorithm(options.algorithm, "attestation");
  leaf.subject = make_name(
      {{oids::kOrganization, "Countersign Tests"}, {oids::kCommonName, "attest.android.com"}});
  leaf.subject_alt_name = der::sequence({der::element(0x82, bytes("attest.android.com"))});
  if (options.edit_leaf) {
    options.edit_leaf(leaf);
  }
  BuiltStatement built;
  built.chain = make_chain(leaf, options.intermediates);

  std::string x5c;
  for (const ByteVector& certificate : built.chain.x5c()) {
    x5c += (x5c.empty() ? "" : ",") + json_string(to_base64(certificate));
  }
  JwsMembers header = {{"alg", json_string(jws_algorithm_name(options.algorithm))},
                       {"x5c", "[" + x5c + "]"}};
  for (const auto& [name, raw] : options.header_edits) {
    edit_jws(header, name, raw);
  }
  JwsMembers payload = {{"nonce", json_string(to_base64(sha256(attested.message())))},
                        {"timestampMs", std::to_string(options.timestamp_ms)},
                        {"apkPackageName", json_string("com.google.android.gms")},
                        {"ctsProfileMatch", "true"},
                        {"basicIntegrity", "true"},
                        {"evaluationType", json_string("BASIC")}};
  for (const auto& [name, raw] : options.payload_edits) {
    edit_jws(payload, name, raw);
  }
  const std::string response = options.raw_response.value_or(
      make_jws(jws_object(header), jws_object(payload), leaf.key, options.algorithm));
  built.members = {{cbor::text("ver"), cbor::text(options.version)},
                   {cbor::text("response"), cbor::byte_string(bytes(response))}};
  return built;
}

}  // namespace countersign::testing
