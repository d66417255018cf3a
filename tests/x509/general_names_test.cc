#include "x509/general_names.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/pki.h"

namespace countersign {
namespace {

namespace der = testing::der;
namespace oids = testing::oids;
using testing::bytes;
using testing::CertificateOptions;

Certificate certificate_with(const std::function<void(CertificateOptions&)>& edit) {
  CertificateOptions options;
  edit(options);
  return parse_certificate(testing::make_certificate(options, nullptr).der).value();
}

Certificate with_names(const ByteVector& value) {
  return certificate_with([&](CertificateOptions& o) { o.subject_alt_name = value; });
}

Certificate with_points(const ByteVector& value) {
  return certificate_with([&](CertificateOptions& o) {
    o.extensions.push_back({oids::kCrlDistributionPoints, false, value});
  });
}

ByteVector dns(std::string_view name) { return der::element(0x82, bytes(name)); }

TEST(DnsNames, AreTheDnsNamesOnly) {
  const Certificate certificate = with_names(
      der::sequence({der::element(0x81, bytes("a@b.example")), dns("one.example"),
                     der::element(0x86, bytes("https://uri.example")), dns("*.two.example")}));
  EXPECT_EQ(dns_names(certificate).value(),
            (std::vector<std::string_view>{"one.example", "*.two.example"}));
}

TEST(DnsNames, NoneWithoutTheExtension) {
  EXPECT_TRUE(dns_names(certificate_with([](auto&) {})).value().empty());
}

TEST(DnsNames, FailIfTheExtensionIsMalformed) {
  EXPECT_FALSE(dns_names(with_names(der::sequence({}))).has_value());
  EXPECT_FALSE(dns_names(with_names(der::sequence({der::utf8_string("one")}))).has_value());
  EXPECT_FALSE(dns_names(with_names(dns("one.example"))).has_value());
}

/// That many names, the shortest there are.
ByteVector many_names(std::size_t count) {
  ByteVector out;
  for (std::size_t i = 0; i < count; ++i) {
    out.insert(out.end(), {0x82, 0x00});
  }
  return out;
}

TEST(DnsNames, FailIfThereAreTooMany) {
  EXPECT_EQ(dns_names(with_names(der::sequence({many_names(kMaxGeneralNames)})))->size(),
            kMaxGeneralNames);
  const auto beyond = dns_names(with_names(der::sequence({many_names(kMaxGeneralNames + 1)})));
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, ErrorCode::certificate_malformed);
}

TEST(CrlUrls, NoneIfAllPointsTogetherHaveTooManyNames) {
  const auto with_two_points = [](std::size_t of_first, std::size_t of_second) {
    ByteVector points;
    for (const std::size_t count : {of_first, of_second}) {
      points = testing::concat(
          {points, der::sequence({der::context(0, der::context(0, many_names(count)))})});
    }
    return crl_distribution_points(with_points(der::sequence({points})));
  };
  EXPECT_EQ(with_two_points(1, kMaxGeneralNames - 1)->size(), kMaxGeneralNames);
  const auto beyond = with_two_points(kMaxGeneralNames, 1);
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, ErrorCode::certificate_malformed);
}

TEST(IsSameHost, CaseAsideEveryCharacterCounts) {
  EXPECT_TRUE(is_same_host("mds.fidoalliance.org", "MDS.FidoAlliance.ORG"));
  for (const std::string_view other :
       {"*.fidoalliance.org", "mds.fidoalliance.org.", "mds.fidoalliance.or",
        "xmds.fidoalliance.org", "mds.fidoalliance.org.example", "mds-fidoalliance.org", ""}) {
    EXPECT_FALSE(is_same_host("mds.fidoalliance.org", other)) << other;
  }
  EXPECT_FALSE(is_same_host("[", "{"));  // they differ as letters' cases do
  EXPECT_FALSE(is_same_host(std::string_view("a\0", 2), "a"));
}

TEST(CrlUrls, AreTheHttpUrlsOfAllPoints) {
  const ByteVector two_names = der::sequence({der::context(
      0, der::context(0, testing::concat({der::element(0x86, bytes("ldap://ldap.example/x")),
                                          der::element(0x86, bytes("HTTP://two.example/b"))})))});
  const Certificate certificate =
      with_points(der::sequence({testing::distribution_point("http://one.example/a"), two_names,
                                 testing::distribution_point("https://three.example/c")}));
  EXPECT_EQ(crl_distribution_points(certificate)->size(), 4U);
  EXPECT_EQ(crl_urls(certificate),
            (std::vector<std::string>{"http://one.example/a", "HTTP://two.example/b",
                                      "https://three.example/c"}));
}

TEST(CrlUrls, LeaveOutWhatIsNoUrl) {
  for (const std::string_view text : {"http://", "file:///etc/passwd", "http://a.example/\r\nX: y",
                                      "http://a b.example/", "http://\xc3\xbc.example/"}) {
    EXPECT_TRUE(crl_urls(with_points(der::sequence({testing::distribution_point(text)}))).empty())
        << text;
  }
}

TEST(CrlUrls, LeaveOutPointsOfOtherLists) {
  const ByteVector name =
      der::context(0, der::context(0, der::element(0x86, bytes("http://one.example/a"))));
  const ByteVector others[] = {
      der::sequence({name, der::element(0x81, ByteVector{0x06, 0x40})}),  // reasons
      der::sequence({name, der::element(0xa2, der::context(4, testing::authority_subject("X")))}),
      der::sequence({der::context(0, der::context(1, der::null()))}),  // relative to the issuer
      der::sequence({}),
  };
  for (const ByteVector& other : others) {
    const Certificate certificate = with_points(der::sequence({other}));
    EXPECT_TRUE(crl_distribution_points(certificate)->empty());
    EXPECT_TRUE(crl_urls(certificate).empty());
  }
}

TEST(CrlUrls, NoneIfTheExtensionIsMissingOrMalformed) {
  EXPECT_TRUE(crl_urls(certificate_with([](auto&) {})).empty());
  EXPECT_FALSE(crl_distribution_points(with_points(der::sequence({}))).has_value());
  EXPECT_TRUE(crl_urls(with_points(der::null())).empty());
}

}  // namespace
}  // namespace countersign
