// What may go wrong with a source and its BLOBs, while a server runs: authentication goes on, what
// was good stays in force, and the operator is told. Chains and lists, the cache and what follows
// for models are in drill_chain_test.cc, drill_cache_test.cc and drill_models_test.cc.

#include "tests/native_metadata/drill.h"

#include <filesystem>

namespace countersign::testing {
namespace {

TEST_F(MetadataDrill, AConnectionThatIsRefused) {
  begin();
  drill.end_source();
  expect_kept("connection refused", "fetch_failing", "metadata_fetch_failed");
}

TEST_F(MetadataDrill, AnErrorPageWithStatus200) {
  begin();
  drill.mock->answer("/blob", 200, "<html>We are down</html>", "Content-Type: text/html\r\n");
  expect_kept("error page with status 200", "blob_refused", "");
}

TEST_F(MetadataDrill, ATruncatedFile) {
  begin();
  const std::string blob = drill.signed_blob(11).jws;
  drill.mock->answer("/blob", 200, blob.substr(0, blob.size() / 2));
  expect_kept("truncated file", "blob_refused", "");
  drill.mock->respond("/blob", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
  });
  expect_kept("truncated transfer", "fetch_failing", "metadata_fetch_failed");
}

TEST_F(MetadataDrill, ANumberThatDoesNotGrow) {
  begin();
  drill.serve_blob(9);
  expect_kept("smaller no", "blob_refused", "metadata_number_not_increased");
}

TEST_F(MetadataDrill, TheSameNumberWithOtherContent) {
  begin();
  drill.mock->serve(
      "/blob", drill.signed_blob(10, [](BlobOptions& options) { options.entries.clear(); }).jws,
      "another");
  expect_kept("equal no, other content", "blob_refused", "metadata_number_not_increased");
}

TEST_F(MetadataDrill, ABadSignature) {
  begin();
  drill.serve_blob(11, [](BlobOptions& options) {
    options.signing_key = TestKey::make(KeyKind::p256, "stranger");
  });
  expect_kept("signature of a stranger", "blob_refused", "signature_invalid");
}

TEST_F(MetadataDrill, ASourceThatDrips) {
  // Of the others each waits for as long as a machine may be busy.
  std::string config = Drill::config(drill.source_json());
  config.replace(config.find("\"timeoutSeconds\":20,"), 20, "\"timeoutSeconds\":1,");
  drill.start(config);
  ASSERT_EQ(Drill::number_of(drill.wait_for_number(10)), 10) << drill.server->log();
  drill.mock->respond("/blob", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (send("x")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  expect_kept("a byte now and then", "fetch_failing", "metadata_fetch_too_slow");
}

TEST_F(MetadataDrill, TooManyRequests) {
  begin();
  drill.mock->answer("/blob", 429, "", "ETag: tag-10\r\n");
  const std::size_t before = drill.mock->seen("/blob").size();
  while (drill.mock->seen("/blob").size() < before + 2) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const JsonValue seen = drill.source();
  EXPECT_EQ(Drill::alarms_of(seen), "");
  EXPECT_EQ(Drill::number_of(seen), 10);
  DrillTable::add("429 with the tag of what we have", seen);
  drill.mock->answer("/blob", 429, "");
  expect_kept("429 without a tag", "fetch_failing", "metadata_fetch_failed");
}

TEST_F(MetadataDrill, ServiceUnavailableWithRetryAfter) {
  begin();
  drill.mock->answer("/blob", 503, "", "Retry-After: 3600\r\n");
  expect_kept("503 with Retry-After", "fetch_failing", "metadata_fetch_failed");
  const std::optional<UnixSeconds> next =
      parse_rfc3339(member(drill.source(), "nextAttempt").string);
  ASSERT_TRUE(next);
  EXPECT_GT(next->value, now_seconds() + 3000);
}

TEST_F(MetadataDrill, AHugeBody) {
  begin();
  drill.mock->respond("/blob", [](const MockServer::Seen&, const MockServer::Send& send) {
    send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    while (send(std::string(65536, 'x'))) {
    }
  });
  expect_kept("huge body", "fetch_failing", "metadata_fetch_too_large");
}

TEST_F(MetadataDrill, RedirectsInCircles) {
  begin();
  drill.mock->answer("/blob", 302, "", "Location: /blob\r\n");
  expect_kept("redirect in circles", "fetch_failing", "metadata_url_not_allowed");
}

TEST_F(MetadataDrill, ARedirectToPlainHttp) {
  begin();
  drill.mock->answer("/blob", 302, "", "Location: http://mds.example/blob\r\n");
  expect_kept("redirect to http elsewhere", "fetch_failing", "metadata_url_not_allowed");
}

TEST_F(MetadataDrill, OneSourceThatFailsDoesNotStopTheOther) {
  drill.mock->answer("/broken", 500, "");
  drill.start(Drill::config(drill.source_json("/broken") + "," + drill.source_json()));
  const JsonValue good = drill.wait_for_number(10, 1);
  EXPECT_EQ(Drill::alarms_of(good), "");
  const JsonValue broken = drill.wait_for_alarm("fetch_failing", 0);
  EXPECT_EQ(Drill::alarms_of(broken), "never_accepted fetch_failing");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("two sources: the one that fails", broken);
  DrillTable::add("two sources: the other one", good);
}

TEST_F(MetadataDrill, NextUpdateThatPasses) {
  const auto by = [](std::int64_t seconds) {
    return [seconds](BlobOptions& options) {
      options.payload_edits = {
          {"nextUpdate",
           json_string(encode_rfc3339(UnixSeconds{now_seconds() + seconds}).substr(0, 10))}};
    };
  };
  drill.serve_blob(10, by(4 * 86400));
  begin();
  EXPECT_EQ(Drill::alarms_of(drill.source()), "next_update_near");
  DrillTable::add("nextUpdate in four days", drill.source());
  drill.serve_blob(11, by(-2 * 86400));
  expect_accepted("nextUpdate two days ago", "next_update_past");
}

// Entries of four models.
void four_models(BlobOptions& options) {
  options.entries = {blob_entry(kGoodModel), blob_entry(kRevokedModel, "REVOKED"),
                     blob_entry("33333333-3333-4333-8333-333333333333"),
                     blob_entry("44444444-4444-4444-8444-444444444444", "REVOKED")};
}

TEST_F(MetadataDrill, APublicationThatWouldEmptyTheCatalogue) {
  drill.serve_blob(10, four_models);
  begin();
  const auto one = [](BlobOptions& options) {
    options.entries = {blob_entry(kRevokedModel, "REVOKED")};
  };
  drill.serve_blob(11, one);
  expect_kept("less than half of the entries", "blob_refused", "metadata_blob_malformed");
  const JsonValue error = member(drill.source(), "lastError");
  EXPECT_EQ(member(error, "check").string, "metadata_payload_parses");
  EXPECT_EQ(member(error, "readableEntries").integer, 1);
  EXPECT_EQ(member(error, "readableEntriesInUse").integer, 4);
  EXPECT_NE(drill.server->log().find("\"readableEntries\":1,\"readableEntriesInUse\":4"),
            std::string::npos);
  // All are there, most cannot be read.
  drill.serve_blob(12, [](BlobOptions& options) {
    four_models(options);
    for (std::size_t i = 0; i < 3; ++i) {
      options.entries[i].insert(1, R"("metadataStatement":7,)");
    }
  });
  const JsonValue seen = drill.wait_for([](const JsonValue& source) {
    return member(member(source, "lastError"), "readableEntries").integer == 1;
  });
  EXPECT_EQ(Drill::number_of(seen), 10);
  EXPECT_EQ(Drill::code_of(seen), "metadata_blob_malformed");
  // The way out for an operator who knows that it is right.
  drill.server->stop();
  std::filesystem::remove(drill.folder.path(cache_file()));
  drill.serve_blob(11, one);
  drill.start();
  expect_accepted("the same, after its cache was removed", "");
}

TEST_F(MetadataDrill, HalfOfTheEntriesWillDo) {
  drill.serve_blob(10, four_models);
  begin();
  drill.serve_blob(11);
  expect_accepted("half of the entries", "");
}

TEST_F(MetadataDrill, EntriesThatViolateTheSchema) {
  begin();
  drill.serve_blob(11, [](BlobOptions& options) { options.entries.push_back(R"({"aaguid":7})"); });
  expect_accepted("an entry that violates the schema", "entries_skipped");
  Browser browser(drill.server->port());
  const std::string metrics = browser.get("/metrics").body;
  EXPECT_NE(metrics.find("alarm=\"entries_skipped\"} 1\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("countersign_metadata_skipped_entries{source=\"" +
                         drill.mock_url("/blob") + "\"} 1\n"),
            std::string::npos)
      << metrics;
}

TEST_F(MetadataDrill, AQueryIsNobodysBusiness) {
  const std::string secret = "s3cr3t-t0k3n";
  const std::string path = "/blob?token=" + secret;
  drill.mock->serve(path, drill.signed_blob(10).jws, "tag-10");
  drill.start(Drill::config(drill.source_json(path)));
  ASSERT_EQ(Drill::number_of(drill.wait_for_number(10)), 10) << drill.server->log();
  EXPECT_EQ(member(drill.source(), "source").string, drill.mock_url("/blob") + "?…");
  drill.mock->answer(path, 302, "", "Location: " + path + "&again\r\n");
  EXPECT_TRUE(Drill::has_alarm(drill.wait_for_alarm("fetch_failing"), "fetch_failing"));
  drill.mock->answer(path, 200, "<html>" + secret + "</html>");
  EXPECT_TRUE(Drill::has_alarm(drill.wait_for_alarm("blob_refused"), "blob_refused"));
  Browser browser(drill.server->port());
  browser.headers = {{"Authorization", std::string("Bearer ") + kMonitoringKey}};
  for (const std::string& shown : {browser.get("/v1/metadata").body, browser.get("/metrics").body,
                                   browser.get("/readyz").body, drill.server->log()}) {
    EXPECT_EQ(shown.find(secret), std::string::npos) << shown;
    EXPECT_EQ(shown.find("token="), std::string::npos) << shown;
  }
  EXPECT_NE(browser.get("/metrics").body.find("?…\""), std::string::npos);
}

}  // namespace
}  // namespace countersign::testing
