#pragma once
// A BLOB with the side of its reader, and single mutations of both, each with the named check that
// must refuse it first.

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "metadata/blob.h"
#include "tests/support/blob_builder.h"

namespace countersign::testing {

/// Of extended key usage.
namespace purposes {
inline constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view kClientAuth = "1.3.6.1.5.5.7.3.2";
inline constexpr std::string_view kEmailProtection = "1.3.6.1.5.5.7.3.4";
inline constexpr std::string_view kAny = "2.5.29.37.0";
}  // namespace purposes

/// Edits of a list of the root or of the issuing CA.
using CrlEdit = void (*)(CrlOptions& options);

struct BlobCase {
  BlobOptions blob;
  void (*edit_text)(std::string& jws, const TestBlob& blob) = nullptr;
  /// What the reader trusts and has: by default the root, and a current list of each authority.
  void (*edit_anchors)(std::vector<ByteVector>& anchors, const TestBlob& blob) = nullptr;
  void (*edit_crls)(std::vector<ByteVector>& crls, const TestBlob& blob) = nullptr;
  CrlEdit edit_root_crl = nullptr;
  CrlEdit edit_issuer_crl = nullptr;
  RevocationMode revocation = RevocationMode::require;
  std::string host{kBlobHost};
  std::int64_t time = kCeremonyTime;
  std::optional<std::uint64_t> last_number = 41;
};

inline Result<VerifiedBlob> run_blob(const BlobCase& test, const SignatureVerifier& verifier) {
  TestBlob blob = make_blob(test.blob);
  if (test.edit_text != nullptr) {
    test.edit_text(blob.jws, blob);
  }
  std::vector<ByteVector> anchors{blob.root.der};
  if (test.edit_anchors != nullptr) {
    test.edit_anchors(anchors, blob);
  }
  std::vector<ByteVector> lists{current_crl(blob.root, test.edit_root_crl),
                                current_crl(blob.issuer, test.edit_issuer_crl)};
  if (test.edit_crls != nullptr) {
    test.edit_crls(lists, blob);
  }
  std::vector<Certificate> parsed_anchors;
  for (const ByteVector& anchor : anchors) {
    parsed_anchors.push_back(parse_certificate(anchor).value());
  }
  std::vector<Crl> crls;
  for (const ByteVector& list : lists) {
    crls.push_back(parse_crl(list).value());
  }
  const BlobExpectations expectations{
      parsed_anchors, crls, test.revocation, test.host, UnixSeconds{test.time}, test.last_number};
  CS_ASSIGN(PendingBlob pending, begin_blob(bytes_of(blob.jws), expectations));
  const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), verifier);
  return std::move(pending).finish(verdicts);
}

struct BlobMutation {
  Check check;
  ErrorCode code;
  std::string_view name;
  void (*mutate)(BlobCase& test);
};

namespace blob_mutations_detail {

inline void edit_header(BlobCase& test, const char* name, const char* raw) {
  test.blob.header_edits.emplace_back(
      name, raw == nullptr ? std::nullopt : std::optional<std::string>(raw));
}
inline void edit_payload(BlobCase& test, const char* name, const char* raw) {
  test.blob.payload_edits.emplace_back(
      name, raw == nullptr ? std::nullopt : std::optional<std::string>(raw));
}
inline void set_names(CertificateOptions& options, std::vector<std::string_view> names) {
  ByteVector content;
  for (const std::string_view name : names) {
    content = concat({content, der::element(0x82, bytes(name))});
  }
  options.subject_alt_name = der::sequence({content});
}
/// The attacker's own root, CA and signer, all with our names.
inline TestBlob foreign_blob() {
  BlobOptions options;
  options.edit_root = [](auto& o) { o.key = TestKey::make(KeyKind::p256, "other root"); };
  options.edit_issuer = [](auto& o) { o.key = TestKey::make(KeyKind::p256, "other CA"); };
  options.edit_signer = [](auto& o) { o.key = TestKey::make(KeyKind::p256, "other signer"); };
  return make_blob(options);
}

}  // namespace blob_mutations_detail

inline const std::vector<BlobMutation>& blob_mutations() {
  using namespace blob_mutations_detail;
  using enum ErrorCode;
  static const std::vector<BlobMutation> list = {
      // Envelope
      {Check::metadata_envelope_parses, jws_malformed, "the file is empty",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws.clear(); }; }},
      {Check::metadata_envelope_parses, jws_malformed, "an error page",
       [](auto& t) {
         t.edit_text = [](auto& jws, auto&) {
           jws = "<!DOCTYPE html><html><body>Too many requests</body></html>";
         };
       }},
      {Check::metadata_envelope_parses, base64url_invalid, "an error page with dots",
       [](auto& t) {
         t.edit_text = [](auto& jws, auto&) { jws = "<html>See https://fidoalliance.org.</html>"; };
       }},
      {Check::metadata_envelope_parses, jws_malformed, "the signature is missing",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws.resize(jws.rfind('.')); }; }},
      {Check::metadata_envelope_parses, jws_malformed, "the signature is empty",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws.resize(jws.rfind('.') + 1); }; }},
      {Check::metadata_envelope_parses, base64url_invalid, "a line feed at the end",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws += '\n'; }; }},
      {Check::metadata_envelope_parses, base64url_invalid, "a space in front",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws.insert(0, 1, ' '); }; }},
      {Check::metadata_envelope_parses, base64url_invalid, "a fourth part",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws += ".AAAA"; }; }},
      {Check::metadata_envelope_parses, jws_malformed, "the header demands an extension",
       [](auto& t) { edit_header(t, "crit", "[\"exp\"]"); }},
      {Check::metadata_envelope_parses, json_duplicate_key, "the header has alg twice",
       [](auto& t) { t.blob.raw_header = R"({"alg":"ES256","alg":"none"})"; }},
      {Check::metadata_envelope_parses, json_too_large, "the header is larger than its cap",
       [](auto& t) {
         t.blob.header_edits.emplace_back("x", "\"" + std::string(300000, 'x') + "\"");
       }},
      {Check::metadata_envelope_parses, input_too_large, "the file is larger than its cap",
       [](auto& t) {
         t.edit_text = [](auto& jws, auto&) { jws.resize(limits::kMaxBlobBytes + 1, 'A'); };
       }},

      // Algorithm
      {Check::metadata_algorithm, algorithm_not_allowed_here, "alg none",
       [](auto& t) { edit_header(t, "alg", "\"none\""); }},
      {Check::metadata_algorithm, algorithm_not_allowed_here, "alg HS256",
       [](auto& t) { edit_header(t, "alg", "\"HS256\""); }},
      {Check::metadata_algorithm, algorithm_not_allowed_here, "alg RS1",
       [](auto& t) { edit_header(t, "alg", "\"RS1\""); }},
      {Check::metadata_algorithm, algorithm_not_allowed_here, "alg RS512, which nobody uses",
       [](auto& t) { t.blob.algorithm = -259; }},
      {Check::metadata_algorithm, algorithm_not_allowed_here, "alg in lower case",
       [](auto& t) { edit_header(t, "alg", "\"es256\""); }},
      {Check::metadata_algorithm, jws_malformed, "alg is missing",
       [](auto& t) { edit_header(t, "alg", nullptr); }},
      {Check::metadata_algorithm, jws_malformed, "alg is a number",
       [](auto& t) { edit_header(t, "alg", "-7"); }},

      // Chain
      {Check::metadata_signing_chain, metadata_chain_by_url, "x5u only",
       [](auto& t) {
         edit_header(t, "x5c", nullptr);
         edit_header(t, "x5u", "\"https://mds.example.org/chain\"");
       }},
      {Check::metadata_signing_chain, jws_malformed, "x5u is an array",
       [](auto& t) { edit_header(t, "x5u", "[\"https://mds.example.org/chain\"]"); }},
      {Check::metadata_signing_chain, metadata_chain_missing, "no certificates",
       [](auto& t) { edit_header(t, "x5c", nullptr); }},
      {Check::metadata_signing_chain, jws_malformed, "x5c is an empty array",
       [](auto& t) { edit_header(t, "x5c", "[]"); }},
      {Check::metadata_signing_chain, jws_malformed, "x5c is a string",
       [](auto& t) { edit_header(t, "x5c", "\"MIIB\""); }},
      {Check::metadata_signing_chain, jws_malformed, "x5c holds a number",
       [](auto& t) { edit_header(t, "x5c", "[0]"); }},
      {Check::metadata_signing_chain, base64_invalid, "x5c holds base64url",
       [](auto& t) { edit_header(t, "x5c", "[\"MII_-w==\"]"); }},
      {Check::metadata_signing_chain, certificate_chain_too_long, "x5c has too many certificates",
       [](auto& t) { t.blob.edit_x5c = [](auto& x5c) { x5c.resize(9, x5c.back()); }; }},
      {Check::metadata_signing_chain, certificate_expired, "the signer has expired",
       [](auto& t) { t.blob.edit_signer = [](auto& o) { o.not_after = kCeremonyTime - 1; }; }},
      {Check::metadata_signing_chain, certificate_not_yet_valid, "the signer is not yet valid",
       [](auto& t) { t.blob.edit_signer = [](auto& o) { o.not_before = kCeremonyTime + 1; }; }},
      {Check::metadata_signing_chain, certificate_expired, "the issuing CA has expired",
       [](auto& t) { t.blob.edit_issuer = [](auto& o) { o.not_after = kCeremonyTime - 1; }; }},
      {Check::metadata_signing_chain, certificate_key_usage, "the signer's key is for encryption",
       [](auto& t) { t.blob.edit_signer = [](auto& o) { o.key_usage = 0x04; }; }},
      {Check::metadata_signing_chain, certificate_key_usage, "the signer's certificate is for mail",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) { o.extended_key_usage = {purposes::kEmailProtection}; };
       }},
      {Check::metadata_signing_chain, certificate_key_usage,
       "the signer's certificate is for clients and mail",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) {
           o.extended_key_usage = {purposes::kClientAuth, purposes::kEmailProtection};
         };
       }},
      {Check::metadata_signing_chain, certificate_key_usage, "the issuing CA is for mail",
       [](auto& t) {
         t.blob.edit_issuer = [](auto& o) { o.extended_key_usage = {purposes::kEmailProtection}; };
         t.blob.edit_signer = [](auto& o) { o.extended_key_usage = {purposes::kServerAuth}; };
       }},
      {Check::metadata_signing_chain, certificate_path_not_found, "the signer signs for itself",
       [](auto& t) {
         t.blob.edit_x5c = [](auto& x5c) {
           CertificateOptions options;
           options.subject_alt_name = der::sequence({der::element(0x82, bytes(kBlobHost))});
           x5c = {make_certificate(options, nullptr).der};
         };
         t.blob.signing_key = TestKey::make(KeyKind::p256, "attestation");
       }},
      {Check::metadata_signing_chain, certificate_path_not_found,
       "a whole foreign chain, its root included",
       [](auto& t) {
         t.edit_text = [](auto& jws, auto&) {
           BlobOptions options;
           options.edit_root = [](auto& o) { o.subject = authority_subject("Foreign Root"); };
           const TestBlob foreign = make_blob(options);
           options.edit_x5c = [&](auto& x5c) { x5c.push_back(foreign.root.der); };
           jws = make_blob(options).jws;
         };
       }},
      {Check::metadata_signing_chain, certificate_path_not_found, "a foreign chain with our names",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws = foreign_blob().jws; }; }},
      {Check::metadata_signing_chain, certificate_chain_signature_invalid,
       "the issuing CA's certificate is forged",
       [](auto& t) {
         t.blob.edit_issuer = [](auto& o) { o.fault = CertificateFault::wrong_signature; };
       }},
      {Check::metadata_signing_chain, certificate_chain_signature_invalid,
       "the signer's certificate is forged",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) { o.fault = CertificateFault::wrong_signature; };
       }},
      {Check::metadata_signing_chain, certificate_path_not_found, "the issuing CA is left out",
       [](auto& t) { t.blob.edit_x5c = [](auto& x5c) { x5c.pop_back(); }; }},
      {Check::metadata_signing_chain, certificate_path_not_found,
       "a foreign CA in the issuing CA's place",
       [](auto& t) {
         t.blob.edit_x5c = [](auto& x5c) { x5c.back() = foreign_blob().issuer.der; };
       }},
      {Check::metadata_signing_chain, certificate_not_ca, "the issuer is a customer",
       [](auto& t) { t.blob.edit_issuer = [](auto& o) { o.is_ca = false; }; }},
      {Check::metadata_signing_chain, certificate_path_not_found, "nothing is trusted",
       [](auto& t) { t.edit_anchors = [](auto& anchors, auto&) { anchors.clear(); }; }},

      // Host
      {Check::metadata_signing_host, certificate_host_mismatch,
       "another customer of the same public root",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) { set_names(o, {"www.attacker.example"}); };
       }},
      {Check::metadata_signing_host, certificate_host_mismatch, "a wildcard",
       [](auto& t) { t.blob.edit_signer = [](auto& o) { set_names(o, {"*.example.org"}); }; }},
      {Check::metadata_signing_host, certificate_host_mismatch, "a longer name",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) { set_names(o, {"mds.example.org.attacker.example"}); };
       }},
      {Check::metadata_signing_host, certificate_host_mismatch, "the host in the common name alone",
       [](auto& t) { t.blob.edit_signer = [](auto& o) { o.subject_alt_name.reset(); }; }},
      {Check::metadata_signing_host, certificate_host_mismatch, "the host as an e-mail address",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) {
           o.subject_alt_name = der::sequence({der::element(0x81, bytes(kBlobHost))});
         };
       }},
      {Check::metadata_signing_host, certificate_host_mismatch, "the names are no names",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) {
           o.subject_alt_name =
               concat({der::sequence({der::element(0x82, bytes(kBlobHost))}), ByteVector{0}});
         };
       }},
      {Check::metadata_signing_host, certificate_host_mismatch,
       "the host of the issuing CA, not of the signer",
       [](auto& t) {
         t.blob.edit_issuer = [](auto& o) { set_names(o, {kBlobHost}); };
         t.blob.edit_signer = [](auto& o) { set_names(o, {"www.attacker.example"}); };
       }},

      // Revocation
      {Check::metadata_revocation, certificate_revoked, "the signer is revoked",
       [](auto& t) { t.edit_issuer_crl = [](auto& o) { o.revoked_serials = {{kSignerSerial}}; }; }},
      {Check::metadata_revocation, certificate_revoked, "the issuing CA is revoked",
       [](auto& t) {
         t.edit_root_crl = [](auto& o) { o.revoked_serials = {{kBlobIssuerSerial}}; };
       }},
      {Check::metadata_revocation, certificate_revoked, "the signer is revoked, lists preferred",
       [](auto& t) {
         t.revocation = RevocationMode::prefer;
         t.edit_issuer_crl = [](auto& o) { o.revoked_serials = {{kSignerSerial}}; };
       }},
      {Check::metadata_revocation, crl_missing, "no lists",
       [](auto& t) { t.edit_crls = [](auto& crls, auto&) { crls.clear(); }; }},
      {Check::metadata_revocation, crl_missing, "no list of the root",
       [](auto& t) { t.edit_crls = [](auto& crls, auto&) { crls.erase(crls.begin()); }; }},
      {Check::metadata_revocation, crl_missing, "a forged list",
       [](auto& t) { t.edit_issuer_crl = [](auto& o) { o.fault = CrlFault::wrong_signature; }; }},
      {Check::metadata_revocation, crl_missing, "a list of a namesake of the issuing CA",
       [](auto& t) {
         t.edit_crls = [](auto& crls, auto&) { crls[1] = current_crl(foreign_blob().issuer); };
       }},
      {Check::metadata_revocation, crl_stale, "a stale list",
       [](auto& t) { t.edit_issuer_crl = [](auto& o) { o.next_update = kCeremonyTime - 1; }; }},
      {Check::metadata_revocation, input_too_large, "too many lists",
       [](auto& t) {
         t.edit_crls = [](auto& crls, auto&) { crls.resize(limits::kMaxCrls + 1, crls.front()); };
       }},

      // Signature
      {Check::metadata_signature, signature_invalid, "another payload under a good header",
       [](auto& t) {
         t.edit_text = [](auto& jws, auto&) {
           const std::size_t first = jws.find('.');
           const std::size_t second = jws.find('.', first + 1);
           jws = jws.substr(0, first + 1) +
                 to_base64url(bytes("{\"legalHeader\":\"\",\"no\":99,\"nextUpdate\":\"2030-01-01\","
                                    "\"entries\":[]}")) +
                 jws.substr(second);
         };
       }},
      {Check::metadata_signature, signature_invalid, "the payload has lost its end",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws.erase(jws.rfind('.') - 4, 4); }; }},
      {Check::metadata_signature, signature_invalid, "signed with another key",
       [](auto& t) { t.blob.signing_key = TestKey::make(KeyKind::p256, "other"); }},
      {Check::metadata_signature, signature_invalid, "signed with the issuing CA's key",
       [](auto& t) { t.blob.signing_key = TestKey::make(KeyKind::p256, "intermediate"); }},
      {Check::metadata_signature, signature_invalid, "a bit of the signature is inverted",
       [](auto& t) {
         t.edit_text = [](auto& jws, auto&) {
           const std::size_t begin = jws.rfind('.') + 1;
           jws = jws.substr(0, begin) +
                 to_base64url(with_flipped_bit(from_base64(jws.substr(begin)), 500));
         };
       }},
      {Check::metadata_signature, signature_malformed, "the file has lost its end",
       [](auto& t) { t.edit_text = [](auto& jws, auto&) { jws.resize(jws.size() - 2); }; }},
      {Check::metadata_signature, cose_key_type_mismatch, "ES256 with a key on P-384",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) { o.key = TestKey::make(KeyKind::p384, "attestation"); };
         t.blob.signing_key = TestKey::make(KeyKind::p384, "attestation");
       }},
      {Check::metadata_signature, cose_key_type_mismatch, "RS256 with an elliptic key",
       [](auto& t) { edit_header(t, "alg", "\"RS256\""); }},
      {Check::metadata_signature, certificate_unsupported_key, "the signer's key is too short",
       [](auto& t) {
         t.blob.edit_signer = [](auto& o) {
           o.key = TestKey::make(KeyKind::rsa1024, "attestation");
         };
         t.blob.signing_key = TestKey::make(KeyKind::p256, "attestation");
       }},

      // Payload
      {Check::metadata_payload_parses, json_syntax, "the payload is no JSON",
       [](auto& t) { t.blob.raw_payload = "{\"no\":42"; }},
      {Check::metadata_payload_parses, json_syntax, "the payload is an array",
       [](auto& t) { t.blob.raw_payload = "[]"; }},
      {Check::metadata_payload_parses, json_syntax, "a comma too many",
       [](auto& t) { edit_payload(t, "entries", "[{},]"); }},
      {Check::metadata_payload_parses, json_byte_order_mark, "a byte order mark",
       [](auto& t) { t.blob.raw_payload = "\xef\xbb\xbf{}"; }},
      {Check::metadata_payload_parses, json_syntax, "text that is no UTF-8",
       [](auto& t) { edit_payload(t, "legalHeader", "\"\xff\""); }},
      {Check::metadata_payload_parses, json_duplicate_key, "entries twice",
       [](auto& t) {
         t.blob.raw_payload =
             R"({"legalHeader":"","no":42,"nextUpdate":"2026-02-01","entries":[],"entries":[]})";
       }},
      {Check::metadata_payload_parses, base64url_invalid, "the payload is padded",
       [](auto& t) {
         t.edit_text = [](auto& jws, const TestBlob& blob) {
           const std::string input = jws.substr(0, jws.rfind('.')) + "=";
           jws = input + "." + to_base64url(sign_jws(blob.signer.key, -7, bytes(input)));
         };
       }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "no is missing",
       [](auto& t) { edit_payload(t, "no", nullptr); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "no is a string",
       [](auto& t) { edit_payload(t, "no", "\"42\""); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "no is a fraction",
       [](auto& t) { edit_payload(t, "no", "42.5"); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "no is written as a fraction",
       [](auto& t) { edit_payload(t, "no", "42.0"); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "no is negative",
       [](auto& t) { edit_payload(t, "no", "-42"); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "no is 2^63",
       [](auto& t) { edit_payload(t, "no", "9223372036854775808"); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "nextUpdate is missing",
       [](auto& t) { edit_payload(t, "nextUpdate", nullptr); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "nextUpdate is no day",
       [](auto& t) { edit_payload(t, "nextUpdate", "\"2026-02-30\""); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "nextUpdate has a time",
       [](auto& t) { edit_payload(t, "nextUpdate", "\"2026-02-01T00:00:00Z\""); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "nextUpdate is a number",
       [](auto& t) { edit_payload(t, "nextUpdate", "20260201"); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "legalHeader is missing",
       [](auto& t) { edit_payload(t, "legalHeader", nullptr); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "legalHeader is no text",
       [](auto& t) { edit_payload(t, "legalHeader", "[]"); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "entries are missing",
       [](auto& t) { edit_payload(t, "entries", nullptr); }},
      {Check::metadata_payload_parses, metadata_blob_malformed, "entries are an object",
       [](auto& t) { edit_payload(t, "entries", "{}"); }},
      {Check::metadata_payload_parses, json_too_large, "too many entries",
       [](auto& t) { t.blob.entries.assign(limits::kMaxBlobEntries + 1, "{}"); }},

      // Number
      {Check::metadata_number, metadata_number_not_increased, "rolled back",
       [](auto& t) { t.last_number = 43; }},
      {Check::metadata_number, metadata_number_not_increased, "the same again",
       [](auto& t) { t.last_number = 42; }},
      {Check::metadata_number, metadata_number_not_increased, "the largest number was reached",
       [](auto& t) {
         edit_payload(t, "no", "9223372036854775807");
         t.last_number = 9223372036854775807U;
       }},
  };
  return list;
}

}  // namespace countersign::testing
