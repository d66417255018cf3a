// What reads as recorded decisions is decided without surprises, a decision a row; an error has its
// place inside of the text.

#include "backends/openssl/openssl_backend.h"
#include "policy/simulation.h"
#include "service/policy_source.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OpenSslHasher hasher;
  static const auto retail = make_shipped_policy("retail", hasher);
  const Result<PolicyRecords> read =
      parse_policy_records(text_of(Bytes(data, size)), Phase::options);
  if (!read.has_value()) {
    require(read.error().offset <= size);
    return 0;
  }
  const SimulationReport report = simulate_policy(*retail, *retail, read->rows);
  require(report.rows == read->rows.size());
  require(report.changes[static_cast<std::size_t>(Strictness::same)] == report.rows);
  require(report.phases[0] + report.phases[1] == report.rows);
  return 0;
}
