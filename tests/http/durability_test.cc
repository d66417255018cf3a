// What was acknowledged is there, whatever happens to the process.

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <random>

#include "tests/http/server_process.h"
#include "tests/http/stored_ages.h"

namespace countersign::testing {
namespace {

// Acknowledged effects of one round under load.
struct Acknowledged {
  std::mutex mutex;
  std::vector<SoftCredential> registered;
  struct SpentLogin {
    std::string path;
    std::string cookie;
    std::string body;
  };
  std::vector<SpentLogin> spent;  // results that were accepted once
};

// Registers and signs in until the server is gone.
void load(int port, const std::string& label, const std::atomic<bool>& is_over,
          Acknowledged& acknowledged) {
  for (int i = 0; !is_over; ++i) {
    Browser browser(port);
    const std::string name = label + "-" + std::to_string(i);
    const Answer began = browser.post("/v1/registrations", R"({"displayName":"A"})");
    if (began.status != 201) {
      return;
    }
    const Registration made = browser.create(began.at("options"), name);
    const Acknowledged::SpentLogin registration{"/v1/registrations/" + began.text("id") + "/result",
                                                browser.cookie, made.json};
    if (browser.post(registration.path, registration.body).status != 200) {
      return;
    }
    {
      const std::lock_guard lock(acknowledged.mutex);
      acknowledged.registered.push_back(made.credential);
      acknowledged.spent.push_back(registration);
    }
    const Answer login = browser.post("/v1/authentications", "{}");
    if (login.status != 201) {
      return;
    }
    const Acknowledged::SpentLogin result{
        "/v1/authentications/" + login.text("id") + "/result", browser.cookie,
        browser.assert_with(made.credential, login.at("options")).json};
    if (browser.post(result.path, result.body).status != 200) {
      return;
    }
    const std::lock_guard lock(acknowledged.mutex);
    acknowledged.spent.push_back(result);
  }
}

TEST(KillTest, NoAcknowledgedRegistrationIsLostAndNoChallengeAcceptedTwice) {
  constexpr int kKills = 100;
  TemporaryFolder folder;
  std::mt19937 random(20261122);
  std::size_t registrations = 0;
  std::size_t replays = 0;
  auto server = std::make_unique<ServerProcess>(folder, demo_config());
  for (int round = 0; round < kKills; ++round) {
    Acknowledged acknowledged;
    std::atomic<bool> is_over = false;
    std::vector<std::thread> threads;
    for (int worker = 0; worker < 4; ++worker) {
      threads.emplace_back([&, worker] {
        load(server->port(), "r" + std::to_string(round) + "w" + std::to_string(worker), is_over,
             acknowledged);
      });
    }
    // Something was acknowledged, then at any moment of what follows.
    const auto has_begun = [&acknowledged] {
      const std::lock_guard lock(acknowledged.mutex);
      return acknowledged.registered.size() >= 2;
    };
    for (int i = 0; i < 1000 && !has_begun(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60000));
    server->kill_hard();
    is_over = true;
    for (std::thread& thread : threads) {
      thread.join();
    }
    server = std::make_unique<ServerProcess>(folder, demo_config());
    ASSERT_TRUE(server->is_running()) << server->log();
    for (const SoftCredential& credential : acknowledged.registered) {
      Browser browser(server->port());
      ASSERT_EQ(browser.sign_in(credential).status, 200) << "round " << round;
      ++registrations;
    }
    for (const Acknowledged::SpentLogin& spent : acknowledged.spent) {
      Browser browser(server->port());
      browser.cookie = spent.cookie;
      ASSERT_EQ(browser.post(spent.path, spent.body).status, 409) << "round " << round;
      ++replays;
    }
  }
  // The load was a load: most rounds acknowledged something before they were cut off.
  EXPECT_GT(registrations, static_cast<std::size_t>(kKills));
  EXPECT_GT(replays, registrations);
  RecordProperty("registrations", static_cast<int>(registrations));
  RecordProperty("replays", static_cast<int>(replays));
}

TEST(SyncOrderTest, ASyncLiesBetweenEachEffectAndItsAcknowledgement) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's runtime wants to be preloaded first";
#endif
  TemporaryFolder folder;
  const std::string order = folder.path("order");
  ServerProcess server(folder, demo_config(),
                       {"LD_PRELOAD=" COUNTERSIGN_SYNC_ORDER_SHIM, "SYNC_ORDER_LOG=" + order});
  Browser browser(server.port());
  std::size_t seen = folder.read("order").size();
  const auto events_of = [&](const auto& call) {
    const Answer answer = call();
    EXPECT_TRUE(answer.status == 200 || answer.status == 201 || answer.status == 204)
        << answer.body;
    const std::string all = folder.read("order");
    const std::string events = all.substr(seen);
    seen = all.size();
    return events;
  };
  // Written, then synced, and only then answered; nothing is written after the last sync.
  const auto expect_durable = [](const std::string& events, const char* what) {
    const std::size_t answer = events.find('A');
    ASSERT_NE(answer, std::string::npos) << what << ": " << events;
    const std::string before = events.substr(0, answer);
    ASSERT_NE(before.find('W'), std::string::npos) << what << ": " << events;
    EXPECT_EQ(before.back(), 'S') << what << ": " << events;
  };
  Answer began;
  Registration made;
  expect_durable(events_of([&] {
                   began = browser.post("/v1/registrations", R"({"displayName":"A"})");
                   return began;
                 }),
                 "create registration");
  made = browser.create(began.at("options"), "key");
  expect_durable(events_of([&] {
                   return browser.post("/v1/registrations/" + began.text("id") + "/result",
                                       made.json);
                 }),
                 "registration");
  expect_durable(events_of([&] {
                   began = browser.post("/v1/authentications", "{}");
                   return began;
                 }),
                 "create authentication");
  expect_durable(events_of([&] {
                   return browser.post(
                       "/v1/authentications/" + began.text("id") + "/result",
                       browser.assert_with(made.credential, began.at("options")).json);
                 }),
                 "authentication");
  const std::string path = "/v1/credentials/" + to_base64url(made.credential.id);
  expect_durable(events_of([&] { return browser.call("PATCH", path, R"({"name":"B"})"); }),
                 "rename");
  age_passkeys(folder);
  expect_durable(events_of([&] { return browser.call("DELETE", path, ""); }), "revoke");
  browser = Browser(server.port());
  browser.register_user("C", "another key");
  seen = folder.read("order").size();
  expect_durable(events_of([&] { return browser.call("DELETE", "/v1/session", ""); }), "sign out");
  // The shim sees what it should: a read is answered without a write.
  EXPECT_EQ(events_of([&] { return browser.get("/v1/session"); }), "A");
}

}  // namespace
}  // namespace countersign::testing
