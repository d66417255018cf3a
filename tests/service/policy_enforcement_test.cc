// For every ceremony and every kind of demand: what the server does is what the table says, and
// lint and the forecast say the same.

#include "policy/enforcement.h"

#include <gtest/gtest.h>

#include "policy/lint.h"
#include "policy/lockout.h"
#include "service/policy_decision.h"
#include "service/policy_facts.h"
#include "tests/policy/demands.h"
#include "tests/service/ceremony_fixture.h"

namespace countersign::testing {
namespace {

constexpr std::int64_t kDay = 86400;

// What a ceremony comes with. At first all that its kind can have.
struct Situation {
  PolicyQuestion question;
  StoredCredential credential;
  bool is_user_verified = true;
};

class PolicyEnforcement : public CeremonyFixture {
 protected:
  static bool makes_a_credential(PolicyCeremony ceremony) {
    return !is_assertion_ceremony(ceremony);
  }

  Situation best(PolicyCeremony ceremony) {
    Situation out;
    StoredCredential& credential = out.credential;
    std::copy_n(kModelBytes.begin(), kModelBytes.size(),
                credential.model.registered.aaguid.begin());
    credential.model.registered.is_aaguid_signed = true;
    credential.model.at_registration.is_proved = true;
    credential.model.at_registration.certification =
        certification_level_name(CertificationLevel::l1);
    credential.attestation_trust = "trusted";
    credential.attestation_format = "packed";
    credential.attestation_conveyance = AttestationConveyance::direct;
    credential.algorithm = -7;
    credential.record.transports = {"internal"};
    credential.is_discoverable = true;
    credential.created_at = UnixSeconds{clock_.time.value - 10 * kDay};
    PolicyQuestion& question = out.question;
    question.ceremony = ceremony;
    question.asked_at = clock_.time;
    question.authentication_age = 0;
    switch (ceremony) {
      case PolicyCeremony::credential_add:
      case PolicyCeremony::credential_remove:
        question.session = Session();
        question.session->authenticated_at = clock_.time;
        question.session->is_user_verified = true;
        break;
      case PolicyCeremony::transaction_approve:
      case PolicyCeremony::beneficiary_add:
      case PolicyCeremony::limit_change:
      case PolicyCeremony::account_access:
      case PolicyCeremony::policy_publish:
        question.transaction = TransactionFacts{4, 16};
        break;
      case PolicyCeremony::registration:
      case PolicyCeremony::authenticate:
      case PolicyCeremony::pairing_login:
      case PolicyCeremony::recovery:
        break;
    }
    return out;
  }

  // The same without what that kind of demand asks for; false where it cannot be lacking.
  bool spoil(RequirementKind kind, Situation& situation) {
    PolicyQuestion& question = situation.question;
    StoredCredential& credential = situation.credential;
    const bool rests_on_a_sign_in = question.session || question.transaction;
    switch (kind) {
      case RequirementKind::user_verification:
        situation.is_user_verified = false;
        return true;
      case RequirementKind::resident_key:
        credential.is_discoverable = false;
        return true;
      case RequirementKind::attestation:
        credential.attestation_conveyance = AttestationConveyance::none;
        return true;
      case RequirementKind::binding:
        credential.record.is_backup_eligible = true;
        return true;
      case RequirementKind::minimum_certification:
      case RequirementKind::authenticators:
        credential.attestation_trust = "none";
        return true;
      case RequirementKind::algorithms:
        credential.algorithm = -8;
        return true;
      case RequirementKind::transports:
        credential.record.transports = {"usb"};
        return true;
      case RequirementKind::display_tier:
        if (question.transaction) {
          question.transaction->display_tier = 0;
        }
        return question.transaction.has_value();
      case RequirementKind::approvals:
        if (question.transaction) {
          question.transaction->approvals = 1;
        }
        // Of a policy they are counted elsewhere.
        return question.transaction && question.ceremony != PolicyCeremony::policy_publish;
      case RequirementKind::cooling_off:
        credential.created_at = clock_.time;
        return true;
      case RequirementKind::authentication_age:
        question.authentication_age = kDay;
        return rests_on_a_sign_in;
      case RequirementKind::credential_age:
        credential.created_at = UnixSeconds{clock_.time.value - 40 * kDay};
        return !makes_a_credential(question.ceremony);
      case RequirementKind::timeout:
        return false;  // the ceremony ends
    }
    return false;
  }

  // Of the options and, if they let it begin, of the verdict.
  Status decide(const Situation& situation) {
    PolicyTrace trace;
    const Result<PolicyOptions> options =
        decide_options(context_, tenant_, situation.question, trace);
    if (!options) {
      return options.error();
    }
    std::optional<CounterOutcome> counter;
    if (is_assertion_ceremony(situation.question.ceremony)) {
      counter = CounterOutcome::advanced;
    }
    return decide_verdict(context_, tenant_, situation.question, options->bound,
                          {situation.credential, situation.is_user_verified, counter, true}, trace);
  }

  static std::string name_of(const Status& status) {
    return status ? "passes" : std::string(error_name(status.error().code));
  }

  bool does_lint_object(const PolicyDocument& document) {
    const LintReport report = lint_policy(document, {});
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [](const LintFinding& one) { return one.kind == LintKind::unsatisfiable; });
  }

  bool is_locked_out(const PolicyDocument& document, const Situation& situation) {
    const PolicyDocument open = parsed_policy(Json::parse(
        R"({"schema":"countersign-policy/1","id":"o","revision":1,"default":"require","rules":[]})"));
    EnrolledCredential enrolled;
    enrolled.known = review_signer(situation.credential, nullptr, clock_.time, hasher_);
    const std::vector<LockoutForecast> forecast =
        forecast_lockout(open, document, {PolicyInputs(situation.question.ceremony)}, {enrolled});
    return !forecast.empty() && forecast[0].locked_out == 1;
  }

  static constexpr std::array<std::uint8_t, 16> kModelBytes = {0xee, 0x88, 0x28, 0x79, 0x72, 0x1c,
                                                               0x49, 0x13, 0x97, 0x75, 0x3d, 0xfc,
                                                               0xce, 0x97, 0x07, 0x2a};
};

TEST_F(PolicyEnforcement, ServerLintAndForecastAgreeForEveryCeremonyAndKind) {
  std::size_t refused_when_lacking = 0;
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    for (std::size_t k = 0; k < kRequirementKinds; ++k) {
      const auto ceremony = static_cast<PolicyCeremony>(i);
      const auto kind = static_cast<RequirementKind>(k);
      const Enforcement enforcement = enforcement_of(ceremony, kind);
      SCOPED_TRACE(std::string(policy_ceremony_name(ceremony)) + " " +
                   std::string(requirement_name(kind)));
      const Json rule = {{"id", "one"},
                         {"when", {{"ceremony", policy_ceremony_name(ceremony)}}},
                         {"require", demand_of(kind)}};
      policies_.set(rule.dump(), kListedModel);
      const PolicyDocument& document = *policies_.current.document;
      const Situation good = best(ceremony);
      Situation bad = best(ceremony);
      const bool can_lack = spoil(kind, bad);
      EXPECT_EQ(does_lint_object(document),
                enforcement == Enforcement::never_met || enforcement == Enforcement::not_enforced);
      switch (enforcement) {
        case Enforcement::enforced:
        case Enforcement::by_transaction:
          EXPECT_EQ(name_of(decide(good)), "passes");
          if (can_lack) {
            EXPECT_NE(name_of(decide(bad)), "passes");
            ++refused_when_lacking;
          }
          EXPECT_FALSE(is_locked_out(document, good));
          break;
        case Enforcement::never_met:
          EXPECT_EQ(name_of(decide(good)), "policy_requirement_unmet");
          EXPECT_TRUE(is_locked_out(document, good));
          break;
        case Enforcement::not_enforced:
          ASSERT_TRUE(can_lack);
          EXPECT_EQ(name_of(decide(bad)), "passes");
          break;
      }
      if (enforcement == Enforcement::by_transaction) {
        Situation bare = good;
        bare.question.transaction.reset();
        EXPECT_EQ(name_of(decide(bare)), "policy_requirement_unmet");
      }
    }
  }
  // 8 kinds of a credential or its holder everywhere; coolingOff and credentialAge of the 8
  // ceremonies with one that exists; a sign-in before 7; display of 5 transactions, people of 4.
  EXPECT_EQ(refused_when_lacking, 11U * 8 + 8 * 2 + 7 + 5 + 4);
}

TEST_F(PolicyEnforcement, ATimeoutEndsTheCeremony) {
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    const Json rule = {{"id", "one"},
                       {"when", {{"ceremony", policy_ceremony_name(ceremony)}}},
                       {"require", demand_of(RequirementKind::timeout)}};
    policies_.set(rule.dump());
    PolicyTrace trace;
    const Result<PolicyOptions> options =
        decide_options(context_, tenant_, best(ceremony).question, trace);
    ASSERT_TRUE(options.has_value()) << policy_ceremony_name(ceremony);
    EXPECT_EQ(options->options.timeout_milliseconds, 60000);
  }
}

}  // namespace
}  // namespace countersign::testing
