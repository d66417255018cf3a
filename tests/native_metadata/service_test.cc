// The thread that refreshes, in this process: clocks that step, exceptions, names and connections
// that hang.

#include "native/metadata/service.h"

#include <atomic>
#include <chrono>
#include <new>

#include "backends/openssl/openssl_backend.h"
#include "tests/native_metadata/drill.h"
#include "tests/native_metadata/name_outage.h"

namespace countersign::testing {
namespace {

class SteppingClock final : public Clock {
 public:
  UnixSeconds now() const override { return {now_seconds() + step}; }
  std::atomic<std::int64_t> step = 0;
};

class FailingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    if (failures > 0) {
      --failures;
      throw std::bad_alloc();
    }
    std::fill(out.begin(), out.end(), std::uint8_t{0});
  }
  std::atomic<int> failures = 0;
};

/// A port of loopback where connections are neither taken nor refused.
class SilentPort {
 public:
  SilentPort() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_, generic, sizeof address), 0);
    EXPECT_EQ(listen(listener_, 0), 0);
    EXPECT_EQ(getsockname(listener_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    for (int& one : fillers_) {  // the queue of those that wait to be taken
      one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      static_cast<void>(connect(one, generic, sizeof address));
    }
  }
  ~SilentPort() {
    for (const int one : fillers_) {
      close(one);
    }
    close(listener_);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/blob"; }

 private:
  int listener_;
  int port_ = 0;
  std::array<int, 4> fillers_{};
};

class MetadataServiceTest : public ::testing::Test {
 protected:
  using Time = std::chrono::steady_clock::time_point;

  void SetUp() override {
    log_ = open(stage_.folder.path("service.log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    sink_ = std::make_unique<JsonLog>(log_);
  }
  void TearDown() override {
    service_.reset();
    is_dns_back = true;
    close(log_);
  }

  void make(const std::string& url, std::int64_t timeout_seconds = 60) {
    MetadataConfig config;
    config.is_present = true;
    config.cache = stage_.folder.path("cache");
    config.refresh_seconds = 1;
    config.retry_seconds = 1;
    config.timeout_seconds = timeout_seconds;
    MetadataSourceConfig source;
    source.url = parse_url(url).value();
    source.name = url;
    source.trust_anchors = stage_.folder.path("root.pem");
    source.host = kBlobHost;
    config.sources = {source};
    MetadataFiles files = std::get<MetadataFiles>(read_metadata_files(config));
    service_ = std::make_unique<MetadataService>(
        config, std::move(files), SourceTools{clock_, random_, hasher_, verifier_, *sink_});
  }
  std::size_t asked() const { return stage_.mock->seen("/blob").size(); }
  // Once more, and once more: the first answer may have been on its way.
  bool is_asked_again() const {
    const std::size_t before = asked();
    return wait([&] { return asked() >= before + 2; });
  }
  static bool wait(const std::function<bool()>& is_there) {
    for (int i = 0; i < 600 && !is_there(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return is_there();
  }
  bool report_has(const std::string& text) const {
    return service_->report().find(text) != std::string::npos;
  }
  // How long a server takes to come up, and to go while it does what it does.
  void expect_prompt(const std::string& url, const std::string& what) {
    const auto since = [](Time begin) {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin);
    };
    Time begin = std::chrono::steady_clock::now();
    make(url);
    service_->start();
    const auto start = since(begin);
    EXPECT_LT(start.count(), 20000) << "what hangs does so for a minute, a name for half of one";
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_TRUE(report_has("\"number\":null"));
    EXPECT_TRUE(report_has("\"lastAttempt\":null")) << "the first attempt is still on its way";
    begin = std::chrono::steady_clock::now();
    service_.reset();
    const auto stop = since(begin);
    EXPECT_LT(stop.count(), 20000);
    std::printf("drill: %s: start %lld ms, stop %lld ms\n", what.c_str(),
                static_cast<long long>(start.count()), static_cast<long long>(stop.count()));
  }

  Drill stage_;
  SteppingClock clock_;
  FailingRandom random_;
  OpenSslHasher hasher_;
  OpenSslVerifier verifier_;
  int log_ = -1;
  std::unique_ptr<JsonLog> sink_;
  std::unique_ptr<MetadataService> service_;
};

TEST_F(MetadataServiceTest, AClockThatStepsDoesNotStopTheRefreshes) {
  make(stage_.mock_url("/blob"));
  service_->start();
  ASSERT_TRUE(wait([this] { return report_has("\"number\":10"); })) << service_->report();
  constexpr std::int64_t kYear = 365 * 86400;
  std::int64_t number = 10;
  for (const std::int64_t step : {-kYear, std::int64_t{0}, kYear, -3600L, 3600L, std::int64_t{0}}) {
    clock_.step = step;
    EXPECT_TRUE(is_asked_again()) << step;
    EXPECT_TRUE(report_has("\"number\":" + std::to_string(number))) << "kept, whatever the time";
    if (step == 0) {
      stage_.serve_blob(static_cast<std::uint64_t>(++number));
      EXPECT_TRUE(wait([&] { return report_has("\"number\":" + std::to_string(number)); }))
          << service_->report();
    }
  }
}

TEST_F(MetadataServiceTest, AnExceptionEndsNeitherTheThreadNorTheSource) {
  random_.failures = 3;
  make(stage_.mock_url("/blob"));
  service_->start();
  EXPECT_TRUE(wait([this] { return random_.failures == 0 && report_has("\"number\":10"); }))
      << service_->report();
  stage_.serve_blob(11);
  EXPECT_TRUE(wait([this] { return report_has("\"number\":11"); })) << service_->report();
  EXPECT_NE(stage_.folder.read("service.log").find("metadata.out_of_memory"), std::string::npos);
}

// Whoever waits for a number relies on what that BLOB revokes from then on.
TEST_F(MetadataServiceTest, ANumberIsSaidOnceItsModelsAreInForce) {
  random_.failures =
      3;  // in each turn after the BLOB was accepted: it is put in force in the fourth
  make(stage_.mock_url("/blob"));
  service_->start();
  ASSERT_TRUE(wait([this] { return report_has("\"number\":10"); })) << service_->report();
  EXPECT_TRUE(report_has("\"models\":2")) << service_->report();
  EXPECT_EQ(service_->models()->catalogue().entries().size(), 2U);
}

TEST_F(MetadataServiceTest, AConnectionThatHangsDelaysNeitherStartNorStop) {
  const SilentPort port;
  expect_prompt(port.url(), "connection that hangs");
}

TEST_F(MetadataServiceTest, ANameThatHangsDelaysNeitherStartNorStop) {
  is_dns_back = false;
  expect_prompt("https://" + std::string(kHangingName) + "/blob", "name that hangs");
}

TEST_F(MetadataServiceTest, ANameThatHangsIsGivenUpAtTheDeadline) {
  is_dns_back = false;
  make("https://" + std::string(kHangingName) + "/blob", 1);
  service_->start();
  EXPECT_TRUE(wait([this] { return report_has("metadata_fetch_too_slow"); })) << service_->report();
}

}  // namespace
}  // namespace countersign::testing
