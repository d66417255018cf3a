// What makes the test messages is itself tried against OpenSSL's own readers and verifiers.

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "tests/support/cases.h"
#include "tests/support/pki.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

Pkey read_public_key(const ByteVector& spki) {
  const unsigned char* at = spki.data();
  return {d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())), &EVP_PKEY_free};
}

X509Pointer read_certificate(const ByteVector& der) {
  const unsigned char* at = der.data();
  X509Pointer certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
  return at == der.data() + der.size() ? std::move(certificate) : X509Pointer(nullptr, &X509_free);
}

const EVP_MD* digest_of(const CoseMeaning& meaning) {
  if (meaning.scheme == Scheme::eddsa) {
    return nullptr;
  }
  switch (meaning.hash) {
    case Hash::sha1:
      return EVP_sha1();
    case Hash::sha256:
      return EVP_sha256();
    case Hash::sha384:
      return EVP_sha384();
    case Hash::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

bool verifies(EVP_PKEY* key, const CoseMeaning& meaning, Bytes message, Bytes signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* key_context = nullptr;
  bool is_good = EVP_DigestVerifyInit(context, &key_context, digest_of(meaning), nullptr, key) == 1;
  if (is_good && meaning.scheme == Scheme::rsa_pss) {
    is_good = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  is_good = is_good && EVP_DigestVerify(context, signature.data(), signature.size(), message.data(),
                                        message.size()) == 1;
  EVP_MD_CTX_free(context);
  return is_good;
}

TEST(TestKeys, SignForEveryAlgorithm) {
  const ByteVector message = bytes("a message");
  std::vector<std::int64_t> algorithms = credential_algorithms();
  algorithms.push_back(-65535);
  for (const std::int64_t algorithm : algorithms) {
    SCOPED_TRACE(algorithm);
    const TestKey key = TestKey::for_algorithm(algorithm, "credential");
    const Pkey reader = read_public_key(key.spki());
    ASSERT_NE(reader, nullptr);
    const ByteVector signature = key.sign_cose(algorithm, message);
    EXPECT_TRUE(verifies(reader.get(), cose_meaning(algorithm), message, signature));
    EXPECT_FALSE(
        verifies(reader.get(), cose_meaning(algorithm), bytes("another message"), signature));
    EXPECT_EQ(signature, key.sign_cose(algorithm, message));
  }
}

TEST(TestKeys, PrivateKeyPemIsTheSameKey) {
  for (const KeyKind kind : {KeyKind::p256, KeyKind::p521, KeyKind::secp256k1, KeyKind::rsa2048,
                             KeyKind::ed25519, KeyKind::ed448}) {
    SCOPED_TRACE(static_cast<int>(kind));
    const TestKey key = TestKey::make(kind, "credential");
    const std::string pem = key.private_key_pem();
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    const Pkey read(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr), &EVP_PKEY_free);
    BIO_free(bio);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(EVP_PKEY_eq(read.get(), read_public_key(key.spki()).get()), 1);
  }
}

TEST(TestPki, ChainsOfEveryKindVerify) {
  for (const KeyKind kind :
       {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::rsa2048, KeyKind::ed25519}) {
    SCOPED_TRACE(static_cast<int>(kind));
    ChainOptions options;
    options.authority_kind = kind;
    options.intermediates = 2;
    options.leaf.aaguid = ByteVector(16, 7);
    const TestChain chain = make_chain(options);
    X509_STORE* store = X509_STORE_new();
    const X509Pointer root = read_certificate(chain.root->der);
    X509_STORE_add_cert(store, root.get());
    STACK_OF(X509)* untrusted = sk_X509_new_null();
    for (const TestCertificate& intermediate : chain.intermediates) {
      sk_X509_push(untrusted, read_certificate(intermediate.der).release());
    }
    const X509Pointer leaf = read_certificate(chain.leaf->der);
    ASSERT_NE(leaf, nullptr);
    X509_STORE_CTX* context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, leaf.get(), untrusted);
    X509_STORE_CTX_set_time(context, 0, kCeremonyTime);
    EXPECT_EQ(X509_verify_cert(context), 1)
        << X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_pop_free(untrusted, X509_free);
  }
}

TEST(TestPki, FaultsAreFaults) {
  const TestCertificate root =
      make_certificate(authority_options("Root", TestKey::make(KeyKind::p256, "root")), nullptr);
  const X509Pointer root_reader = read_certificate(root.der);
  EVP_PKEY* key = X509_get0_pubkey(root_reader.get());
  CertificateOptions options;
  EXPECT_EQ(X509_verify(read_certificate(make_certificate(options, &root).der).get(), key), 1);
  for (const CertificateFault fault :
       {CertificateFault::wrong_signature, CertificateFault::flipped_signature,
        CertificateFault::algorithm_mismatch}) {
    options.fault = fault;
    EXPECT_NE(X509_verify(read_certificate(make_certificate(options, &root).der).get(), key), 1);
  }
  options.fault = CertificateFault::trailing_bytes;
  EXPECT_EQ(read_certificate(make_certificate(options, &root).der), nullptr);
}

TEST(TestPki, CrlVerifies) {
  const TestCertificate root =
      make_certificate(authority_options("Root", TestKey::make(KeyKind::p256, "root")), nullptr);
  const X509Pointer root_reader = read_certificate(root.der);
  EVP_PKEY* key = X509_get0_pubkey(root_reader.get());
  CrlOptions options;
  options.revoked_serials = {{0x01, 0x02, 0x03}};
  const ByteVector der = make_crl(options, root);
  const unsigned char* at = der.data();
  X509_CRL* crl = d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()));
  ASSERT_NE(crl, nullptr);
  EXPECT_EQ(X509_CRL_verify(crl, key), 1);
  EXPECT_EQ(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 1);
  X509_CRL_free(crl);
}

TEST(SoftAuthenticator, SignsAssertionsForEveryAlgorithm) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    SCOPED_TRACE(algorithm);
    RegistrationOptions options;
    options.algorithm = algorithm;
    const Registration registration = make_registration(options);
    const Assertion assertion = make_assertion(registration.credential);
    const ByteVector message =
        concat({assertion.authenticator_data, sha256(assertion.client_data)});
    EXPECT_TRUE(verifies(read_public_key(registration.credential.key.spki()).get(),
                         cose_meaning(algorithm), message, assertion.signature));
    EXPECT_EQ(assertion.json, make_assertion(registration.credential).json);
  }
}

TEST(SoftAuthenticator, LaysOutAuthenticatorData) {
  RegistrationOptions options;
  options.sign_count = 0x01020304;
  options.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(2)}};
  const Registration registration = make_registration(options);
  const ByteVector& data = registration.authenticator_data;
  EXPECT_EQ(to_hex(Bytes(data).first(32)), to_hex(sha256(bytes("example.org"))));
  EXPECT_EQ(data[32], 0xc5);
  EXPECT_EQ(to_hex(Bytes(data).subspan(33, 4)), "01020304");
  EXPECT_EQ(to_hex(Bytes(data).subspan(53, 2)), "0020");
  EXPECT_EQ(to_hex(Bytes(data).last(14)), "a16b6372656450726f7465637402");
}

TEST(SoftAuthenticator, EditsWhatItIsTold) {
  RegistrationOptions options;
  options.json_edits = {{"response.transports", std::nullopt}, {"type", "1469"}};
  options.client_data.edits = {{"extraData", R"("x")"}, {"crossOrigin", std::nullopt}};
  const Registration registration = make_registration(options);
  EXPECT_EQ(registration.json.find("transports"), std::string::npos);
  EXPECT_NE(registration.json.find(R"("type":1469)"), std::string::npos);
  const std::string client_data(registration.client_data.begin(), registration.client_data.end());
  EXPECT_NE(client_data.find(R"("extraData":"x"})"), std::string::npos);
  EXPECT_EQ(client_data.find("crossOrigin"), std::string::npos);
  EXPECT_NE(registration_case(registration).find(R"("time":"2026-01-01T00:00:00Z")"),
            std::string::npos);
}

}  // namespace
}  // namespace countersign::testing
