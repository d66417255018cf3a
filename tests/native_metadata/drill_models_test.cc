// What follows for models and credentials, and where operators see it (drill_test.cc).

#include "tests/native_metadata/drill.h"

#include <filesystem>

#include "metadata/entry.h"

namespace countersign::testing {
namespace {

TEST_F(MetadataDrill, WhatTheBlobSaysDecides) {
  begin();
  Browser browser(drill.server->port());
  const auto of_model = [](std::string_view aaguid) {
    return [aaguid](RegistrationOptions& options) {
      options.aaguid = to_vector(parse_aaguid(aaguid).value());
    };
  };
  const Browser::Registered revoked =
      browser.register_user("revoked", "revoked", of_model(kRevokedModel));
  EXPECT_EQ(revoked.result.status, 403) << revoked.result.body;
  EXPECT_EQ(revoked.result.text("code"), "authenticator_revoked");
  Browser other(drill.server->port());
  const Browser::Registered good = other.register_user("good", "good", of_model(kGoodModel));
  ASSERT_EQ(good.result.status, 200) << good.result.body;
  // The next BLOB revokes that one, too: it is flagged, and signs in all the same.
  drill.serve_blob(11, [](BlobOptions& options) {
    options.entries = {blob_entry(kGoodModel, "REVOKED"), blob_entry(kRevokedModel, "REVOKED")};
  });
  ASSERT_EQ(Drill::number_of(drill.wait_for_number(11)), 11);
  const Answer signed_in = other.sign_in(good.credential, "good");
  EXPECT_EQ(signed_in.status, 200) << signed_in.body;
  EXPECT_NE(signed_in.body.find("authenticator_revoked"), std::string::npos) << signed_in.body;
  for (int i = 0; i < 100 && drill.server->log().find("credential.flagged") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_NE(drill.server->log().find("credential.flagged"), std::string::npos);
}

TEST_F(MetadataDrill, AServerWithoutMetadataClearsNoFlag) {
  begin();
  Browser browser(drill.server->port());
  const auto of_model = [](RegistrationOptions& options) {
    options.aaguid = to_vector(parse_aaguid(kGoodModel).value());
  };
  const Browser::Registered user = browser.register_user("user", "user", of_model);
  ASSERT_EQ(user.result.status, 200) << user.result.body;
  drill.serve_blob(
      11, [](BlobOptions& options) { options.entries = {blob_entry(kGoodModel, "REVOKED")}; });
  for (int i = 0; i < 150 && drill.server->log().find("credential.flagged") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ASSERT_NE(drill.server->log().find("credential.flagged"), std::string::npos);
  drill.server->stop();
  std::filesystem::remove_all(drill.folder.path("cache"));
  const std::string config = Drill::config(drill.source_json());
  drill.end_source();
  drill.start(config);
  EXPECT_TRUE(Drill::has_alarm(drill.wait_for_alarm("fetch_failing"), "never_accepted"));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // [a review each second]
  EXPECT_EQ(drill.server->log().find("credential.cleared"), std::string::npos);
  Browser again(drill.server->port());
  const Answer signed_in = again.sign_in(user.credential, "user");
  EXPECT_EQ(signed_in.status, 200) << signed_in.body;
  EXPECT_NE(signed_in.body.find("authenticator_revoked"), std::string::npos) << signed_in.body;
}

TEST_F(MetadataDrill, MetricsReadinessAndLogTellTheSame) {
  begin();
  Browser browser(drill.server->port());
  EXPECT_EQ(browser.get("/readyz").body, R"({"status":"ok","metadata":"ok"})");
  const std::string labels = "{source=\"" + drill.mock_url("/blob") + "\"";
  std::string metrics = browser.get("/metrics").body;
  EXPECT_NE(metrics.find("countersign_metadata_number" + labels + "} 10\n"), std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("countersign_metadata_alarm" + labels + ",alarm=\"blob_refused\"} 0\n"),
            std::string::npos)
      << metrics;
  drill.serve_blob(9);
  EXPECT_TRUE(Drill::has_alarm(drill.wait_for_alarm("blob_refused"), "blob_refused"));
  EXPECT_EQ(browser.get("/readyz").body, R"({"status":"ok","metadata":"alarm"})");
  EXPECT_EQ(browser.get("/readyz").status, 200);
  metrics = browser.get("/metrics").body;
  EXPECT_NE(metrics.find("countersign_metadata_alarm" + labels + ",alarm=\"blob_refused\"} 1\n"),
            std::string::npos)
      << metrics;
  const std::string log = drill.server->log();
  EXPECT_NE(log.find("\"event\":\"metadata.refused\""), std::string::npos) << log;
  EXPECT_NE(log.find("\"code\":\"metadata_number_not_increased\""), std::string::npos) << log;
  EXPECT_EQ(browser.get("/v1/metadata").status, 401);
}

}  // namespace
}  // namespace countersign::testing
