// Policies: one decision of a 200-rule document, and lint over corpora that grow. Figures, never a
// verdict. Processor time of this thread: what else the machine does is not counted.

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "backends/openssl/openssl_backend.h"
#include "policy/diff.h"
#include "policy/lint.h"
#include "policy/shipped.h"
#include "tests/policy/bank_corpus.h"

namespace countersign::testing {
namespace {

double thread_seconds() {
  timespec time{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) {
    std::abort();
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void print_evaluation() {
  constexpr int kRuns = 20000;
  const PolicyDocument document = parsed_policy(bank_policy(200));
  const PolicyInputs inputs = inputs_of(bank_payment());
  std::size_t matches = 0;
  const double begin = thread_seconds();
  for (int i = 0; i < kRuns; ++i) {
    matches += evaluate(document, Phase::options, inputs).matches.size();
  }
  const double seconds = thread_seconds() - begin;
  std::printf("policy: evaluation of 200 rules %8.2f us (goal: at most 20; %zu rules match)\n",
              seconds * 1e6 / kRuns, matches / kRuns);
}

void print_parsing() {
  constexpr int kRuns = 50;
  const OpenSslHasher hasher;
  const std::string text = bank_policy(200).dump();
  const double begin = thread_seconds();
  for (int i = 0; i < kRuns; ++i) {
    if (!parse_policy(text, hasher)) {
      std::abort();
    }
  }
  std::printf("policy: parsing of 200 rules    %8.2f ms (%zu bytes)\n",
              (thread_seconds() - begin) * 1e3 / kRuns, text.size());
}

void print_lint(const char* name, const PolicyDocument& document) {
  const double begin = thread_seconds();
  const LintReport report = lint_policy(document, {});
  const double seconds = thread_seconds() - begin;
  std::size_t undecided = 0;
  for (const LintFinding& finding : report.findings) {
    undecided += finding.kind == LintKind::undecided ? 1 : 0;
  }
  std::printf("policy: lint of %-14s %4zu rules %8.3f s, %zu findings, %zu undecided\n", name,
              document.rules().size(), seconds, report.findings.size(), undecided);
}

}  // namespace
}  // namespace countersign::testing

int main() {
  using namespace countersign;
  using namespace countersign::testing;
  print_evaluation();
  print_parsing();
  for (const ShippedPolicy& shipped : shipped_policies()) {
    print_lint(std::string(shipped.name).c_str(), parsed_policy(std::string(shipped.json)));
  }
  for (const std::size_t rules : {10U, 50U, 200U, 1000U}) {
    print_lint("a bank's", parsed_policy(bank_policy(rules)));
  }
  print_lint("a worst case's",
             parsed_policy(worst_policy(200)));  // [as large as a document may be]
  return 0;
}
