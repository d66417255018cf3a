// Both backends on every algorithm, and against each other on mutations.

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <random>
#include <thread>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "tests/crypto/public_keys.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::KeyKind;
using testing::public_key_of;
using testing::TestKey;
using enum SignatureVerdict;

struct Signed {
  SignatureAlgorithm algorithm;
  PublicKey key;
  ByteVector message;
  ByteVector signature;
};

Signed make_signed(const TestKey& key, SignatureAlgorithm algorithm, ByteVector message) {
  PublicKey public_key = public_key_of(key);
  const ByteVector wire = testing::sign(key, algorithm, message);
  Result<ByteVector> fixed = make_fixed_signature(algorithm, public_key, wire);
  return {algorithm, std::move(public_key), std::move(message), std::move(fixed).value()};
}

SignatureVerdict verify(const SignatureVerifier& verifier, const Signed& input) {
  return verifier.verify(input.algorithm, input.key, input.message, input.signature);
}

SignatureVerdict expected_of_cryptopp(const Signed& input, SignatureVerdict verdict) {
  return input.key.curve() == Curve::ed448 ? unsupported : verdict;
}

TEST(Backends, VerifyEveryAlgorithmOfTheTable) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    SCOPED_TRACE(entry.name);
    for (const char* const label : {"", "other", "1"}) {
      const TestKey key = TestKey::make(testing::kind_of(entry.curve), label);
      for (const std::size_t size : {0U, 1U, 69U, 300U}) {
        Signed input =
            make_signed(key, {entry.scheme, entry.hash}, testing::seeded_bytes("message", size));
        EXPECT_EQ(verify(openssl, input), valid);
        EXPECT_EQ(verify(cryptopp, input), expected_of_cryptopp(input, valid));
        input.message.push_back(0);
        EXPECT_EQ(verify(openssl, input), invalid);
        EXPECT_EQ(verify(cryptopp, input), expected_of_cryptopp(input, invalid));
      }
    }
  }
}

// Certificates combine hash and curve freely; the digest is cut to the order (FIPS 186-4 §6.4).
TEST(Backends, VerifyEcdsaWithEveryHashOnEveryCurve) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1}) {
    for (const HashAlgorithm hash : {HashAlgorithm::sha1, HashAlgorithm::sha256,
                                     HashAlgorithm::sha384, HashAlgorithm::sha512}) {
      Signed input = make_signed(TestKey::make(kind), {SignatureScheme::ecdsa, hash},
                                 testing::bytes("message"));
      EXPECT_EQ(verify(openssl, input), valid);
      EXPECT_EQ(verify(cryptopp, input), valid);
      for (const HashAlgorithm other : {HashAlgorithm::sha1, HashAlgorithm::sha256,
                                        HashAlgorithm::sha384, HashAlgorithm::sha512}) {
        input.algorithm.hash = other;
        EXPECT_EQ(verify(openssl, input), other == hash ? valid : invalid);
        EXPECT_EQ(verify(cryptopp, input), other == hash ? valid : invalid);
      }
    }
  }
}

TEST(Backends, VerifyLargerRsaKeys) {
  for (const KeyKind kind : {KeyKind::rsa3072, KeyKind::rsa4096}) {
    for (const SignatureScheme scheme : {SignatureScheme::rsa_pkcs1, SignatureScheme::rsa_pss}) {
      const Signed input = make_signed(TestKey::make(kind), {scheme, HashAlgorithm::sha256},
                                       testing::bytes("message"));
      EXPECT_EQ(verify(OpenSslVerifier(), input), valid);
      EXPECT_EQ(verify(CryptoppVerifier(), input), valid);
    }
  }
}

using KeyPair = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// A fresh RSA key with a modulus of exactly that many bits (OpenSSL's own generator rounds).
KeyPair make_rsa_of_bits(int bits) {
  BN_CTX* context = BN_CTX_new();
  BIGNUM* p = BN_new();
  BIGNUM* q = BN_new();
  BIGNUM* n = BN_new();
  BIGNUM* e = BN_new();
  BIGNUM* phi = BN_new();
  BN_set_word(e, 65537);
  do {
    BN_generate_prime_ex(p, bits / 2, 0, nullptr, nullptr, nullptr);
    BN_generate_prime_ex(q, bits - bits / 2, 0, nullptr, nullptr, nullptr);
    BN_mul(n, p, q, context);
  } while (BN_num_bits(n) != bits);
  BN_sub(phi, n, p);
  BN_sub(phi, phi, q);
  BN_add_word(phi, 1);
  BIGNUM* d = BN_mod_inverse(nullptr, e, phi, context);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, d);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* pair = nullptr;
  EVP_PKEY_fromdata_init(maker);
  EVP_PKEY_fromdata(maker, &pair, EVP_PKEY_KEYPAIR, parameters);
  EVP_PKEY_CTX_free(maker);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  for (BIGNUM* number : {p, q, n, e, phi, d}) {
    BN_free(number);
  }
  BN_CTX_free(context);
  return {pair, EVP_PKEY_free};
}

// RFC 8017 §9.1.1: with a modulus of 8 n + 1 bits the encoded message is an octet shorter than the
// modulus. The keys are fresh in every run.
TEST(Backends, VerifyRsaKeysOfOddSizes) {
  for (const int bits : {2049, 2050, 2055}) {
    SCOPED_TRACE(bits);
    const KeyPair pair = make_rsa_of_bits(bits);
    ASSERT_NE(pair, nullptr);
    ASSERT_EQ(EVP_PKEY_get_bits(pair.get()), bits);
    const auto number = [&](const char* name) {
      BIGNUM* value = nullptr;
      EXPECT_EQ(EVP_PKEY_get_bn_param(pair.get(), name, &value), 1);
      ByteVector out(static_cast<std::size_t>(BN_num_bytes(value)));
      BN_bn2bin(value, out.data());
      BN_free(value);
      return out;
    };
    const Result<PublicKey> key =
        PublicKey::make_rsa(number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E));
    ASSERT_TRUE(key.has_value());
    for (const bool is_pss : {false, true}) {
      const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                            EVP_MD_CTX_free);
      EVP_PKEY_CTX* key_context = nullptr;
      ASSERT_EQ(EVP_DigestSignInit_ex(context.get(), &key_context, "SHA256", nullptr, nullptr,
                                      pair.get(), nullptr),
                1);
      if (is_pss) {
        ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING), 1);
        ASSERT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST), 1);
      }
      const ByteVector message = testing::bytes("message");
      ByteVector wire(key->modulus().size());
      std::size_t size = wire.size();
      ASSERT_EQ(EVP_DigestSign(context.get(), wire.data(), &size, message.data(), message.size()),
                1);
      const SignatureAlgorithm algorithm{
          is_pss ? SignatureScheme::rsa_pss : SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256};
      const Result<ByteVector> fixed = make_fixed_signature(algorithm, *key, wire);
      ASSERT_TRUE(fixed.has_value());
      Signed input{algorithm, *key, message, *fixed};
      EXPECT_EQ(verify(OpenSslVerifier(), input), valid);
      EXPECT_EQ(verify(CryptoppVerifier(), input), valid);
      for (std::size_t bit = 0; bit < 8 * input.signature.size(); bit += 97) {
        input.signature = testing::with_flipped_bit(*fixed, bit);
        EXPECT_EQ(verify(OpenSslVerifier(), input), invalid);
        EXPECT_EQ(verify(CryptoppVerifier(), input), invalid);
      }
    }
  }
}

TEST(Backends, FailIfTheHashOrThePaddingIsAnother) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  const TestKey key = TestKey::make(KeyKind::rsa2048);
  std::vector<SignatureAlgorithm> algorithms;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    if (entry.key_type == KeyType::rsa) {
      algorithms.push_back({entry.scheme, entry.hash});
    }
  }
  for (const SignatureAlgorithm made : algorithms) {
    Signed input = make_signed(key, made, testing::bytes("message"));
    for (const SignatureAlgorithm asked : algorithms) {
      input.algorithm = asked;
      EXPECT_EQ(verify(openssl, input), asked == made ? valid : invalid);
      EXPECT_EQ(verify(cryptopp, input), asked == made ? valid : invalid);
    }
  }
}

// Pitfall 20: "PSS salt length must equal hash length".
TEST(Backends, FailIfThePssSaltIsNotAsLongAsTheDigest) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  const TestKey key = TestKey::make(KeyKind::rsa2048);
  const ByteVector message = testing::bytes("message");
  for (const std::size_t salt : {0U, 1U, 20U, 31U, 32U, 33U, 48U, 64U, 222U}) {
    const SignatureAlgorithm algorithm{SignatureScheme::rsa_pss, HashAlgorithm::sha256};
    const ByteVector wire = key.sign_pss(testing::Hash::sha256, message, salt);
    const Signed input{algorithm, public_key_of(key), message, wire};
    EXPECT_EQ(verify(openssl, input), salt == 32 ? valid : invalid) << salt;
    EXPECT_EQ(verify(cryptopp, input), salt == 32 ? valid : invalid) << salt;
  }
}

TEST(Backends, FailIfTheKeyIsOfAnotherTypeThanTheScheme) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  const KeyKind kinds[] = {KeyKind::p256, KeyKind::ed25519, KeyKind::rsa2048};
  const SignatureAlgorithm algorithms[] = {{SignatureScheme::ecdsa, HashAlgorithm::sha256},
                                           {SignatureScheme::eddsa, HashAlgorithm::sha512},
                                           {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256},
                                           {SignatureScheme::rsa_pss, HashAlgorithm::sha256}};
  for (const SignatureAlgorithm made : algorithms) {
    const KeyKind own = made.scheme == SignatureScheme::ecdsa   ? KeyKind::p256
                        : made.scheme == SignatureScheme::eddsa ? KeyKind::ed25519
                                                                : KeyKind::rsa2048;
    const Signed input = make_signed(TestKey::make(own), made, testing::bytes("message"));
    for (const KeyKind kind : kinds) {
      for (const SignatureAlgorithm asked : algorithms) {
        if (kind == own && asked == made) {
          continue;
        }
        const Signed mixed{asked, public_key_of(TestKey::make(kind)), input.message,
                           input.signature};
        EXPECT_EQ(verify(openssl, mixed), invalid);
        EXPECT_EQ(verify(cryptopp, mixed), invalid);
      }
    }
  }
}

TEST(Backends, FailOnSignaturesOfOtherLengthsAndContents) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    SCOPED_TRACE(entry.name);
    const Signed good = make_signed(TestKey::make(testing::kind_of(entry.curve)),
                                    {entry.scheme, entry.hash}, testing::bytes("message"));
    std::vector<ByteVector> bad{{},
                                {0},
                                ByteVector(good.signature.size()),
                                ByteVector(good.signature.size(), 0xff),
                                ByteVector(good.signature.size() - 1),
                                ByteVector(2 * good.signature.size()),
                                ByteVector(4096, 1)};
    bad.push_back(good.signature);
    bad.back().push_back(0);
    bad.push_back(good.signature);
    bad.back().pop_back();
    for (const ByteVector& signature : bad) {
      Signed input = good;
      input.signature = signature;
      EXPECT_EQ(verify(openssl, input), invalid);
      EXPECT_EQ(verify(cryptopp, input), expected_of_cryptopp(input, invalid));
    }
  }
}

PublicKey rebuild(const PublicKey& key, Bytes first, Bytes second, bool& is_key) {
  const Result<PublicKey> made =
      key.type() == KeyType::ec2   ? PublicKey::make_ec(key.curve(), first, second)
      : key.type() == KeyType::okp ? PublicKey::make_okp(key.curve(), first)
                                   : PublicKey::make_rsa(first, second);
  is_key = made.has_value();
  return is_key ? *made : key;
}

// Bits of key, message and signature flipped at random (fixed seed): nothing may verify, and the
// backends must agree. Keys that the core refuses never reach a backend.
TEST(Backends, AgreeThatNoMutationVerifies) {
  const OpenSslVerifier openssl;
  const CryptoppVerifier cryptopp;
  std::mt19937 random(20261122);
  std::size_t compared = 0;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    SCOPED_TRACE(entry.name);
    // Crypto++'s ECDSA takes milliseconds.
    const int rounds = entry.key_type == KeyType::ec2 ? 40 : 150;
    const Signed good =
        make_signed(TestKey::make(testing::kind_of(entry.curve)), {entry.scheme, entry.hash},
                    testing::seeded_bytes(entry.name, 101));
    for (int round = 0; round < rounds; ++round) {
      Signed input = good;
      const auto flip = [&](Bytes bytes) {
        return testing::with_flipped_bit(bytes, random() % (8 * bytes.size()));
      };
      bool is_key = true;
      switch (round % 4) {
        case 0:
          input.message = flip(good.message);
          break;
        case 1:
        case 2:
          input.signature = flip(good.signature);
          break;
        default: {
          const bool is_second = entry.key_type == KeyType::rsa && random() % 4 == 0;
          input.key = is_second
                          ? rebuild(good.key, good.key.modulus(), flip(good.key.exponent()), is_key)
                          : rebuild(good.key, flip(good.key.x()), good.key.y(), is_key);
          break;
        }
      }
      if (!is_key) {
        continue;
      }
      ++compared;
      ASSERT_EQ(verify(openssl, input), invalid);
      ASSERT_EQ(verify(cryptopp, input), expected_of_cryptopp(input, invalid));
    }
  }
  EXPECT_GT(compared, 1200U);
}

TEST(Backends, EveryBitOfAnEs256SignatureCounts) {
  const OpenSslVerifier openssl;
  Signed good =
      make_signed(TestKey::make(KeyKind::p256), {SignatureScheme::ecdsa, HashAlgorithm::sha256},
                  testing::bytes("message"));
  ASSERT_EQ(verify(openssl, good), valid);
  for (std::size_t bit = 0; bit < 8 * good.signature.size(); ++bit) {
    Signed input = good;
    input.signature = testing::with_flipped_bit(good.signature, bit);
    ASSERT_EQ(verify(openssl, input), invalid) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * good.message.size(); ++bit) {
    Signed input = good;
    input.message = testing::with_flipped_bit(good.message, bit);
    ASSERT_EQ(verify(openssl, input), invalid) << bit;
  }
}

TEST(Backends, HashersAgreeWithTheTestsOwn) {
  const OpenSslHasher openssl;
  const CryptoppHasher cryptopp;
  for (const std::size_t size : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 111U, 112U, 128U, 1000U}) {
    const ByteVector message = testing::seeded_bytes("hash", size);
    for (const HashAlgorithm hash : {HashAlgorithm::sha1, HashAlgorithm::sha256,
                                     HashAlgorithm::sha384, HashAlgorithm::sha512}) {
      const ByteVector expected = testing::digest(static_cast<testing::Hash>(hash), message);
      EXPECT_EQ(openssl.digest(hash, message), expected);
      EXPECT_EQ(cryptopp.digest(hash, message), expected);
    }
    const ByteVector expected = testing::sha256(message);
    const Bytes bytes(message);
    for (const Hasher* hasher :
         {static_cast<const Hasher*>(&openssl), static_cast<const Hasher*>(&cryptopp)}) {
      EXPECT_TRUE(equal(hasher->sha256({bytes}), expected));
      EXPECT_TRUE(equal(hasher->sha256({bytes.first(size / 2), Bytes(), bytes.subspan(size / 2)}),
                        expected));
      EXPECT_TRUE(equal(hasher->sha256({}), testing::sha256({})));
    }
  }
}

TEST(OpenSslVerifier, KeepsAtMostTheKeysOfItsCapacity) {
  const OpenSslVerifier bounded(32);
  const OpenSslVerifier uncached(0);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      Signed input =
          make_signed(TestKey::make(KeyKind::p256, std::to_string(i)),
                      {SignatureScheme::ecdsa, HashAlgorithm::sha256}, testing::bytes("message"));
      EXPECT_EQ(verify(bounded, input), valid);
      EXPECT_EQ(verify(uncached, input), valid);
      input.message[0] ^= 1;
      EXPECT_EQ(verify(bounded, input), invalid);
      EXPECT_EQ(verify(uncached, input), invalid);
      EXPECT_LE(bounded.cached_keys(), 32U);
    }
  }
  EXPECT_GT(bounded.cached_keys(), 16U);
  EXPECT_EQ(uncached.cached_keys(), 0U);
}

TEST(OpenSslVerifier, KeysThatDifferInOneNumberAreDifferentKeys) {
  const OpenSslVerifier verifier;
  const TestKey key = TestKey::make(KeyKind::rsa2048);
  Signed input = make_signed(key, {SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256},
                             testing::bytes("message"));
  EXPECT_EQ(verify(verifier, input), valid);
  input.key = PublicKey::make_rsa(key.modulus(), ByteVector{3}).value();
  EXPECT_EQ(verify(verifier, input), invalid);
  EXPECT_EQ(verifier.cached_keys(), 2U);
}

TEST(OpenSslVerifier, LeavesNoErrorInTheThreadsQueue) {
  const OpenSslVerifier verifier;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    Signed input = make_signed(TestKey::make(testing::kind_of(entry.curve)),
                               {entry.scheme, entry.hash}, testing::bytes("message"));
    input.message[0] ^= 1;
    EXPECT_EQ(verify(verifier, input), invalid);
    EXPECT_EQ(ERR_peek_error(), 0U) << entry.name;
  }
}

TEST(OpenSslVerifier, ThreadsShareOneVerifier) {
  const OpenSslVerifier verifier(16);
  std::vector<Signed> inputs;
  for (int i = 0; i < 24; ++i) {
    inputs.push_back(make_signed(TestKey::make(KeyKind::p256, std::to_string(i % 20)),
                                 {SignatureScheme::ecdsa, HashAlgorithm::sha256},
                                 testing::seeded_bytes("message", 64)));
    if (i % 3 == 0) {
      inputs.back().message[5] ^= 4;
    }
  }
  std::array<int, 8> wrong{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t which = (i * (t + 1)) % inputs.size();
        const SignatureVerdict expected = which % 3 == 0 ? invalid : valid;
        wrong[t] += verify(verifier, inputs[which]) == expected ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, (std::array<int, 8>{}));
}

}  // namespace
}  // namespace countersign
