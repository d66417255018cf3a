// Load on the real server: pairs of options and result (SQLite, durable commits) against the bare
// verification of a signature in one thread of this process, and where the rest of the time goes.
//   countersign_http_load [SECONDS] [CONNECTIONS]

#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "backends/openssl/openssl_backend.h"
#include "cose/cose_key.h"
#include "crypto/signature.h"
#include "tests/bench/load.h"
#include "tests/http/server_process.h"

namespace countersign::testing {
namespace {

// Verifications a second of one signature with a parsed key, alone on its core.
double bare_rate() {
  const Registration registration = make_registration();
  const Assertion assertion = make_assertion(registration.credential);
  const OpenSslVerifier verifier;
  const CoseKey key = parse_cose_key(registration.credential.cose_key).value();
  const SignatureAlgorithm algorithm = signature_algorithm_for(key.algorithm, key.key).value();
  const ByteVector message = concat({assertion.authenticator_data, sha256(assertion.client_data)});
  const ByteVector signature =
      make_fixed_signature(algorithm, key.key, assertion.signature).value();
  const Clock::time_point start = Clock::now();
  int count = 0;
  while (seconds_since(start) < 1.0) {
    for (int i = 0; i < 100; ++i) {
      if (verifier.verify(algorithm, key.key, message, signature) != SignatureVerdict::valid) {
        std::abort();
      }
    }
    count += 100;
  }
  return count / seconds_since(start);
}

// Durable appends of a page a second on the file system of the store.
double sync_rate(const TemporaryFolder& folder) {
  const int file = open(folder.path("sync").c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string page(4096, 'x');
  const Clock::time_point start = Clock::now();
  int count = 0;
  while (seconds_since(start) < 0.5) {
    if (write(file, page.data(), page.size()) < 0 || fdatasync(file) != 0) {
      std::abort();
    }
    ++count;
  }
  close(file);
  return count / seconds_since(start);
}

struct CpuSeconds {
  double user = 0;
  double system = 0;
};

CpuSeconds cpu_of(pid_t pid) {
  std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string field;
  for (int i = 0; i < 11; ++i) {
    rest >> field;
  }
  double user = 0;
  double system = 0;
  rest >> user >> system;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {user / ticks, system / ticks};
}

CpuSeconds own_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

int run(double duration, int connections) {
  const double bare = bare_rate();
  TemporaryFolder folder;
  const double syncs = sync_rate(folder);
  ServerProcess server(folder, demo_config(R"(,"limits":{"connectionsPerAddress":1000})"));
  std::atomic<bool> is_over = false;
  std::atomic<bool> has_begun = false;
  std::atomic<int> ready = 0;
  std::atomic<long> pairs = 0;
  std::atomic<long> failures = 0;
  std::mutex mutex;
  std::vector<double> latencies;
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&, i] {
      Browser browser(server.port());
      const std::string name = "user" + std::to_string(i);
      const Browser::Registered user = browser.register_user(name, name);
      ++ready;
      while (!has_begun) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      std::vector<double> own;
      while (!is_over) {
        const Clock::time_point start = Clock::now();
        if (browser.sign_in(user.credential, name).status == 200) {
          own.push_back(seconds_since(start));
          ++pairs;
        } else {
          ++failures;
        }
      }
      const std::lock_guard lock(mutex);
      latencies.insert(latencies.end(), own.begin(), own.end());
    });
  }
  while (ready < connections) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const CpuSeconds server_before = cpu_of(server.pid());
  const CpuSeconds client_before = own_cpu();
  const Clock::time_point start = Clock::now();
  has_begun = true;
  std::this_thread::sleep_for(std::chrono::duration<double>(duration));
  const auto done = static_cast<double>(pairs.load());
  const double took = seconds_since(start);
  const CpuSeconds server_after = cpu_of(server.pid());
  const CpuSeconds client_after = own_cpu();
  is_over = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  const double rate = done / took;
  const auto micros = [&](double seconds) { return done > 0 ? seconds * 1e6 / done : 0.0; };
  std::printf("connections                      %10d\n", connections);
  std::printf("failures                         %10ld\n", failures.load());
  std::printf("bare ES256 verifications         %10.0f /s (%.1f us, one thread)\n", bare,
              1e6 / bare);
  std::printf("options + result pairs           %10.0f /s, durable (2 commits each)\n", rate);
  std::printf("ratio to the bare rate           %10.3f\n", rate / bare);
  std::printf("latency of a pair, p50 / p99     %10.2f / %.2f ms\n",
              percentile(latencies, 0.5) * 1e3, percentile(latencies, 0.99) * 1e3);
  std::printf("where a pair's time goes (CPU):\n");
  std::printf("  the signature                  %10.1f us\n", 1e6 / bare);
  std::printf("  server, user                   %10.1f us (signature included)\n",
              micros(server_after.user - server_before.user));
  std::printf("  server, system                 %10.1f us (sockets, log of the store, syncs)\n",
              micros(server_after.system - server_before.system));
  std::printf(
      "  this generator, user + system  %10.1f us (signing, HTTP client; same cores)\n",
      micros(client_after.user - client_before.user + client_after.system - client_before.system));
  std::printf("syncs of a page on this disk     %10.0f /s alone, against %.0f commits/s here\n",
              syncs, 2 * rate);
  return failures == 0 && done > 0 ? 0 : 1;
}

}  // namespace
}  // namespace countersign::testing

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5.0;
  const int connections = argc > 2 ? std::atoi(argv[2]) : 32;
  return countersign::testing::run(seconds, std::max(connections, 1));
}
