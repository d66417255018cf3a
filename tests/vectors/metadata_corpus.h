#pragma once
// Requests of cs_verify_metadata with their BLOBs: one list for the native test and for the parity
// suite. Every made-up key is P-256, but for the production BLOB's, where third-party data are
// there.

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/cases.h"
#include "tests/support/encoding.h"
#include "tests/support/metadata_builder.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

struct MetadataCase {
  std::string name;
  std::string request;
  std::string blob;
  /// Text that the answer holds; what the test looks at beside the parity.
  std::string expected;
};

class MetadataCorpus {
 public:
  explicit MetadataCorpus(std::string vectors_folder) : folder_(std::move(vectors_folder)) {}

  std::vector<MetadataCase> make() {
    add_blobs();
    add_models();
    add_registrations();
    add_malformed();
    add_production();
    return std::move(cases_);
  }

 private:
  static constexpr const char* kHost = "mds.example";

  static std::string quoted(const std::string& text) { return '"' + text + '"'; }
  static std::string certificates(const std::vector<ByteVector>& ders) {
    std::string out = "[";
    for (const ByteVector& der : ders) {
      out += (out.size() > 1 ? "," : "") + quoted(to_base64(der));
    }
    return out + "]";
  }

  /// The usual request after edits.
  std::string request(const JsonMembers& edits = {}) const {
    JsonMembers members = {
        {"id", "1"},
        {"trustAnchors", certificates({authority_.root().der})},
        {"crls", certificates({authority_.root_crl(), authority_.ca_crl()})},
        {"host", quoted(kHost)},
        {"time", quoted(rfc3339(kCeremonyTime))},
    };
    for (const auto& [name, value] : edits) {
      edit_json(members, JsonEdit{name, value.empty() ? std::optional<std::string>() : value});
    }
    return make_json(members);
  }

  void add(const std::string& name, const std::string& text, const std::string& blob,
           const std::string& expected) {
    cases_.push_back({name, text, blob, expected});
  }

  ServiceBlobOptions blob_options() const {
    ServiceBlobOptions options;
    options.number = 7;
    options.key = signer_.key;
    options.x5c = {signer_.der, authority_.ca().der};
    MetadataEntryOptions sound;
    sound.statement.description = "Sound";
    sound.statement.aaguid = kSound;
    sound.statement.roots = {make_registration(packed(kSound)).anchors().at(0)};
    sound.reports.at(0).status = "FIDO_CERTIFIED_L2";
    MetadataEntryOptions revoked = sound;
    revoked.statement.description = "Revoked";
    revoked.statement.aaguid = kRevoked;
    revoked.reports.push_back({});
    revoked.reports.back().status = "REVOKED";
    MetadataEntryOptions u2f;
    u2f.statement.description = "U2F";
    u2f.statement.key_identifiers = {key_identifier_text(signer_.key)};
    options.entries = {make_metadata_entry(sound), make_metadata_entry(revoked),
                       make_metadata_entry(u2f), R"({"aaguid":"not one","statusReports":[]})"};
    return options;
  }
  std::string blob() const { return make_blob(blob_options()); }

  static RegistrationOptions packed(const ByteVector& aaguid) {
    RegistrationOptions options;
    options.format = Format::packed_x5c;
    options.aaguid = aaguid;
    return options;
  }
  static std::string registration(const RegistrationOptions& options) {
    CaseOptions case_options;
    case_options.trust_anchors.emplace();  // none but the metadata's
    return registration_case(make_registration(options), case_options);
  }

  void add_blobs() {
    add("accepted", request(), blob(),
        R"("metadata":{"number":7,"nextUpdate":"2039-12-31T00:00:00Z","revocation":"current","entries":3,)"
        R"("skipped":[{"index":3,"name":"not one","code":"metadata_statement_malformed"}]}})");
    add("newer than the last", request({{"lastNumber", "6"}}), blob(), R"("ok":true)");
    add("not newer", request({{"lastNumber", "7"}}), blob(), "metadata_number_not_increased");
    add("no lists", request({{"crls", "[]"}}), blob(), "crl_missing");
    add("no lists, preferred", request({{"crls", "[]"}, {"crl", quoted("prefer")}}), blob(),
        R"("revocation":"unknown")");
    add("no lists, off", request({{"crls", ""}, {"crl", quoted("off")}}), blob(),
        R"("revocation":"off")");
    CrlOptions revokes;
    revokes.revoked_serials = {{0x05}};
    add("signer revoked",
        request({{"crls", certificates({authority_.root_crl(), authority_.ca_crl(revokes)})}}),
        blob(), "certificate_revoked");
    add("another host", request({{"host", quoted("other.example")}}), blob(),
        "certificate_host_mismatch");
    add("no host pinned", request({{"host", quoted("")}}), blob(), R"("ok":true)");
    add("foreign anchor",
        request({{"trustAnchors", certificates({MetadataAuthority("", "other").root().der})}}),
        blob(), "certificate_path_not_found");
    add("later than its chain", request({{"time", quoted("2199-01-01T00:00:00Z")}}), blob(),
        "certificate_expired");
    ServiceBlobOptions forged = blob_options();
    forged.is_signature_wrong = true;
    add("forged", request(), make_blob(forged), "signature_invalid");
    const std::string whole = blob();
    add("truncated", request(), whole.substr(0, whole.size() / 2), R"("ok":false)");
    add("an error page", request(), "<!DOCTYPE html><title>Too many requests</title>",
        "jws_malformed");
    add("empty", request(), "", "jws_malformed");
  }

  void add_models() {
    const auto ask = [&](const ByteVector& aaguid) {
      return request({{"aaguid", quoted(to_base64url(aaguid))}});
    };
    add("sound model", ask(kSound), blob(),
        R"("model":{"known":true,"description":"Sound","certification":"L2","statuses":["FIDO_CERTIFIED_L2"]})");
    add("revoked model", ask(kRevoked), blob(), R"("objection":"authenticator_revoked")");
    add("unknown model", ask(ByteVector(16, 0x77)), blob(), R"("model":{"known":false})");
    add("nobody's AAGUID", ask(ByteVector(16, 0)), blob(), R"("model":{"known":false})");
    const ByteVector identifier = from_hex(key_identifier_text(signer_.key));
    add("U2F model", request({{"keyIdentifier", quoted(to_base64url(identifier))}}), blob(),
        R"("description":"U2F")");
  }

  void add_registrations() {
    const auto ask = [&](const RegistrationOptions& options, JsonMembers edits = {}) {
      edits.emplace_back("registration", registration(options));
      return request(edits);
    };
    add("registration of the sound model", ask(packed(kSound)), blob(),
        R"("model":{"known":true,"proved":true,"description":"Sound","certification":"L2")");
    add("registration of the revoked model", ask(packed(kRevoked)), blob(),
        R"("code":"authenticator_revoked")");
    add("registration with a minimum it has",
        ask(packed(kSound), {{"minimumCertification", quoted("L2")}}), blob(), R"("proved":true)");
    add("registration with a minimum it lacks",
        ask(packed(kSound), {{"minimumCertification", quoted("L3")}}), blob(),
        R"("code":"authenticator_not_certified")");
    add("registration of an unknown model", ask(packed(ByteVector(16, 0x77))), blob(),
        R"("model":{"known":false,"proved":false)");
    add("registration of an unknown model, refused",
        ask(packed(ByteVector(16, 0x77)), {{"unknownAuthenticators", quoted("reject")}}), blob(),
        R"("code":"authenticator_unknown")");
    RegistrationOptions claimed = packed(kSound);
    claimed.format = Format::none;
    add("a claim proves nothing", ask(claimed), blob(), R"("proved":false)");
    claimed.aaguid = kRevoked;
    add("a claim counts against", ask(claimed), blob(), R"("code":"authenticator_revoked")");
  }

  void add_malformed() {
    for (const auto& [name, edits] : std::vector<std::pair<std::string, JsonMembers>>{
             {"host missing", {{"host", ""}}},
             {"host a number", {{"host", "1469"}}},
             {"anchors a string", {{"trustAnchors", quoted("x")}}},
             {"lists of numbers", {{"crls", "[1469]"}}},
             {"an unknown mode", {{"crl", quoted("maybe")}}},
             {"a negative number", {{"lastNumber", "-1"}}},
             {"a fraction", {{"lastNumber", "1.5"}}},
             {"a short AAGUID", {{"aaguid", quoted("AAAA")}}},
             {"an unknown level", {{"minimumCertification", quoted("L9")}}},
             {"an unknown rule", {{"unknownAuthenticators", quoted("perhaps")}}},
             {"a registration that is none", {{"registration", "[]"}}},
             {"a time that is none", {{"time", quoted("yesterday")}}},
         }) {
      add(name, request(edits), blob(), R"("code":"case_malformed")");
    }
    add("not JSON", "{", blob(), R"("id":null,"ok":false)");
    add("not an object", "[]", blob(), R"("code":"case_malformed")");
    add("a list that is none", request({{"crls", R"(["AAAA"])"}}), blob(), R"("ok":false)");
  }

  // The production BLOB of 2023 (RS256, chain to GlobalSign Root R3), where both are on this
  // machine.
  void add_production() {
    const std::string jwt = read(folder_ + "/metadata/mds3-blob-no31.jwt");
    const std::string pem = read("/usr/share/ca-certificates/mozilla/GlobalSign_Root_CA_-_R3.crt");
    if (jwt.empty() || pem.empty()) {
      return;
    }
    std::string base64;
    std::istringstream lines(pem);
    for (std::string line; std::getline(lines, line);) {
      base64 += line.starts_with("-----") ? "" : line;
    }
    add("production",
        make_json({{"id", quoted("no 31")},
                   {"trustAnchors", "[" + quoted(base64) + "]"},
                   {"crl", quoted("off")},
                   {"host", quoted("mds.fidoalliance.org")},
                   {"time", quoted("2023-09-01T00:00:00Z")},
                   // YubiKey 5 Series, f8a011f3-8c0a-4d15-8006-17111f9edc7d
                   {"aaguid", quoted(to_base64url(from_hex("f8a011f38c0a4d15800617111f9edc7d")))}}),
        jwt, R"("number":31)");
  }

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  inline static const ByteVector kSound = ByteVector(16, 0x51);
  inline static const ByteVector kRevoked = ByteVector(16, 0x52);

  std::string folder_;
  MetadataAuthority authority_;
  TestCertificate signer_ = authority_.make_signer("Signer", 0x05, kHost);
  std::vector<MetadataCase> cases_;
};

}  // namespace countersign::testing
