#pragma once
// Single mutations of valid messages, each with the named check that must refuse it first. Data for
// the suite that asks for a vector of every check, and for the corpus of the parity suite.

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/support/cases.h"
#include "tests/support/fake_models.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

/// The relying party's side of a ceremony; what CaseOptions lacks, `verify` cases cannot say.
struct RelyingParty : CaseOptions {
  const AttestationModels* models = nullptr;
  bool is_safetynet_enabled = true;
  bool is_u2f_aaguid_zero_required = false;
  bool is_payment = false;
  bool is_user_handle_required = false;
  std::optional<ByteVector> known_user;
  std::vector<ByteVector> allowed_credentials;
};

struct RegistrationMutation {
  Check check;
  ErrorCode code;
  std::string_view name;
  void (*base)(RegistrationOptions& options);    // makes the valid message; null: fmt none
  void (*mutate)(RegistrationOptions& options);  // null: the message stays as it is
  void (*expect)(RelyingParty& party);           // null: the expectations stay as they are
};

struct AuthenticationMutation {
  Check check;
  ErrorCode code;
  std::string_view name;
  void (*mutate)(AssertionOptions& options);
  void (*store)(SoftCredential& stored);  // what the relying party has on record
  void (*expect)(RelyingParty& party);
};

namespace mutations {

inline void packed_self(RegistrationOptions& options) { options.format = Format::packed_self; }
inline void packed(RegistrationOptions& options) { options.format = Format::packed_x5c; }
inline void fido_u2f(RegistrationOptions& options) { options.format = Format::fido_u2f; }
inline void apple(RegistrationOptions& options) { options.format = Format::apple; }
inline void tpm(RegistrationOptions& options) { options.format = Format::tpm; }
inline void android_key(RegistrationOptions& options) { options.format = Format::android_key; }
inline void safetynet(RegistrationOptions& options) { options.format = Format::android_safetynet; }
inline void compound(RegistrationOptions& options) { options.format = Format::compound; }

/// Knows the model, and that it has been revoked.
inline const AttestationModels& models_that_refuse() {
  static const FakeModels models = [] {
    FakeModels made;
    made.assessment = [](const auto&...) { return ErrorCode::authenticator_revoked; };
    return made;
  }();
  return models;
}

inline ByteVector no_certificates() { return cbor::array({}); }
inline ByteVector subject(std::string_view country, std::string_view organization,
                          std::string_view unit, std::string_view common_name) {
  std::vector<NameAttribute> attributes;
  const auto add = [&](std::string_view oid, std::string_view text) {
    if (!text.empty()) {
      attributes.push_back({oid, std::string(text)});
    }
  };
  add(oids::kCountry, country);
  add(oids::kOrganization, organization);
  add(oids::kOrganizationalUnit, unit);
  add(oids::kCommonName, common_name);
  return make_name(attributes);
}
constexpr std::string_view kUnit = "Authenticator Attestation";

using RO = RegistrationOptions;
using AO = AssertionOptions;
using RP = RelyingParty;
using CO = CertificateOptions;

}  // namespace mutations

inline const std::vector<RegistrationMutation>& registration_mutations() {
  using namespace mutations;  // NOLINT
  using C = Check;
  using E = ErrorCode;
  static const std::vector<RegistrationMutation> kMutations{
      // What the relying party expects.
      {C::expectations_usable, E::expected_challenge_invalid, "challenge_of_15_bytes", nullptr,
       [](RO& o) { o.challenge.resize(15); }, nullptr},
      {C::expectations_usable, E::expected_rp_id_invalid, "rp_id_is_an_address", nullptr,
       [](RO& o) { o.rp_id = "127.0.0.1"; }, [](RP& p) { p.rp_id = "127.0.0.1"; }},
      {C::expectations_usable, E::expected_origins_invalid, "no_origin", nullptr, nullptr,
       [](RP& p) { p.origins.clear(); }},

      // The response.
      {C::response_parses, E::response_malformed, "type_is_a_number", nullptr,
       [](RO& o) {
         o.json_edits = {{"type", "1469"}};
       },
       nullptr},
      {C::response_parses, E::response_type_invalid, "type_is_another", nullptr,
       [](RO& o) {
         o.json_edits = {{"type", R"("private-key")"}};
       },
       nullptr},
      {C::response_parses, E::response_id_mismatch, "id_differs_from_raw_id", nullptr,
       [](RO& o) {
         o.json_edits = {{"id", R"("AAAA")"}};
       },
       nullptr},
      {C::response_parses, E::base64url_invalid, "client_data_is_padded", nullptr,
       [](RO& o) {
         o.json_edits = {{"response.clientDataJSON", R"("e30=")"}};
       },
       nullptr},
      {C::response_parses, E::response_malformed, "attestation_object_is_missing", nullptr,
       [](RO& o) {
         o.json_edits = {{"response.attestationObject", std::nullopt}};
       },
       nullptr},
      {C::response_parses, E::response_malformed, "response_is_missing", nullptr,
       [](RO& o) {
         o.json_edits = {{"response", std::nullopt}};
       },
       nullptr},
      {C::client_extensions_parse, E::client_extension_malformed, "cred_props_is_a_number", nullptr,
       [](RO& o) {
         o.json_edits = {{"clientExtensionResults", R"({"credProps":1})"}};
       },
       nullptr},

      // Client data.
      {C::client_data_is_utf8, E::utf8_invalid, "client_data_with_ff", nullptr,
       [](RO& o) {
         o.client_data.raw = concat({bytes("{\"type\":\""), ByteVector{0xff}});
       },
       nullptr},
      {C::client_data_parses, E::json_duplicate_key, "duplicate_challenge", nullptr,
       [](RO& o) { o.client_data.raw = bytes(R"({"challenge":"AA","challenge":"AA"})"); }, nullptr},
      {C::client_data_parses, E::client_data_malformed, "origin_missing", nullptr,
       [](RO& o) {
         o.client_data.edits = {{"origin", std::nullopt}};
       },
       nullptr},
      {C::client_data_parses, E::client_data_malformed, "challenge_is_a_number", nullptr,
       [](RO& o) {
         o.client_data.edits = {{"challenge", "1469"}};
       },
       nullptr},
      {C::client_data_parses, E::base64url_invalid, "challenge_is_not_base64url", nullptr,
       [](RO& o) {
         o.client_data.edits = {{"challenge", R"("a+b/")"}};
       },
       nullptr},
      {C::client_data_parses, E::client_data_malformed, "cross_origin_is_text", nullptr,
       [](RO& o) {
         o.client_data.edits = {{"crossOrigin", R"("false")"}};
       },
       nullptr},
      {C::client_data_parses, E::token_binding_malformed, "token_binding_without_status", nullptr,
       [](RO& o) {
         o.client_data.edits = {{"tokenBinding", "{}"}};
       },
       nullptr},
      {C::client_data_parses, E::json_syntax, "client_data_ends_early", nullptr,
       [](RO& o) { o.client_data.raw = bytes(R"({"type":"webauthn.create")"); }, nullptr},
      {C::type_is_create, E::type_mismatch, "type_is_get", nullptr,
       [](RO& o) { o.client_data.type = "webauthn.get"; }, nullptr},
      {C::type_is_create, E::type_mismatch, "type_is_payment", nullptr,
       [](RO& o) { o.client_data.type = "payment.get"; }, nullptr},
      {C::challenge_matches, E::challenge_mismatch, "another_challenge", nullptr,
       [](RO& o) { o.client_data.challenge = seeded_bytes("another", 32); }, nullptr},
      {C::challenge_matches, E::challenge_mismatch, "prefix_of_the_challenge", nullptr,
       [](RO& o) {
         o.client_data.challenge = o.challenge;
         o.client_data.challenge->resize(31);
       },
       nullptr},
      {C::origin_allowed, E::origin_not_allowed, "origin_of_a_subdomain", nullptr,
       [](RO& o) { o.client_data.origin = "https://evil.example.org"; }, nullptr},
      {C::origin_allowed, E::origin_not_allowed, "origin_with_http", nullptr,
       [](RO& o) { o.client_data.origin = "http://example.org"; }, nullptr},
      {C::origin_allowed, E::origin_not_allowed, "origin_with_slash", nullptr,
       [](RO& o) { o.client_data.origin = "https://example.org/"; }, nullptr},
      {C::cross_origin_allowed, E::cross_origin_not_allowed, "cross_origin", nullptr,
       [](RO& o) { o.client_data.cross_origin = true; }, nullptr},
      {C::top_origin_expected, E::top_origin_unexpected, "top_origin", nullptr,
       [](RO& o) { o.client_data.top_origin = "https://example.com"; }, nullptr},
      {C::top_origin_allowed, E::top_origin_not_allowed, "another_top_origin", nullptr,
       [](RO& o) {
         o.client_data.cross_origin = true;
         o.client_data.top_origin = "https://evil.example";
       },
       [](RP& p) { p.top_origins = {"https://example.com"}; }},

      // The attestation object and authenticator data.
      {C::attestation_object_parses, E::cbor_trailing_bytes, "byte_after_attestation_object",
       nullptr, [](RO& o) { o.attestation_object_trailer = {0}; }, nullptr},
      {C::attestation_object_parses, E::attestation_object_malformed, "fmt_missing", nullptr,
       [](RO& o) {
         o.attestation_object_edits = {{"fmt", std::nullopt}};
       },
       nullptr},
      {C::attestation_object_parses, E::attestation_object_malformed, "auth_data_is_text", nullptr,
       [](RO& o) {
         o.attestation_object_edits = {{"authData", cbor::text("x")}};
       },
       nullptr},
      {C::attestation_object_parses, E::attestation_object_malformed, "statement_is_an_array",
       nullptr, [](RO& o) { o.raw_statement = cbor::array({}); }, nullptr},
      {C::attestation_object_parses, E::authenticator_data_trailing_bytes,
       "byte_after_authenticator_data", nullptr, [](RO& o) { o.authenticator_data_trailer = {0}; },
       nullptr},
      {C::attestation_object_parses, E::authenticator_data_trailing_bytes, "at_flag_clear", nullptr,
       [](RO& o) { o.raw_flags = 0x05; }, nullptr},
      {C::attestation_object_parses, E::attested_credential_data_missing, "no_attested_data",
       nullptr, [](RO& o) { o.has_attested_data = false; }, nullptr},
      {C::attestation_object_parses, E::authenticator_data_malformed, "empty_credential_id",
       nullptr, [](RO& o) { o.credential_id_length = 0; }, nullptr},
      {C::attestation_object_parses, E::authenticator_data_malformed,
       "credential_id_beyond_the_end", nullptr, [](RO& o) { o.credential_id_length = 0xffff; },
       nullptr},
      {C::attestation_object_parses, E::cose_key_type_mismatch, "es256_with_p384", nullptr,
       [](RO& o) { o.cose_key = TestKey::make(KeyKind::p384, "credential").cose_key(-7); },
       nullptr},
      {C::attestation_object_parses, E::cose_key_type_mismatch, "es256_with_secp256k1", nullptr,
       [](RO& o) { o.cose_key = TestKey::make(KeyKind::secp256k1, "credential").cose_key(-7); },
       nullptr},
      {C::attestation_object_parses, E::cose_key_type_mismatch, "eddsa_with_ed448", nullptr,
       [](RO& o) { o.cose_key = TestKey::make(KeyKind::ed448, "credential").cose_key(-8); },
       nullptr},
      {C::algorithm_offered, E::algorithm_not_allowed_here, "rs1_credential", nullptr,
       [](RO& o) { o.cose_key = TestKey::make(KeyKind::rsa2048, "credential").cose_key(-65535); },
       nullptr},
      {C::attestation_object_parses, E::rsa_key_out_of_bounds, "rsa_of_1024_bits", nullptr,
       [](RO& o) { o.cose_key = TestKey::make(KeyKind::rsa1024).cose_key(-257); }, nullptr},
      {C::attestation_object_parses, E::ec_point_invalid, "point_off_the_curve", nullptr,
       [](RO& o) {
         const ByteVector key = TestKey::make(KeyKind::p256, "credential").cose_key(-7);
         o.cose_key = with_flipped_bit(key, (key.size() - 1) * 8);
       },
       nullptr},
      {C::rp_id_hash_matches, E::rp_id_hash_mismatch, "another_rp_id", nullptr,
       [](RO& o) { o.rp_id = "example.com"; }, nullptr},
      {C::user_present, E::user_not_present, "up_clear", nullptr,
       [](RO& o) { o.flags = kUserVerified; }, nullptr},
      {C::user_verified, E::user_not_verified, "uv_clear", nullptr,
       [](RO& o) { o.flags = kUserPresent; }, nullptr},
      {C::user_verified, E::user_not_verified, "uv_clear_in_conditional_create", nullptr,
       [](RO& o) { o.flags = 0; }, [](RP& p) { p.mediation = "conditional"; }},
      {C::backup_flags_consistent, E::backup_flags_inconsistent, "bs_without_be", nullptr,
       [](RO& o) { o.flags |= kBackedUp; }, nullptr},
      {C::algorithm_offered, E::algorithm_not_offered, "algorithm_not_offered", nullptr, nullptr,
       [](RP& p) {
         p.algorithms = {-257, -8};
       }},
      {C::credential_id_length, E::credential_id_too_long, "credential_id_of_1024_bytes", nullptr,
       [](RO& o) { o.credential_id = seeded_bytes("long", 1024); }, nullptr},
      {C::credential_id_matches, E::credential_id_mismatch, "id_of_another_credential", nullptr,
       [](RO& o) {
         o.json_edits = {{"id", R"("AAAA")"}, {"rawId", R"("AAAA")"}};
       },
       nullptr},
      {C::authenticator_extensions_parse, E::authenticator_extension_malformed,
       "cred_protect_is_text", nullptr,
       [](RO& o) {
         o.extensions = {{cbor::text("credProtect"), cbor::text("2")}};
       },
       nullptr},
      {C::attestation_trusted, E::attestation_none_not_allowed, "none_where_trust_is_required",
       nullptr, nullptr, [](RP& p) { p.is_trusted_attestation_required = true; }},
      {C::attestation_trusted, E::attestation_self_not_allowed, "self_where_trust_is_required",
       packed_self, nullptr, [](RP& p) { p.is_trusted_attestation_required = true; }},
      {C::attestation_trusted, E::attestation_untrusted, "no_anchor", packed, nullptr,
       [](RP& p) {
         p.is_trusted_attestation_required = true;
         p.trust_anchors = std::vector<ByteVector>{};
       }},
      {C::attestation_trusted, E::attestation_untrusted, "leaf_not_signed_by_the_anchor", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.fault = CertificateFault::wrong_signature; }; },
       [](RP& p) { p.is_trusted_attestation_required = true; }},

      {C::authenticator_model_acceptable, E::authenticator_revoked, "model_that_was_revoked", packed,
       nullptr, [](RP& p) { p.models = &models_that_refuse(); }},

      // Formats.
      {C::attestation_format_supported, E::attestation_format_unknown, "unknown_format", packed,
       [](RO& o) { o.format_name = "BananaPancake"; }, nullptr},
      {C::attestation_format_supported, E::attestation_format_unknown, "format_in_capitals", packed,
       [](RO& o) { o.format_name = "Packed"; }, nullptr},
      {C::none_statement_empty, E::attestation_statement_not_empty, "none_with_a_member", nullptr,
       [](RO& o) {
         o.statement_edits = {{"sig", cbor::byte_string({})}};
       },
       nullptr},

      {C::packed_statement_members, E::attestation_statement_unknown_member,
       "packed_unknown_member", packed,
       [](RO& o) {
         o.statement_edits = {{"pad", cbor::integer(1)}};
       },
       nullptr},
      {C::packed_statement_members, E::attestation_statement_malformed, "packed_sig_missing",
       packed,
       [](RO& o) {
         o.statement_edits = {{"sig", std::nullopt}};
       },
       nullptr},
      {C::packed_algorithm, E::algorithm_unknown, "packed_alg_unknown", packed,
       [](RO& o) {
         o.statement_edits = {{"alg", cbor::integer(-42)}};
       },
       nullptr},
      {C::packed_certificates, E::attestation_statement_malformed, "packed_x5c_empty", packed,
       [](RO& o) {
         o.statement_edits = {{"x5c", no_certificates()}};
       },
       nullptr},
      {C::packed_certificate_version, E::attestation_certificate_requirements, "packed_v1", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.version = 1; }; }, nullptr},
      {C::packed_certificate_country, E::attestation_certificate_requirements, "packed_no_country",
       packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.subject = subject("", "Maker", kUnit, "Leaf"); }; },
       nullptr},
      {C::packed_certificate_organization, E::attestation_certificate_requirements,
       "packed_no_organization", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.subject = subject("SE", "", kUnit, "Leaf"); }; },
       nullptr},
      {C::packed_certificate_organizational_unit, E::attestation_certificate_requirements,
       "packed_another_unit", packed,
       [](RO& o) {
         o.edit_leaf = [](CO& c) { c.subject = subject("SE", "Maker", "Sales", "Leaf"); };
       },
       nullptr},
      {C::packed_certificate_common_name, E::attestation_certificate_requirements,
       "packed_no_common_name", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.subject = subject("SE", "Maker", kUnit, ""); }; },
       nullptr},
      {C::packed_certificate_not_ca, E::attestation_certificate_requirements, "packed_leaf_is_a_ca",
       packed, [](RO& o) { o.edit_leaf = [](CO& c) { c.is_ca = true; }; }, nullptr},
      {C::packed_certificate_aaguid, E::attestation_aaguid_mismatch, "packed_another_aaguid",
       packed, [](RO& o) { o.edit_leaf = [](CO& c) { c.aaguid = ByteVector(16, 1); }; }, nullptr},
      {C::packed_signature, E::signature_invalid, "packed_signed_by_a_stranger", packed,
       [](RO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr},
      {C::packed_signature, E::signature_invalid, "packed_signed_by_the_credential", packed,
       [](RO& o) { o.signature_fault = SignatureFault::credential_key; }, nullptr},
      {C::packed_signature, E::signature_malformed, "packed_signature_with_a_byte_more", packed,
       [](RO& o) { o.signature_fault = SignatureFault::trailing_byte; }, nullptr},
      {C::packed_self_algorithm, E::attestation_algorithm_mismatch, "self_another_algorithm",
       packed_self,
       [](RO& o) {
         o.statement_edits = {{"alg", cbor::integer(-257)}};
       },
       nullptr},
      {C::packed_self_signature, E::signature_invalid, "self_signed_by_a_stranger", packed_self,
       [](RO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr},

      {C::fido_u2f_statement_members, E::attestation_statement_unknown_member, "u2f_unknown_member",
       fido_u2f,
       [](RO& o) {
         o.statement_edits = {{"alg", cbor::integer(-7)}};
       },
       nullptr},
      {C::fido_u2f_single_certificate, E::attestation_statement_malformed, "u2f_two_certificates",
       fido_u2f, [](RO& o) { o.intermediates = 1; }, nullptr},
      {C::fido_u2f_certificate_key, E::attestation_key_mismatch, "u2f_certificate_with_p384",
       fido_u2f,
       [](RO& o) {
         o.edit_leaf = [](CO& c) { c.spki = TestKey::make(KeyKind::p384, "attestation").spki(); };
       },
       nullptr},
      {C::fido_u2f_credential_key, E::attestation_key_mismatch, "u2f_credential_with_p384",
       fido_u2f, [](RO& o) { o.algorithm = -35; }, nullptr},
      {C::fido_u2f_aaguid_zero, E::attestation_aaguid_mismatch, "u2f_aaguid", fido_u2f,
       [](RO& o) { o.aaguid = ByteVector(16, 1); },
       [](RP& p) { p.is_u2f_aaguid_zero_required = true; }},
      {C::fido_u2f_signature, E::signature_invalid, "u2f_signed_by_a_stranger", fido_u2f,
       [](RO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr},

      {C::apple_statement_members, E::attestation_statement_unknown_member, "apple_unknown_member",
       apple,
       [](RO& o) {
         o.statement_edits = {{"sig", cbor::byte_string({})}};
       },
       nullptr},
      {C::apple_certificates, E::attestation_statement_malformed, "apple_x5c_empty", apple,
       [](RO& o) {
         o.statement_edits = {{"x5c", no_certificates()}};
       },
       nullptr},
      {C::apple_nonce, E::attestation_nonce_mismatch, "apple_another_nonce", apple,
       [](RO& o) {
         o.edit_leaf = [](CO& c) {
           c.extensions.back().value =
               der::sequence({der::context(1, der::octet_string(ByteVector(32, 1)))});
         };
       },
       nullptr},
      {C::apple_nonce, E::attestation_nonce_malformed, "apple_no_nonce", apple,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.extensions.clear(); }; }, nullptr},
      {C::apple_certificate_key, E::attestation_key_mismatch, "apple_another_key", apple,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.key = TestKey::make(KeyKind::p256, "other"); }; },
       nullptr},

      {C::compound_statement_members, E::attestation_statement_malformed, "compound_of_integers",
       compound,
       [](RO& o) {
         o.raw_statement = cbor::array({cbor::integer(1), cbor::integer(2)});
       },
       nullptr},
      {C::compound_statement_count, E::attestation_compound_count, "compound_of_one", compound,
       [](RO& o) { o.compound_formats = {Format::packed_self}; }, nullptr},
      {C::compound_statement_not_nested, E::attestation_compound_nested, "compound_in_compound",
       compound,
       [](RO& o) {
         const ByteVector inner = cbor::map({{cbor::text("fmt"), cbor::text("compound")},
                                             {cbor::text("attStmt"), cbor::array({})}});
         o.raw_statement = cbor::array({inner, inner});
       },
       nullptr},
      {C::packed_self_signature, E::signature_invalid, "compound_with_a_wrong_signature", compound,
       [](RO& o) { o.signature_fault = SignatureFault::flipped_bit; }, nullptr},

      // TPM.
      {C::tpm_statement_members, E::attestation_statement_unknown_member, "tpm_unknown_member", tpm,
       [](RO& o) {
         o.statement_edits = {{"pad", cbor::integer(1)}};
       },
       nullptr},
      {C::tpm_version, E::tpm_version_unsupported, "tpm_version_1_2", tpm,
       [](RO& o) { o.tpm.version = "1.2"; }, nullptr},
      {C::tpm_algorithm, E::algorithm_unknown, "tpm_alg_unknown", tpm,
       [](RO& o) {
         o.statement_edits = {{"alg", cbor::integer(-42)}};
       },
       nullptr},
      {C::tpm_public_area, E::tpm_structure_malformed, "tpm_public_area_with_a_byte_more", tpm,
       [](RO& o) { o.tpm.public_area.trailer = {0}; }, nullptr},
      {C::tpm_public_area_is_credential_key, E::tpm_public_area_mismatch, "tpm_another_key", tpm,
       [](RO& o) {
         o.tpm.raw_public_area = make_tpm_public(TestKey::make(KeyKind::p256, "other"));
       },
       nullptr},
      {C::tpm_certificates, E::attestation_statement_malformed, "tpm_x5c_empty", tpm,
       [](RO& o) {
         o.statement_edits = {{"x5c", no_certificates()}};
       },
       nullptr},
      {C::tpm_certificate_version, E::attestation_certificate_requirements, "tpm_v1", tpm,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.version = 1; }; }, nullptr},
      {C::tpm_certificate_subject_empty, E::attestation_certificate_requirements, "tpm_subject",
       tpm, [](RO& o) { o.edit_leaf = [](CO& c) { c.subject = authority_subject("x"); }; },
       nullptr},
      {C::tpm_certificate_name_critical, E::attestation_certificate_requirements,
       "tpm_name_not_critical", tpm,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.is_subject_alt_name_critical = false; }; }, nullptr},
      {C::tpm_certificate_name, E::tpm_certificate_name_malformed, "tpm_no_model", tpm,
       [](RO& o) { o.tpm.identity.model = std::nullopt; }, nullptr},
      {C::tpm_certificate_vendor, E::tpm_vendor_unknown, "tpm_vendor_unknown", tpm,
       [](RO& o) { o.tpm.identity.manufacturer = "id:00000000"; }, nullptr},
      {C::tpm_certificate_vendor, E::tpm_vendor_unknown, "tpm_vendor_of_test_data", tpm,
       [](RO& o) { o.tpm.identity.manufacturer = "id:FFFFF1D0"; }, nullptr},
      {C::tpm_certificate_extended_key_usage, E::attestation_certificate_requirements,
       "tpm_no_usage", tpm,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.extended_key_usage.clear(); }; }, nullptr},
      {C::tpm_certificate_not_ca, E::attestation_certificate_requirements, "tpm_leaf_is_a_ca", tpm,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.is_ca = true; }; }, nullptr},
      {C::tpm_certificate_aaguid, E::attestation_aaguid_mismatch, "tpm_another_aaguid", tpm,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.aaguid = ByteVector(16, 1); }; }, nullptr},
      {C::tpm_signature, E::signature_invalid, "tpm_signed_by_a_stranger", tpm,
       [](RO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr},
      {C::tpm_magic, E::tpm_magic_invalid, "tpm_magic", tpm,
       [](RO& o) { o.tpm.attest.magic = 0xff544348; }, nullptr},
      {C::tpm_type, E::tpm_type_not_certify, "tpm_quote_instead_of_certify", tpm,
       [](RO& o) { o.tpm.attest.type = 0x8018; }, nullptr},
      {C::tpm_certify_info, E::tpm_structure_malformed, "tpm_certify_info_with_a_byte_more", tpm,
       [](RO& o) { o.tpm.attest.trailer = {0}; }, nullptr},
      {C::tpm_extra_data, E::tpm_extra_data_mismatch, "tpm_another_extra_data", tpm,
       [](RO& o) { o.tpm.attest.extra_data = ByteVector(32, 1); }, nullptr},
      {C::tpm_name, E::tpm_name_mismatch, "tpm_another_name", tpm,
       [](RO& o) { o.tpm.attest.name = ByteVector(34, 1); }, nullptr},

      // Android.
      {C::android_key_statement_members, E::attestation_statement_unknown_member,
       "android_unknown_member", android_key,
       [](RO& o) {
         o.statement_edits = {{"pad", cbor::integer(1)}};
       },
       nullptr},
      {C::android_key_certificates, E::attestation_statement_malformed, "android_x5c_empty",
       android_key,
       [](RO& o) {
         o.statement_edits = {{"x5c", no_certificates()}};
       },
       nullptr},
      {C::android_key_signature, E::signature_invalid, "android_signed_by_a_stranger", android_key,
       [](RO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr},
      {C::android_key_certificate_key, E::attestation_key_mismatch, "android_another_key",
       android_key, [](RO& o) { o.android_key.leaf_key = TestKey::make(KeyKind::p256, "other"); },
       nullptr},
      {C::android_key_description, E::android_key_description_missing, "android_no_description",
       android_key, [](RO& o) { o.android_key.has_description = false; }, nullptr},
      {C::android_key_challenge, E::android_key_challenge_mismatch, "android_another_challenge",
       android_key, [](RO& o) { o.android_key.description.challenge = ByteVector(32, 1); },
       nullptr},
      {C::android_key_not_for_all_applications, E::android_key_all_applications,
       "android_all_applications_in_software_list", android_key,
       [](RO& o) {
         auto& list = o.android_key.description.software_enforced;
         list.insert(list.begin(), android_all_applications());
       },
       nullptr},
      {C::android_key_origin, E::android_key_origin_invalid, "android_imported_key", android_key,
       [](RO& o) {
         o.android_key.description.tee_enforced = {android_purposes({2}), android_origin(2)};
       },
       nullptr},
      {C::android_key_purpose, E::android_key_purpose_invalid, "android_key_for_encryption",
       android_key,
       [](RO& o) {
         o.android_key.description.tee_enforced = {android_purposes({0}), android_origin(0)};
       },
       nullptr},

      {C::android_safetynet_enabled, E::attestation_format_unknown, "safetynet_is_off", safetynet,
       nullptr, [](RP& p) { p.is_safetynet_enabled = false; }},
      {C::android_safetynet_statement_members, E::attestation_statement_malformed,
       "safetynet_response_missing", safetynet,
       [](RO& o) { o.statement_edits = {{"response", std::nullopt}}; }, nullptr},
      {C::android_safetynet_version, E::attestation_statement_malformed, "safetynet_version_empty",
       safetynet, [](RO& o) { o.safetynet.version = ""; }, nullptr},
      {C::android_safetynet_response, E::jws_malformed, "safetynet_response_of_two_parts", safetynet,
       [](RO& o) { o.safetynet.raw_response = "e30.e30"; }, nullptr},
      {C::android_safetynet_algorithm, E::algorithm_not_allowed_here, "safetynet_alg_none",
       safetynet, [](RO& o) { o.safetynet.header_edits = {{"alg", R"("none")"}}; }, nullptr},
      {C::android_safetynet_algorithm, E::algorithm_not_allowed_here, "safetynet_alg_hs256",
       safetynet, [](RO& o) { o.safetynet.header_edits = {{"alg", R"("HS256")"}}; }, nullptr},
      {C::android_safetynet_certificates, E::jws_malformed, "safetynet_x5c_empty", safetynet,
       [](RO& o) { o.safetynet.header_edits = {{"x5c", "[]"}}; }, nullptr},
      {C::android_safetynet_certificate_host, E::safetynet_host_mismatch, "safetynet_another_host",
       safetynet,
       [](RO& o) {
         o.edit_leaf = [](CO& c) {
           c.subject_alt_name = der::sequence({der::element(0x82, bytes("attest.android.com.evil"))});
         };
       },
       nullptr},
      {C::android_safetynet_signature, E::signature_invalid, "safetynet_signed_by_a_stranger",
       safetynet, [](RO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr},
      {C::android_safetynet_nonce, E::safetynet_nonce_mismatch, "safetynet_another_nonce", safetynet,
       [](RO& o) { o.safetynet.payload_edits = {{"nonce", R"("AAAA")"}}; }, nullptr},
      {C::android_safetynet_profile, E::safetynet_profile_mismatch, "safetynet_profile_mismatch",
       safetynet, [](RO& o) { o.safetynet.payload_edits = {{"ctsProfileMatch", "false"}}; }, nullptr},
      {C::android_safetynet_integrity, E::safetynet_integrity_missing, "safetynet_no_integrity",
       safetynet, [](RO& o) { o.safetynet.payload_edits = {{"basicIntegrity", "false"}}; }, nullptr},
      {C::android_safetynet_time, E::safetynet_time_invalid, "safetynet_of_two_minutes_ago",
       safetynet, [](RO& o) { o.safetynet.timestamp_ms -= 120000; }, nullptr},
      {C::android_safetynet_time, E::safetynet_time_invalid, "safetynet_of_the_future", safetynet,
       [](RO& o) { o.safetynet.timestamp_ms += 60000; }, nullptr},

      // Chains: an outcome where trust is not required, with this reason.
      {C::attestation_chain_trusted, E::certificate_expired, "leaf_expired", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.not_after = kCeremonyTime - 1; }; }, nullptr},
      {C::attestation_chain_trusted, E::certificate_not_yet_valid, "leaf_not_yet_valid", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.not_before = kCeremonyTime + 1; }; }, nullptr},
      {C::attestation_chain_trusted, E::certificate_expired, "intermediate_expired", packed,
       [](RO& o) {
         o.intermediates = 1;
         o.edit_chain = [](ChainOptions& chain) {
           chain.edit_intermediate = [](CO& c, std::size_t) { c.not_after = kCeremonyTime - 1; };
         };
       },
       nullptr},
      {C::attestation_chain_trusted, E::certificate_not_ca, "intermediate_is_no_ca", packed,
       [](RO& o) {
         o.intermediates = 1;
         o.edit_chain = [](ChainOptions& chain) {
           chain.edit_intermediate = [](CO& c, std::size_t) { c.is_ca = false; };
         };
       },
       nullptr},
      {C::attestation_chain_trusted, E::certificate_key_usage, "intermediate_may_not_sign", packed,
       [](RO& o) {
         o.intermediates = 1;
         o.edit_chain = [](ChainOptions& chain) {
           chain.edit_intermediate = [](CO& c, std::size_t) { c.key_usage = 0x01; };
         };
       },
       nullptr},
      {C::attestation_chain_trusted, E::certificate_path_length, "path_length_of_zero", packed,
       [](RO& o) {
         o.intermediates = 2;
         o.edit_chain = [](ChainOptions& chain) {
           chain.edit_intermediate = [](CO& c, std::size_t i) {
             if (i == 1) {
               c.path_length = 0;
             }
           };
         };
       },
       nullptr},
      {C::attestation_chain_trusted, E::certificate_chain_signature_invalid,
       "leaf_signed_by_a_stranger", packed,
       [](RO& o) { o.edit_leaf = [](CO& c) { c.fault = CertificateFault::wrong_signature; }; },
       nullptr},
      {C::attestation_chain_trusted, E::certificate_path_not_found, "no_anchor_configured", packed,
       nullptr, [](RP& p) { p.trust_anchors = std::vector<ByteVector>{}; }},
      {C::attestation_chain_trusted, E::certificate_critical_extension_unknown,
       "unknown_critical_extension", packed,
       [](RO& o) {
         o.edit_leaf = [](CO& c) {
           c.extensions.push_back({"1.3.6.1.4.1.99999.1", true, der::null()});
         };
       },
       nullptr},
  };
  return kMutations;
}

inline const std::vector<AuthenticationMutation>& authentication_mutations() {
  using namespace mutations;  // NOLINT
  using C = Check;
  using E = ErrorCode;
  static const std::vector<AuthenticationMutation> kMutations{
      {C::expectations_usable, E::expected_challenge_invalid, "challenge_of_15_bytes",
       [](AO& o) { o.challenge.resize(15); }, nullptr, nullptr},
      {C::expectations_usable, E::expected_rp_id_invalid, "rp_id_is_empty", nullptr, nullptr,
       [](RP& p) { p.rp_id = ""; }},
      {C::response_parses, E::response_malformed, "signature_missing",
       [](AO& o) {
         o.json_edits = {{"response.signature", std::nullopt}};
       },
       nullptr, nullptr},
      {C::response_parses, E::response_malformed, "signature_is_a_number",
       [](AO& o) {
         o.json_edits = {{"response.signature", "1469"}};
       },
       nullptr, nullptr},
      {C::response_parses, E::response_malformed, "user_handle_is_a_number",
       [](AO& o) {
         o.json_edits = {{"response.userHandle", "1469"}};
       },
       nullptr, nullptr},
      {C::response_parses, E::base64url_invalid, "authenticator_data_with_plus",
       [](AO& o) {
         o.json_edits = {{"response.authenticatorData", R"("a+b/")"}};
       },
       nullptr, nullptr},
      {C::client_extensions_parse, E::client_extension_malformed, "appid_is_text",
       [](AO& o) {
         o.json_edits = {{"clientExtensionResults", R"({"appid":"true"})"}};
       },
       nullptr, nullptr},
      {C::credential_allowed, E::credential_not_allowed, "credential_not_in_the_list", nullptr,
       nullptr, [](RP& p) { p.allowed_credentials = {ByteVector(32, 1)}; }},
      {C::credential_record_matches, E::credential_record_mismatch, "record_of_another_credential",
       nullptr, [](SoftCredential& s) { s.id = ByteVector(32, 1); }, nullptr},
      {C::user_handle_present, E::user_handle_missing, "no_user_handle_for_an_unknown_user",
       nullptr, nullptr, [](RP& p) { p.is_user_handle_required = true; }},
      {C::user_handle_matches, E::user_handle_mismatch, "user_handle_of_another",
       [](AO& o) { o.user_handle = ByteVector(32, 1); }, nullptr, nullptr},
      {C::user_handle_matches, E::user_handle_mismatch, "credential_of_another_user", nullptr,
       nullptr, [](RP& p) { p.known_user = ByteVector(32, 1); }},
      {C::authenticator_data_parses, E::authenticator_data_trailing_bytes,
       "byte_after_authenticator_data", [](AO& o) { o.authenticator_data_trailer = {0}; }, nullptr,
       nullptr},
      {C::authenticator_data_parses, E::authenticator_data_malformed, "36_bytes",
       [](AO& o) { o.raw_authenticator_data = ByteVector(36, 1); }, nullptr, nullptr},
      {C::authenticator_data_parses, E::extensions_malformed, "ed_flag_without_extensions",
       [](AO& o) { o.raw_flags = 0x85; }, nullptr, nullptr},
      {C::authenticator_data_parses, E::extensions_malformed, "extensions_out_of_order",
       [](AO& o) {
         o.raw_extensions = cbor::map({{cbor::text("minPinLength"), cbor::integer(4)},
                                       {cbor::text("credProtect"), cbor::integer(2)}},
                                      cbor::KeyOrder::as_given);
       },
       nullptr, nullptr},
      {C::attested_credential_data_absent, E::attested_credential_data_unexpected, "attested_data",
       [](AO& o) { o.has_attested_data = true; }, nullptr, nullptr},
      {C::client_data_is_utf8, E::utf8_invalid, "client_data_with_a_surrogate",
       [](AO& o) { o.client_data.origin = "https://example.org\xed\xa0\x80"; }, nullptr, nullptr},
      {C::client_data_parses, E::json_duplicate_key, "duplicate_origin",
       [](AO& o) {
         o.client_data.raw = bytes(
             R"({"type":"webauthn.get","origin":"https://example.org","origin":"https://evil.org"})");
       },
       nullptr, nullptr},
      {C::client_data_parses, E::client_data_malformed, "type_missing",
       [](AO& o) {
         o.client_data.edits = {{"type", std::nullopt}};
       },
       nullptr, nullptr},
      {C::type_is_get, E::type_mismatch, "type_is_create",
       [](AO& o) { o.client_data.type = "webauthn.create"; }, nullptr, nullptr},
      {C::type_is_get, E::type_mismatch, "payment_where_login_is_expected",
       [](AO& o) { o.client_data.type = "payment.get"; }, nullptr, nullptr},
      {C::type_is_get, E::type_mismatch, "login_where_payment_is_expected", nullptr, nullptr,
       [](RP& p) { p.is_payment = true; }},
      {C::challenge_matches, E::challenge_mismatch, "another_challenge",
       [](AO& o) { o.client_data.challenge = seeded_bytes("another", 32); }, nullptr, nullptr},
      {C::origin_allowed, E::origin_not_allowed, "origin_with_port",
       [](AO& o) { o.client_data.origin = "https://example.org:8443"; }, nullptr, nullptr},
      {C::cross_origin_allowed, E::cross_origin_not_allowed, "cross_origin",
       [](AO& o) { o.client_data.cross_origin = true; }, nullptr, nullptr},
      {C::top_origin_expected, E::top_origin_unexpected, "top_origin",
       [](AO& o) { o.client_data.top_origin = "https://example.com"; }, nullptr, nullptr},
      {C::top_origin_allowed, E::top_origin_not_allowed, "another_top_origin",
       [](AO& o) {
         o.client_data.cross_origin = true;
         o.client_data.top_origin = "https://evil.example";
       },
       nullptr, [](RP& p) { p.top_origins = {"https://example.com"}; }},
      {C::rp_id_hash_matches, E::rp_id_hash_mismatch, "another_rp_id",
       [](AO& o) { o.rp_id = "example.com"; }, nullptr, nullptr},
      {C::rp_id_hash_matches, E::rp_id_hash_mismatch, "appid_that_was_not_requested",
       [](AO& o) {
         o.rp_id = "https://example.org/u2f";
         o.json_edits = {{"clientExtensionResults", R"({"appid":true})"}};
       },
       nullptr, nullptr},
      {C::rp_id_hash_matches, E::rp_id_hash_mismatch, "appid_without_the_clients_word",
       [](AO& o) { o.rp_id = "https://example.org/u2f"; }, nullptr,
       [](RP& p) { p.appid = "https://example.org/u2f"; }},
      {C::user_present, E::user_not_present, "up_clear", [](AO& o) { o.flags = kUserVerified; },
       nullptr, nullptr},
      {C::user_verified, E::user_not_verified, "uv_clear", [](AO& o) { o.flags = kUserPresent; },
       nullptr, nullptr},
      {C::backup_flags_consistent, E::backup_flags_inconsistent, "bs_without_be",
       [](AO& o) { o.flags |= kBackedUp; }, nullptr, nullptr},
      {C::backup_eligibility_unchanged, E::backup_eligibility_changed, "be_appeared",
       [](AO& o) { o.flags |= kBackupEligible; }, nullptr, nullptr},
      {C::backup_eligibility_unchanged, E::backup_eligibility_changed, "be_vanished", nullptr,
       [](SoftCredential& s) { s.is_backup_eligible = true; }, nullptr},
      {C::credential_key_parses, E::cbor_truncated, "stored_key_cut", nullptr,
       [](SoftCredential& s) { s.cose_key.pop_back(); }, nullptr},
      {C::credential_key_parses, E::algorithm_not_allowed_here, "stored_key_is_rs1", nullptr,
       [](SoftCredential& s) {
         s.cose_key = TestKey::make(KeyKind::rsa2048, "credential").cose_key(-65535);
       },
       nullptr},
      {C::assertion_signature_verifies, E::signature_invalid, "signed_by_a_stranger",
       [](AO& o) { o.signature_fault = SignatureFault::wrong_key; }, nullptr, nullptr},
      {C::assertion_signature_verifies, E::signature_invalid, "signature_over_something_else",
       [](AO& o) { o.signature_fault = SignatureFault::other_message; }, nullptr, nullptr},
      {C::assertion_signature_verifies, E::signature_invalid, "key_of_another_credential", nullptr,
       [](SoftCredential& s) { s.cose_key = TestKey::make(KeyKind::p256, "other").cose_key(-7); },
       nullptr},
      {C::assertion_signature_verifies, E::signature_malformed, "signature_with_a_byte_more",
       [](AO& o) { o.signature_fault = SignatureFault::trailing_byte; }, nullptr, nullptr},
      {C::assertion_signature_verifies, E::signature_malformed, "key_of_another_kind", nullptr,
       [](SoftCredential& s) {
         s.cose_key = TestKey::make(KeyKind::rsa2048, "other").cose_key(-257);
       },
       nullptr},
      {C::authenticator_extensions_parse, E::authenticator_extension_malformed,
       "cred_protect_is_text",
       [](AO& o) {
         o.extensions = {{cbor::text("credProtect"), cbor::text("2")}};
       },
       nullptr, nullptr},
  };
  return kMutations;
}

}  // namespace countersign::testing
