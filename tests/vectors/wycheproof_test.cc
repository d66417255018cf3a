// Wycheproof (C2SP) through make_fixed_signature and both backends. Every case of every file is
// executed; a case that we treat otherwise than its file says stands below, with the reason.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "crypto/signature.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using nlohmann::json;
using testing::from_hex;

struct VectorFile {
  const char* name;
  SignatureAlgorithm algorithm;
  Curve curve;
  // Cases in the file, and how they must end.
  std::size_t cases;
  std::size_t verified;
  std::size_t refused_by_form;  // make_fixed_signature
  std::size_t refused_by_arithmetic;
  // Cases whose result is "acceptable", all of which we refuse, with the flag that says why they
  // are not "valid".
  std::set<int> refused_acceptable;
};

void PrintTo(const VectorFile& file, std::ostream* out) { *out << file.name; }

Bytes without_leading_zeros(const ByteVector& number) {
  Bytes out(number);
  while (!out.empty() && out[0] == 0) {
    out = out.subspan(1);
  }
  return out;
}

Result<PublicKey> key_of(const VectorFile& file, const json& group) {
  const json& key = group.at("publicKey");
  switch (file.algorithm.scheme) {
    case SignatureScheme::ecdsa: {
      const ByteVector point = from_hex(key.at("uncompressed").get<std::string>());
      const std::size_t size = coordinate_size(file.curve);
      return PublicKey::make_ec(file.curve, Bytes(point).subspan(1, size),
                                Bytes(point).subspan(1 + size));
    }
    case SignatureScheme::eddsa:
      return PublicKey::make_okp(file.curve, from_hex(key.at("pk").get<std::string>()));
    case SignatureScheme::rsa_pkcs1:
    case SignatureScheme::rsa_pss:
      break;
  }
  // Wycheproof writes INTEGERs, with a zero octet before a set highest bit.
  const ByteVector modulus = from_hex(key.at("modulus").get<std::string>());
  const ByteVector exponent = from_hex(key.at("publicExponent").get<std::string>());
  return PublicKey::make_rsa(without_leading_zeros(modulus), without_leading_zeros(exponent));
}

class Wycheproof : public ::testing::TestWithParam<VectorFile> {};

TEST_P(Wycheproof, EveryCaseEndsAsItMust) {
  const VectorFile& file = GetParam();
  const std::filesystem::path path =
      std::filesystem::path(COUNTERSIGN_VECTORS_DIR) / "wycheproof" / file.name;
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "the third-party vectors are not on this machine";
  }
  const json document = json::parse(std::ifstream(path));
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  std::size_t cases = 0;
  std::size_t verified = 0;
  std::size_t refused_by_form = 0;
  std::size_t refused_by_arithmetic = 0;
  std::set<int> refused_acceptable;
  for (const json& group : document.at("testGroups")) {
    const Result<PublicKey> key = key_of(file, group);
    ASSERT_TRUE(key.has_value()) << group.at("tests").at(0).at("tcId");
    for (const json& test : group.at("tests")) {
      const int id = test.at("tcId").get<int>();
      SCOPED_TRACE(std::to_string(id) + " " + test.at("comment").get<std::string>());
      ++cases;
      const ByteVector message = from_hex(test.at("msg").get<std::string>());
      const ByteVector signature = from_hex(test.at("sig").get<std::string>());
      const Result<ByteVector> fixed = make_fixed_signature(file.algorithm, *key, signature);
      bool is_accepted = false;
      if (fixed.has_value()) {
        const SignatureVerdict first = openssl.verify(file.algorithm, *key, message, *fixed);
        const SignatureVerdict second = cryptopp.verify(file.algorithm, *key, message, *fixed);
        EXPECT_EQ(first, second) << "the backends disagree";
        EXPECT_NE(first, SignatureVerdict::unsupported);
        is_accepted = first == SignatureVerdict::valid;
        (is_accepted ? verified : refused_by_arithmetic) += 1;
      } else {
        EXPECT_EQ(fixed.error().code, ErrorCode::signature_malformed);
        ++refused_by_form;
        // Nothing behind the form check relies on it alone.
        if (file.algorithm.scheme != SignatureScheme::ecdsa) {
          EXPECT_EQ(openssl.verify(file.algorithm, *key, message, signature),
                    SignatureVerdict::invalid);
          EXPECT_EQ(cryptopp.verify(file.algorithm, *key, message, signature),
                    SignatureVerdict::invalid);
        }
      }
      const std::string result = test.at("result").get<std::string>();
      if (result == "acceptable") {
        if (!is_accepted) {
          refused_acceptable.insert(id);
        }
      } else {
        EXPECT_TRUE(result == "valid" || result == "invalid") << result;
        EXPECT_EQ(is_accepted, result == "valid");
      }
    }
  }
  EXPECT_EQ(cases, file.cases);
  EXPECT_EQ(cases, document.at("numberOfTests").get<std::size_t>());
  EXPECT_EQ(verified, file.verified);
  EXPECT_EQ(refused_by_form, file.refused_by_form);
  EXPECT_EQ(refused_by_arithmetic, file.refused_by_arithmetic);
  EXPECT_EQ(refused_acceptable, file.refused_acceptable);
}

INSTANTIATE_TEST_SUITE_P(
    Files, Wycheproof,
    ::testing::Values(
        VectorFile{"ecdsa_secp256r1_sha256_test.json",
                   {SignatureScheme::ecdsa, HashAlgorithm::sha256},
                   Curve::p256,
                   484,
                   174,
                   287,
                   23,
                   {}},
        VectorFile{"ecdsa_secp256k1_sha256_test.json",
                   {SignatureScheme::ecdsa, HashAlgorithm::sha256},
                   Curve::secp256k1,
                   476,
                   168,
                   286,
                   22,
                   {}},
        VectorFile{"ed25519_test.json",
                   {SignatureScheme::eddsa, HashAlgorithm::sha512},
                   Curve::ed25519,
                   151,
                   88,
                   41,
                   22,
                   {}},
        VectorFile{"rsa_signature_2048_sha256_test.json",
                   {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256},
                   Curve::none,
                   259,
                   9,
                   7,
                   243,
                   {8}},  // MissingNull: a DigestInfo without its NULL is not RFC 8017 §9.2's
        VectorFile{"rsa_pss_2048_sha256_mgf1_32_test.json",
                   {SignatureScheme::rsa_pss, HashAlgorithm::sha256},
                   Curve::none,
                   108,
                   63,
                   6,
                   39,
                   {}}));

}  // namespace
}  // namespace countersign
