#include "x509/path.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "tests/support/pki.h"

namespace countersign {
namespace {

namespace der = testing::der;
using testing::authority_options;
using testing::CertificateFault;
using testing::CertificateOptions;
using testing::KeyKind;
using testing::make_certificate;
using testing::TestCertificate;
using testing::TestKey;

constexpr UnixSeconds kTime{testing::kCeremonyTime};
constexpr std::int64_t kPast = testing::kCeremonyTime - 86400;
constexpr std::int64_t kFuture = testing::kCeremonyTime + 86400;

std::vector<Certificate> parse_all(const std::vector<TestCertificate>& list) {
  std::vector<Certificate> out;
  for (const TestCertificate& certificate : list) {
    out.push_back(parse_certificate(certificate.der).value());
  }
  return out;
}

/// What came of a request: "trusted", "signature invalid", or the name of the error. Every outcome
/// also has the invariants of build_paths checked.
struct Outcome {
  std::string verdict;
  std::size_t candidates = 0;
  std::size_t obligations = 0;
  std::size_t path_length = 0;  // of the path that holds
  std::size_t anchor = 0;
};

Outcome build(const std::vector<TestCertificate>& chain,
              const std::vector<TestCertificate>& anchors, ChainShape shape = ChainShape::ordered,
              UnixSeconds time = kTime) {
  const std::vector<Certificate> parsed_chain = parse_all(chain);
  const std::vector<Certificate> parsed_anchors = parse_all(anchors);
  PathRequest request;
  request.chain = parsed_chain;
  request.anchors = parsed_anchors;
  request.time = time;
  request.shape = shape;
  request.check = Check::attestation_chain_trusted;
  // Obligations of the statement come first and stay untouched.
  const PublicKey key = *parsed_chain.front().public_key();
  std::vector<SignatureObligation> obligations{
      {Check::packed_signature, SignatureAlgorithm{}, key, ByteVector{1}, ByteVector{2}}};
  const Result<std::vector<CandidatePath>> paths = build_paths(request, obligations);
  Outcome outcome;
  outcome.obligations = obligations.size() - 1;
  EXPECT_EQ(obligations.front().check, Check::packed_signature);
  if (!paths.has_value()) {
    EXPECT_EQ(paths.error().check, Check::attestation_chain_trusted);
    EXPECT_EQ(obligations.size(), 1U) << "an error appends nothing";
    outcome.verdict = error_name(paths.error().code);
    return outcome;
  }
  EXPECT_FALSE(paths->empty());
  EXPECT_LE(paths->size(), limits::kMaxCandidatePaths);
  EXPECT_LE(obligations.size(), limits::kMaxObligations);
  outcome.candidates = paths->size();
  outcome.verdict = "signature invalid";
  const OpenSslVerifier verifier;
  for (const CandidatePath& path : *paths) {
    bool do_all_hold = true;
    EXPECT_LT(path.anchor, anchors.size());
    EXPECT_EQ(path.certificates.front(), parsed_chain.front());
    EXPECT_TRUE(path.edges.empty() || path.edges.size() == path.certificates.size());
    for (const std::size_t edge : path.edges) {
      EXPECT_GE(edge, 1U);
      EXPECT_LT(edge, obligations.size());
      const SignatureObligation& obligation = obligations[edge];
      EXPECT_EQ(obligation.check, Check::attestation_chain_trusted);
      do_all_hold =
          do_all_hold && verifier.verify(obligation.algorithm, obligation.key, obligation.message,
                                         obligation.signature) == SignatureVerdict::valid;
    }
    if (do_all_hold) {
      outcome.verdict = "trusted";
      outcome.path_length = path.certificates.size();
      outcome.anchor = path.anchor;
      break;
    }
  }
  return outcome;
}

std::string verdict(const std::vector<TestCertificate>& chain,
                    const std::vector<TestCertificate>& anchors,
                    ChainShape shape = ChainShape::ordered, UnixSeconds time = kTime) {
  return build(chain, anchors, shape, time).verdict;
}

TestKey key(std::string_view label) { return TestKey::make(KeyKind::p256, label); }

using Edit = std::function<void(CertificateOptions&)>;

TestCertificate authority(std::string_view name, const TestCertificate* issuer = nullptr,
                          const Edit& edit = nullptr) {
  CertificateOptions options = authority_options(name, key(name));
  if (edit) {
    edit(options);
  }
  return make_certificate(options, issuer);
}

TestCertificate leaf_of(const TestCertificate& issuer, const Edit& edit = nullptr) {
  CertificateOptions options;
  if (edit) {
    edit(options);
  }
  return make_certificate(options, &issuer);
}

struct Pki {
  TestCertificate root = authority("Root");
  TestCertificate upper = authority("Upper", &root);
  TestCertificate lower = authority("Lower", &upper);
  TestCertificate leaf = leaf_of(lower);
};
const Pki& pki() {
  static const Pki value;
  return value;
}

// Ordered chains (x5c)

TEST(OrderedPath, SucceedsIfTheChainLeadsToARoot) {
  const Outcome outcome = build({pki().leaf, pki().lower, pki().upper}, {pki().root});
  EXPECT_EQ(outcome.verdict, "trusted");
  EXPECT_EQ(outcome.candidates, 1U);
  EXPECT_EQ(outcome.obligations, 3U);
  EXPECT_EQ(outcome.path_length, 3U);
}

TEST(OrderedPath, SucceedsIfTheAnchorIsAnIntermediate) {
  EXPECT_EQ(verdict({pki().leaf, pki().lower}, {pki().upper}), "trusted");
  EXPECT_EQ(verdict({pki().leaf}, {pki().lower}), "trusted");
}

TEST(OrderedPath, SucceedsIfASingleCertificateIsItselfAnAnchor) {
  const Outcome outcome = build({pki().leaf}, {pki().root, pki().leaf});
  EXPECT_EQ(outcome.verdict, "trusted");
  EXPECT_EQ(outcome.obligations, 0U);
  EXPECT_EQ(outcome.anchor, 1U);
  const TestCertificate self_signed = make_certificate(CertificateOptions(), nullptr);
  EXPECT_EQ(verdict({self_signed}, {self_signed}), "trusted");
}

TEST(OrderedPath, PicksTheRightOfSeveralAnchors) {
  const Outcome outcome = build({pki().leaf, pki().lower},
                                {authority("Other"), pki().root, pki().upper, authority("Third")});
  EXPECT_EQ(outcome.verdict, "trusted");
  EXPECT_EQ(outcome.anchor, 2U);
}

TEST(OrderedPath, FailsIfThereAreNoAnchors) {
  EXPECT_EQ(verdict({pki().leaf, pki().lower, pki().upper}, {}), "certificate_path_not_found");
}

TEST(OrderedPath, FailsIfTheChainEndsInASelfSignedCertificateThatIsNoAnchor) {
  EXPECT_EQ(verdict({pki().leaf, pki().lower, pki().upper, pki().root}, {authority("Other")}),
            "certificate_path_not_found");
  const TestCertificate self_signed = make_certificate(CertificateOptions(), nullptr);
  EXPECT_EQ(verdict({self_signed}, {pki().root}), "certificate_path_not_found");
}

TEST(OrderedPath, FailsIfTheSelfSignedEndOnlyHasTheAnchorsName) {
  // The attacker's own root has the name and the key identifier of ours.
  CertificateOptions fake = authority_options("Root", key("attacker"));
  fake.has_subject_key_identifier = false;
  const TestCertificate fake_root = make_certificate(fake, nullptr);
  const TestCertificate fake_leaf =
      leaf_of(fake_root, [](CertificateOptions& o) { o.has_authority_key_identifier = false; });
  EXPECT_EQ(verdict({fake_leaf}, {pki().root}), "signature invalid");
  EXPECT_NE(verdict({fake_leaf, fake_root}, {pki().root}), "trusted");
}

TEST(OrderedPath, FailsIfTheAnchorIsInALongerChain) {
  EXPECT_EQ(verdict({pki().leaf, pki().lower, pki().upper, pki().root}, {pki().root}),
            "certificate_chain_order");
  EXPECT_EQ(verdict({pki().leaf, pki().lower}, {pki().lower}), "certificate_chain_order");
  EXPECT_EQ(verdict({pki().leaf, pki().lower}, {pki().leaf}), "certificate_chain_order");
}

TEST(OrderedPath, SucceedsIfAnIntermediateInTheChainIsAnAnchorBesideItsIssuer) {
  EXPECT_EQ(verdict({pki().leaf, pki().lower}, {pki().lower, pki().upper}), "trusted");
}

TEST(OrderedPath, FailsIfTheOrderIsWrong) {
  EXPECT_EQ(verdict({pki().leaf, pki().upper, pki().lower}, {pki().root}),
            "certificate_chain_order");
  EXPECT_EQ(verdict({pki().lower, pki().leaf}, {pki().upper}), "certificate_chain_order");
  EXPECT_EQ(verdict({pki().leaf, pki().upper}, {pki().root}), "certificate_chain_order");
  EXPECT_EQ(verdict({pki().leaf, pki().leaf, pki().lower}, {pki().upper}),
            "certificate_chain_order");
  EXPECT_EQ(verdict({pki().leaf, pki().lower, authority("Unused")}, {pki().upper}),
            "certificate_chain_order");
}

TEST(OrderedPath, FailsIfACertificateComesTwice) {
  const TestCertificate root = authority("Root");
  const TestCertificate reissued =
      authority("Root", nullptr, [](CertificateOptions& o) { o.serial = {0x7f}; });
  ASSERT_EQ(verdict({leaf_of(root), reissued}, {root}), "trusted");
  EXPECT_EQ(verdict({leaf_of(root), reissued, reissued}, {root}), "certificate_chain_order");
}

TEST(OrderedPath, FailsIfAnyCertificateIsOutsideItsValidity) {
  const Edit expired = [](CertificateOptions& o) { o.not_after = kPast; };
  const Edit early = [](CertificateOptions& o) { o.not_before = kFuture; };
  for (const auto& [edit, name] : std::vector<std::pair<Edit, std::string>>{
           {expired, "certificate_expired"}, {early, "certificate_not_yet_valid"}}) {
    EXPECT_EQ(verdict({leaf_of(pki().root, edit)}, {pki().root}), name);
    const TestCertificate middle = authority("Middle", &pki().root, edit);
    EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}), name);
    const TestCertificate root = authority("Odd Root", nullptr, edit);
    EXPECT_EQ(verdict({leaf_of(root)}, {root}), name);
    CertificateOptions options;
    edit(options);
    const TestCertificate self_signed = make_certificate(options, nullptr);
    EXPECT_EQ(verdict({self_signed}, {self_signed}), name);
  }
}

TEST(OrderedPath, HoldsAtBothEndsOfTheValidity) {
  const auto at = [](std::int64_t time) {
    return verdict({pki().leaf, pki().lower}, {pki().upper}, ChainShape::ordered, {time});
  };
  EXPECT_EQ(at(testing::kNotBefore), "trusted");
  EXPECT_EQ(at(testing::kNotAfter), "trusted");
  EXPECT_EQ(at(testing::kNotBefore - 1), "certificate_not_yet_valid");
  EXPECT_EQ(at(testing::kNotAfter + 1), "certificate_expired");
}

TEST(OrderedPath, FailsIfAnIssuerIsNotACa) {
  const Edit no_ca = [](CertificateOptions& o) { o.is_ca = false; };
  const Edit no_constraints = [](CertificateOptions& o) { o.has_basic_constraints = false; };
  for (const Edit& edit : {no_ca, no_constraints}) {
    const TestCertificate middle = authority("Middle", &pki().root, edit);
    EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}), "certificate_not_ca");
    const TestCertificate anchor = authority("Anchor", nullptr, edit);
    EXPECT_EQ(verdict({leaf_of(anchor)}, {anchor}), "certificate_not_ca");
  }
}

TEST(OrderedPath, FailsIfALeafIssuedAnotherLeaf) {
  const TestCertificate rogue = leaf_of(pki().leaf);
  EXPECT_EQ(verdict({rogue, pki().leaf, pki().lower}, {pki().upper}), "certificate_not_ca");
  EXPECT_EQ(verdict({rogue}, {pki().leaf}), "certificate_not_ca");
}

TEST(OrderedPath, FailsIfAnIssuerMayNotSignCertificates) {
  const Edit edit = [](CertificateOptions& o) { o.key_usage = 0x41; };
  const TestCertificate middle = authority("Middle", &pki().root, edit);
  EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}), "certificate_key_usage");
  const TestCertificate anchor = authority("Anchor", nullptr, edit);
  EXPECT_EQ(verdict({leaf_of(anchor)}, {anchor}), "certificate_key_usage");
}

TEST(OrderedPath, SucceedsIfAnIssuerHasNoKeyUsage) {
  const TestCertificate middle =
      authority("Middle", &pki().root, [](CertificateOptions& o) { o.key_usage = std::nullopt; });
  EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}), "trusted");
}

TEST(OrderedPath, WantsVersionThreeOfIssuersFromTheChainOnly) {
  const Edit version_one = [](CertificateOptions& o) { o.version = 1; };
  const TestCertificate middle = authority("Middle", &pki().root, version_one);
  EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}), "certificate_not_ca");
  const TestCertificate anchor = authority("Anchor", nullptr, version_one);
  EXPECT_EQ(verdict({leaf_of(anchor)}, {anchor}), "trusted");
}

TEST(OrderedPath, FailsIfAPathLengthConstraintIsViolated) {
  const auto with_length = [](int length) {
    return [length](CertificateOptions& o) { o.path_length = length; };
  };
  const auto run = [&](std::optional<int> root_length, std::optional<int> upper_length) {
    const TestCertificate root =
        authority("Root", nullptr, root_length ? Edit(with_length(*root_length)) : Edit());
    const TestCertificate upper =
        authority("Upper", &root, upper_length ? Edit(with_length(*upper_length)) : Edit());
    const TestCertificate lower = authority("Lower", &upper);
    return verdict({leaf_of(lower), lower, upper}, {root});
  };
  EXPECT_EQ(run(std::nullopt, std::nullopt), "trusted");
  EXPECT_EQ(run(2, 1), "trusted");
  EXPECT_EQ(run(1, 1), "certificate_path_length");
  EXPECT_EQ(run(2, 0), "certificate_path_length");
  EXPECT_EQ(run(std::nullopt, 0), "certificate_path_length");
}

TEST(OrderedPath, DoesNotCountSelfIssuedIntermediates) {
  const TestCertificate root =
      authority("Root", nullptr, [](CertificateOptions& o) { o.path_length = 0; });
  // The root's new key under its old one: self-issued, so that it takes nothing off the length.
  const TestCertificate renewed = authority("Root", &root, [](CertificateOptions& o) {
    o.key = key("renewed");
    o.path_length = 0;
  });
  EXPECT_EQ(verdict({leaf_of(renewed), renewed}, {root}), "trusted");
}

TEST(OrderedPath, FailsIfACriticalExtensionIsNotUnderstood) {
  const auto with = [](std::string_view oid, bool is_critical) {
    return [oid, is_critical](CertificateOptions& o) {
      o.extensions.push_back({oid, is_critical, der::sequence({der::oid("2.5.29.32.0")})});
    };
  };
  constexpr std::string_view kUnknown = "1.2.3.4";
  constexpr std::string_view kNameConstraints = "2.5.29.30";
  constexpr std::string_view kPolicyConstraints = "2.5.29.36";
  constexpr std::string_view kPolicies = "2.5.29.32";
  for (const std::string_view oid : {kUnknown, kNameConstraints, kPolicyConstraints}) {
    for (const bool is_critical : {true, false}) {
      const std::string expected =
          is_critical ? "certificate_critical_extension_unknown" : "trusted";
      const Edit edit = with(oid, is_critical);
      EXPECT_EQ(verdict({leaf_of(pki().root, edit)}, {pki().root}), expected);
      const TestCertificate middle = authority("Middle", &pki().root, edit);
      EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}), expected);
      const TestCertificate anchor = authority("Anchor", nullptr, edit);
      EXPECT_EQ(verdict({leaf_of(anchor)}, {anchor}), expected);
      const TestCertificate direct = leaf_of(pki().root, edit);
      EXPECT_EQ(verdict({direct}, {direct}), expected);
    }
  }
  EXPECT_EQ(verdict({leaf_of(pki().root, with(kPolicies, true))}, {pki().root}), "trusted");
  // Windows Hello: reference pitfall 28.
  const Edit purposes = [](CertificateOptions& o) {
    o.extensions.push_back({testing::oids::kExtendedKeyUsage, true,
                            der::sequence({der::oid("1.3.6.1.4.1.311.21.36")})});
  };
  EXPECT_EQ(verdict({leaf_of(pki().root, purposes)}, {pki().root}), "trusted");
}

TEST(OrderedPath, FailsIfKeyIdentifiersDiffer) {
  const Edit wrong = [](CertificateOptions& o) {
    o.authority_key_identifier = testing::seeded_bytes("wrong", 20);
  };
  EXPECT_EQ(verdict({leaf_of(pki().root, wrong)}, {pki().root}), "certificate_path_not_found");
  EXPECT_EQ(verdict({leaf_of(pki().lower, wrong), pki().lower}, {pki().upper}),
            "certificate_path_not_found");
}

TEST(OrderedPath, SucceedsIfOneSideHasNoKeyIdentifier) {
  const TestCertificate bare = authority(
      "Bare", nullptr, [](CertificateOptions& o) { o.has_subject_key_identifier = false; });
  EXPECT_EQ(verdict({leaf_of(bare)}, {bare}), "trusted");
  EXPECT_EQ(
      verdict({leaf_of(pki().root,
                       [](CertificateOptions& o) { o.has_authority_key_identifier = false; })},
              {pki().root}),
      "trusted");
}

TEST(OrderedPath, FailsIfTheIssuersNameIsNotTheSubjectByteForByte) {
  const Edit other = [](CertificateOptions& o) { o.issuer = testing::authority_subject("ROOT"); };
  EXPECT_EQ(verdict({leaf_of(pki().root, other)}, {pki().root}), "certificate_path_not_found");
}

TEST(OrderedPath, FailsIfASignatureDoesNotVerify) {
  for (const CertificateFault fault :
       {CertificateFault::wrong_signature, CertificateFault::flipped_signature}) {
    const Edit edit = [fault](CertificateOptions& o) { o.fault = fault; };
    const std::string at_leaf = verdict({leaf_of(pki().root, edit)}, {pki().root});
    EXPECT_TRUE(at_leaf == "signature invalid" || at_leaf == "certificate_chain_signature_invalid")
        << at_leaf;
    const TestCertificate middle = authority("Middle", &pki().root, edit);
    const std::string above = verdict({leaf_of(middle), middle}, {pki().root});
    EXPECT_TRUE(above == "signature invalid" || above == "certificate_chain_signature_invalid")
        << above;
  }
}

TEST(OrderedPath, FailsIfASignatureIsNotInTheFormOfItsAlgorithm) {
  // An ECDSA signature under an RSA key.
  CertificateOptions options = authority_options("Root", TestKey::make(KeyKind::rsa2048, "root"));
  options.has_subject_key_identifier = false;
  const TestCertificate rsa_root = make_certificate(options, nullptr);
  EXPECT_EQ(verdict({leaf_of(pki().root)}, {rsa_root}), "certificate_chain_signature_invalid");
}

TEST(OrderedPath, FailsIfTheSignatureAlgorithmIsSha1) {
  // Fields of a certificate that are not ours: a leaf with sha1WithRSAEncryption. The signature
  // itself would verify.
  const Edit sha1 = [](CertificateOptions& o) {
    o.signature = testing::CertificateSignature{testing::Scheme::rsa_pkcs1, testing::Hash::sha1};
  };
  const TestCertificate root =
      make_certificate(authority_options("Root", TestKey::make(KeyKind::rsa2048, "root")), nullptr);
  EXPECT_EQ(verdict({leaf_of(root, sha1)}, {root}), "certificate_unsupported_signature_algorithm");
}

TEST(OrderedPath, FailsIfAnIssuersKeyIsUnsupported) {
  const TestCertificate weak =
      make_certificate(authority_options("Weak", TestKey::make(KeyKind::rsa1024, "weak")), nullptr);
  EXPECT_EQ(verdict({leaf_of(weak)}, {weak}), "certificate_unsupported_key");
}

TEST(OrderedPath, SucceedsWithEveryKeyType) {
  for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1,
                             KeyKind::rsa2048, KeyKind::ed25519, KeyKind::ed448}) {
    const TestCertificate root =
        make_certificate(authority_options("Root", TestKey::make(kind, "root")), nullptr);
    EXPECT_EQ(verdict({leaf_of(root)}, {root}), "trusted") << static_cast<int>(kind);
  }
}

TEST(OrderedPath, TakesTheHashFromTheSignatureAlgorithmNotFromTheCurve) {
  const TestCertificate root =
      make_certificate(authority_options("Root", TestKey::make(KeyKind::p384, "root")), nullptr);
  EXPECT_EQ(verdict({leaf_of(root,
                             [](CertificateOptions& o) {
                               o.signature = testing::CertificateSignature{testing::Scheme::ecdsa,
                                                                           testing::Hash::sha256};
                             })},
                    {root}),
            "trusted");
}

TEST(OrderedPath, SucceedsWithRsassaPss) {
  const TestCertificate root =
      make_certificate(authority_options("Root", TestKey::make(KeyKind::rsa2048, "root")), nullptr);
  for (const testing::Hash hash :
       {testing::Hash::sha256, testing::Hash::sha384, testing::Hash::sha512}) {
    EXPECT_EQ(
        verdict(
            {leaf_of(root,
                     [hash](CertificateOptions& o) {
                       o.signature = testing::CertificateSignature{testing::Scheme::rsa_pss, hash};
                     })},
            {root}),
        "trusted");
  }
}

TEST(OrderedPath, TriesEveryAnchorOfTheSameName) {
  // Without key identifiers only the arithmetic can tell them apart.
  const Edit bare = [](CertificateOptions& o) { o.has_subject_key_identifier = false; };
  std::vector<TestCertificate> anchors;
  for (const char* label : {"a", "b", "c"}) {
    CertificateOptions options = authority_options("Root", key(label));
    bare(options);
    anchors.push_back(make_certificate(options, nullptr));
  }
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    const TestCertificate middle = authority("Middle", &anchors[i]);
    const Outcome outcome = build({leaf_of(middle), middle}, anchors);
    EXPECT_EQ(outcome.verdict, "trusted");
    EXPECT_EQ(outcome.candidates, 3U);
    EXPECT_EQ(outcome.obligations, 4U) << "the edge below is there once";
    EXPECT_EQ(outcome.anchor, i);
  }
}

TEST(OrderedPath, TriesTheAnchorWithTheKeyIdentifierFirst) {
  std::vector<TestCertificate> anchors;
  for (std::size_t i = 0; i < 2 * limits::kMaxCandidatePaths; ++i) {
    CertificateOptions options = authority_options("Root", key("root " + std::to_string(i)));
    options.has_subject_key_identifier = i + 1 == 2 * limits::kMaxCandidatePaths;
    anchors.push_back(make_certificate(options, nullptr));
  }
  const Outcome outcome = build({leaf_of(anchors.back())}, anchors);
  EXPECT_EQ(outcome.verdict, "trusted");
  EXPECT_EQ(outcome.anchor, anchors.size() - 1);
  EXPECT_EQ(outcome.candidates, limits::kMaxCandidatePaths);
}

TEST(OrderedPath, BoundsChainAndAnchors) {
  std::vector<TestCertificate> chain(limits::kMaxCertificatesInChain + 1, pki().leaf);
  EXPECT_EQ(verdict(chain, {pki().root}), "certificate_chain_too_long");
  const std::vector<TestCertificate> anchors(limits::kMaxTrustAnchors + 1, pki().root);
  EXPECT_EQ(verdict({pki().leaf}, anchors), "input_too_large");
}

TEST(OrderedPath, SucceedsWithTheLongestChain) {
  std::vector<TestCertificate> authorities{authority("Root")};
  std::vector<TestCertificate> chain;
  for (std::size_t i = 1; i < limits::kMaxCertificatesInChain; ++i) {
    authorities.push_back(authority("CA " + std::to_string(i), &authorities.back()));
    chain.insert(chain.begin(), authorities.back());
  }
  chain.insert(chain.begin(), leaf_of(authorities.back()));
  ASSERT_EQ(chain.size(), limits::kMaxCertificatesInChain);
  EXPECT_EQ(verdict(chain, {authorities.front()}), "trusted");
}

TEST(OrderedPath, FailsIfThereAreTooManyObligations) {
  const std::vector<Certificate> chain = parse_all({pki().leaf, pki().lower});
  const std::vector<Certificate> anchors = parse_all({pki().upper});
  PathRequest request;
  request.chain = chain;
  request.anchors = anchors;
  request.time = kTime;
  const SignatureObligation filler{
      Check::none, SignatureAlgorithm{}, *chain[0].public_key(), {}, {}};
  std::vector<SignatureObligation> obligations(limits::kMaxObligations - 1, filler);
  const Result<std::vector<CandidatePath>> paths = build_paths(request, obligations);
  ASSERT_FALSE(paths.has_value());
  EXPECT_EQ(paths.error().code, ErrorCode::too_many_obligations);
  EXPECT_EQ(obligations.size(), limits::kMaxObligations - 1);
}

TEST(OrderedPath, FailsIfTheChainIsEmpty) {
  std::vector<SignatureObligation> obligations;
  EXPECT_EQ(build_paths(PathRequest(), obligations).error().code,
            ErrorCode::certificate_path_not_found);
}

// Flipping any bit of a certificate of the chain never leaves it trusted.
TEST(OrderedPath, FailsForEveryFlippedBitOfTheChain) {
  const std::vector<Certificate> anchors = parse_all({pki().upper});
  const OpenSslVerifier verifier;
  for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
    const ByteVector& original = which == 0 ? pki().leaf.der : pki().lower.der;
    for (std::size_t bit = 0; bit < original.size() * 8; ++bit) {
      const Result<Certificate> flipped =
          parse_certificate(testing::with_flipped_bit(original, bit));
      if (!flipped.has_value()) {
        continue;
      }
      std::vector<Certificate> chain = parse_all({pki().leaf, pki().lower});
      chain[which] = *flipped;
      PathRequest request;
      request.chain = chain;
      request.anchors = anchors;
      request.time = kTime;
      std::vector<SignatureObligation> obligations;
      const Result<std::vector<CandidatePath>> paths = build_paths(request, obligations);
      if (!paths.has_value()) {
        continue;
      }
      for (const CandidatePath& path : *paths) {
        bool do_all_hold = true;
        for (const std::size_t edge : path.edges) {
          const SignatureObligation& o = obligations[edge];
          do_all_hold = do_all_hold && verifier.verify(o.algorithm, o.key, o.message,
                                                       o.signature) == SignatureVerdict::valid;
        }
        EXPECT_FALSE(do_all_hold) << "certificate " << which << ", bit " << bit;
      }
    }
  }
}

// Tolerant chains (metadata BLOBs)

TEST(TolerantPath, SucceedsInAnyOrderAndWithUnusedCertificates) {
  const Outcome outcome = build({pki().leaf, authority("Unused"), pki().upper, pki().lower},
                                {authority("Other"), pki().root}, ChainShape::tolerant);
  EXPECT_EQ(outcome.verdict, "trusted");
  EXPECT_EQ(outcome.path_length, 3U);
  EXPECT_EQ(outcome.anchor, 1U);
}

TEST(TolerantPath, StopsAtTheFirstAnchor) {
  for (const TestCertificate& anchor : {pki().lower, pki().upper, pki().root}) {
    EXPECT_EQ(
        verdict({pki().leaf, pki().lower, pki().upper, pki().root}, {anchor}, ChainShape::tolerant),
        "trusted");
  }
  const Outcome outcome = build({pki().leaf, pki().lower, pki().upper, pki().root},
                                {pki().root, pki().lower}, ChainShape::tolerant);
  EXPECT_EQ(outcome.candidates, 1U);
  EXPECT_EQ(outcome.anchor, 1U);
  EXPECT_EQ(outcome.path_length, 1U);
}

TEST(TolerantPath, SucceedsIfTheLeafIsItselfAnAnchor) {
  const Outcome outcome = build({pki().leaf, pki().lower}, {pki().leaf}, ChainShape::tolerant);
  EXPECT_EQ(outcome.verdict, "trusted");
  EXPECT_EQ(outcome.obligations, 0U);
}

TEST(TolerantPath, ToleratesUnusedCertificatesThatExpired) {
  const TestCertificate expired =
      authority("Expired", &pki().root, [](CertificateOptions& o) { o.not_after = kPast; });
  EXPECT_EQ(
      verdict({pki().leaf, expired, pki().lower, pki().upper}, {pki().root}, ChainShape::tolerant),
      "trusted");
}

// A subordinate of a constrained CA has a certificate for a name that is not its own.
TEST(TolerantPath, FailsIfAnIntermediateHasNameConstraintsCriticalOrNot) {
  for (const bool is_critical : {true, false}) {
    CertificateOptions options =
        testing::authority_options("Constrained", TestKey::make(KeyKind::p256, "constrained"));
    options.extensions.push_back({"2.5.29.30", is_critical, der::sequence({})});
    const TestCertificate middle = testing::make_certificate(options, &pki().root);
    EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}, ChainShape::tolerant),
              "certificate_critical_extension_unknown");
    // What is configured is trusted as it is.
    if (!is_critical) {
      EXPECT_EQ(verdict({leaf_of(middle)}, {middle}, ChainShape::tolerant), "trusted");
    }
  }
}

TEST(TolerantPath, FailsIfACertificateOnTheOnlyPathExpired) {
  const TestCertificate middle =
      authority("Middle", &pki().root, [](CertificateOptions& o) { o.not_after = kPast; });
  EXPECT_EQ(verdict({leaf_of(middle), middle}, {pki().root}, ChainShape::tolerant),
            "certificate_expired");
  const TestCertificate leaf =
      leaf_of(pki().root, [](CertificateOptions& o) { o.not_after = kPast; });
  EXPECT_EQ(verdict({leaf}, {pki().root}, ChainShape::tolerant), "certificate_expired");
}

// A root that is replaced: the new root also comes cross-signed by the old one.
TEST(TolerantPath, FindsAWayThroughCrossSignedCertificatesToEitherRoot) {
  const TestCertificate old_root = authority("Old Root");
  const TestCertificate new_root = authority("New Root");
  const TestCertificate crossed = authority("New Root", &old_root);
  const TestCertificate middle = authority("Middle", &new_root);
  const TestCertificate leaf = leaf_of(middle);
  const std::vector<TestCertificate> chain{leaf, middle, crossed};
  EXPECT_EQ(verdict(chain, {old_root}, ChainShape::tolerant), "trusted");
  EXPECT_EQ(verdict(chain, {new_root}, ChainShape::tolerant), "trusted");
  const Outcome both = build(chain, {old_root, new_root}, ChainShape::tolerant);
  EXPECT_EQ(both.verdict, "trusted");
  EXPECT_EQ(both.candidates, 2U);
  EXPECT_EQ(both.obligations, 3U) << "leaf-middle, middle-root, root-old root: each once";
}

TEST(TolerantPath, TakesTheOtherOfTwoIntermediatesIfOneExpired) {
  const TestCertificate expired =
      authority("Middle", &pki().root, [](CertificateOptions& o) { o.not_after = kPast; });
  const TestCertificate fresh = authority("Middle", &pki().root);
  EXPECT_EQ(verdict({leaf_of(fresh), expired, fresh}, {pki().root}, ChainShape::tolerant),
            "trusted");
}

TEST(TolerantPath, TellsTheReasonOfTheIssuerThatFitsBest) {
  // An anchor of the right name with another key says less than the issuer that expired.
  const TestCertificate expired =
      authority("Root", nullptr, [](CertificateOptions& o) { o.not_after = kPast; });
  const TestCertificate namesake =
      authority("Root", nullptr, [](CertificateOptions& o) { o.key = key("namesake"); });
  EXPECT_EQ(verdict({leaf_of(expired), expired}, {namesake}, ChainShape::tolerant),
            "certificate_expired");
}

TEST(TolerantPath, NeverTrustsACertificateThatCameAlong) {
  EXPECT_EQ(verdict({pki().leaf, pki().lower, pki().upper, pki().root}, {authority("Other")},
                    ChainShape::tolerant),
            "certificate_path_not_found");
}

TEST(TolerantPath, FailsIfTheLeafIsNotFirst) {
  // The first certificate is what is vouched for: here an issuer without a path of its own.
  EXPECT_EQ(verdict({authority("Stranger"), pki().leaf, pki().lower, pki().upper}, {pki().root},
                    ChainShape::tolerant),
            "certificate_path_not_found");
}

// Eight certificates that all seem to have issued each other: without a budget 7! orders.
TEST(TolerantPath, BoundsItsWorkOnAChainOfMutualIssuers) {
  std::vector<TestCertificate> chain;
  const TestCertificate unknown = authority("Same Name");
  const Edit bare = [](CertificateOptions& o) {
    o.has_subject_key_identifier = false;
    o.has_authority_key_identifier = false;
    o.issuer = testing::authority_subject("Same Name");
    o.subject = testing::authority_subject("Same Name");
  };
  for (std::size_t i = 0; i < limits::kMaxCertificatesInChain; ++i) {
    CertificateOptions options = authority_options("Same Name", key("mutual " + std::to_string(i)));
    bare(options);
    chain.push_back(make_certificate(options, &unknown));
  }
  EXPECT_EQ(verdict(chain, {authority("Other")}, ChainShape::tolerant),
            "certificate_path_not_found");
  std::vector<TestCertificate> anchors;
  for (int i = 0; i < 4; ++i) {
    CertificateOptions options = authority_options("Same Name", key("anchor " + std::to_string(i)));
    bare(options);
    anchors.push_back(make_certificate(options, nullptr));
  }
  const Outcome outcome = build(chain, anchors, ChainShape::tolerant);
  EXPECT_EQ(outcome.verdict, "signature invalid");
  EXPECT_EQ(outcome.candidates, limits::kMaxCandidatePaths);
}

// parse_chain

TEST(ParseChain, ParsesEachAndBoundsTheirNumber) {
  const std::vector<Bytes> two{pki().leaf.der, pki().lower.der};
  ASSERT_TRUE(parse_chain(two).has_value());
  EXPECT_EQ(parse_chain(two)->size(), 2U);
  EXPECT_EQ(parse_chain({}).error().code, ErrorCode::certificate_malformed);
  const std::vector<Bytes> many(limits::kMaxCertificatesInChain + 1, pki().leaf.der);
  EXPECT_EQ(parse_chain(many).error().code, ErrorCode::certificate_chain_too_long);
  const std::vector<Bytes> bad{pki().leaf.der, Bytes()};
  EXPECT_EQ(parse_chain(bad).error().code, ErrorCode::der_truncated);
}

}  // namespace
}  // namespace countersign
