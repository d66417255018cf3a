// What may go wrong with metadata, while a server runs: authentication goes on, what was good stays
// in force, and the operator is told.

#include "tests/native_metadata/drill.h"

#include <filesystem>

#include "backends/openssl/openssl_backend.h"
#include "metadata/entry.h"
#include "native/metadata/blob_cache.h"

namespace countersign::testing {
namespace {

class MetadataDrill : public ::testing::Test {
 protected:
  static void TearDownTestSuite() { DrillTable::print(); }

  // A server that has accepted number 10.
  void begin(const std::string& crl = "require") {
    drill.start(Drill::config(drill.source_json("/blob", "root.pem", crl)));
    const JsonValue seen = drill.wait_for_number(10);
    ASSERT_EQ(Drill::number_of(seen), 10) << drill.server->log();
  }
  // Then: what was good stays, with that alarm and that error, and everything goes on.
  void expect_kept(const std::string& what, const std::string& alarm, const std::string& code) {
    const JsonValue seen = drill.wait_for_alarm(alarm);
    EXPECT_TRUE(Drill::has_alarm(seen, alarm)) << what << ": " << Drill::alarms_of(seen);
    EXPECT_EQ(Drill::number_of(seen), 10) << what;
    if (!code.empty()) {
      EXPECT_EQ(Drill::code_of(seen), code) << what;
    }
    EXPECT_TRUE(drill.goes_on()) << what;
    DrillTable::add(what, seen);
  }
  void expect_accepted(const std::string& what, const std::string& alarms) {
    const JsonValue seen = drill.wait_for_number(11);
    EXPECT_EQ(Drill::number_of(seen), 11) << what << ": " << Drill::code_of(seen);
    EXPECT_EQ(Drill::alarms_of(seen), alarms) << what;
    EXPECT_TRUE(drill.goes_on()) << what;
    DrillTable::add(what, seen);
  }

  Drill drill;
};

TEST_F(MetadataDrill, NoNetworkAtStart) {
  drill.mock->answer("/blob", 200, "");
  const std::string config = Drill::config(drill.source_json());
  drill.mock.reset();
  drill.start(config);
  const JsonValue seen = drill.wait_for_alarm("fetch_failing");
  EXPECT_EQ(Drill::alarms_of(seen), "never_accepted fetch_failing");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("no network at start, no cache", seen);
}

TEST_F(MetadataDrill, AConnectionThatIsRefused) {
  begin();
  drill.mock.reset();
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

TEST_F(MetadataDrill, ARootThatIsNotKnownYet) {
  begin();
  const auto with_new_root = [](BlobOptions& options) {
    options.edit_root = [](CertificateOptions& root) {
      root = authority_options("BLOB Root 2", TestKey::make(KeyKind::p256, "other"));
    };
  };
  drill.serve_blob(11, with_new_root);
  expect_kept("new root, not configured", "blob_refused", "");
  // Root and issuer of the new chain have lists of their own.
  const TestBlob blob = drill.signed_blob(11, with_new_root);
  drill.root = blob.root;
  drill.issuer = blob.issuer;
  drill.serve_lists();
  drill.folder.write("roots.pem", drill.folder.read("root.pem") + blob.root.pem());
  drill.start(Drill::config(drill.source_json("/blob", "roots.pem")));
  expect_accepted("new root, added beside the old one", "");
}

TEST_F(MetadataDrill, ACrossSignedRootInTheChain) {
  begin();
  drill.serve_blob(11, [this](BlobOptions& options) {
    options.edit_x5c = [this](std::vector<ByteVector>& x5c) {
      const TestCertificate other = make_certificate(
          authority_options("Old Root", TestKey::make(KeyKind::p256, "1")), nullptr);
      CertificateOptions cross =
          authority_options("BLOB Root", TestKey::make(KeyKind::p256, "root"));
      x5c.push_back(make_certificate(cross, &other).der);
      x5c.push_back(drill.root->der);
    };
  });
  expect_accepted("root cross-signed by another in x5c", "");
}

TEST_F(MetadataDrill, AnExpiredListUnderRequire) {
  begin();
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 1800;
    options.next_update = now_seconds() - 900;
  });
  drill.serve_blob(11);
  // The list that is there already is still good; a server that comes up without it has only this.
  drill.server->stop();
  std::filesystem::remove_all(drill.folder.path("cache"));
  drill.start();
  const JsonValue seen = drill.wait_for_alarm("blob_refused");
  EXPECT_EQ(Drill::code_of(seen), "crl_stale");
  EXPECT_EQ(Drill::number_of(seen), -1);
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("expired list, crl require", seen);
}

TEST_F(MetadataDrill, AnExpiredListUnderPreferAndOff) {
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 7200;
    options.next_update = now_seconds() - 3600;
  });
  drill.serve_blob(11);
  drill.start(Drill::config(drill.source_json("/blob", "root.pem", "prefer")));
  expect_accepted("expired list, crl prefer", "revocation_unknown list_stale");
  drill.server->stop();
  std::filesystem::remove_all(drill.folder.path("cache"));
  drill.start(Drill::config(drill.source_json("/blob", "root.pem", "off")));
  expect_accepted("expired list, crl off", "");
}

TEST_F(MetadataDrill, NoListAtAll) {
  drill.mock->answer("/ca.crl", 404, "");
  drill.start();
  JsonValue seen = drill.wait_for_alarm("blob_refused");
  EXPECT_EQ(Drill::code_of(seen), "crl_missing");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("no list to be had, crl require", seen);
  drill.serve_lists();
  seen = drill.wait_for_number(10);
  EXPECT_EQ(Drill::alarms_of(seen), "");
  DrillTable::add("list back again", seen);
}

TEST_F(MetadataDrill, ARevokedSigner) {
  begin();
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 60;
    options.revoked_serials = {{kSignerSerial}};
  });
  drill.serve_blob(11);
  expect_kept("signer of the new BLOB revoked", "blob_refused", "certificate_revoked");
}

TEST_F(MetadataDrill, TheSignerOfTheBlobInUseIsRevoked) {
  begin();
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 60;
    options.revoked_serials = {{kSignerSerial}};
  });
  expect_kept("signer of the BLOB in use revoked", "chain_not_current", "");
}

TEST_F(MetadataDrill, ASourceThatDrips) {
  begin();
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

TEST_F(MetadataDrill, ARestartWithoutNetwork) {
  begin();
  const std::string config = Drill::config(drill.source_json());
  drill.mock.reset();
  drill.start(config);
  EXPECT_EQ(Drill::number_of(drill.source()), 10) << "published before the first attempt";
  expect_kept("restart without network", "fetch_failing", "metadata_fetch_failed");
}

TEST_F(MetadataDrill, KilledWhileTheCacheIsWritten) {
  // Large, so that the write takes its time.
  const std::string padding = std::string(2000000, 'x');
  const auto large = [&padding](BlobOptions& options) {
    options.payload_edits.push_back({"legalHeader", json_string(padding)});
  };
  begin();
  std::uint64_t number = 10;
  std::int64_t last = 10;
  for (int turn = 0; turn < 6; ++turn) {
    drill.serve_blob(++number, large);
    for (int i = 0; i < 200 && !std::filesystem::exists(drill.folder.path("cache")); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(900 + turn * 60));
    drill.server->kill_hard();
    drill.start();
    const std::int64_t seen = Drill::number_of(drill.source());
    EXPECT_GE(seen, last) << "turn " << turn;
    last = std::max(last, seen);
    EXPECT_EQ(drill.server->log().find("cache_set_aside"), std::string::npos);
  }
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("killed while the cache is written, six times", drill.source());
}

TEST_F(MetadataDrill, ADamagedCache) {
  begin();
  const std::string config = Drill::config(drill.source_json());
  drill.server->stop();
  const OpenSslHasher hasher;
  const std::string file =
      "cache/" + std::filesystem::path(
                     BlobCache(drill.folder.path("cache"), hasher).path_of(drill.mock_url("/blob")))
                     .filename()
                     .string();
  std::string text = drill.folder.read(file);
  ASSERT_FALSE(text.empty());
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  drill.folder.write(file, text);
  drill.mock.reset();
  drill.start(config);
  const JsonValue seen = drill.wait_for_alarm("fetch_failing");
  EXPECT_EQ(Drill::number_of(seen), -1);
  EXPECT_NE(drill.server->log().find("metadata.cache_set_aside"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(drill.folder.path(file + ".bad")));
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("damaged cache, no network", seen);
}

TEST_F(MetadataDrill, ACacheThatCannotBeWritten) {
  drill.folder.write("file", "not a folder");
  drill.start(Drill::config(drill.source_json(), "", "file/cache"));
  const JsonValue seen = drill.wait_for_alarm("cache_unusable");
  EXPECT_EQ(Drill::number_of(seen), 10);
  EXPECT_EQ(Drill::alarms_of(seen), "cache_unusable");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("cache cannot be written", seen);
}

TEST_F(MetadataDrill, ASignerThatExpiredMeanwhile) {
  const std::int64_t then = now_seconds() - 40 * 86400;
  const auto expired = [then](BlobOptions& options) {
    const auto edit = options.edit_signer;
    options.edit_signer = [then, edit](CertificateOptions& signer) {
      edit(signer);
      signer.not_after = then + 86400;
    };
  };
  CrlOptions options;
  options.this_update = then - 3600;
  options.next_update = then + 3600;
  CachedBlob record;
  record.source = drill.mock_url("/blob");
  record.blob = drill.signed_blob(10, expired).jws;
  record.etag = "tag-10";
  record.accepted_at = UnixSeconds{then};
  record.crls = {{drill.mock_url("/ca.crl"), make_crl(options, *drill.issuer)},
                 {drill.mock_url("/root.crl"), make_crl(options, *drill.root)}};
  const OpenSslHasher hasher;
  ASSERT_TRUE(BlobCache(drill.folder.path("cache"), hasher).store(record).has_value());
  drill.serve_blob(10, expired);
  drill.start();
  expect_kept("signer of the cached BLOB expired", "chain_not_current", "");
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

TEST_F(MetadataDrill, AnAnchorThatExpires) {
  const auto until = [](std::int64_t seconds) {
    return [seconds](BlobOptions& options) {
      options.edit_root = [seconds](CertificateOptions& root) {
        root.not_after = now_seconds() + seconds;
      };
    };
  };
  const TestBlob blob = drill.signed_blob(10, until(30 * 86400));
  drill.folder.write("root.pem", blob.root.pem());
  drill.serve_blob(10, until(30 * 86400));
  begin();
  EXPECT_EQ(Drill::alarms_of(drill.source()), "anchor_expiring");
  EXPECT_TRUE(drill.goes_on());
  DrillTable::add("anchor expires in 30 days", drill.source());
}

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

TEST_F(MetadataDrill, AListOfAStranger) {
  begin();
  CrlOptions options;
  options.this_update = now_seconds() - 60;
  options.next_update = now_seconds() + 86400;
  const TestCertificate stranger = make_certificate(
      authority_options("BLOB Root", TestKey::make(KeyKind::p256, "stranger")), nullptr);
  // The name is the root's, the key is not; then the list of another authority of the path.
  for (const ByteVector& list : {make_crl(options, stranger), make_crl(options, *drill.issuer)}) {
    const std::size_t before = drill.mock->seen("/root.crl").size();
    drill.mock->answer("/root.crl", 200, std::string(text_of(list)));
    while (drill.mock->seen("/root.crl").size() < before + 2) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const JsonValue seen = drill.source();
    EXPECT_EQ(Drill::alarms_of(seen), "") << "the good list is still there";
    EXPECT_TRUE(drill.goes_on());
    DrillTable::add("list that its issuer did not sign", seen);
  }
  const std::string log = drill.server->log();
  const std::size_t first = log.find("metadata.list_failed");
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("metadata.list_failed", first + 1), std::string::npos) << "said once";
}

TEST_F(MetadataDrill, AListFromTheFuture) {
  begin();
  const std::size_t before = drill.mock->seen("/ca.crl").size();
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() + 7200;
    options.next_update = now_seconds() + 86400;
  });
  while (drill.mock->seen("/ca.crl").size() < before + 2) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  // It would be kept for ever, and the revocation that follows be taken for an old list.
  EXPECT_EQ(Drill::alarms_of(drill.source()), "");
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 60;
    options.revoked_serials = {{kSignerSerial}};
  });
  expect_kept("list from the future, then a revocation", "chain_not_current", "");
}

TEST_F(MetadataDrill, AListThatItsAuthorityDoesNotRenew) {
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 85000;
    options.next_update = now_seconds() + 1000;
  });
  std::string config = Drill::config(drill.source_json());
  config.replace(config.find("\"refreshSeconds\":1,"), 19, "\"refreshSeconds\":3600,");
  drill.start(config);
  EXPECT_EQ(Drill::alarms_of(drill.wait_for_number(10)), "list_stale");
  std::this_thread::sleep_for(std::chrono::seconds(8));
  EXPECT_LE(drill.mock->seen("/ca.crl").size(), 4U) << "at 0, 2, 6, 14 seconds";
  EXPECT_GE(drill.mock->seen("/ca.crl").size(), 2U);
  DrillTable::add("list that is not renewed", drill.source());
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
  drill.mock.reset();
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
