// The corpus of the parity suite, through both backends: the same verdict line, byte for byte.

#include "tests/vectors/corpus.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/sanitized.h"
#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

constexpr std::size_t kCorpusStride = stride(5);

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> lines = CorpusMaker(COUNTERSIGN_VECTORS_DIR).make();
  return lines;
}

TEST(Corpus, IsLargeAndDeterministicAndOneLineEach) {
  EXPECT_GE(corpus().size(), 2500U);
  EXPECT_EQ(corpus(), CorpusMaker(COUNTERSIGN_VECTORS_DIR).make());
  for (const std::string& line : corpus()) {
    EXPECT_FALSE(line.empty());
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(Corpus, NeedsNoVectorsOfOthers) {
  EXPECT_GE(CorpusMaker("/nonexistent").make().size(), 2000U);
}

TEST(Corpus, GivesTheSameVerdictsWithBothBackends) {
  std::set<std::string> refusals;
  std::size_t accepted = 0;
  std::size_t unsupported = 0;
  for (std::size_t i = 0; i < corpus().size(); i += kCorpusStride) {
    const std::string& line = corpus()[i];
    const std::string first = verdict_of(line, openssl_backend());
    const std::string second = verdict_of(line, cryptopp_backend());
    ASSERT_TRUE(parse_json(first).has_value()) << first;
    // Crypto++ has no Ed448.
    if (second.find("algorithm_unsupported_by_backend") != std::string::npos) {
      ++unsupported;
      continue;
    }
    ASSERT_EQ(first, second) << line.substr(0, 100);
    if (is_accepted(first)) {
      ++accepted;
    } else {
      refusals.insert(refusal_of(first));
    }
  }
  EXPECT_GE(accepted, 300 / kCorpusStride);
  EXPECT_GE(refusals.size(), 100 / kCorpusStride);
  EXPECT_LE(unsupported, 100U);
  std::cout << corpus().size() << " cases, " << accepted << " accepted, " << refusals.size()
            << " kinds of refusal, " << unsupported << " without Ed448\n";
}

// A host that discharges by itself: everything it needs is in the obligations' JSON, and what it
// made of them goes back by digest.
PublicKey key_of(const JsonValue& json) {
  const auto bytes_of_member = [&](std::string_view name) {
    return from_base64(text_of_member(json, name));
  };
  const std::string& type = text_of_member(json, "type");
  if (type == "rsa") {
    return PublicKey::make_rsa(bytes_of_member("n"), bytes_of_member("e")).value();
  }
  constexpr std::pair<std::string_view, Curve> kCurves[] = {
      {"p256", Curve::p256},           {"p384", Curve::p384},       {"p521", Curve::p521},
      {"secp256k1", Curve::secp256k1}, {"ed25519", Curve::ed25519}, {"ed448", Curve::ed448}};
  Curve curve = Curve::none;
  for (const auto& [name, value] : kCurves) {
    curve = name == text_of_member(json, "curve") ? value : curve;
  }
  return type == "ec2"
             ? PublicKey::make_ec(curve, bytes_of_member("x"), bytes_of_member("y")).value()
             : PublicKey::make_okp(curve, bytes_of_member("x")).value();
}

SignatureVerdict discharge_json(const JsonValue& obligation, const SignatureVerifier& verifier) {
  const JsonValue& algorithm = member_of(obligation, "algorithm");
  const std::string& scheme = text_of_member(algorithm, "scheme");
  const std::string& hash = text_of_member(algorithm, "hash");
  const SignatureAlgorithm chosen{scheme == "ecdsa"       ? SignatureScheme::ecdsa
                                  : scheme == "eddsa"     ? SignatureScheme::eddsa
                                  : scheme == "rsa_pkcs1" ? SignatureScheme::rsa_pkcs1
                                                          : SignatureScheme::rsa_pss,
                                  hash == "sha1"     ? HashAlgorithm::sha1
                                  : hash == "sha256" ? HashAlgorithm::sha256
                                  : hash == "sha384" ? HashAlgorithm::sha384
                                                     : HashAlgorithm::sha512};
  return verifier.verify(chosen, key_of(member_of(obligation, "key")),
                         from_base64(text_of_member(obligation, "message")),
                         from_base64(text_of_member(obligation, "signature")));
}

TEST(Corpus, GivesTheSameVerdictsWhenTheHostDischarges) {
  const CaseSettings settings{UnixSeconds{kCeremonyTime}};
  std::size_t discharged = 0;
  for (const Backend* backend : all_backends()) {
    for (std::size_t i = 0; i < corpus().size(); i += kCorpusStride) {
      // Crypto++ has done its arithmetic above: a sample.
      if (backend == &cryptopp_backend() && i / kCorpusStride % 8 != 0) {
        continue;
      }
      const std::string& line = corpus()[i];
      const std::string begun = begin_case(line, settings, backend->hasher);
      const std::string direct = verdict_of(line, *backend);
      const JsonValue json = parse_json(begun, {std::size_t{1} << 24}).value();
      const JsonValue* obligations = json.find("obligations");
      if (obligations == nullptr) {
        ASSERT_EQ(begun, direct);
        continue;
      }
      std::string results = "[";
      std::string lies = "[";
      for (const JsonValue& obligation : obligations->items) {
        const SignatureVerdict verdict = discharge_json(obligation, backend->verifier);
        const std::string head = std::string(results.size() > 1 ? "," : "") + R"({"digest":")" +
                                 text_of_member(obligation, "digest") + R"(","valid":)";
        results += head +
                   (verdict == SignatureVerdict::valid         ? "true"
                    : verdict == SignatureVerdict::unsupported ? "null"
                                                               : "false") +
                   "}";
        lies += head + "1}";
      }
      ASSERT_EQ(finish_case(line, results + "]", settings, backend->hasher), direct)
          << line.substr(0, 100);
      discharged += obligations->items.size();
      if (obligations->items.empty()) {
        continue;
      }
      // Only the literal true counts: anything else leaves nothing but chains that are not trusted.
      const std::string lied = finish_case(line, lies + "]", settings, backend->hasher);
      ASSERT_TRUE(!is_accepted(lied) || lied.find(R"("trust":"untrusted")") != std::string::npos)
          << lied;
      const std::string missing = finish_case(line, "[]", settings, backend->hasher);
      ASSERT_NE(missing.find("obligation_results_mismatch"), std::string::npos) << missing;
    }
  }
  EXPECT_GE(discharged, 1500 / kCorpusStride);
}

}  // namespace
}  // namespace countersign::testing
