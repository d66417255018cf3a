#pragma once
// Runs the verifier of one format on a statement that a builder made, and discharges what is left
// with OpenSSL.

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "attestation/formats.h"
#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "model/attestation_object.h"
#include "tests/support/attested.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

inline const ByteVector kTestAaguid = seeded_bytes("platform aaguid", 16);

/// Authenticator data for example.org with an attested credential.
inline Attested make_attested(const TestKey& key, std::int64_t cose_algorithm) {
  Attested attested;
  attested.key = key;
  const ByteVector credential_id = seeded_bytes("platform credential", 32);
  attested.authenticator_data =
      concat({sha256(bytes("example.org")), ByteVector{0x45}, big_endian(0, 4), kTestAaguid,
              big_endian(credential_id.size(), 2), credential_id, key.cose_key(cose_algorithm)});
  attested.client_data_hash = sha256(bytes("client data"));
  return attested;
}

struct StatementOutcome {
  Result<AttestationStatementResult> result = ErrorCode::internal_error;
  std::vector<SignatureObligation> obligations;
  bool do_obligations_hold = false;

  bool is_accepted() const { return result.has_value() && do_obligations_hold; }
};

inline StatementOutcome discharge_outcome(Result<AttestationStatementResult> result,
                                          std::vector<SignatureObligation> obligations) {
  static const OpenSslVerifier verifier;
  StatementOutcome outcome{std::move(result), std::move(obligations), true};
  for (const SignatureVerdict verdict : discharge(outcome.obligations, verifier)) {
    outcome.do_obligations_hold = outcome.do_obligations_hold && verdict == SignatureVerdict::valid;
  }
  return outcome;
}

inline const Hasher& test_hasher() {
  static const OpenSslHasher hasher;
  return hasher;
}

/// `statement` is the encoded attStmt.
inline StatementOutcome run_statement(AttestationFormatVerifier verify, const Attested& attested,
                                      const ByteVector& statement,
                                      const AttestationSettings& settings = {},
                                      UnixSeconds time = {kCeremonyTime}) {
  const Result<AuthenticatorData> authenticator_data =
      parse_authenticator_data(attested.authenticator_data);
  CborOptions options;
  options.key_order = CborKeyOrder::any;
  const Result<CborValue> value = parse_cbor(statement, options);
  if (!authenticator_data.has_value() || !value.has_value()) {
    return {authenticator_data.has_value() ? value.error() : authenticator_data.error(), {}, false};
  }
  Digest256 hash{};
  std::copy(attested.client_data_hash.begin(), attested.client_data_hash.end(), hash.begin());
  const AttestationContext context{*value, *authenticator_data, hash, settings,
                                   time,   test_hasher()};
  std::vector<SignatureObligation> obligations;
  Result<AttestationStatementResult> result = verify(context, obligations);
  return discharge_outcome(std::move(result), std::move(obligations));
}

inline StatementOutcome run_statement(AttestationFormatVerifier verify, const Attested& attested,
                                      const cbor::Members& members,
                                      const AttestationSettings& settings = {},
                                      UnixSeconds time = {kCeremonyTime}) {
  return run_statement(verify, attested, cbor::map(members), settings, time);
}

inline void expect_accepted(const StatementOutcome& outcome) {
  ASSERT_TRUE(outcome.result.has_value())
      << error_name(outcome.result.error().code) << " in "
      << check_name(outcome.result.error().check) << " at " << outcome.result.error().offset;
  EXPECT_FALSE(outcome.obligations.empty());
  EXPECT_TRUE(outcome.do_obligations_hold);
}

inline void expect_refused(const StatementOutcome& outcome, Check check, ErrorCode code) {
  ASSERT_FALSE(outcome.result.has_value());
  EXPECT_EQ(check_name(outcome.result.error().check), check_name(check));
  EXPECT_EQ(error_name(outcome.result.error().code), error_name(code));
}

/// Every check is well-formed and passes, but the arithmetic fails for that check.
inline void expect_bad_signature(const StatementOutcome& outcome, Check check) {
  ASSERT_TRUE(outcome.result.has_value()) << error_name(outcome.result.error().code) << " in "
                                          << check_name(outcome.result.error().check);
  ASSERT_EQ(outcome.obligations.size(), 1U);
  EXPECT_EQ(outcome.obligations.front().check, check);
  EXPECT_FALSE(outcome.do_obligations_hold);
}

/// The member with every bit flipped in turn; false as soon as one flip is accepted.
inline void expect_every_flip_refused(const std::string& member, const cbor::Members& members,
                                      Bytes content,
                                      const std::function<bool(const cbor::Members&)>& accepts) {
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    cbor::Members edited = members;
    cbor::edit(edited, member, cbor::byte_string(with_flipped_bit(content, bit)));
    ASSERT_FALSE(accepts(edited)) << member << ", bit " << bit;
  }
}

/// The content of a byte string member of a built statement.
inline ByteVector byte_content(cbor::Members members, std::string_view name) {
  const ByteVector* encoded = cbor::find(members, name);
  const Result<CborValue> value = parse_cbor(*encoded);
  return to_vector(value.value().bytes);
}

/// A recorded registration, ready to run.
struct Recorded {
  ByteVector attestation_object;
  ByteVector client_data;
};

inline std::optional<JsonValue> read_vectors(const std::string& path) {
  std::ifstream file(std::string(COUNTERSIGN_VECTORS_DIR) + "/" + path);
  if (!file) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << file.rdbuf();
  JsonOptions options;
  options.max_bytes = std::size_t{1} << 24;
  return parse_json(text.str(), options).value();
}

inline std::optional<Recorded> read_ceremony(const std::string& name) {
  const std::optional<JsonValue> json = read_vectors("ceremonies/" + name + ".json");
  if (!json.has_value()) {
    return std::nullopt;
  }
  const JsonValue& response = *json->find("registration")->find("response")->find("response");
  return Recorded{from_base64(response.find("attestationObject")->string),
                  from_base64(response.find("clientDataJSON")->string)};
}

inline std::optional<Recorded> read_standard_vector(const std::string& id) {
  const std::optional<JsonValue> json = read_vectors("webauthn-l3/vectors.json");
  if (!json.has_value()) {
    return std::nullopt;
  }
  for (const JsonValue& vector : json->find("vectors")->items) {
    if (vector.find("id")->string == id) {
      const JsonValue& registration = *vector.find("registration");
      return Recorded{from_hex(registration.find("attestationObject")->string),
                      from_hex(registration.find("clientDataJSON")->string)};
    }
  }
  return std::nullopt;
}

inline StatementOutcome run_recorded(AttestationFormatVerifier verify, const Recorded& recorded,
                                     const AttestationSettings& settings = {}) {
  const Result<AttestationObject> object = parse_attestation_object(recorded.attestation_object);
  if (!object.has_value()) {
    return {object.error(), {}, false};
  }
  const Digest256 hash = test_hasher().sha256({Bytes(recorded.client_data)});
  const AttestationContext context{
      object->statement, object->authenticator_data, hash, settings, {kCeremonyTime},
      test_hasher()};
  std::vector<SignatureObligation> obligations;
  Result<AttestationStatementResult> result = verify(context, obligations);
  return discharge_outcome(std::move(result), std::move(obligations));
}

}  // namespace countersign::testing
