// Every bit counts: whatever a signature covers is refused when one bit of it is inverted, and what
// nothing signs is written down, with the reason, in unsigned_flips.golden.

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "codec/base64url.h"
#include "tests/support/sanitized.h"
#include "tests/vectors/regions.h"
#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

// A seventh comes to each place of a byte.
constexpr std::size_t kStride = stride(7);

// ---------------------------------------------------------------------------- assertions

struct AssertionSubject {
  std::string name;
  AuthenticationExpectations expectations;
  CredentialRecord record;
  AuthenticationResponse response;
};

bool is_assertion_accepted(const AssertionSubject& subject, const Backend& backend) {
  auto pending =
      begin_authentication(subject.expectations, subject.record, subject.response, backend.hasher);
  if (!pending) {
    return false;
  }
  const auto verdicts = discharge(pending->obligations(), backend.verifier);
  return std::move(*pending).finish(verdicts).has_value();
}

AssertionSubject soft_assertion(std::int64_t algorithm) {
  RegistrationOptions options;
  options.algorithm = algorithm;
  const SoftCredential credential = make_registration(options).credential;
  AssertionOptions assertion_options;
  assertion_options.sign_count = 7;
  assertion_options.user_handle = credential.user_handle;
  const Assertion assertion = make_assertion(credential, assertion_options);
  return {"soft " + std::to_string(algorithm), authentication_expectations(assertion),
          record_of(credential),
          parse_authentication_response(parse_json(assertion.json).value()).value()};
}

// The two identifiers of ECDSA with P-384 and SHA-384 (and with P-521 and SHA-512) differ in one
// bit and mean the same: a stored key that says the other one verifies the same signatures.
bool is_alias(const ByteVector& original, const ByteVector& flipped) {
  const auto first = parse_cose_key(original);
  const auto second = parse_cose_key(flipped);
  if (!first || !second || !(first->key == second->key)) {
    return false;
  }
  const AlgorithmEntry& a = entry_of(first->algorithm);
  const AlgorithmEntry& b = entry_of(second->algorithm);
  return a.id != b.id && a.curve == b.curve && a.scheme == b.scheme && a.hash == b.hash;
}

void expect_every_flip_refused(const AssertionSubject& subject) {
  SCOPED_TRACE(subject.name);
  const Backend& openssl = openssl_backend();
  const Backend& cryptopp = cryptopp_backend();
  ASSERT_TRUE(is_assertion_accepted(subject, openssl));
  const std::int64_t algorithm =
      static_cast<std::int64_t>(parse_cose_key(subject.record.public_key).value().algorithm);
  // Crypto++ has no Ed448; what it never accepts would prove nothing below.
  ASSERT_EQ(is_assertion_accepted(subject, cryptopp), algorithm != -53);
  struct Field {
    const char* name;
    std::function<ByteVector&(AssertionSubject&)> get;
  };
  const Field kFields[] = {
      {"authenticatorData",
       [](AssertionSubject& s) -> ByteVector& { return s.response.authenticator_data; }},
      {"clientDataJSON",
       [](AssertionSubject& s) -> ByteVector& { return s.response.client_data_json; }},
      {"signature", [](AssertionSubject& s) -> ByteVector& { return s.response.signature; }},
      {"publicKey", [](AssertionSubject& s) -> ByteVector& { return s.record.public_key; }},
  };
  std::size_t aliases = 0;
  AssertionSubject changed = subject;
  for (const Field& field : kFields) {
    ByteVector& bytes = field.get(changed);
    const ByteVector original = bytes;
    for (std::size_t bit = 0; bit < original.size() * 8; bit += kStride) {
      bytes = with_flipped_bit(original, bit);
      if (&bytes == &changed.record.public_key && is_alias(original, bytes)) {
        ++aliases;
        continue;
      }
      ASSERT_FALSE(is_assertion_accepted(changed, openssl)) << field.name << " bit " << bit;
      // Crypto++ takes milliseconds: a sample.
      if (bit % 61 == 0) {
        ASSERT_FALSE(is_assertion_accepted(changed, cryptopp)) << field.name << " bit " << bit;
      }
    }
    bytes = original;
  }
  const bool has_alias_one_bit_away =
      algorithm == -35 || algorithm == -36 || algorithm == -51 || algorithm == -52;
  if (kStride == 1) {
    EXPECT_EQ(aliases, has_alias_one_bit_away ? 1U : 0U);
  } else {
    EXPECT_LE(aliases, has_alias_one_bit_away ? 1U : 0U);
  }
}

class AssertionBitFlips : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(AssertionBitFlips, AreRefused) { expect_every_flip_refused(soft_assertion(GetParam())); }

INSTANTIATE_TEST_SUITE_P(SoftAuthenticator, AssertionBitFlips,
                         ::testing::ValuesIn(credential_algorithms()), [](const auto& instance) {
                           return "Algorithm" + std::to_string(-instance.param);
                         });

// ------------------------------------------------------------------------- registrations

// A registration with what its relying party expects.
struct RegistrationSubject {
  std::string name;
  std::string format;
  RecordedRegistration message;
  RegistrationExpectations expectations;
  std::vector<ByteVector> anchors;
};

std::string case_of(const RegistrationSubject& subject, const ByteVector& client_data,
                    const ByteVector& object) {
  const RegistrationExpectations& expected = subject.expectations;
  JsonMembers members;
  members.emplace_back("id", json_string(subject.name));
  members.emplace_back("ceremony", R"("registration")");
  members.emplace_back("rpId", json_string(expected.rp_id));
  members.emplace_back("origins", "[" + json_string(expected.origins.at(0)) + "]");
  if (!expected.top_origins.empty()) {
    members.emplace_back("topOrigins", "[" + json_string(expected.top_origins.at(0)) + "]");
  }
  members.emplace_back("challenge", json_string(to_base64url(expected.challenge)));
  members.emplace_back("userVerification", R"("discouraged")");
  members.emplace_back("time", json_string(encode_rfc3339(expected.time)));
  std::string anchors = "[";
  for (const ByteVector& anchor : subject.anchors) {
    anchors += (anchors.size() > 1 ? "," : "") + json_string(to_base64(anchor));
  }
  members.emplace_back("trustAnchors", anchors + "]");
  const AttestationSettings& settings = expected.attestation;
  members.emplace_back(
      "attestationSettings",
      std::string(R"({"safetynet":)") + (settings.is_safetynet_enabled ? "true" : "false") +
          R"(,"anyTpmVendor":)" + (settings.is_any_tpm_vendor_accepted ? "true" : "false") + "}");
  members.emplace_back("response", subject.message.json(client_data, object));
  return make_json(members);
}

RegistrationSubject soft_subject(const std::string& name, const RegistrationOptions& options) {
  const Registration registration = make_registration(options);
  RegistrationSubject subject;
  subject.name = name;
  subject.format = format_identifier(options.format);
  subject.message = {options.challenge, options.credential_id, registration.client_data,
                     registration.attestation_object};
  subject.expectations = registration_expectations(registration);
  subject.expectations.user_verification = UserVerification::discouraged;
  subject.expectations.attestation.is_safetynet_enabled = true;
  subject.anchors = registration.anchors();
  return subject;
}

constexpr std::string_view kSoftSubjects[] = {"none",
                                              "packed-self",
                                              "packed-x5c",
                                              "packed-x5c-chain",
                                              "fido-u2f",
                                              "apple",
                                              "tpm-ecc",
                                              "tpm-rsa",
                                              "android-key",
                                              "android-safetynet",
                                              "compound",
                                              "none-extensions",
                                              "packed-self-ed25519"};

RegistrationSubject soft_subject(std::string_view name) {
  RegistrationOptions options;
  if (name == "packed-self") {
    options.format = Format::packed_self;
  } else if (name == "packed-x5c") {
    options.format = Format::packed_x5c;
  } else if (name == "packed-x5c-chain") {
    options.format = Format::packed_x5c;
    options.intermediates = 1;
    options.extensions = {{cbor::text("credProtect"), cbor::integer(2)}};
  } else if (name == "fido-u2f") {
    options.format = Format::fido_u2f;
  } else if (name == "apple") {
    options.format = Format::apple;
  } else if (name == "tpm-ecc") {
    options.format = Format::tpm;
    options.tpm.algorithm = -7;
  } else if (name == "tpm-rsa") {
    options.format = Format::tpm;
    options.algorithm = -257;
  } else if (name == "android-key") {
    options.format = Format::android_key;
  } else if (name == "android-safetynet") {
    options.format = Format::android_safetynet;
  } else if (name == "compound") {
    options.format = Format::compound;
  } else if (name == "none-extensions") {
    options.extensions = {{cbor::text("credProtect"), cbor::integer(2)}};
  } else if (name == "packed-self-ed25519") {
    options.format = Format::packed_self;
    options.algorithm = -8;
  }
  return soft_subject("soft " + std::string(name), options);
}

// The verdict line but for its hashes of the whole message.
std::string without_hashes(std::string line) {
  for (const std::string_view name : {R"("clientDataHash":")", R"("objectHash":")"}) {
    const std::size_t at = line.find(name);
    if (at != std::string::npos) {
      line.erase(at, name.size() + 44);
    }
  }
  return line;
}

// "subject\tregion" -> counts and reason.
// `by_value`: for how many of them the verdict shows the changed value itself, not only the hash of
// the message.
struct Counts {
  std::size_t accepted = 0;
  std::size_t by_value = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Counts& counts) {
    return out << counts.accepted << " (" << counts.by_value << " by value)";
  }
};
struct GoldenRow {
  Counts counts;
  std::string reason;
};
using Golden = std::map<std::string, GoldenRow>;

Golden read_golden() {
  Golden rows;
  const std::optional<std::string> text =
      read_file(std::string(COUNTERSIGN_SOURCE_DIR) + "/tests/vectors/unsigned_flips.golden");
  std::istringstream lines(text.value_or(""));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    std::istringstream fields(line);
    std::string subject;
    std::string region;
    std::string accepted;
    std::string by_value;
    GoldenRow row;
    std::getline(fields, subject, '\t');
    std::getline(fields, region, '\t');
    std::getline(fields, accepted, '\t');
    std::getline(fields, by_value, '\t');
    std::getline(fields, row.reason);
    row.counts = {std::stoul(accepted), std::stoul(by_value)};
    rows[subject + "\t" + region] = row;
  }
  return rows;
}

// What the attestation of a format signs, or its certificate holds a hash of.
bool is_signed(std::string_view format, std::string_view region) {
  if (format == "none") {
    return false;
  }
  if (format == "fido-u2f") {
    return region == "clientDataJSON" || region == "authData.rpIdHash" ||
           region == "authData.credentialId" || region == "authData.publicKey";
  }
  return region == "clientDataJSON" || region.starts_with("authData.");
}

std::optional<VerifiedRegistration> run(const RegistrationSubject& subject,
                                        const ByteVector& client_data, const ByteVector& object,
                                        const Backend& backend) {
  RegistrationResponse response;
  response.id = CredentialId(subject.message.credential_id);
  response.client_data_json = client_data;
  response.attestation_object = object;
  response.client_extension_results.type = JsonValue::Type::object;
  auto pending = begin_registration(subject.expectations, response, backend.hasher);
  if (!pending) {
    return std::nullopt;
  }
  const auto verdicts = discharge(pending->obligations(), backend.verifier);
  auto verified = std::move(*pending).finish(verdicts);
  if (!verified) {
    return std::nullopt;
  }
  return std::move(*verified);
}

void expect_flips_as_written_down(const RegistrationSubject& subject) {
  const ByteVector& client_data = subject.message.client_data;
  const ByteVector& object = subject.message.attestation_object;
  const auto original = run(subject, client_data, object, openssl_backend());
  ASSERT_TRUE(original.has_value());
  const std::string original_verdict = verdict_of(case_of(subject, client_data, object));
  ASSERT_TRUE(is_accepted(original_verdict)) << original_verdict;

  std::map<std::string, Counts> accepted;
  const auto look = [&](const std::string& region, const ByteVector& flipped_client_data,
                        const ByteVector& flipped_object, std::size_t bit) {
    const auto verified = run(subject, flipped_client_data, flipped_object, openssl_backend());
    // A sample for the second opinion.
    if (bit % 487 == 0) {
      EXPECT_EQ(run(subject, flipped_client_data, flipped_object, cryptopp_backend()).has_value(),
                verified.has_value());
    }
    if (!verified) {
      return;
    }
    EXPECT_FALSE(is_signed(subject.format, region)) << region << " bit " << bit;
    const bool is_certificate = region.find("x5c") != std::string::npos;
    EXPECT_EQ(verified->trust().trust,
              is_certificate ? AttestationTrust::untrusted : original->trust().trust)
        << region << " bit " << bit;
    const std::string verdict = verdict_of(case_of(subject, flipped_client_data, flipped_object));
    EXPECT_NE(verdict, original_verdict) << region << " bit " << bit;
    Counts& counts = accepted[region];
    ++counts.accepted;
    counts.by_value += without_hashes(verdict) != without_hashes(original_verdict) ? 1U : 0U;
  };
  for (std::size_t bit = 0; bit < client_data.size() * 8; bit += kStride) {
    look("clientDataJSON", with_flipped_bit(client_data, bit), object, bit);
  }
  for (const Region& region : regions_of(object)) {
    for (std::size_t bit = region.begin * 8; bit < region.end * 8; bit += kStride) {
      look(region.name, client_data, with_flipped_bit(object, bit), bit);
    }
  }

  std::map<std::string, Counts> expected;
  for (const auto& [key, row] : read_golden()) {
    const std::size_t tab = key.find('\t');
    if (key.substr(0, tab) == subject.name) {
      expected[key.substr(tab + 1)] = row.counts;
      EXPECT_FALSE(row.reason.empty()) << key;
    }
  }
  std::ostringstream rows;
  for (const auto& [region, counts] : accepted) {
    rows << "GOLDEN " << subject.name << '\t' << region << '\t' << counts.accepted << '\t'
         << counts.by_value << '\n';
  }
  if (kStride == 1) {
    EXPECT_EQ(accepted, expected) << rows.str();
    return;
  }
  for (const auto& [region, counts] : accepted) {
    EXPECT_LE(counts.accepted, expected[region].accepted) << region;
    EXPECT_LE(counts.by_value, expected[region].by_value) << region;
  }
}

// Self attestation signs everything, whatever the algorithm.
class SelfAttestationBitFlips : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(SelfAttestationBitFlips, AreRefused) {
  RegistrationOptions options;
  options.format = Format::packed_self;
  options.algorithm = GetParam();
  expect_flips_as_written_down(soft_subject("soft self " + std::to_string(GetParam()), options));
}

INSTANTIATE_TEST_SUITE_P(SoftAuthenticator, SelfAttestationBitFlips,
                         ::testing::ValuesIn(credential_algorithms()), [](const auto& instance) {
                           return "Algorithm" + std::to_string(-instance.param);
                         });

class RegistrationBitFlips : public ::testing::TestWithParam<std::string_view> {};

TEST_P(RegistrationBitFlips, AreRefusedOrWrittenDown) {
  expect_flips_as_written_down(soft_subject(GetParam()));
}

std::string test_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    out += c == '-' ? '_' : c;
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(SoftAuthenticator, RegistrationBitFlips,
                         ::testing::ValuesIn(kSoftSubjects),
                         [](const auto& instance) { return test_name(instance.param); });

// ------------------------------------------------------------------- the standard's vectors

constexpr std::string_view kStandardVectors[] = {"none-es256",
                                                 "packed-self-es256",
                                                 "none-es256-crossOrigin",
                                                 "none-es256-topOrigin",
                                                 "none-es256-long-credential-id",
                                                 "packed-es256",
                                                 "packed-es384",
                                                 "packed-es512",
                                                 "packed-rs256",
                                                 "packed-eddsa",
                                                 "packed-ed448",
                                                 "tpm-es256",
                                                 "android-key-es256",
                                                 "apple-es256",
                                                 "fido-u2f-es256"};

class StandardVectorBitFlips : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    const auto vectors = read_standard_vectors(COUNTERSIGN_VECTORS_DIR);
    CS_SKIP_WITHOUT(vectors);
    for (const RecordedCeremony& ceremony : vectors->ceremonies) {
      if (ceremony.id == GetParam()) {
        ceremony_ = ceremony;
      }
    }
    subject_.name = ceremony_.id;
    subject_.format = ceremony_.id.substr(0, ceremony_.id.find("-es256"));
    if (subject_.format.starts_with("packed")) {
      subject_.format = "packed";
    }
    subject_.message = ceremony_.registration;
    subject_.anchors = {vectors->attestation_ca};
    RegistrationExpectations& expectations = subject_.expectations;
    expectations.rp_id = ceremony_.rp_id;
    expectations.origins = {ceremony_.origin};
    expectations.top_origins = {vectors->top_origin};
    expectations.challenge = ceremony_.registration.challenge;
    expectations.user_verification = UserVerification::discouraged;
    expectations.time = UnixSeconds{kCeremonyTime};
    expectations.trust_anchors = {parse_certificate(vectors->attestation_ca).value()};
    expectations.attestation.is_any_tpm_vendor_accepted = true;
  }
  RecordedCeremony ceremony_;
  RegistrationSubject subject_;
};

TEST_P(StandardVectorBitFlips, OfRegistrationsAreRefusedOrWrittenDown) {
  expect_flips_as_written_down(subject_);
}

TEST_P(StandardVectorBitFlips, OfAssertionsAreRefused) {
  const auto registration = run(subject_, subject_.message.client_data,
                                subject_.message.attestation_object, openssl_backend());
  ASSERT_TRUE(registration.has_value());
  AssertionSubject assertion;
  assertion.name = ceremony_.id;
  static_cast<CeremonyExpectations&>(assertion.expectations) = subject_.expectations;
  assertion.expectations.challenge = ceremony_.authentication->challenge;
  assertion.record = registration->record();
  assertion.response =
      parse_authentication_response(parse_json(ceremony_.authentication->json()).value()).value();
  expect_every_flip_refused(assertion);
}

INSTANTIATE_TEST_SUITE_P(All, StandardVectorBitFlips, ::testing::ValuesIn(kStandardVectors),
                         [](const auto& instance) { return test_name(instance.param); });

// -------------------------------------------------------------------- recorded ceremonies

class RecordedBitFlips : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    ceremony_ = read_recorded_ceremony(COUNTERSIGN_VECTORS_DIR, GetParam());
    CS_SKIP_WITHOUT(ceremony_);
    subject_.name = "recorded " + ceremony_->id;
    subject_.message = ceremony_->registration;
    RegistrationExpectations& expectations = subject_.expectations;
    expectations.rp_id = ceremony_->rp_id;
    expectations.origins = {ceremony_->origin};
    expectations.challenge = ceremony_->registration.challenge;
    expectations.user_verification = UserVerification::discouraged;
    expectations.time = parse_rfc3339("2024-09-01T00:00:00Z").value();
    original_ = run(subject_, subject_.message.client_data, subject_.message.attestation_object,
                    openssl_backend());
    ASSERT_TRUE(original_.has_value());
    subject_.format = original_->statement().format;
  }
  std::optional<RecordedCeremony> ceremony_;
  std::optional<VerifiedRegistration> original_;
  RegistrationSubject subject_;
};

TEST_P(RecordedBitFlips, OfRegistrationsAreRefusedOrWrittenDown) {
  expect_flips_as_written_down(subject_);
}

TEST_P(RecordedBitFlips, OfAssertionsAreRefused) {
  if (!ceremony_->authentication) {
    EXPECT_TRUE(GetParam().starts_with("single"));
    return;
  }
  AssertionSubject assertion;
  assertion.name = ceremony_->id;
  static_cast<CeremonyExpectations&>(assertion.expectations) = subject_.expectations;
  assertion.expectations.challenge = ceremony_->authentication->challenge;
  assertion.record = original_->record();
  assertion.response =
      parse_authentication_response(parse_json(ceremony_->authentication->json()).value()).value();
  expect_every_flip_refused(assertion);
}

INSTANTIATE_TEST_SUITE_P(All, RecordedBitFlips, ::testing::ValuesIn(kRecordedCeremonies),
                         [](const auto& instance) { return test_name(instance.param); });

}  // namespace
}  // namespace countersign::testing
