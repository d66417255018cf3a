// What a refresh of the metadata costs those who sign in: p99 of sign-ins over HTTP at half load,
// with a BLOB of 10 MB verified over and over by the server's background thread, against a server
// whose metadata are at rest. Alternating pairs of runs; the server that is not measured is
// stopped.
//   countersign_metadata_refresh [PAIRS] [SECONDS]

#include <cstdio>

#include "tests/bench/load.h"
#include "tests/native_metadata/drill.h"

namespace countersign::testing {
namespace {

constexpr int kConnections = 8;
constexpr int kSources = 4;  // [one rests a second after each turn; together they never do]
constexpr std::size_t kEntries = 300;
constexpr std::size_t kIconBytes = 26000;  // [10 MB in all]

std::string large_blob(const Drill& drill) {
  return drill
      .signed_blob(10,
                   [](BlobOptions& options) {
                     options.entries.clear();
                     for (std::size_t i = 0; i < kEntries; ++i) {
                       char aaguid[37];
                       std::snprintf(aaguid, sizeof aaguid, "%08zx-1111-4111-8111-111111111111", i);
                       options.entries.push_back(
                           "{\"aaguid\":\"" + std::string(aaguid) +
                           "\",\"metadataStatement\":{\"description\":\"A key\",\"icon\":\"" +
                           std::string(kIconBytes, 'A') +
                           "\"},\"statusReports\":[{\"status\":\"FIDO_CERTIFIED_L1\"}]}");
                     }
                   })
      .jws;
}

struct Measured {
  explicit Measured(const std::string& config) : server(folder_of(config), config) {}
  const TemporaryFolder& folder_of(const std::string&) { return folder; }
  TemporaryFolder folder;
  ServerProcess server;
};

int run(int pairs, double seconds) {
  Drill drill;
  const std::string blob = large_blob(drill);
  std::string sources;
  for (int i = 0; i < kSources; ++i) {
    const std::string path = "/large" + std::to_string(i);
    drill.mock->serve(path, blob, "tag");
    sources += (i == 0 ? "" : ",") + drill.source_json(path, drill.folder.path("root.pem"));
  }
  const std::string busy_config = Drill::config(sources);
  std::string rest_config = busy_config;
  const std::string often = "\"refreshSeconds\":1";
  rest_config.replace(rest_config.find(often), often.size(), "\"refreshSeconds\":604800");
  Measured busy(busy_config);
  Measured rest(rest_config);
  SignInLoad busy_load(busy.server.port(), kConnections, "busy");
  SignInLoad rest_load(rest.server.port(), kConnections, "rest");
  std::this_thread::sleep_for(std::chrono::seconds(6));  // all have their BLOB
  kill(busy.server.pid(), SIGSTOP);
  const double full = static_cast<double>(rest_load.run(3, 0).latencies.size()) / 3;
  const double rate = full / 2;
  std::printf("BLOB                       %10.1f MB\n", static_cast<double>(blob.size()) / 1e6);
  std::printf("full load                  %10.0f sign-ins/s; measured at half of it\n", full);
  // Each question of the busy server is answered 304 and followed by a verification of what it has.
  const auto questions = [&drill] {
    std::size_t count = 0;
    for (int i = 0; i < kSources; ++i) {
      count += drill.mock->seen("/large" + std::to_string(i)).size();
    }
    return count;
  };
  const std::size_t questions_before = questions();
  std::vector<double> ratios;
  long failures = 0;
  for (int i = 0; i < pairs; ++i) {
    SignInLoad::Figures at_rest = rest_load.run(seconds, rate);
    kill(rest.server.pid(), SIGSTOP);
    kill(busy.server.pid(), SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    SignInLoad::Figures at_work = busy_load.run(seconds, rate);
    kill(busy.server.pid(), SIGSTOP);
    kill(rest.server.pid(), SIGCONT);
    failures += at_rest.failures + at_work.failures;
    const double before = percentile(at_rest.latencies, 0.99) * 1e3;
    const double after = percentile(at_work.latencies, 0.99) * 1e3;
    ratios.push_back(after / before);
    std::printf("pair %2d: p50 %6.2f %6.2f ms, p99 %7.2f %7.2f ms, ratio %5.2f\n", i + 1,
                percentile(at_rest.latencies, 0.5) * 1e3, percentile(at_work.latencies, 0.5) * 1e3,
                before, after, ratios.back());
    std::fflush(stdout);
  }
  kill(busy.server.pid(), SIGCONT);
  std::printf("BLOBs verified             %10.2f /s while at work\n",
              static_cast<double>(questions() - questions_before) / (pairs * seconds));
  std::printf("failures                   %10ld\n", failures);
  std::printf("median ratio of p99        %10.2f (with a refresh at work : at rest)\n",
              percentile(ratios, 0.5));
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace countersign::testing

int main(int argc, char** argv) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 10;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3.0;
  return countersign::testing::run(std::max(pairs, 1), std::max(seconds, 0.5));
}
