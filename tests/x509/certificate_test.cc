#include "x509/certificate.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "tests/support/pki.h"
#include "x509/oids.h"

namespace countersign {
namespace {

namespace der = testing::der;
using testing::bytes;
using testing::CertificateFault;
using testing::CertificateOptions;
using testing::concat;
using testing::from_hex;
using testing::KeyKind;
using testing::TestCertificate;
using testing::TestKey;

constexpr std::string_view kSha256WithEcdsa = "1.2.840.10045.4.3.2";

/// A certificate from its parts, any of which can be replaced. The signature is no signature: these
/// tests only read.
struct Parts {
  std::optional<ByteVector> version = der::context(0, der::integer(2));
  ByteVector serial = der::integer(1);
  ByteVector inner_algorithm = der::sequence({der::oid(kSha256WithEcdsa)});
  ByteVector issuer = testing::authority_subject("Issuer");
  ByteVector validity =
      der::sequence({der::time(testing::kNotBefore), der::time(testing::kNotAfter)});
  ByteVector subject = testing::attestation_subject("Subject");
  ByteVector spki = TestKey::make(KeyKind::p256).spki();
  ByteVector after_key;                  // unique identifiers
  std::optional<ByteVector> extensions;  // content of [3]
  ByteVector tbs_trailer;
  std::optional<ByteVector> outer_algorithm;  // nothing: as the inner one
  ByteVector signature = der::bit_string(ByteVector{0x01, 0x02, 0x03});
  ByteVector trailer;

  ByteVector tbs() const {
    ByteVector content = version.value_or(ByteVector());
    for (const ByteVector* part :
         {&serial, &inner_algorithm, &issuer, &validity, &subject, &spki, &after_key}) {
      content.insert(content.end(), part->begin(), part->end());
    }
    const ByteVector tail = extensions ? der::context(3, *extensions) : ByteVector();
    return der::element(0x30, concat({content, tail, tbs_trailer}));
  }
  ByteVector encode() const {
    return der::element(
        0x30, concat({tbs(), outer_algorithm.value_or(inner_algorithm), signature, trailer}));
  }
};

ByteVector extension(std::string_view oid, Bytes value, std::optional<bool> critical = {}) {
  const ByteVector flag = critical ? der::boolean(*critical) : ByteVector();
  return der::sequence({der::oid(oid), flag, der::octet_string(value)});
}

Parts with_extensions(const std::vector<ByteVector>& list) {
  Parts parts;
  parts.extensions = der::sequence(list);
  return parts;
}

Parts with_extension(std::string_view oid, Bytes value) {
  return with_extensions({extension(oid, value)});
}

Certificate parsed(const ByteVector& encoded) {
  Result<Certificate> certificate = parse_certificate(encoded);
  EXPECT_TRUE(certificate.has_value()) << error_name(certificate.error().code);
  return std::move(certificate).value();
}

std::string refusal(const ByteVector& encoded) {
  const Result<Certificate> certificate = parse_certificate(encoded);
  return std::string(certificate.has_value() ? "accepted" : error_name(certificate.error().code));
}

TEST(Certificate, YieldsTheFieldsOfACertificate) {
  CertificateOptions options;
  options.serial = {0x01, 0x02, 0x03};
  options.aaguid = testing::seeded_bytes("aaguid", 16);
  options.extended_key_usage = {testing::oids::kTcgAikCertificate};
  const TestCertificate root = testing::make_certificate(
      testing::authority_options("Root", TestKey::make(KeyKind::p384, "root")), nullptr);
  const TestCertificate leaf = testing::make_certificate(options, &root);
  const Certificate certificate = parsed(leaf.der);

  EXPECT_TRUE(equal(certificate.encoded(), leaf.der));
  EXPECT_EQ(certificate.version(), 3);
  EXPECT_TRUE(equal(certificate.serial_number(), options.serial));
  EXPECT_TRUE(equal(certificate.issuer(), root.subject));
  EXPECT_TRUE(equal(certificate.subject(), leaf.subject));
  EXPECT_FALSE(certificate.is_subject_empty());
  EXPECT_EQ(certificate.not_before().value, testing::kNotBefore);
  EXPECT_EQ(certificate.not_after().value, testing::kNotAfter);
  EXPECT_TRUE(equal(certificate.subject_public_key_info(), leaf.key.spki()));
  EXPECT_TRUE(equal(certificate.subject_public_key_octets(), leaf.key.public_octets()));
  ASSERT_TRUE(certificate.public_key());
  EXPECT_EQ(certificate.public_key()->curve(), Curve::p256);
  EXPECT_TRUE(equal(certificate.public_key()->x(), leaf.key.x()));
  EXPECT_TRUE(equal(certificate.public_key()->y(), leaf.key.y()));
  EXPECT_EQ(certificate.signature_algorithm(),
            (SignatureAlgorithm{SignatureScheme::ecdsa, HashAlgorithm::sha384}));
  ASSERT_TRUE(certificate.basic_constraints());
  EXPECT_FALSE(certificate.basic_constraints()->is_ca);
  ASSERT_TRUE(certificate.key_usage());
  EXPECT_TRUE(certificate.key_usage()->has(KeyUsage::kDigitalSignature));
  EXPECT_FALSE(certificate.key_usage()->has(KeyUsage::kKeyCertSign));
  ASSERT_TRUE(certificate.extended_key_usage());
  ASSERT_EQ(certificate.extended_key_usage()->size(), 1U);
  EXPECT_TRUE(equal(certificate.extended_key_usage()->front(), oid::kTcgKeyPurposeAik));
  ASSERT_TRUE(certificate.subject_key_identifier());
  EXPECT_TRUE(equal(*certificate.subject_key_identifier(), leaf.subject_key_identifier));
  ASSERT_TRUE(certificate.authority_key_identifier());
  EXPECT_TRUE(equal(*certificate.authority_key_identifier(), root.subject_key_identifier));
  const CertificateExtension* aaguid = certificate.find_extension(oid::kFidoAaguid);
  ASSERT_NE(aaguid, nullptr);
  EXPECT_FALSE(aaguid->is_critical);
  EXPECT_EQ(certificate.find_extension(oid::kAppleNonce), nullptr);

  const Certificate authority = parsed(root.der);
  ASSERT_TRUE(authority.basic_constraints());
  EXPECT_TRUE(authority.basic_constraints()->is_ca);
  EXPECT_TRUE(authority.key_usage()->has(KeyUsage::kKeyCertSign));
  EXPECT_TRUE(authority.key_usage()->has(KeyUsage::kCrlSign));
}

TEST(Certificate, OutlivesItsInput) {
  std::optional<Certificate> certificate;
  ByteVector expected;
  {
    ByteVector encoded = Parts().encode();
    expected = encoded;
    certificate = parsed(encoded);
    encoded.assign(encoded.size(), 0);
  }
  EXPECT_TRUE(equal(certificate->encoded(), expected));
  EXPECT_TRUE(equal(certificate->tbs(), Parts().tbs()));
}

TEST(Certificate, FailsIfTooLarge) {
  EXPECT_EQ(refusal(ByteVector(limits::kMaxCertificateBytes + 1, 0x30)), "input_too_large");
}

TEST(Certificate, FailsIfTrailingBytes) {
  ByteVector encoded = Parts().encode();
  encoded.push_back(0);
  EXPECT_EQ(refusal(encoded), "der_trailing_bytes");
  Parts outer;
  outer.trailer = der::null();
  EXPECT_EQ(refusal(outer.encode()), "der_trailing_bytes");
  Parts inner;
  inner.tbs_trailer = der::null();
  EXPECT_EQ(refusal(inner.encode()), "der_trailing_bytes");
}

TEST(Certificate, FailsAtEveryTruncation) {
  const ByteVector encoded = testing::make_certificate(CertificateOptions(), nullptr).der;
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(parse_certificate(Bytes(encoded).first(size)).has_value()) << size;
  }
}

TEST(Certificate, FailsIfTheInnerAlgorithmIsNotTheOuterOne) {
  Parts parts;
  parts.outer_algorithm = der::sequence({der::oid("1.2.840.10045.4.3.3")});
  EXPECT_EQ(refusal(parts.encode()), "certificate_malformed");
  CertificateOptions options;
  options.fault = CertificateFault::algorithm_mismatch;
  EXPECT_EQ(refusal(testing::make_certificate(options, nullptr).der), "certificate_malformed");
}

TEST(Certificate, ReadsVersions) {
  Parts parts;
  EXPECT_EQ(parsed(parts.encode()).version(), 3);
  parts.version = der::context(0, der::integer(1));
  EXPECT_EQ(parsed(parts.encode()).version(), 2);
  parts.version = std::nullopt;
  EXPECT_EQ(parsed(parts.encode()).version(), 1);
}

TEST(Certificate, FailsIfTheVersionIsUnknownOrTheDefaultIsWritten) {
  for (const std::int64_t version : {0, 3, -1, 255}) {
    Parts parts;
    parts.version = der::context(0, der::integer(version));
    EXPECT_EQ(refusal(parts.encode()), "certificate_malformed") << version;
  }
  Parts two;
  two.version = der::context(0, concat({der::integer(2), der::integer(2)}));
  EXPECT_EQ(refusal(two.encode()), "der_trailing_bytes");
}

TEST(Certificate, FailsIfAVersionOneOrTwoHasExtensions) {
  const ByteVector list = der::sequence(
      {extension(testing::oids::kBasicConstraints, der::sequence(std::vector<ByteVector>()))});
  for (const bool is_version_two : {false, true}) {
    Parts parts;
    parts.version = std::nullopt;
    if (is_version_two) {
      parts.version = der::context(0, der::integer(1));
    }
    parts.extensions = list;
    EXPECT_EQ(refusal(parts.encode()), "der_trailing_bytes");
  }
}

TEST(Certificate, ReadsUniqueIdentifiersFromVersionTwoOn) {
  Parts parts;
  parts.after_key =
      concat({der::element(0x81, from_hex("0001")), der::element(0x82, from_hex("0002"))});
  EXPECT_EQ(parsed(parts.encode()).version(), 3);
  parts.version = std::nullopt;
  EXPECT_EQ(refusal(parts.encode()), "der_trailing_bytes");
}

TEST(Certificate, AcceptsZeroAndNegativeSerialNumbers) {
  for (const std::int64_t serial : {0, -1, -129}) {
    Parts parts;
    parts.serial = der::integer(serial);
    EXPECT_TRUE(equal(parsed(parts.encode()).serial_number(), Bytes(parts.serial).subspan(2)));
  }
}

TEST(Certificate, BoundsTheSerialNumber) {
  Parts parts;
  parts.serial = der::element(0x02, ByteVector(limits::kMaxSerialNumberBytes, 0x11));
  EXPECT_EQ(refusal(parts.encode()), "accepted");
  parts.serial = der::element(0x02, ByteVector(limits::kMaxSerialNumberBytes + 1, 0x11));
  EXPECT_EQ(refusal(parts.encode()), "certificate_malformed");
}

TEST(Certificate, FailsIfTheSerialNumberIsNotMinimal) {
  for (const char* content : {"0001", "ff80", ""}) {
    Parts parts;
    parts.serial = der::element(0x02, from_hex(content));
    EXPECT_EQ(refusal(parts.encode()), "der_not_canonical") << content;
  }
}

TEST(Certificate, FailsIfTheIssuerIsEmpty) {
  Parts parts;
  parts.issuer = der::element(0x30, {});
  EXPECT_EQ(refusal(parts.encode()), "certificate_malformed");
}

TEST(Certificate, AcceptsAnEmptySubject) {
  Parts parts;
  parts.subject = der::element(0x30, {});
  EXPECT_TRUE(parsed(parts.encode()).is_subject_empty());
}

TEST(Certificate, FailsIfANameHasAnEmptySetOrARest) {
  const ByteVector type = der::oid(testing::oids::kCommonName);
  for (const ByteVector& rdn :
       {der::element(0x31, {}), der::element(0x31, der::element(0x30, type)),
        der::element(0x31, der::sequence({type, der::utf8_string("a"), der::null()})),
        der::sequence({type, der::utf8_string("a")})}) {
    Parts parts;
    parts.subject = der::element(0x30, rdn);
    EXPECT_NE(refusal(parts.encode()), "accepted");
    parts.subject = Parts().subject;
    parts.issuer = der::element(0x30, rdn);
    EXPECT_NE(refusal(parts.encode()), "accepted");
  }
}

std::string text_of_value(const ByteVector& value) {
  const ByteVector name = der::element(
      0x30, der::element(0x31, der::sequence({der::oid(testing::oids::kCommonName), value})));
  const Result<std::vector<NameAttribute>> attributes = parse_name(name);
  EXPECT_TRUE(attributes.has_value());
  EXPECT_EQ(attributes->size(), 1U);
  EXPECT_TRUE(equal(attributes->front().oid, oid::kCommonName));
  return attributes->front().text;
}

TEST(Name, ReadsEachStringType) {
  EXPECT_EQ(text_of_value(der::utf8_string("Gr\xc3\xbc\xc3\x9f")), "Gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(text_of_value(der::printable_string("SE")), "SE");
  EXPECT_EQ(text_of_value(der::element(0x16, bytes("a@b"))), "a@b");
  EXPECT_EQ(text_of_value(der::element(0x14, from_hex("47fc"))), "G\xc3\xbc");
  EXPECT_EQ(text_of_value(der::element(0x1e, from_hex("004700fc20ac"))), "G\xc3\xbc\xe2\x82\xac");
}

TEST(Name, GivesNoTextForOtherTypesAndIllFormedValues) {
  EXPECT_EQ(text_of_value(der::element(0x1c, from_hex("00000041"))), "");  // UniversalString
  EXPECT_EQ(text_of_value(der::utf8_string("\xc0\x80")), "");
  EXPECT_EQ(text_of_value(der::element(0x1e, from_hex("004700"))), "");
  EXPECT_EQ(text_of_value(der::element(0x1e, from_hex("d83ddd11"))), "");  // surrogates
  EXPECT_EQ(text_of_value(der::integer(5)), "");
}

TEST(Name, KeepsAnEmbeddedZero) {
  EXPECT_EQ(text_of_value(der::utf8_string(std::string_view("a\0b", 3))), std::string("a\0b", 3));
}

TEST(Name, FlattensMultiValuedRdns) {
  const ByteVector name = testing::make_multi_valued_name(
      {{{testing::oids::kCountry, "SE"}, {testing::oids::kOrganization, "Org"}},
       {{testing::oids::kCommonName, "Name"}}});
  const Result<std::vector<NameAttribute>> attributes = parse_name(name);
  ASSERT_TRUE(attributes.has_value());
  EXPECT_EQ(attributes->size(), 3U);
}

TEST(Certificate, FailsIfTheValidityIsNotTwoTimes) {
  const ByteVector time = der::time(testing::kNotBefore);
  for (const ByteVector& validity :
       {der::sequence({time}), der::sequence({time, time, time}),
        der::sequence({time, der::integer(5)}),
        der::sequence({time, der::element(0x17, bytes("2601010000Z"))}),
        der::sequence({time, der::element(0x17, bytes("260101000000+0000"))}),
        der::sequence({time, der::element(0x18, bytes("20260101000000.5Z"))}),
        der::sequence({time, der::element(0x17, bytes("260230000000Z"))})}) {
    Parts parts;
    parts.validity = validity;
    EXPECT_NE(refusal(parts.encode()), "accepted");
  }
}

TEST(Certificate, ReadsTimesOnBothSidesOf2050) {
  Parts parts;
  parts.validity = der::sequence(
      {der::element(0x17, bytes("500101000000Z")), der::element(0x18, bytes("99991231235959Z"))});
  const Certificate certificate = parsed(parts.encode());
  EXPECT_EQ(certificate.not_before().value, -631152000);
  EXPECT_EQ(certificate.not_after().value, 253402300799);
}

TEST(Certificate, FailsIfTheSignatureHasUnusedBits) {
  Parts parts;
  parts.signature = der::bit_string(ByteVector{0x01, 0x02}, 1);
  EXPECT_EQ(refusal(parts.encode()), "der_not_canonical");
}

// Extensions

TEST(Certificate, FailsIfAnExtensionIsThereTwice) {
  const ByteVector unknown = extension("1.2.3.4", der::null());
  EXPECT_EQ(refusal(with_extensions({unknown, unknown}).encode()),
            "certificate_duplicate_extension");
  CertificateOptions options;
  options.fault = CertificateFault::duplicate_extension;
  EXPECT_EQ(refusal(testing::make_certificate(options, nullptr).der),
            "certificate_duplicate_extension");
}

TEST(Certificate, FailsIfTheListOfExtensionsIsEmpty) {
  EXPECT_EQ(refusal(with_extensions({}).encode()), "der_truncated");
}

TEST(Certificate, BoundsTheNumberOfExtensions) {
  std::vector<ByteVector> list;
  for (std::size_t i = 0; i < limits::kMaxCertificateExtensions; ++i) {
    list.push_back(extension("1.2.3." + std::to_string(i), der::null()));
  }
  EXPECT_EQ(refusal(with_extensions(list).encode()), "accepted");
  list.push_back(extension("1.2.4", der::null()));
  EXPECT_EQ(refusal(with_extensions(list).encode()), "certificate_malformed");
}

TEST(Certificate, ReadsTheCriticalFlag) {
  for (const std::optional<bool> flag :
       {std::optional<bool>(), std::optional<bool>(false), std::optional<bool>(true)}) {
    const Certificate certificate =
        parsed(with_extensions({extension("1.2.3.4", der::null(), flag)}).encode());
    EXPECT_EQ(certificate.extensions().front().is_critical, flag.value_or(false));
  }
}

TEST(Certificate, FailsIfTheCriticalFlagIsNeitherTrueNorFalse) {
  const ByteVector item = der::sequence(
      {der::oid("1.2.3.4"), der::element(0x01, from_hex("01")), der::octet_string(der::null())});
  EXPECT_EQ(refusal(with_extensions({item}).encode()), "der_not_canonical");
}

TEST(Certificate, FailsIfAnExtensionHasARest) {
  const ByteVector item =
      der::sequence({der::oid("1.2.3.4"), der::octet_string(der::null()), der::null()});
  EXPECT_EQ(refusal(with_extensions({item}).encode()), "der_trailing_bytes");
}

std::string basic_constraints_refusal(const std::vector<ByteVector>& members) {
  return refusal(with_extension(testing::oids::kBasicConstraints, der::sequence(members)).encode());
}

TEST(BasicConstraintsExtension, ReadsFlagAndLength) {
  const auto read = [](const std::vector<ByteVector>& members) {
    return *parsed(
                with_extension(testing::oids::kBasicConstraints, der::sequence(members)).encode())
                .basic_constraints();
  };
  EXPECT_FALSE(read({}).is_ca);
  EXPECT_FALSE(read({der::boolean(false)}).is_ca);
  EXPECT_TRUE(read({der::boolean(true)}).is_ca);
  EXPECT_FALSE(read({der::boolean(true)}).path_length);
  EXPECT_EQ(read({der::boolean(true), der::integer(0)}).path_length, 0U);
  EXPECT_EQ(read({der::boolean(true), der::integer(300)}).path_length, 300U);
}

TEST(BasicConstraintsExtension, FailsIfMalformed) {
  EXPECT_EQ(basic_constraints_refusal({der::integer(0)}), "certificate_malformed");
  EXPECT_EQ(basic_constraints_refusal({der::boolean(false), der::integer(0)}),
            "certificate_malformed");
  EXPECT_EQ(basic_constraints_refusal({der::boolean(true), der::integer(-1)}),
            "certificate_malformed");
  EXPECT_EQ(basic_constraints_refusal({der::boolean(true), der::integer(0x80000000)}),
            "certificate_malformed");
  EXPECT_EQ(basic_constraints_refusal({der::boolean(true), der::integer(0), der::null()}),
            "der_trailing_bytes");
  EXPECT_EQ(basic_constraints_refusal({der::element(0x01, from_hex("01"))}), "der_not_canonical");
  EXPECT_EQ(refusal(with_extension(testing::oids::kBasicConstraints,
                                   concat({der::sequence(std::vector<ByteVector>()), der::null()}))
                        .encode()),
            "der_trailing_bytes");
}

TEST(KeyUsageExtension, ReadsBits) {
  const auto bits = [](const char* content) {
    return parsed(with_extension(testing::oids::kKeyUsage, der::element(0x03, from_hex(content)))
                      .encode())
        .key_usage()
        ->bits;
  };
  EXPECT_EQ(bits("0780"), 0x01);
  EXPECT_EQ(bits("0106"), 0x60);
  EXPECT_EQ(bits("05e0"), 0x07);
  EXPECT_EQ(bits("070080"), 0x100);  // decipherOnly
}

TEST(KeyUsageExtension, FailsIfNotANamedBitList) {
  // No bit at all, a trailing zero bit, unused bits set, too many bits, a bit without a name.
  for (const char* content : {"00", "0000", "0680", "0006", "0781", "05f8", "078000", "00808001",
                              "060040", "0880", "06"}) {
    EXPECT_NE(
        refusal(with_extension(testing::oids::kKeyUsage, der::element(0x03, from_hex(content)))
                    .encode()),
        "accepted")
        << content;
  }
}

TEST(ExtendedKeyUsageExtension, FailsIfEmptyOrNotOids) {
  EXPECT_NE(
      refusal(with_extension(testing::oids::kExtendedKeyUsage, der::element(0x30, {})).encode()),
      "accepted");
  EXPECT_EQ(
      refusal(with_extension(testing::oids::kExtendedKeyUsage, der::element(0x30, der::integer(1)))
                  .encode()),
      "der_unexpected_tag");
}

TEST(KeyIdentifierExtensions, FailIfMalformed) {
  EXPECT_EQ(
      refusal(with_extension(testing::oids::kSubjectKeyIdentifier, from_hex("0102")).encode()),
      "der_truncated");
  // Wrapped twice, as a leaf of the conformance tests once was.
  const ByteVector identifier = der::sequence({der::element(0x80, from_hex("01"))});
  EXPECT_EQ(refusal(with_extension(testing::oids::kAuthorityKeyIdentifier, identifier).encode()),
            "accepted");
  EXPECT_EQ(
      refusal(with_extension(testing::oids::kAuthorityKeyIdentifier, der::octet_string(identifier))
                  .encode()),
      "der_unexpected_tag");
}

TEST(KeyIdentifierExtensions, ReadTheKeyIdentifierBesideIssuerAndSerial) {
  const ByteVector issuer = der::element(0xa1, der::element(0xa4, Parts().issuer));
  const ByteVector serial = der::element(0x82, from_hex("05"));
  const ByteVector key = der::element(0x80, from_hex("0102"));
  const auto identifier = [](const ByteVector& value) {
    const Certificate certificate =
        parsed(with_extension(testing::oids::kAuthorityKeyIdentifier, value).encode());
    const std::optional<Bytes>& found = certificate.authority_key_identifier();
    return found ? std::optional<ByteVector>(to_vector(*found)) : std::nullopt;
  };
  EXPECT_TRUE(equal(*identifier(der::sequence({key, issuer, serial})), from_hex("0102")));
  EXPECT_FALSE(identifier(der::sequence({issuer, serial})));
  EXPECT_EQ(
      refusal(with_extension(testing::oids::kAuthorityKeyIdentifier, der::sequence({key, issuer}))
                  .encode()),
      "certificate_malformed");
  EXPECT_EQ(
      refusal(with_extension(testing::oids::kAuthorityKeyIdentifier, der::sequence({serial, key}))
                  .encode()),
      "der_trailing_bytes");
}

// Keys

std::optional<PublicKey> key_of(const ByteVector& spki) {
  const Result<std::optional<PublicKey>> key = parse_subject_public_key_info(spki);
  EXPECT_TRUE(key.has_value());
  return key.has_value() ? *key : std::nullopt;
}

ByteVector spki_of(std::initializer_list<Bytes> algorithm, const ByteVector& octets) {
  return der::sequence({der::sequence(algorithm), der::bit_string(octets)});
}

TEST(SubjectPublicKeyInfo, ReadsEachKeyType) {
  struct Row {
    KeyKind kind;
    KeyType type;
    Curve curve;
  };
  for (const Row& row : {Row{KeyKind::p256, KeyType::ec2, Curve::p256},
                         Row{KeyKind::p384, KeyType::ec2, Curve::p384},
                         Row{KeyKind::p521, KeyType::ec2, Curve::p521},
                         Row{KeyKind::secp256k1, KeyType::ec2, Curve::secp256k1},
                         Row{KeyKind::rsa2048, KeyType::rsa, Curve::none},
                         Row{KeyKind::ed25519, KeyType::okp, Curve::ed25519},
                         Row{KeyKind::ed448, KeyType::okp, Curve::ed448}}) {
    const TestKey test_key = TestKey::make(row.kind);
    const std::optional<PublicKey> key = key_of(test_key.spki());
    ASSERT_TRUE(key) << static_cast<int>(row.kind);
    EXPECT_EQ(key->type(), row.type);
    EXPECT_EQ(key->curve(), row.curve);
    if (row.type == KeyType::rsa) {
      EXPECT_TRUE(equal(key->modulus(), test_key.modulus()));
      EXPECT_TRUE(equal(key->exponent(), test_key.exponent()));
    } else {
      EXPECT_TRUE(equal(key->x(), test_key.x()));
    }
  }
}

TEST(SubjectPublicKeyInfo, HasNoKeyOfOursIfUnsupported) {
  const ByteVector ec = der::oid("1.2.840.10045.2.1");
  const ByteVector p256 = der::oid("1.2.840.10045.3.1.7");
  const ByteVector rsa = der::oid("1.2.840.113549.1.1.1");
  const TestKey key = TestKey::make(KeyKind::p256);
  const ByteVector point = key.public_octets();
  const ByteVector compressed = concat({ByteVector{0x02}, key.x()});
  // The hybrid form of X9.62: as long as the uncompressed one.
  for (const std::uint8_t form : {0x00, 0x02, 0x03, 0x05, 0x06, 0x07}) {
    ByteVector other_form = point;
    other_form[0] = form;
    EXPECT_FALSE(key_of(spki_of({ec, p256}, other_form)));
  }
  ByteVector off_curve = point;
  off_curve.back() ^= 0x01;
  EXPECT_TRUE(key_of(spki_of({ec, p256}, point)));
  EXPECT_FALSE(key_of(spki_of({ec, p256}, compressed)));
  EXPECT_FALSE(key_of(spki_of({ec, p256}, off_curve)));
  EXPECT_FALSE(key_of(spki_of({ec, p256}, concat({point, ByteVector{0}}))));
  EXPECT_FALSE(key_of(spki_of({ec, p256}, ByteVector())));
  EXPECT_FALSE(key_of(spki_of({ec}, point)));
  EXPECT_FALSE(key_of(spki_of({ec, der::null()}, point)));
  EXPECT_FALSE(key_of(spki_of({ec, der::oid("1.3.132.0.33")}, point)));  // P-224
  EXPECT_FALSE(key_of(spki_of({der::oid("1.2.3"), p256}, point)));
  EXPECT_FALSE(key_of(TestKey::make(KeyKind::rsa1024).spki()));
  const ByteVector rsa_octets = TestKey::make(KeyKind::rsa2048).public_octets();
  EXPECT_TRUE(key_of(spki_of({rsa, der::null()}, rsa_octets)));
  EXPECT_FALSE(key_of(spki_of({rsa}, rsa_octets)));
  EXPECT_FALSE(key_of(spki_of({rsa, der::null()}, concat({rsa_octets, der::null()}))));
  EXPECT_FALSE(key_of(spki_of({rsa, der::null()}, ByteVector{0x30, 0x00})));
  // A key that may only be used with RSASSA-PSS.
  EXPECT_FALSE(key_of(spki_of({der::oid("1.2.840.113549.1.1.10")}, rsa_octets)));
  const ByteVector ed25519 = TestKey::make(KeyKind::ed25519).public_octets();
  EXPECT_TRUE(key_of(spki_of({der::oid("1.3.101.112")}, ed25519)));
  EXPECT_FALSE(key_of(spki_of({der::oid("1.3.101.112"), der::null()}, ed25519)));
  EXPECT_FALSE(key_of(spki_of({der::oid("1.3.101.113")}, ed25519)));
}

TEST(SubjectPublicKeyInfo, IsStillACertificateIfTheKeyIsUnsupported) {
  Parts parts;
  parts.spki = spki_of({der::oid("1.2.3.4")}, from_hex("0102"));
  const Certificate certificate = parsed(parts.encode());
  EXPECT_FALSE(certificate.public_key());
  EXPECT_TRUE(equal(certificate.subject_public_key_octets(), from_hex("0102")));
}

TEST(SubjectPublicKeyInfo, FailsIfMalformed) {
  const ByteVector algorithm = der::sequence({der::oid("1.2.3.4")});
  for (const ByteVector& spki :
       {der::sequence({algorithm}), der::sequence({algorithm, der::octet_string(from_hex("01"))}),
        der::sequence({algorithm, der::bit_string(from_hex("02"), 1)}),
        der::sequence({algorithm, der::bit_string(from_hex("01")), der::null()}),
        der::sequence({der::sequence({der::oid("1.2.3"), der::null(), der::null()}),
                       der::bit_string(from_hex("01"))})}) {
    Parts parts;
    parts.spki = spki;
    EXPECT_NE(refusal(parts.encode()), "accepted");
  }
}

// Signature algorithms

std::optional<SignatureAlgorithm> algorithm_of(const ByteVector& identifier) {
  const Result<std::optional<SignatureAlgorithm>> algorithm = parse_signature_algorithm(identifier);
  EXPECT_TRUE(algorithm.has_value());
  return algorithm.has_value() ? *algorithm : std::nullopt;
}

TEST(SignatureAlgorithmIdentifier, ReadsEachOfOurs) {
  using testing::Hash;
  using testing::Scheme;
  const std::pair<Hash, HashAlgorithm> hashes[] = {{Hash::sha256, HashAlgorithm::sha256},
                                                   {Hash::sha384, HashAlgorithm::sha384},
                                                   {Hash::sha512, HashAlgorithm::sha512}};
  const std::pair<Scheme, SignatureScheme> schemes[] = {
      {Scheme::ecdsa, SignatureScheme::ecdsa},
      {Scheme::rsa_pkcs1, SignatureScheme::rsa_pkcs1},
      {Scheme::rsa_pss, SignatureScheme::rsa_pss}};
  for (const auto& [scheme, expected_scheme] : schemes) {
    for (const auto& [hash, expected_hash] : hashes) {
      EXPECT_EQ(algorithm_of(testing::signature_algorithm_identifier({scheme, hash})),
                (SignatureAlgorithm{expected_scheme, expected_hash}));
    }
  }
  for (const char* oid : {"1.3.101.112", "1.3.101.113"}) {
    const std::optional<SignatureAlgorithm> algorithm =
        algorithm_of(der::sequence({der::oid(oid)}));
    ASSERT_TRUE(algorithm);
    EXPECT_EQ(algorithm->scheme, SignatureScheme::eddsa);
  }
}

TEST(SignatureAlgorithmIdentifier, DoesNotKnowSha1Md5AndSha224) {
  for (const char* oid : {"1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.14",
                          "1.2.840.10045.4.1", "1.2.840.10045.4.3.1"}) {
    EXPECT_FALSE(algorithm_of(der::sequence({der::oid(oid), der::null()}))) << oid;
    EXPECT_FALSE(algorithm_of(der::sequence({der::oid(oid)}))) << oid;
  }
}

TEST(SignatureAlgorithmIdentifier, WantsTheRightParameters) {
  const ByteVector rsa = der::oid("1.2.840.113549.1.1.11");
  EXPECT_TRUE(algorithm_of(der::sequence({rsa, der::null()})));
  EXPECT_TRUE(algorithm_of(der::sequence({rsa})));
  EXPECT_FALSE(algorithm_of(der::sequence({rsa, der::integer(1)})));
  EXPECT_FALSE(algorithm_of(der::sequence({der::oid(kSha256WithEcdsa), der::null()})));
  EXPECT_FALSE(algorithm_of(der::sequence({der::oid("1.3.101.112"), der::null()})));
}

ByteVector pss(std::string_view hash, std::string_view mask_hash, std::int64_t salt,
               const ByteVector& trailer = {}) {
  const ByteVector hash_identifier = der::sequence({der::oid(hash), der::null()});
  const ByteVector mask_identifier = der::sequence(
      {der::oid("1.2.840.113549.1.1.8"), der::sequence({der::oid(mask_hash), der::null()})});
  return der::sequence(
      {der::oid("1.2.840.113549.1.1.10"),
       der::sequence({der::context(0, hash_identifier), der::context(1, mask_identifier),
                      der::context(2, der::integer(salt)), trailer})});
}

TEST(SignatureAlgorithmIdentifier, TakesPssOnlyWithOneHashAndASaltOfItsLength) {
  constexpr std::string_view kSha1 = "1.3.14.3.2.26";
  constexpr std::string_view kSha256 = "2.16.840.1.101.3.4.2.1";
  constexpr std::string_view kSha384 = "2.16.840.1.101.3.4.2.2";
  EXPECT_TRUE(algorithm_of(pss(kSha256, kSha256, 32)));
  EXPECT_TRUE(algorithm_of(pss(kSha384, kSha384, 48)));
  EXPECT_FALSE(algorithm_of(pss(kSha256, kSha384, 32)));
  EXPECT_FALSE(algorithm_of(pss(kSha1, kSha1, 20)));
  EXPECT_FALSE(algorithm_of(pss(kSha256, kSha256, 20)));
  EXPECT_FALSE(algorithm_of(pss(kSha256, kSha256, 0)));
  EXPECT_FALSE(algorithm_of(pss(kSha256, kSha256, 32, der::context(3, der::integer(1)))));
  EXPECT_FALSE(algorithm_of(der::sequence({der::oid("1.2.840.113549.1.1.10")})));
  EXPECT_FALSE(
      algorithm_of(der::sequence({der::oid("1.2.840.113549.1.1.10"), der::element(0x30, {})})));
}

TEST(Certificate, HasNoSignatureAlgorithmIfUnsupported) {
  Parts parts;
  parts.inner_algorithm = der::sequence({der::oid("1.2.840.113549.1.1.5"), der::null()});
  EXPECT_FALSE(parsed(parts.encode()).signature_algorithm());
}

// No flip of a bit can do more than be refused or change what is read: it never crashes, and what
// is read still borrows from bytes that are there.
TEST(Certificate, SurvivesEveryFlippedBit) {
  CertificateOptions options;
  options.aaguid = testing::seeded_bytes("aaguid", 16);
  const ByteVector encoded = testing::make_certificate(options, nullptr).der;
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    const ByteVector flipped = testing::with_flipped_bit(encoded, bit);
    const Result<Certificate> certificate = parse_certificate(flipped);
    if (!certificate.has_value()) {
      ++refused;
      continue;
    }
    EXPECT_TRUE(equal(certificate->encoded(), flipped));
    EXPECT_FALSE(certificate->tbs().empty());
  }
  EXPECT_GT(refused, encoded.size());
}

}  // namespace
}  // namespace countersign
