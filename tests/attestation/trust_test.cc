#include "attestation/trust.h"

#include "tests/attestation/soft_statement.h"

namespace countersign::testing {
namespace {

std::vector<Certificate> parse_all(const std::vector<ByteVector>& ders) {
  std::vector<Certificate> out;
  for (const ByteVector& der : ders) {
    out.push_back(parse_certificate(der).value());
  }
  return out;
}

struct Judged {
  TrustAssessment assessment;
  TrustCandidates candidates;
  std::vector<SignatureObligation> obligations;
  bool does_statement_hold = true;  // the obligations that are not about trust
};

/// Verifies the statement of a registration, then decides on trust with these anchors.
Judged judge(const RegistrationOptions& options, const std::vector<ByteVector>& anchors,
             UnixSeconds time = {kCeremonyTime}) {
  const Registration registration = make_registration(options);
  const AttestationObject object =
      parse_attestation_object(registration.attestation_object).value();
  const Digest256 hash = test_hasher().sha256({Bytes(registration.client_data)});
  const AttestationSettings settings;
  Judged out;
  const AttestationStatementResult statement =
      verify_attestation_statement(
          object.format, make_context(object.statement, object.authenticator_data, hash, settings),
          out.obligations)
          .value();
  out.candidates = find_trust_candidates(statement, {parse_all(anchors), time}, out.obligations);
  std::vector<bool> holds;
  const OpenSslVerifier verifier;
  for (const SignatureVerdict verdict : discharge(out.obligations, verifier)) {
    holds.push_back(verdict == SignatureVerdict::valid);
    if (out.obligations[holds.size() - 1].check != Check::attestation_chain_trusted) {
      out.does_statement_hold = out.does_statement_hold && holds.back();
    }
  }
  out.assessment = assess_trust(out.candidates, holds);
  return out;
}

std::vector<ByteVector> anchors_of(const RegistrationOptions& options) {
  return make_registration(options).anchors();
}

const ByteVector& stranger() {
  static const ByteVector der =
      make_certificate(authority_options("Stranger", TestKey::make(KeyKind::p256, "stranger")),
                       nullptr)
          .der;
  return der;
}

void expect_untrusted(const Judged& judged, ErrorCode code) {
  EXPECT_EQ(judged.assessment.trust, AttestationTrust::untrusted);
  ASSERT_TRUE(judged.assessment.reason);
  EXPECT_EQ(error_name(judged.assessment.reason->code), error_name(code));
  EXPECT_EQ(judged.assessment.reason->check, Check::attestation_chain_trusted);
  EXPECT_FALSE(judged.assessment.anchor);
  EXPECT_TRUE(judged.does_statement_hold) << "trust is apart from the statement's validity";
}

TEST(Trust, IsNoneForNoneAndSelfForSelf) {
  const Judged none = judge(options_of(Format::none), {stranger()});
  EXPECT_EQ(none.assessment.trust, AttestationTrust::none);
  EXPECT_TRUE(none.obligations.empty());
  const Judged self = judge(options_of(Format::packed_self), {stranger()});
  EXPECT_EQ(self.assessment.trust, AttestationTrust::self);
  EXPECT_EQ(self.obligations.size(), 1U);
}

TEST(Trust, IsGivenIfTheChainLeadsToAnAnchor) {
  for (const Format format :
       {Format::packed_x5c, Format::fido_u2f, Format::apple, Format::tpm, Format::android_key}) {
    SCOPED_TRACE(format_identifier(format));
    RegistrationOptions options = options_of(format);
    options.intermediates = format == Format::fido_u2f ? 0 : 1;
    std::vector<ByteVector> anchors = anchors_of(options);
    anchors.insert(anchors.begin(), stranger());
    const Judged judged = judge(options, anchors);
    EXPECT_EQ(judged.assessment.trust, AttestationTrust::trusted);
    EXPECT_EQ(judged.assessment.anchor, 1U);
    EXPECT_FALSE(judged.assessment.reason);
    EXPECT_TRUE(judged.does_statement_hold);
  }
}

TEST(Trust, IsNotGivenWithoutTheAnchor) {
  expect_untrusted(judge(options_of(Format::packed_x5c), {}),
                   ErrorCode::certificate_path_not_found);
  expect_untrusted(judge(options_of(Format::packed_x5c), {stranger()}),
                   ErrorCode::certificate_path_not_found);
}

// Reference pitfall 24: a root that comes with the statement is no anchor.
TEST(Trust, IsNotGivenForARootInX5c) {
  RegistrationOptions options = options_of(Format::packed_x5c);
  const Registration registration = make_registration(options);
  options.x5c = registration.chain->x5c();
  options.x5c->push_back(registration.anchors().front());
  expect_untrusted(judge(options, {stranger()}), ErrorCode::certificate_path_not_found);
}

// Reference pitfall 25, conformance AttResp-5 F-10 and P-3.
TEST(Trust, IsNotGivenIfX5cHoldsTheAnchorUnlessItIsTheOnlyCertificate) {
  RegistrationOptions options = options_of(Format::packed_x5c);
  const Registration registration = make_registration(options);
  const std::vector<ByteVector> leaf = registration.chain->x5c();
  options.x5c = leaf;
  options.x5c->push_back(registration.anchors().front());
  expect_untrusted(judge(options, registration.anchors()), ErrorCode::certificate_chain_order);
  const Judged direct = judge(options_of(Format::packed_x5c), leaf);
  EXPECT_EQ(direct.assessment.trust, AttestationTrust::trusted);
  EXPECT_EQ(direct.obligations.size(), 1U) << "the statement's own signature alone";
}

// Android devices send the root; §8.4 does not object.
TEST(Trust, IsGivenIfAnAndroidChainEndsInItsAnchor) {
  RegistrationOptions options = options_of(Format::android_key);
  options.intermediates = 1;
  const Registration registration = make_registration(options);
  options.x5c = registration.chain->x5c();
  options.x5c->push_back(registration.anchors().front());
  EXPECT_EQ(judge(options, registration.anchors()).assessment.trust, AttestationTrust::trusted);
  expect_untrusted(judge(options, {stranger()}), ErrorCode::certificate_path_not_found);
  // Only at the end, and only once.
  options.x5c->push_back(registration.anchors().front());
  expect_untrusted(judge(options, registration.anchors()), ErrorCode::certificate_chain_order);
}

// Reference pitfall 30, conformance AttResp-5 F-6, F-7, F-9, F-12.
TEST(Trust, IsNotGivenIfACertificateIsOutsideItsValidity) {
  const RegistrationOptions options = options_of(Format::packed_x5c);
  expect_untrusted(judge(options, anchors_of(options), {kNotAfter + 1}),
                   ErrorCode::certificate_expired);
  expect_untrusted(judge(options, anchors_of(options), {kNotBefore - 1}),
                   ErrorCode::certificate_not_yet_valid);
  RegistrationOptions middle = options;
  middle.intermediates = 1;
  middle.edit_chain = [](ChainOptions& chain) {
    chain.edit_intermediate = [](CertificateOptions& o, std::size_t) {
      o.not_after = kCeremonyTime - 1;
    };
  };
  expect_untrusted(judge(middle, anchors_of(middle)), ErrorCode::certificate_expired);
}

TEST(Trust, IsNotGivenIfASignatureOfTheChainFails) {
  const RegistrationOptions options =
      with_leaf(options_of(Format::packed_x5c),
                [](CertificateOptions& leaf) { leaf.fault = CertificateFault::wrong_signature; });
  const Judged judged = judge(options, anchors_of(options));
  expect_untrusted(judged, ErrorCode::certificate_chain_signature_invalid);
  EXPECT_EQ(judged.candidates.paths.size(), 1U);
}

TEST(Trust, IsNotGivenIfAnEdgeHasNoVerdict) {
  const RegistrationOptions options = options_of(Format::packed_x5c);
  const Judged judged = judge(options, anchors_of(options));
  ASSERT_EQ(judged.obligations.size(), 2U);
  EXPECT_EQ(assess_trust(judged.candidates, {}).trust, AttestationTrust::untrusted);
  EXPECT_EQ(assess_trust(judged.candidates, {true}).trust, AttestationTrust::untrusted);
  EXPECT_EQ(assess_trust(judged.candidates, {true, false}).trust, AttestationTrust::untrusted);
  // The statement's own signature is not this function's to judge.
  EXPECT_EQ(assess_trust(judged.candidates, {false, true}).trust, AttestationTrust::trusted);
}

TEST(Trust, IsNotGivenWithoutAnyCandidate) {
  TrustCandidates candidates;
  candidates.type = AttestationType::basic;
  EXPECT_EQ(assess_trust(candidates, {true}).trust, AttestationTrust::untrusted);
}

Judged judge_compound(std::vector<Format> formats, const std::vector<ByteVector>& anchors) {
  RegistrationOptions options = options_of(Format::compound);
  options.compound_formats = std::move(formats);
  return judge(options, anchors);
}

TEST(Trust, OfCompoundIsThatOfItsWeakestPart) {
  const std::vector<ByteVector> anchors = anchors_of(options_of(Format::packed_x5c));
  const auto trust = [&](std::vector<Format> formats) {
    return judge_compound(std::move(formats), anchors).assessment.trust;
  };
  EXPECT_EQ(trust({Format::packed_x5c, Format::packed_x5c}), AttestationTrust::trusted);
  EXPECT_EQ(trust({Format::packed_x5c, Format::packed_self}), AttestationTrust::self);
  EXPECT_EQ(trust({Format::packed_self, Format::packed_x5c}), AttestationTrust::self);
  EXPECT_EQ(trust({Format::packed_x5c, Format::none}), AttestationTrust::none);
  EXPECT_EQ(judge_compound({Format::packed_x5c, Format::packed_x5c}, {stranger()}).assessment.trust,
            AttestationTrust::untrusted);
}

// The second part's chain is bound to its own edges: one good chain does not carry another.
TEST(Trust, OfCompoundIsNotGivenIfOneChainFails) {
  TrustCandidates good;
  good.type = AttestationType::basic;
  good.paths.push_back({{}, 3, {0}});
  TrustCandidates bad = good;
  bad.paths[0].edges = {1};
  TrustCandidates whole;
  whole.compound = {good, bad};
  EXPECT_EQ(assess_trust(whole, {true, true}).trust, AttestationTrust::trusted);
  EXPECT_EQ(assess_trust(whole, {true, true}).anchor, 3U);
  EXPECT_EQ(assess_trust(whole, {true, false}).trust, AttestationTrust::untrusted);
  EXPECT_EQ(assess_trust(whole, {false, true}).trust, AttestationTrust::untrusted);
}

TEST(Trust, TakesTheSecondCandidateIfTheFirstFails) {
  TrustCandidates candidates;
  candidates.type = AttestationType::attca;
  candidates.paths.push_back({{}, 0, {0, 1}});
  candidates.paths.push_back({{}, 1, {0, 2}});
  EXPECT_EQ(assess_trust(candidates, {true, true, true}).anchor, 0U);
  EXPECT_EQ(assess_trust(candidates, {true, false, true}).anchor, 1U);
  EXPECT_EQ(assess_trust(candidates, {false, true, true}).trust, AttestationTrust::untrusted);
}

TEST(Trust, PrefersTheFirstAnchorWhateverTheOrderOfPaths) {
  for (const bool is_swapped : {false, true}) {
    TrustCandidates candidates;
    candidates.type = AttestationType::basic;
    candidates.paths.push_back({{}, 0, {0}});
    candidates.paths.push_back({{}, 1, {1}});
    if (is_swapped) {
      std::swap(candidates.paths[0], candidates.paths[1]);
    }
    EXPECT_EQ(assess_trust(candidates, {true, true}).anchor, 0U);
    EXPECT_EQ(assess_trust(candidates, {true, false}).anchor, 0U);
    EXPECT_EQ(assess_trust(candidates, {false, true}).anchor, 1U);
  }
}

TEST(Trust, HasNames) {
  EXPECT_EQ(attestation_trust_name(AttestationTrust::none), "none");
  EXPECT_EQ(attestation_trust_name(AttestationTrust::self), "self");
  EXPECT_EQ(attestation_trust_name(AttestationTrust::untrusted), "untrusted");
  EXPECT_EQ(attestation_trust_name(AttestationTrust::trusted), "trusted");
}

// Apple's real chain, at the time of the recording: its root is not part of the recording, so the
// intermediate that came along is configured as the anchor.
TEST(Trust, IsGivenForARecordedChainUpToItsIntermediate) {
  const std::optional<Recorded> recorded = read_ceremony("single-apple-es256");
  if (!recorded) {
    GTEST_SKIP() << "no recorded ceremonies beside this checkout";
  }
  AttestationStatementResult statement =
      run_recorded(verify_apple_statement, *recorded).result.value();
  ASSERT_EQ(statement.trust_path.size(), 2U);
  const std::vector<Certificate> anchors{statement.trust_path[1]};
  statement.trust_path.pop_back();
  std::vector<SignatureObligation> obligations;
  const UnixSeconds time = *parse_rfc3339("2020-12-26T00:00:00Z");
  const TrustCandidates candidates = find_trust_candidates(statement, {anchors, time}, obligations);
  ASSERT_EQ(obligations.size(), 1U);
  const OpenSslVerifier verifier;
  EXPECT_EQ(discharge(obligations, verifier).front(), SignatureVerdict::valid);
  EXPECT_EQ(assess_trust(candidates, {true}).trust, AttestationTrust::trusted);
}

}  // namespace
}  // namespace countersign::testing
