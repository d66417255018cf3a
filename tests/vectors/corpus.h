#pragma once
// The corpus of the parity suites: NDJSON cases for `verify`, good and bad, the same bytes in every
// run. One line may be no case at all, not even UTF-8: that has a verdict, too.

#include <set>
#include <string>
#include <vector>

#include "model/attestation_object.h"
#include "tests/support/cases.h"
#include "tests/vectors/browsers.h"
#include "tests/vectors/mutations.h"
#include "tests/vectors/recorded.h"

namespace countersign::testing {

/// How many flips of each message are taken, evenly spread.
struct CorpusDensity {
  std::size_t object_flips = 24;  // attestation object
  std::size_t client_data_flips = 6;
  std::size_t assertion_flips = 6;  // of each of its four fields
};

class CorpusMaker {
 public:
  explicit CorpusMaker(std::string vectors_folder, CorpusDensity density = {})
      : vectors_folder_(std::move(vectors_folder)), density_(density) {}

  std::vector<std::string> make() {
    add_mutations();
    add_formats_and_algorithms();
    add_twins();
    add_expectations();
    add_standard_vectors();
    add_recorded_ceremonies();
    add_browsers();
    add_faults_of_cases();
    add_broken_lines();
    return std::move(lines_);
  }

 private:
  static constexpr std::string_view kAllSettings = R"({"safetynet":true})";

  void add(std::string line) { lines_.push_back(std::move(line)); }

  void add_registration(const std::string& id, const Registration& registration,
                        CaseOptions options) {
    options.id = id;
    add(registration_case(registration, options));
  }
  void add_authentication(const std::string& id, const Assertion& assertion,
                          const SoftCredential& credential, CaseOptions options) {
    options.id = id;
    add(authentication_case(assertion, credential, options));
  }

  // Calls `take` with a copy of the bytes, one bit of it inverted, `count` times.
  template <class Take>
  static void for_flips(const ByteVector& original, std::size_t count, const Take& take) {
    const std::size_t bits = original.size() * 8;
    for (std::size_t i = 0; i < count && i < bits; ++i) {
      // The odd addend walks through the bits of the octets, too.
      const std::size_t bit = (i * bits / count + 3 * i) % bits;
      take(with_flipped_bit(original, bit), bit);
    }
  }

  void add_flips(const std::string& id, const Registration& good, const CaseOptions& options,
                 const RecordedRegistration& message) {
    Registration changed = good;
    for_flips(message.attestation_object, density_.object_flips,
              [&](const ByteVector& object, std::size_t bit) {
                changed.json = message.json(message.client_data, object);
                add_registration(id + "/object/" + std::to_string(bit), changed, options);
              });
    for_flips(message.client_data, density_.client_data_flips,
              [&](const ByteVector& client_data, std::size_t bit) {
                changed.json = message.json(client_data, message.attestation_object);
                add_registration(id + "/client-data/" + std::to_string(bit), changed, options);
              });
  }

  void add_flips(const std::string& id, const Assertion& good, const SoftCredential& credential,
                 const CaseOptions& options, const RecordedAuthentication& message) {
    const std::size_t count = density_.assertion_flips;
    const auto with = [&](const std::string& field, std::size_t bit,
                          const RecordedAuthentication& changed) {
      Assertion assertion = good;
      assertion.json = changed.json();
      add_authentication(id + "/" + field + "/" + std::to_string(bit), assertion, credential,
                         options);
    };
    for_flips(message.authenticator_data, count, [&](const ByteVector& bytes, std::size_t bit) {
      RecordedAuthentication changed = message;
      changed.authenticator_data = bytes;
      with("authenticator-data", bit, changed);
    });
    for_flips(message.client_data, count, [&](const ByteVector& bytes, std::size_t bit) {
      RecordedAuthentication changed = message;
      changed.client_data = bytes;
      with("client-data", bit, changed);
    });
    for_flips(message.signature, count, [&](const ByteVector& bytes, std::size_t bit) {
      RecordedAuthentication changed = message;
      changed.signature = bytes;
      with("signature", bit, changed);
    });
    for_flips(credential.cose_key, count, [&](const ByteVector& bytes, std::size_t bit) {
      SoftCredential changed = credential;
      changed.cose_key = bytes;
      add_authentication(id + "/public-key/" + std::to_string(bit), good, changed, options);
    });
  }

  static CaseOptions case_options(const RelyingParty& party) {
    CaseOptions options = party;
    options.attestation_settings =
        std::string(R"({"safetynet":)") + (party.is_safetynet_enabled ? "true" : "false") +
        R"(,"u2fAaguidZero":)" + (party.is_u2f_aaguid_zero_required ? "true" : "false") + "}";
    if (party.is_payment) {
      options.purpose = "payment";
    }
    return options;
  }

  void add_mutations() {
    for (const RegistrationMutation& mutation : registration_mutations()) {
      RegistrationOptions options;
      if (mutation.base != nullptr) {
        mutation.base(options);
      }
      if (mutation.mutate != nullptr) {
        mutation.mutate(options);
      }
      RelyingParty party;
      if (mutation.expect != nullptr) {
        mutation.expect(party);
      }
      add_registration("registration/" + std::string(mutation.name), make_registration(options),
                       case_options(party));
    }
    const SoftCredential credential = make_registration().credential;
    for (const AuthenticationMutation& mutation : authentication_mutations()) {
      AssertionOptions options;
      if (mutation.mutate != nullptr) {
        mutation.mutate(options);
      }
      SoftCredential stored = credential;
      if (mutation.store != nullptr) {
        mutation.store(stored);
      }
      RelyingParty party;
      if (mutation.expect != nullptr) {
        mutation.expect(party);
      }
      add_authentication("authentication/" + std::string(mutation.name),
                         make_assertion(credential, options), stored, case_options(party));
    }
  }

  // Every algorithm with every format; a few pairs do not exist and are refused.
  void add_formats_and_algorithms() {
    for (const std::int64_t algorithm : credential_algorithms()) {
      for (const Format format : all_formats()) {
        RegistrationOptions options;
        options.algorithm = algorithm;
        options.format = format;
        if (format == Format::android_key) {
          options.android_key.algorithm = algorithm;
        }
        options.flags |= kBackupEligible | kBackedUp;
        options.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(3)},
                                           {cbor::text("hmac-secret"), cbor::boolean(true)}};
        options.json_edits = {
            {"clientExtensionResults", R"({"credProps":{"rk":true},"prf":{"enabled":true}})"}};
        const Registration registration = make_registration(options);
        const std::string id = "format/" + std::to_string(algorithm) + "/" +
                               std::to_string(static_cast<int>(format)) + "-" +
                               std::string(format_identifier(format));
        CaseOptions case_options;
        case_options.attestation_settings = std::string(kAllSettings);
        add_registration(id, registration, case_options);
        case_options.is_trusted_attestation_required = true;
        add_registration(id + "/trusted", registration, case_options);
        case_options.is_trusted_attestation_required = false;
        if (algorithm == -7 || (algorithm == -257 && format != Format::fido_u2f)) {
          add_flips(id, registration, case_options,
                    {options.challenge, options.credential_id, registration.client_data,
                     registration.attestation_object});
        }
      }
      RegistrationOptions options;
      options.algorithm = algorithm;
      const SoftCredential credential = make_registration(options).credential;
      AssertionOptions assertion_options;
      assertion_options.sign_count = 5;
      assertion_options.user_handle = credential.user_handle;
      assertion_options.extensions =
          cbor::Members{{cbor::text("thirdPartyPayment"), cbor::boolean(true)}};
      const Assertion assertion = make_assertion(credential, assertion_options);
      const std::string id = "assertion/" + std::to_string(algorithm);
      add_authentication(id, assertion, credential, {});
      add_flips(id, assertion, credential, {},
                {assertion_options.challenge, credential.id, assertion.client_data,
                 assertion.authenticator_data, assertion.signature, credential.user_handle});
      for (const SignatureFault fault :
           {SignatureFault::wrong_key, SignatureFault::flipped_bit, SignatureFault::other_message,
            SignatureFault::trailing_byte, SignatureFault::empty}) {
        AssertionOptions bad = assertion_options;
        bad.signature_fault = fault;
        add_authentication(id + "/fault/" + std::to_string(static_cast<int>(fault)),
                           make_assertion(credential, bad), credential, {});
      }
    }
  }

  // Statements of a compound that leave equal obligations: one chain, or the same signature twice.
  void add_twins() {
    for (const Format format : {Format::packed_self, Format::packed_x5c, Format::fido_u2f,
                                Format::apple, Format::tpm, Format::android_key}) {
      RegistrationOptions options;
      options.format = Format::compound;
      options.compound_formats = {format, format, format};
      options.intermediates = format == Format::fido_u2f ? 0 : 1;
      const Registration registration = make_registration(options);
      const std::string id = "twins/" + std::string(format_identifier(format)) + "-" +
                             std::to_string(static_cast<int>(format));
      CaseOptions case_options;
      add_registration(id, registration, case_options);
      case_options.is_trusted_attestation_required = true;
      add_registration(id + "/trusted", registration, case_options);
      case_options.trust_anchors = std::vector<ByteVector>{};
      add_registration(id + "/without-anchors", registration, case_options);
    }
  }

  // The truth tables of flags, counters, origins and user verification.
  void add_expectations() {
    const SoftCredential credential = make_registration().credential;
    for (unsigned bits = 0; bits < 32; ++bits) {
      const std::uint8_t flags =
          static_cast<std::uint8_t>((bits & 1U) | ((bits & 2U) << 1U) | ((bits & 4U) << 1U) |
                                    ((bits & 8U) << 1U) | ((bits & 16U) != 0 ? 0x22U : 0U));
      for (const char* verification : {"required", "preferred", "discouraged"}) {
        CaseOptions options;
        options.user_verification = verification;
        const std::string id = "flags/" + std::to_string(flags) + "/" + verification;
        RegistrationOptions registration;
        registration.flags = flags;
        add_registration(id, make_registration(registration), options);
        options.mediation = "conditional";
        add_registration(id + "/conditional", make_registration(registration), options);
        options.mediation = std::nullopt;
        AssertionOptions assertion;
        assertion.flags = flags;
        SoftCredential stored = credential;
        stored.is_backup_eligible = (flags & kBackupEligible) != 0;
        add_authentication(id, make_assertion(credential, assertion), stored, options);
      }
    }
    for (const std::uint32_t stored_count : {0U, 1U, 5U, 0xffffffffU}) {
      for (const std::uint32_t count : {0U, 1U, 5U, 6U, 0xffffffffU}) {
        SoftCredential stored = credential;
        stored.sign_count = stored_count;
        AssertionOptions assertion;
        assertion.sign_count = count;
        add_authentication("counter/" + std::to_string(stored_count) + "/" + std::to_string(count),
                           make_assertion(credential, assertion), stored, {});
      }
    }
    const std::optional<std::string> kTopOrigins[] = {std::nullopt, "https://example.com",
                                                      "https://example.net"};
    for (const std::optional<std::string>& top_origin : kTopOrigins) {
      for (const int cross_origin : {0, 1, 2}) {
        for (const bool is_configured : {false, true}) {
          AssertionOptions assertion;
          assertion.client_data.top_origin = top_origin;
          assertion.client_data.cross_origin =
              cross_origin == 2 ? std::nullopt : std::optional<bool>(cross_origin == 1);
          CaseOptions options;
          if (is_configured) {
            options.top_origins = {"https://example.com"};
          }
          add_authentication("origin/" + top_origin.value_or("-") + "/" +
                                 std::to_string(cross_origin) + "/" + (is_configured ? "1" : "0"),
                             make_assertion(credential, assertion), credential, options);
        }
      }
    }
    // What clients write into client data: any order, escapes, unknown members, a byte order mark.
    const char* kClientData[] = {
        R"({"origin":"https://example.org","challenge":"%","type":"webauthn.get"})",
        R"( { "type" : "webauthn.get" , "challenge" : "%" , "origin" : "https://example.org" } )",
        R"({"type":"webauthn.get","challenge":"%","origin":"https:\/\/example\u002eorg"})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org","x":"\ud83d\ude00"})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org","x":"\ud83d"})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org","x":1e400})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org","x":-0.0})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org","x":[[[]]]})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org",})",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org"}x)",
        R"({"type":"webauthn.get","challenge":"%","origin":"https://example.org","type":1})",
        R"(["webauthn.get"])",
        "null",
        "",
    };
    int number = 0;
    for (const std::string text : kClientData) {
      AssertionOptions assertion;
      std::string filled = text;
      if (const std::size_t at = filled.find('%'); at != std::string::npos) {
        filled.replace(at, 1, to_base64url(assertion.challenge));
      }
      for (const bool has_mark : {false, true}) {
        assertion.client_data.raw = bytes((has_mark ? "\xef\xbb\xbf" : "") + filled);
        add_authentication("client-data/" + std::to_string(number) + (has_mark ? "/mark" : ""),
                           make_assertion(credential, assertion), credential, {});
      }
      ++number;
    }
  }

  void add_recorded(const std::string& id, const RecordedCeremony& ceremony, CaseOptions options) {
    options.rp_id = ceremony.rp_id;
    options.origins = {ceremony.origin};
    options.user_verification = "discouraged";
    Registration registration;
    registration.options.challenge = ceremony.registration.challenge;
    registration.json = ceremony.registration.json();
    add_registration(id + "/registration", registration, options);
    add_flips(id + "/registration", registration, options, ceremony.registration);
    CaseOptions required = options;
    required.is_trusted_attestation_required = true;
    add_registration(id + "/registration/trusted", registration, required);
    if (!ceremony.authentication) {
      return;
    }
    const auto object = parse_attestation_object(ceremony.registration.attestation_object);
    if (!object) {
      std::abort();
    }
    SoftCredential credential;
    credential.id = ceremony.registration.credential_id;
    credential.cose_key = object->authenticator_data.attested_credential_data->public_key.encoded;
    credential.is_backup_eligible = object->authenticator_data.flags.is_backup_eligible();
    credential.user_handle =
        ceremony.authentication->user_handle.value_or(seeded_bytes("user handle", 32));
    Assertion assertion;
    assertion.options.challenge = ceremony.authentication->challenge;
    assertion.json = ceremony.authentication->json();
    add_authentication(id + "/authentication", assertion, credential, options);
    add_flips(id + "/authentication", assertion, credential, options, *ceremony.authentication);
  }

  void add_standard_vectors() {
    const auto vectors = read_standard_vectors(vectors_folder_);
    if (!vectors) {
      return;
    }
    for (const RecordedCeremony& ceremony : vectors->ceremonies) {
      CaseOptions options;
      options.top_origins = {vectors->top_origin};
      options.trust_anchors = std::vector<ByteVector>{vectors->attestation_ca};
      options.attestation_settings = R"({"anyTpmVendor":true})";
      add_recorded("w3c/" + ceremony.id, ceremony, options);
      Registration registration;
      registration.options.challenge = ceremony.registration.challenge;
      registration.json = ceremony.registration.json();
      add_registration("w3c/" + ceremony.id + "/default", registration, {});
    }
  }

  void add_recorded_ceremonies() {
    for (const std::string_view name : kRecordedCeremonies) {
      const auto ceremony = read_recorded_ceremony(vectors_folder_, name);
      if (!ceremony) {
        continue;
      }
      CaseOptions options;
      options.time = name == "single-tpm-rs256"     ? 1529020800   // 2018-06-15
                     : name == "single-apple-es256" ? 1608940800   // 2020-12-26
                                                    : 1725148800;  // 2024-09-01
      add_recorded("recorded/" + std::string(name), *ceremony, options);
    }
  }

  void add_browsers() {
    for (const std::string_view browser : kRecordedBrowsers) {
      for (const std::string& line : read_browser_cases(browser)) {
        add(line);
        const JsonValue json = parse_json(line).value();
        const JsonValue& response = member_of(member_of(json, "response"), "response");
        for (const std::string member : {"attestationObject", "authenticatorData", "signature"}) {
          if (const JsonValue* value = response.find(member); value != nullptr) {
            for_flips(from_base64(value->string), density_.assertion_flips,
                      [&](const ByteVector& changed, std::size_t bit) {
                        add(with_text_of(
                            with_text_of(line, member, to_base64url(changed)), "id",
                            text_of_member(json, "id") + "/" + member + "/" + std::to_string(bit)));
                      });
          }
        }
      }
    }
  }

  // Every member of a case missing or of every wrong type.
  void add_faults_of_cases() {
    const char* kValues[] = {"null",
                             "true",
                             "{}",
                             "[]",
                             "1469",
                             "-1",
                             "1.5",
                             "1e400",
                             R"("")",
                             R"("x")",
                             "[1]",
                             R"([""])",
                             R"(["x"])",
                             "18446744073709551616",
                             R"("AAAAAAAAAAAAAAAAAAAAAA")",
                             R"("AAAAAAAAAAAAAAAAAAAAAA==")"};
    const auto add_edits = [&](const std::vector<std::string>& members, const auto& add_one) {
      for (const std::string& member : members) {
        add_one(member, std::nullopt, "missing");
        int number = 0;
        for (const char* value : kValues) {
          add_one(member, std::optional<std::string>(value), std::to_string(number++));
        }
      }
    };
    const Registration registration = make_registration();
    add_edits({"id", "ceremony", "rpId", "origins", "topOrigins", "challenge", "userVerification",
               "algorithms", "time", "mediation", "appid", "trustAnchors",
               "requireTrustedAttestation", "attestationSettings", "response", "unknown"},
              [&](const std::string& member, const std::optional<std::string>& value,
                  const std::string& label) {
                CaseOptions options;
                options.edits = {{member, value}};
                add_registration("case/registration/" + member + "/" + label, registration,
                                 options);
              });
    const Assertion assertion = make_assertion(registration.credential);
    add_edits({"purpose", "credential", "response", "ceremony"},
              [&](const std::string& member, const std::optional<std::string>& value,
                  const std::string& label) {
                CaseOptions options;
                options.edits = {{member, value}};
                add_authentication("case/authentication/" + member + "/" + label, assertion,
                                   registration.credential, options);
              });
    add_edits({"id", "publicKey", "signCount", "backupEligible", "userHandle"},
              [&](const std::string& member, const std::optional<std::string>& value,
                  const std::string& label) {
                CaseOptions options;
                options.credential_edits = {{member, value}};
                add_authentication("case/credential/" + member + "/" + label, assertion,
                                   registration.credential, options);
              });
    add_edits({"id", "rawId", "type", "response", "authenticatorAttachment",
               "clientExtensionResults", "response.clientDataJSON", "response.attestationObject",
               "response.transports", "response.publicKey"},
              [&](const std::string& member, const std::optional<std::string>& value,
                  const std::string& label) {
                RegistrationOptions options;
                options.json_edits = {{member, value}};
                add_registration("response/registration/" + member + "/" + label,
                                 make_registration(options), {});
              });
    add_edits({"id", "response.clientDataJSON", "response.authenticatorData", "response.signature",
               "response.userHandle"},
              [&](const std::string& member, const std::optional<std::string>& value,
                  const std::string& label) {
                AssertionOptions options;
                options.json_edits = {{member, value}};
                add_authentication("response/authentication/" + member + "/" + label,
                                   make_assertion(registration.credential, options),
                                   registration.credential, {});
              });
    const char* kResults[] = {
        R"({"credProps":{"rk":true}})",
        R"({"credProps":{"rk":1}})",
        R"({"prf":{"enabled":true,"results":{"first":"AA"}}})",
        R"({"prf":{"results":{"first":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}})",
        R"({"largeBlob":{"supported":true}})",
        R"({"largeBlob":{"blob":"AAAA"}})",
        R"({"largeBlob":{"written":"yes"}})",
        R"({"appid":true})",
        R"({"appidExclude":true})",
        R"({"payment":{}})",
        R"({"unknown":{"a":[1,2,3]}})"};
    int number = 0;
    for (const char* results : kResults) {
      AssertionOptions options;
      options.json_edits = {{"clientExtensionResults", results}};
      add_authentication("extensions/client/" + std::to_string(number++),
                         make_assertion(registration.credential, options), registration.credential,
                         {});
    }
    AssertionOptions appid;
    appid.rp_id = "https://example.org/u2f";
    appid.json_edits = {{"clientExtensionResults", R"({"appid":true})"}};
    CaseOptions appid_options;
    appid_options.appid = "https://example.org/u2f";
    add_authentication("extensions/appid", make_assertion(registration.credential, appid),
                       registration.credential, appid_options);
  }

  void add_broken_lines() {
    const std::string good = registration_case(make_registration(), {});
    for (std::size_t i = 1; i < 24; ++i) {
      add(good.substr(0, i * good.size() / 24));
    }
    const char* kLines[] = {"{}",
                            "[]",
                            "null",
                            "true",
                            "0",
                            "\"x\"",
                            "{",
                            "}",
                            "[",
                            "x",
                            " ",
                            "{\"id\"}",
                            "{\"id\":1}",
                            "{\"id\":\"a\",\"id\":\"b\"}",
                            "{\"id\":{}}",
                            "{\"id\":[]}",
                            "{\"id\":null}",
                            "{\"id\":1.50}",
                            "{\"id\":1e3}",
                            "{\"id\":-0}",
                            "{\"id\":18446744073709551615}",
                            "{\"id\":-9223372036854775808}",
                            "{\"id\":18446744073709551616}",
                            "{\"id\":\"\\u0000\"}",
                            "{\"id\":\"\\ud800\"}",
                            "{\"id\":\"\\u00e9\\u2028\\\"\\\\/\"}",
                            "{\"id\":\"\xc3\xa9\"}",
                            "{\"id\":\"\x7f\"}",
                            "{\"id\":true}",
                            "{'id':1}",
                            "{\"id\":01}",
                            "{\"id\":1,}",
                            "{\"id\":NaN}",
                            "/**/{}",
                            "{\"id\":\"\t\"}",
                            "{\"id\":\"\\x\"}",
                            "\xef\xbb\xbf{}",
                            "\xff",
                            "{\"id\":\"\xff\"}",
                            "{\"id\":\"\xc0\x80\"}",
                            "{\"id\":\"\xed\xa0\x80\"}"};
    for (const char* line : kLines) {
      add(line);
    }
    add(std::string(1000, '['));
    add("{\"id\":\"deep\",\"x\":" + std::string(40, '[') + std::string(40, ']') + "}");
    add(good + good);
    add(good + " ");
    add(" " + good);
    add("{\"id\":\"" + std::string(300000, 'a') + "\"}");
    add("{\"id\":\"" + std::string(200, 'a') + "\"}");
    std::string many = "{\"id\":\"many\",\"x\":[0";
    for (int i = 0; i < 25000; ++i) {
      many += ",0";
    }
    add(many + "]}");
  }

  std::string vectors_folder_;
  CorpusDensity density_;
  std::vector<std::string> lines_;
};

}  // namespace countersign::testing
