// Ends its output with the number of cases, whatever else the runner prints.

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

// Without a server no case runs.
class LabEnvironment : public ::testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(Lab::shared().is_started()) << Lab::shared().server().log(); }
};

}  // namespace
}  // namespace countersign::testing

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  ::testing::AddGlobalTestEnvironment(new countersign::testing::LabEnvironment);
  const bool has_failed = RUN_ALL_TESTS() != 0;
  countersign::testing::CaseCount cases = countersign::testing::case_count();
  if (has_failed && cases.failed == 0) {
    cases.failed = 1;  // of the suite's own tests
  }
  std::printf("conformance: %zu passed, %zu failed\n", cases.passed, cases.failed);
  return has_failed || cases.failed != 0 ? 1 : 0;
}
