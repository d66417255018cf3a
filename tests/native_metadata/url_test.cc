#include "native/metadata/url.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(ParseUrl, ReadsSchemeHostPortAndTarget) {
  const Url plain = parse_url("https://MDS3.fidoalliance.org").value();
  EXPECT_EQ(plain.scheme, UrlScheme::https);
  EXPECT_EQ(plain.host, "mds3.fidoalliance.org");
  EXPECT_EQ(plain.port, 443);
  EXPECT_EQ(plain.target, "/");
  EXPECT_EQ(plain.authority(), "mds3.fidoalliance.org");
  const Url http = parse_url("HTTP://[::1]:8080/a/b?c=d").value();
  EXPECT_EQ(http.scheme, UrlScheme::http);
  EXPECT_EQ(http.host, "::1");
  EXPECT_EQ(http.port, 8080);
  EXPECT_EQ(http.target, "/a/b?c=d");
  EXPECT_EQ(http.authority(), "[::1]:8080");
  EXPECT_EQ(parse_url("http://crl.example?x").value().target, "/?x");
  EXPECT_EQ(parse_url("file:///var/blob.jwt").value().target, "/var/blob.jwt");
  EXPECT_EQ(parse_url("file:blob.jwt").value().target, "blob.jwt");
}

TEST(ParseUrl, FailsIfAnythingCanBeReadInTwoWays) {
  for (const std::string_view text : {"",
                                      "mds3.fidoalliance.org",
                                      "ftp://host/",
                                      "https://",
                                      "https:///path",
                                      "https://a b/",
                                      "https://user@host/",
                                      "https://host:@evil/",
                                      "https://host/#fragment",
                                      "https://host:0/",
                                      "https://host:65536/",
                                      "https://host:80x/",
                                      "https://host:/",
                                      "https://-host/",
                                      "https://a..b/",
                                      "https://.a/",
                                      "https://ho%73t/",
                                      "https://host\r\nX: y/",
                                      "https://h\xc3\xb6st/",
                                      "https://[::1/",
                                      "https://[::1]x/",
                                      "https://[localhost]/",
                                      "https://host\\@evil/",
                                      "file:",
                                      "file://host/path",
                                      "https://::1/"}) {
    const Result<Url> url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, ErrorCode::metadata_url_not_allowed) << text;
  }
  EXPECT_FALSE(parse_url("https://host/" + std::string(2048, 'a')).has_value());
}

TEST(Url, IsLoopbackByAddressNotByAppearance) {
  for (const std::string_view text :
       {"http://127.0.0.1/", "http://127.9.9.9:8/", "http://localhost/", "http://[::1]/"}) {
    EXPECT_TRUE(parse_url(text).value().is_loopback()) << text;
  }
  for (const std::string_view text :
       {"http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://10.0.0.1/",
        "http://[::2]/", "http://127.1/"}) {
    EXPECT_FALSE(parse_url(text).value().is_loopback()) << text;
  }
}

TEST(ResolveRedirect, KeepsHttpsAndDoesNotLetTheLineSendUsElsewhere) {
  const Url https = parse_url("https://a.example/x").value();
  const Url http = parse_url("http://a.example:81/x").value();
  EXPECT_EQ(resolve_redirect(https, "/y").value().authority(), "a.example");
  EXPECT_EQ(resolve_redirect(https, "/y").value().target, "/y");
  EXPECT_EQ(resolve_redirect(https, "https://b.example/z").value().host, "b.example");
  EXPECT_EQ(resolve_redirect(http, "https://b.example/z").value().scheme, UrlScheme::https);
  EXPECT_EQ(resolve_redirect(http, "http://a.example:81/z").value().target, "/z");
  const std::pair<const Url*, std::string_view> refused[] = {
      {&https, "http://a.example/x"},
      {&https, "http://127.0.0.1/"},
      {&https, "file:///etc/x"},
      {&https, "//b.example/x"},
      {&https, "x"},
      {&https, "/x#y"},
      {&http, "http://127.0.0.1/"},
      {&http, "http://a.example/"},
      {&http, "file:///etc/x"},
      {&http, "http://169.254.169.254/"},
      {&https, "/a\r\nX: y"},
  };
  for (const auto& [from, location] : refused) {
    EXPECT_FALSE(resolve_redirect(*from, location).has_value()) << location;
  }
}

TEST(WithoutQuery, LeavesOutWhatMayBeASecret) {
  EXPECT_EQ(without_query("https://a.example/blob?token=secret"), "https://a.example/blob?…");
  EXPECT_EQ(without_query("https://a.example?token=secret?more"), "https://a.example?…");
  EXPECT_EQ(without_query("https://a.example/blob"), "https://a.example/blob");
  EXPECT_EQ(without_query("file:what?.jwt"), "file:what?.jwt") << "files have no query";
}

}  // namespace
}  // namespace countersign
