#include "policy/enrolled_reader.h"

#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

TEST(EnrolledCredentials, FailWithTheirPosition) {
  expect_refused_at(parse_enrolled_credentials("{}"), ErrorCode::policy_credentials_malformed, 0);
  expect_refused_at(parse_enrolled_credentials(
                        "\n{\"user\":\"a\",\"algorithm\":\"ES256\",\"age\":\"P1D\",\"x\":1}"),
                    ErrorCode::policy_credentials_malformed, 45);
  expect_refused_at(parse_enrolled_credentials("{\"algorithm\":\"RS1\"}"),
                    ErrorCode::policy_credentials_malformed, 13);
  expect_refused_at(parse_enrolled_credentials("{\"recovered\":1}"),
                    ErrorCode::policy_credentials_malformed, 13);
  expect_refused_at(parse_known_models("{\"aaguid\":\"x\"}"),
                    ErrorCode::policy_credentials_malformed, 1);
}

}  // namespace
}  // namespace countersign::testing
