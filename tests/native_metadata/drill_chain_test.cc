// What may go wrong with anchors, signers and revocation lists (drill_test.cc).

#include "tests/native_metadata/drill.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

namespace countersign::testing {
namespace {

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

TEST_F(MetadataDrill, AListThatTakesAnObjectionBack) {
  begin();
  const JsonValue before = drill.source();
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 120;
    options.revoked_serials = {{kSignerSerial}};
  });
  const auto of_issuer = [this](const JsonValue& source) {
    for (const JsonValue& list : member(source, "lists").items) {
      if (member(list, "url").string == drill.mock_url("/ca.crl")) {
        return member(list, "thisUpdate").string;
      }
    }
    return std::string();
  };
  JsonValue seen = drill.wait_for_alarm("chain_not_current");
  ASSERT_TRUE(Drill::has_alarm(seen, "chain_not_current"));
  EXPECT_GT(of_issuer(seen), of_issuer(before)) << "the list that objects is the one that is shown";
  drill.serve_lists([](CrlOptions& options) { options.this_update = now_seconds() - 30; });
  seen = drill.wait_for([](const JsonValue& source) { return Drill::alarms_of(source).empty(); });
  EXPECT_EQ(Drill::alarms_of(seen), "") << "without a new BLOB";
  EXPECT_EQ(Drill::number_of(seen), 10);
  DrillTable::add("list that takes a revocation back", seen);
}

TEST_F(MetadataDrill, AListIsHeardWhileTheSourceIsDown) {
  begin();
  drill.mock->answer("/blob", 500, "");
  drill.serve_lists([](CrlOptions& options) {
    options.this_update = now_seconds() - 60;
    options.revoked_serials = {{kSignerSerial}};
  });
  // A refresh that had asked for the BLOB before sees the list alone.
  const std::string both = "fetch_failing chain_not_current";
  const JsonValue seen =
      drill.wait_for([&both](const JsonValue& source) { return Drill::alarms_of(source) == both; });
  EXPECT_EQ(Drill::alarms_of(seen), both);
  EXPECT_EQ(Drill::number_of(seen), 10);
  DrillTable::add("signer revoked while the source is down", seen);
}

TEST_F(MetadataDrill, ListsOfARefusedBlobAreKeptBesideThoseInUse) {
  begin();
  const auto of_new_issuer = [this](BlobOptions& options) {
    options.edit_issuer = [this](CertificateOptions& issuer) {
      issuer.key = TestKey::make(KeyKind::p256, "new issuer");
      issuer.extensions.push_back(
          {oids::kCrlDistributionPoints, false,
           der::sequence({distribution_point(drill.mock_url("/root.crl"))})});
    };
    options.edit_signer = [this](CertificateOptions& signer) {
      signer.extensions.push_back(
          {oids::kCrlDistributionPoints, false,
           der::sequence({distribution_point(drill.mock_url("/new.crl"))})});
    };
  };
  CrlOptions options;
  options.this_update = now_seconds() - 60;
  options.next_update = now_seconds() + 86400;
  options.revoked_serials = {{kSignerSerial}};
  const TestBlob blob = drill.signed_blob(11, of_new_issuer);
  drill.mock->answer("/new.crl", 200, std::string(text_of(make_crl(options, blob.issuer))));
  drill.serve_blob(11, of_new_issuer);
  JsonValue seen = drill.wait_for_alarm("blob_refused");
  EXPECT_EQ(Drill::code_of(seen), "certificate_revoked");
  EXPECT_EQ(Drill::alarms_of(seen), "blob_refused") << "the one in use has its own lists still";
  const auto lists = [](const JsonValue& source) {
    std::string out;
    for (const JsonValue& list : member(source, "lists").items) {
      out += member(list, "url").string.substr(member(list, "url").string.rfind('/')) + " ";
    }
    return out;
  };
  EXPECT_NE(lists(seen).find("/new.crl"), std::string::npos) << lists(seen);
  EXPECT_NE(lists(seen).find("/ca.crl"), std::string::npos) << lists(seen);
  DrillTable::add("refused for its list, which is kept", seen);
  const std::string config = Drill::config(drill.source_json());
  drill.end_source();
  drill.start(config);
  EXPECT_EQ(Drill::number_of(drill.source()), 10);
}

TEST_F(MetadataDrill, EachAnchorThatExpiresHasAnAlarmOfItsOwn) {
  const auto anchor = [](const std::string& name, std::int64_t days) {
    CertificateOptions options = authority_options(name, TestKey::make(KeyKind::p256, name));
    options.not_after = now_seconds() + days * 86400;
    return make_certificate(options, nullptr).pem();
  };
  drill.folder.write("root.pem", drill.folder.read("root.pem") + anchor("Soon A", 20) +
                                     anchor("Soon B", 30) + anchor("Over", -1));
  drill.folder.write("anchors/apple/a.pem", anchor("Folder", 40));
  std::string config = Drill::config(drill.source_json());
  config.insert(config.size() - 1, R"(,"trustAnchors":"anchors")");
  drill.start(config);
  const JsonValue seen = drill.wait_for_number(10);
  EXPECT_EQ(Drill::alarms_of(seen), "anchor_expiring anchor_expired");
  std::map<std::string, std::string> alarms;
  const JsonValue report = drill.report();
  for (const JsonValue* anchors : {&member(seen, "anchors"), &member(report, "trustAnchors")}) {
    for (const JsonValue& one : anchors->items) {
      alarms[member(one, "subject").string] = member(one, "alarm").string;
      EXPECT_EQ(member(one, "sha256").string.size(), 64U);
    }
  }
  const std::map<std::string, std::string> expected{{"BLOB Root", ""},
                                                    {"Soon A", "anchor_expiring"},
                                                    {"Soon B", "anchor_expiring"},
                                                    {"Over", "anchor_expired"},
                                                    {"Folder", "anchor_expiring"}};
  for (const auto& wanted : expected) {
    const auto found = std::find_if(alarms.begin(), alarms.end(), [&wanted](const auto& one) {
      return one.first.find(wanted.first) != std::string::npos;
    });
    ASSERT_NE(found, alarms.end()) << wanted.first;
    EXPECT_EQ(found->second, wanted.second) << wanted.first;
  }
  Browser browser(drill.server->port());
  const std::string metrics = browser.get("/metrics").body;
  const auto count = [](const std::string& text, const std::string& what) {
    std::size_t out = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      ++out;
    }
    return out;
  };
  std::size_t raised = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    raised += line.find("alarm=\"anchor_") != std::string::npos && line.ends_with(" 1") ? 1 : 0;
  }
  EXPECT_EQ(raised, 4U) << metrics;
  EXPECT_EQ(count(metrics, "{source=\"trustAnchors\",alarm=\"anchor_expiring\""), 1U) << metrics;
  for (int i = 0; i < 50 && count(drill.server->log(), "\"alarm\":\"anchor_") < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(count(drill.server->log(), "\"alarm\":\"anchor_"), 4U) << drill.server->log();
  EXPECT_EQ(browser.get("/readyz").body, R"({"status":"ok","metadata":"alarm"})");
  DrillTable::add("three anchors of a source, one of the folder", seen);
}

}  // namespace
}  // namespace countersign::testing
