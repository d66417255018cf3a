#include "native/metadata/pem.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"

namespace countersign::testing {
namespace {

ErrorCode code_of(const std::string& text) {
  const auto result = parse_pem_certificates(text);
  return result.has_value() ? ErrorCode{0} : result.error().code;
}

TEST(PemCertificates, ReadsEveryBlockAndPassesOverExplanations) {
  const TestCertificate a =
      make_certificate(authority_options("A", TestKey::make(KeyKind::p256, "a")), nullptr);
  const TestCertificate b =
      make_certificate(authority_options("B", TestKey::make(KeyKind::p384, "b")), nullptr);
  const auto read = parse_pem_certificates("# Root A\n" + a.pem() + "\nsubject=B\r\n" + b.pem());
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_TRUE(equal(read->at(0).encoded(), a.der));
  EXPECT_TRUE(equal(read->at(1).encoded(), b.der));
}

TEST(PemCertificates, FailsIfABlockIsDamagedOrOfAnotherKind) {
  const std::string good = make_certificate(CertificateOptions(), nullptr).pem();
  EXPECT_EQ(code_of(""), ErrorCode::pem_malformed);
  EXPECT_EQ(code_of("nothing here"), ErrorCode::pem_malformed);
  EXPECT_EQ(code_of(good.substr(0, good.size() - 10)), ErrorCode::pem_malformed);
  EXPECT_EQ(code_of(good + to_pem("PRIVATE KEY", bytes("x"))), ErrorCode::pem_malformed);
  EXPECT_EQ(code_of("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"),
            ErrorCode::pem_malformed);
  EXPECT_EQ(code_of("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
            ErrorCode::pem_malformed);
  EXPECT_NE(code_of(to_pem("CERTIFICATE", bytes("not a certificate"))), ErrorCode{0});
}

TEST(PemOrDer, TakesEither) {
  const ByteVector crl = bytes("\x30\x03\x02\x01\x01");
  EXPECT_EQ(parse_pem_or_der(to_pem("X509 CRL", crl), "X509 CRL").value(), crl);
  EXPECT_EQ(parse_pem_or_der(text_of(crl), "X509 CRL").value(), crl);
  EXPECT_FALSE(parse_pem_or_der(to_pem("CERTIFICATE", crl), "X509 CRL").has_value());
}

}  // namespace
}  // namespace countersign::testing
