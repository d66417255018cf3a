#include "x509/crl.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "tests/support/pki.h"
#include "x509/general_names.h"

namespace countersign {
namespace {

namespace der = testing::der;
namespace oids = testing::oids;
using testing::bytes;
using testing::concat;
using testing::CrlFault;
using testing::CrlOptions;
using testing::KeyKind;
using testing::make_crl;
using testing::TestCertificate;
using testing::TestKey;

const TestCertificate& issuer() {
  static const TestCertificate value = testing::make_certificate(
      testing::authority_options("Issuer", TestKey::make(KeyKind::p256, "issuer")), nullptr);
  return value;
}

ByteVector crl(const std::function<void(CrlOptions&)>& edit = nullptr) {
  CrlOptions options;
  if (edit) {
    edit(options);
  }
  return make_crl(options, issuer());
}

/// "ok" or the name of the error.
std::string verdict(Bytes list) {
  const Result<Crl> parsed = parse_crl(list);
  return parsed.has_value() ? "ok" : std::string(error_name(parsed.error().code));
}
std::string verdict(const std::function<void(CrlOptions&)>& edit) { return verdict(crl(edit)); }

std::string verdict_of_extension(std::string_view oid, bool is_critical, ByteVector value) {
  return verdict([&](CrlOptions& o) {
    o.extensions.push_back({oid, is_critical, std::move(value)});
  });
}

std::string verdict_of_entry_extension(std::string_view oid, bool is_critical, ByteVector value) {
  return verdict([&](CrlOptions& o) {
    o.entries.push_back({ByteVector{5}, {{oid, is_critical, std::move(value)}}});
  });
}

TEST(ParseCrl, ReadsItsFields) {
  CrlOptions options;
  options.revoked_serials = {{0x30}, {0x10}, {0x20, 0x01}};
  const ByteVector list = make_crl(options, issuer());
  const Result<Crl> parsed = parse_crl(list);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(equal(parsed->encoded(), list));
  EXPECT_TRUE(equal(parsed->issuer(), issuer().subject));
  EXPECT_EQ(parsed->this_update().value, testing::kNotBefore);
  EXPECT_EQ(parsed->next_update()->value, testing::kNotAfter);
  EXPECT_TRUE(equal(*parsed->authority_key_identifier(), issuer().subject_key_identifier));
  EXPECT_EQ(parsed->signature_algorithm()->scheme, SignatureScheme::ecdsa);
  EXPECT_TRUE(parsed->distribution_points().empty());
  // What was signed is the first element, and the signature is the content of the last.
  EXPECT_EQ(parsed->tbs().data(), parsed->encoded().data() + 4);
  EXPECT_TRUE(equal(parsed->signature(), parsed->encoded().last(parsed->signature().size())));
}

TEST(ParseCrl, FindsSerialNumbersWhateverTheirOrder) {
  CrlOptions options;
  // A serial number with its highest bit set has a zero octet in front.
  options.revoked_serials = {{0x30}, {0x80}, {0x10}, {0x20, 0x01}, {0x20}, {0x10}};
  const Crl parsed = parse_crl(make_crl(options, issuer())).value();
  EXPECT_EQ(parsed.revoked_count(), 6U);
  for (const ByteVector& serial :
       std::vector<ByteVector>{{0x30}, {0x00, 0x80}, {0x10}, {0x20, 0x01}, {0x20}}) {
    EXPECT_TRUE(parsed.is_revoked(serial)) << testing::to_hex(serial);
  }
  for (const ByteVector& serial :
       std::vector<ByteVector>{{0x31}, {0x80}, {0x20, 0x02}, {0x20, 0x01, 0x00}, {0x01}, {}}) {
    EXPECT_FALSE(parsed.is_revoked(serial)) << testing::to_hex(serial);
  }
}

TEST(ParseCrl, SucceedsIfNothingIsRevoked) {
  const Crl parsed = parse_crl(crl()).value();
  EXPECT_EQ(parsed.revoked_count(), 0U);
  EXPECT_FALSE(parsed.is_revoked(ByteVector{1}));
}

TEST(ParseCrl, FailsIfTheListOfRevokedIsThereAndEmpty) {
  EXPECT_EQ(verdict([](CrlOptions& o) { o.revoked = der::sequence({}); }), "der_truncated");
}

TEST(ParseCrl, ReadsVersion1) {
  const Crl parsed = parse_crl(crl([](CrlOptions& o) {
                       o.version = 1;
                       o.revoked_serials = {{7}};
                     })).value();
  EXPECT_TRUE(parsed.is_revoked(ByteVector{7}));
  EXPECT_FALSE(parsed.authority_key_identifier().has_value());
}

TEST(ParseCrl, FailsIfVersion1HasEntryExtensions) {
  const auto edit = [](int version) {
    return [version](CrlOptions& o) {
      o.version = version;
      o.entries.push_back({ByteVector{5}, {{oids::kReasonCode, false, der::enumerated(1)}}});
    };
  };
  EXPECT_EQ(verdict(edit(1)), "crl_malformed");
  EXPECT_EQ(verdict(edit(2)), "ok");
}

TEST(ParseCrl, FailsIfTheVersionIsUnknown) {
  EXPECT_EQ(verdict([](CrlOptions& o) { o.version = 3; }), "crl_malformed");
}

TEST(ParseCrl, ReadsAListWithoutNextUpdate) {
  const Crl parsed = parse_crl(crl([](CrlOptions& o) {
                       o.next_update.reset();
                       o.revoked_serials = {{7}};
                     })).value();
  EXPECT_FALSE(parsed.next_update().has_value());
  EXPECT_TRUE(parsed.is_revoked(ByteVector{7}));
}

TEST(ParseCrl, ReadsTimesBeyond2049) {
  const Crl parsed =
      parse_crl(crl([](CrlOptions& o) { o.next_update = 2556144000; })).value();  // 2051-01-01
  EXPECT_EQ(parsed.next_update()->value, 2556144000);
}

TEST(ParseCrl, FailsIfTheAlgorithmsDiffer) {
  EXPECT_EQ(verdict([](CrlOptions& o) { o.fault = CrlFault::algorithm_mismatch; }),
            "crl_malformed");
}

TEST(ParseCrl, FailsIfThereAreTrailingBytes) {
  EXPECT_EQ(verdict([](CrlOptions& o) { o.fault = CrlFault::trailing_bytes; }),
            "der_trailing_bytes");
}

TEST(ParseCrl, FailsIfAnExtensionIsThereTwice) {
  EXPECT_EQ(verdict([](CrlOptions& o) { o.fault = CrlFault::duplicate_extension; }),
            "crl_malformed");
}

TEST(ParseCrl, FailsIfTheIssuerIsEmpty) {
  EXPECT_EQ(verdict([](CrlOptions& o) { o.issuer = der::sequence({}); }), "crl_malformed");
}

TEST(ParseCrl, FailsIfItIsADeltaList) {
  for (const bool is_critical : {true, false}) {
    EXPECT_EQ(verdict_of_extension(oids::kDeltaCrlIndicator, is_critical, der::integer(1)),
              "crl_malformed");
  }
}

TEST(ParseCrl, FailsIfACriticalExtensionIsUnknown) {
  EXPECT_EQ(verdict_of_extension("1.3.6.1.4.1.57264.7", true, der::null()), "crl_malformed");
  EXPECT_EQ(verdict_of_extension("1.3.6.1.4.1.57264.7", false, der::null()), "ok");
}

TEST(ParseCrl, FailsIfAKnownExtensionIsMalformed) {
  EXPECT_EQ(verdict([](CrlOptions& o) {
              o.has_authority_key_identifier = false;
              o.extensions.push_back({oids::kAuthorityKeyIdentifier, false, der::null()});
            }),
            "der_unexpected_tag");
}

const ByteVector kPoint = der::context(0, der::context(0, der::element(0x86, bytes("http://a/"))));

TEST(ParseCrl, KeepsTheNamesOfItsDistributionPoint) {
  const Crl parsed = parse_crl(crl([](CrlOptions& o) {
                       o.extensions.push_back({oids::kIssuingDistributionPoint, true,
                                               testing::distribution_point("http://a/")});
                     })).value();
  ASSERT_EQ(parsed.distribution_points().size(), 1U);
  EXPECT_TRUE(equal(parsed.distribution_points().front(), der::element(0x86, bytes("http://a/"))));
}

TEST(ParseCrl, FailsIfItIsOfAPartOfTheCertificates) {
  const ByteVector parts[] = {
      der::element(0x81, ByteVector{0xff}),        // onlyContainsUserCerts
      der::element(0x82, ByteVector{0xff}),        // onlyContainsCACerts
      der::element(0x83, ByteVector{0x01, 0x40}),  // onlySomeReasons
      der::element(0x84, ByteVector{0xff}),        // indirectCRL
      der::element(0x85, ByteVector{0xff}),        // onlyContainsAttributeCerts
  };
  for (const ByteVector& part : parts) {
    for (const bool is_critical : {true, false}) {
      EXPECT_EQ(verdict_of_extension(oids::kIssuingDistributionPoint, is_critical,
                                     der::sequence({kPoint, part})),
                "crl_malformed");
      EXPECT_EQ(
          verdict_of_extension(oids::kIssuingDistributionPoint, is_critical, der::sequence({part})),
          "crl_malformed");
    }
  }
}

TEST(ParseCrl, FailsIfItsDistributionPointHasNoFullName) {
  const ByteVector relative = der::sequence({der::context(0, der::context(1, der::null()))});
  const ByteVector no_names = der::sequence({der::context(0, der::context(0, ByteVector{}))});
  for (const ByteVector& value : {der::sequence({}), relative, no_names}) {
    EXPECT_NE(verdict_of_extension(oids::kIssuingDistributionPoint, true, value), "ok");
  }
}

// Whoever sits on the line can fill a list with names before its signature is looked at.
TEST(ParseCrl, FailsIfItsDistributionPointHasTooManyNames) {
  const auto verdict_of_names = [](std::size_t count) {
    ByteVector names;
    for (std::size_t i = 0; i < count; ++i) {
      names.insert(names.end(), {0x86, 0x00});
    }
    return verdict_of_extension(oids::kIssuingDistributionPoint, true,
                                der::sequence({der::context(0, der::context(0, names))}));
  };
  EXPECT_EQ(verdict_of_names(kMaxGeneralNames), "ok");
  EXPECT_EQ(verdict_of_names(kMaxGeneralNames + 1), "crl_malformed");
}

TEST(ParseCrl, CountsACertificateOnHoldAsRevoked) {
  constexpr std::int64_t kCertificateHold = 6;
  const Crl parsed =
      parse_crl(crl([](CrlOptions& o) {
        o.entries.push_back(
            {ByteVector{5}, {{oids::kReasonCode, false, der::enumerated(kCertificateHold)}}});
      })).value();
  EXPECT_TRUE(parsed.is_revoked(ByteVector{5}));
}

TEST(ParseCrl, FailsIfAnEntryTakesARevocationBack) {
  constexpr std::int64_t kRemoveFromCrl = 8;
  EXPECT_EQ(verdict_of_entry_extension(oids::kReasonCode, false, der::enumerated(kRemoveFromCrl)),
            "crl_malformed");
}

TEST(ParseCrl, FailsIfAnEntryIsOfAnotherIssuer) {
  for (const bool is_critical : {true, false}) {
    EXPECT_EQ(verdict_of_entry_extension(
                  oids::kCertificateIssuer, is_critical,
                  der::sequence({der::context(4, testing::authority_subject("Other"))})),
              "crl_malformed");
  }
}

TEST(ParseCrl, FailsIfACriticalEntryExtensionIsUnknown) {
  EXPECT_EQ(verdict_of_entry_extension("1.3.6.1.4.1.57264.7", true, der::null()), "crl_malformed");
  EXPECT_EQ(verdict_of_entry_extension("1.3.6.1.4.1.57264.7", false, der::null()), "ok");
  const ByteVector date = der::element(0x18, bytes("20200101000000Z"));
  EXPECT_EQ(verdict_of_entry_extension(oids::kInvalidityDate, true, date), "ok");
}

TEST(ParseCrl, FailsIfAnEntryIsMalformed) {
  const ByteVector time = der::time(testing::kNotBefore);
  const ByteVector long_serial(limits::kMaxSerialNumberBytes + 1, 1);
  const std::pair<std::string_view, ByteVector> cases[] = {
      {"der_unexpected_tag", der::sequence({der::octet_string(ByteVector{1}), time})},
      {"der_truncated", der::sequence({der::integer(1)})},
      {"der_unexpected_tag", der::sequence({der::integer(1), der::null()})},
      {"der_trailing_bytes", der::sequence({der::integer(1), time, der::null()})},
      {"crl_malformed", der::sequence({der::unsigned_integer(long_serial), time})},
      {"der_not_canonical", der::sequence({der::element(0x02, ByteVector{0, 1}), time})},
  };
  for (const auto& [error, entry] : cases) {
    EXPECT_EQ(verdict([&, &bad = entry](CrlOptions& o) { o.revoked = der::sequence({bad}); }),
              error);
  }
}

TEST(ParseCrl, FailsIfTruncatedAnywhere) {
  const ByteVector list = crl([](CrlOptions& o) { o.revoked_serials = {{1}, {2}}; });
  for (std::size_t size = 0; size < list.size(); ++size) {
    EXPECT_FALSE(parse_crl(Bytes(list).first(size)).has_value()) << size;
  }
}

TEST(ParseCrl, FailsIfItIsACertificate) { EXPECT_NE(verdict(Bytes(issuer().der)), "ok"); }

TEST(ParseCrl, FailsIfItIsTooLarge) {
  EXPECT_EQ(verdict(ByteVector(limits::kMaxCrlBytes + 1, 0x30)), "input_too_large");
}

TEST(ParseCrl, KeepsAListWhoseAlgorithmIsNotOurs) {
  const Crl parsed = parse_crl(crl([](CrlOptions& o) {
                       o.signature = {testing::Scheme::ecdsa, testing::Hash::sha1};
                     })).value();
  EXPECT_FALSE(parsed.signature_algorithm().has_value());
}

TEST(ParseCrl, ReadsLargeLists) {
  CrlOptions options;
  for (std::uint64_t serial = 20000; serial > 0; --serial) {
    options.revoked_serials.push_back(testing::big_endian(serial * 7, 8));
  }
  const Crl parsed = parse_crl(make_crl(options, issuer())).value();
  EXPECT_EQ(parsed.revoked_count(), 20000U);
  EXPECT_TRUE(parsed.is_revoked(ByteVector{7}));
  EXPECT_TRUE(parsed.is_revoked(testing::big_endian(20000 * 7, 3)));
  EXPECT_FALSE(parsed.is_revoked(ByteVector{8}));
}

}  // namespace
}  // namespace countersign
