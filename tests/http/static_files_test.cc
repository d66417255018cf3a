#include "native/http/static_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    folder_.write("site/index.html", "<!doctype html>");
    folder_.write("site/app/index.html", "app");
    folder_.write("site/style.css", "css");
    folder_.write("site/a b.txt", "blank");
    folder_.write("site/.hidden", "no");
    folder_.write("site/.git/config", "no");
    folder_.write("secret.txt", "no");
    folder_.write("dist/index.js", "js");
    folder_.write("dist/deep/x.mjs", "mjs");
    folder_.write("wasm/countersign.wasm", std::string("\0asm", 4));
    folder_.write("wasm/index.js", "shadowed");
    std::filesystem::create_symlink(folder_.path("secret.txt"), folder_.path("site/link.txt"));
    std::filesystem::create_directory_symlink(folder_.path(""), folder_.path("site/up"));
  }

  std::optional<HttpResponse> get(const std::string& path) const {
    const StaticFiles files(folder_.path("site"), {folder_.path("dist"), folder_.path("wasm")});
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    return files.find(request);
  }

  TemporaryFolder folder_;
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypes) {
  EXPECT_EQ(get("/")->body, "<!doctype html>");
  EXPECT_EQ(get("/")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(get("/app/")->body, "app");
  EXPECT_EQ(get("/style.css")->content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/a%20b.txt")->body, "blank");
  EXPECT_EQ(get("/countersign/index.js")->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/countersign/deep/x.mjs")->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/countersign/countersign.wasm")->content_type, "application/wasm");
  EXPECT_EQ(content_type_of("a.svg"), "image/svg+xml");
  EXPECT_EQ(content_type_of("a.exe"), "application/octet-stream");
}

TEST_F(StaticFilesTest, TheFirstPackageFolderWins) {
  EXPECT_EQ(get("/countersign/index.js")->body, "js");
}

TEST_F(StaticFilesTest, NeverLeavesItsFolders) {
  for (const char* path : {"/../secret.txt",
                           "/%2e%2e/secret.txt",
                           "/app/../../secret.txt",
                           "/..%2fsecret.txt",
                           "/%2e%2e%2fsecret.txt",
                           "/..\\secret.txt",
                           "/%5c..%5csecret.txt",
                           "/link.txt",
                           "/up/secret.txt",
                           "/countersign/../secret.txt",
                           "/countersign/%2e%2e/secret.txt",
                           "//secret.txt",
                           "/./style.css",
                           "/.hidden",
                           "/.git/config",
                           "/%2egit/config",
                           "/style.css%00.html",
                           "/style.css/",
                           "/app",
                           "",
                           "style.css",
                           "/%",
                           "/missing",
                           "/countersign/",
                           "/countersign"}) {
    EXPECT_FALSE(get(path).has_value()) << path;
  }
}

TEST_F(StaticFilesTest, WithoutAFolderThereIsNothing) {
  const StaticFiles none("", {});
  HttpRequest request;
  request.path = "/etc/passwd";
  EXPECT_FALSE(none.find(request).has_value());
  const StaticFiles missing(folder_.path("no-such-folder"), {folder_.path("neither")});
  request.path = "/countersign/index.js";
  EXPECT_FALSE(missing.find(request).has_value());
}

TEST_F(StaticFilesTest, IsServedByTheProgramWithTheHeadersOfALoginPage) {
  folder_.write("dist/big.js", std::string(100000, 'a'));
  ServerProcess server(folder_, demo_config(R"(,"static":"site","package":["dist","wasm"])"));
  Browser browser(server.port());
  const Answer page = browser.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_NE(page.headers.at("content-security-policy")
                .find("; require-trusted-types-for 'script'; trusted-types 'none'"),
            std::string::npos);
  EXPECT_NE(page.headers.at("content-security-policy").find("script-src 'self' 'wasm-unsafe-eval'"),
            std::string::npos);
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.headers.at("x-frame-options"), "DENY");
  EXPECT_EQ(browser.get("/countersign/countersign.wasm").headers.at("content-type"),
            "application/wasm");
  EXPECT_EQ(browser.get("/countersign/big.js").body.size(), 100000U);
  browser.headers.emplace("Accept-Encoding", "br");  // slow to make: not offered
  EXPECT_EQ(browser.get("/countersign/big.js").headers.count("content-encoding"), 0U);
  browser.headers.clear();
  browser.headers.emplace("Accept-Encoding", "gzip, deflate, br");
  EXPECT_EQ(browser.get("/countersign/big.js").headers.at("content-encoding"), "gzip");
  browser.headers.clear();
  EXPECT_EQ(browser.get("/nothing").status, 404);
  EXPECT_EQ(browser.call("POST", "/style.css", "{}").status, 404);
}

}  // namespace
}  // namespace countersign::testing
