// Ceremonies under a policy: what its decision asks for before, and what its verdict lets pass
// after.

#include "service/policy_decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "service/account_service.h"
#include "service/authentication_service.h"
#include "service/registration_service.h"
#include "service/rendering.h"
#include "tests/service/ceremony_fixture.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kOneDay = 86400;

// A rule for all ceremonies of this file.
std::string require(const std::string& requirements) {
  return R"({"id":"all","when":{"ceremony":{"in":["register","credential.add","authenticate","credential.remove"]}},"require":)" +
         requirements + "}";
}

class PolicyCeremonies : public CeremonyFixture {
 protected:
  PolicyCeremonies() { policies_.set(require("{}")); }

  static ErrorCode code_of(const auto& result) {
    return result.has_value() ? ErrorCode{0} : result.error().code;
  }
  std::string audited() const { return audit_.records.back().decision; }

  Result<BeganCeremony> begin_registration(const Caller& caller, RegistrationRequest request = {}) {
    if (caller.api_key && !request.username) {
      request.username = "ada";
    }
    return begin_registration_ceremony(context_, tenant_, caller, request, std::nullopt);
  }
  Result<RegistrationOutcome> finish_registration(const Caller& caller,
                                                  RegistrationOptions options = {}) {
    options.challenge = last().challenge;
    options.user_handle = last().user_handle->value;
    made_ = make_registration(options);
    return finish_registration_ceremony(context_, tenant_, caller, last().id, made_.json).outcome;
  }
  // By the backend.
  Result<RegistrationOutcome> enrol(const RegistrationOptions& options = {}) {
    const Result<BeganCeremony> began = begin_registration(backend_);
    if (!began.has_value()) {
      return began.error();
    }
    return finish_registration(backend_, options);
  }

  // Without a name: every credential may answer.
  Result<BeganCeremony> begin_sign_in(AuthenticationRequest request = {}) {
    return begin_authentication_ceremony(context_, tenant_, browser_, request, std::nullopt);
  }
  Result<AuthenticationOutcome> finish_sign_in(AssertionOptions options = {}) {
    options.challenge = last().challenge;
    options.user_handle = made_.credential.user_handle;
    return finish_authentication_ceremony(context_, tenant_, browser_, last().id,
                                          make_assertion(made_.credential, options).json)
        .outcome;
  }
  Result<AuthenticationOutcome> sign_in(const AssertionOptions& options = {}) {
    const Result<BeganCeremony> began = begin_sign_in();
    if (!began.has_value()) {
      return began.error();
    }
    return finish_sign_in(options);
  }

  // A model whose attestation chains to metadata.
  RegistrationOptions certified(
      AuthenticatorStatus level = AuthenticatorStatus::fido_certified_l1) {
    RegistrationOptions options;
    options.format = Format::packed_x5c;
    const Registration sample = make_registration(options);
    MetadataEntry entry = make_model_entry({parse_certificate(sample.chain->root->der).value()},
                                           {make_report(level)});
    std::copy(sample.credential.aaguid.begin(), sample.credential.aaguid.end(),
              entry.aaguid.emplace().begin());
    model_ = aaguid_text(*entry.aaguid);
    models_.current = make_models({entry}, hasher_);
    return options;
  }

  Session session_of(const StoredCredential& credential) {
    Session session;
    session.digest = *browser_.session_digest;
    session.user_handle = *credential.record.user_handle;
    session.credential_id = credential.record.id;
    session.authenticated_at = clock_.time;
    session.is_user_verified = true;
    return session;
  }

  JsonValue options_of(const Result<BeganCeremony>& began) {
    EXPECT_TRUE(began.has_value()) << error_name(began.error().code);
    return parse_json(began->options).value();
  }

  Registration made_;
  std::string model_ = SetPolicies::kNoModel;
};

TEST_F(PolicyCeremonies, TheOptionsOfARegistrationAreThoseOfTheDecision) {
  policies_.set(require(
      R"({"userVerification":"required","residentKey":"required","attestation":"direct",)"
      R"("transports":["usb","nfc"],"hints":["security-key"],"algorithms":["ES256"],"timeout":"PT1M"})"));
  const JsonValue options = options_of(begin_registration(backend_));
  const JsonValue& selection = *options.find("authenticatorSelection");
  EXPECT_EQ(selection.find("userVerification")->string, "required");
  EXPECT_EQ(selection.find("residentKey")->string, "required");
  EXPECT_TRUE(selection.find("requireResidentKey")->boolean);
  EXPECT_EQ(selection.find("authenticatorAttachment")->string, "cross-platform");
  EXPECT_EQ(options.find("attestation")->string, "direct");
  EXPECT_EQ(options.find("attestationFormats")->items.at(0).string, "packed");
  EXPECT_EQ(options.find("hints")->items.at(0).string, "security-key");
  ASSERT_EQ(options.find("pubKeyCredParams")->items.size(), 1U);
  EXPECT_EQ(options.find("pubKeyCredParams")->items[0].find("alg")->integer, -7);
  EXPECT_EQ(options.find("timeout")->integer, 60000);
  EXPECT_EQ(last().expires_at.value - last().created_at.value, 60);
  EXPECT_EQ(last().user_verification, UserVerification::required);
  EXPECT_EQ(last().policy->document, policies_.current.document->digest());
}

TEST_F(PolicyCeremonies, TheCallerMayAskForMoreAndNeverForLess) {
  RegistrationRequest request;
  request.attestation = "direct";
  EXPECT_EQ(options_of(begin_registration(backend_, request)).find("attestation")->string,
            "direct");
  request.attestation = "enterprise";
  EXPECT_EQ(options_of(begin_registration(backend_, request)).find("attestation")->string,
            "enterprise");
  EXPECT_EQ(last().policy->attestation, AttestationConveyance::direct) << "what may be recorded";
  policies_.set(require(R"({"attestation":"enterprise","userVerification":"required"})"));
  request.attestation = "none";
  EXPECT_EQ(options_of(begin_registration(backend_, request)).find("attestation")->string,
            "enterprise");
  AuthenticationRequest sign_in_request;
  sign_in_request.user_verification = UserVerification::discouraged;
  EXPECT_EQ(options_of(begin_sign_in(sign_in_request)).find("userVerification")->string,
            "required");
  policies_.set(require("{}"));
  sign_in_request.user_verification = UserVerification::required;
  EXPECT_EQ(options_of(begin_sign_in(sign_in_request)).find("userVerification")->string,
            "required");
  EXPECT_EQ(options_of(begin_sign_in()).find("userVerification")->string, "discouraged");
}

TEST_F(PolicyCeremonies, ConformanceCallsCannotAskForLessWhereThePolicyDemandsMore) {
  policies_.set(require(R"({"userVerification":"required","residentKey":"required"})"));
  Caller anybody;
  anybody.is_conformance_call = true;
  RegistrationRequest request;
  request.username = "ada";
  request.user_verification = UserVerification::discouraged;
  const JsonValue selection =
      parse_json(
          R"({"userVerification":"discouraged","residentKey":"discouraged","requireResidentKey":false,"x":1})")
          .value();
  request.authenticator_selection = &selection;
  const JsonValue options = options_of(begin_registration(anybody, request));
  const JsonValue& asked = *options.find("authenticatorSelection");
  EXPECT_EQ(asked.find("userVerification")->string, "required");
  EXPECT_EQ(asked.find("residentKey")->string, "required");
  EXPECT_TRUE(asked.find("requireResidentKey")->boolean);
  EXPECT_EQ(asked.find("x")->integer, 1);
  EXPECT_EQ(last().user_verification, UserVerification::required);
  // FIDO's tool has a document that demands nothing: what it asks for stands.
  policies_.current.document = make_permissive_policy(hasher_);
  EXPECT_EQ(options_of(begin_registration(anybody, request))
                .find("authenticatorSelection")
                ->find("userVerification")
                ->string,
            "discouraged");
}

TEST_F(PolicyCeremonies, ADenialEndsACeremonyBeforeItBegins) {
  policies_.set(R"({"id":"no","when":{"ceremony":"register"},"deny":{"reason":"closed"}})");
  EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode::policy_denied);
  EXPECT_THAT(audited(), HasSubstr(R"("outcome":"deny")"));
  EXPECT_THAT(audited(), HasSubstr(R"("id":"no")"));
  EXPECT_EQ(code_of(begin_sign_in()), ErrorCode::policy_denied) << "no rule: the default";
  EXPECT_TRUE(store_.ceremonies.empty());
}

TEST_F(PolicyCeremonies, WhatOnlyATransactionHasCannotBeMetHere) {
  for (const char* requirement :
       {R"({"displayTier":1})", R"({"approvals":{"count":2,"distinctUsers":true}})"}) {
    policies_.set(require(requirement));
    EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode::policy_requirement_unmet);
    EXPECT_EQ(code_of(begin_sign_in()), ErrorCode::policy_requirement_unmet);
  }
  policies_.set(require(R"({"algorithms":["PS512"]})"));
  EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode::policy_requirement_unmet)
      << "nothing that the tenant offers is left";
}

// One dimension each: the credential that fails it and nothing else, and one that meets it.
TEST_F(PolicyCeremonies, EachRequirementOfARegistrationRefusesAloneWhatDoesNotMeetIt) {
  struct Row {
    const char* kind;
    const char* requirement;
    void (*fail)(RegistrationOptions&);
  };
  const auto none = [](RegistrationOptions& options) { options.format = Format::none; };
  const Row rows[] = {
      {"attestation", R"({"attestation":"direct"})", none},
      {"attestation", R"({"attestation":"direct"})",
       [](RegistrationOptions& options) { options.format = Format::packed_self; }},
      {"binding", R"({"binding":"device-bound-claimed"})",
       [](RegistrationOptions& options) { options.flags |= kBackupEligible; }},
      {"binding", R"({"binding":"device-bound-attested"})", none},
      {"minimumCertification", R"({"minimumCertification":"L1"})", none},
      {"minimumCertification", R"({"minimumCertification":"L2"})", [](RegistrationOptions&) {}},
      {"authenticators", R"({"authenticators":{"allow":"keys"}})", none},
      {"authenticators", R"({"authenticators":{"deny":"keys"}})", none},
      {"transports", R"({"transports":["usb"]})", [](RegistrationOptions&) {}},
  };
  for (const Row& row : rows) {
    store_ = MemoryStore();
    const RegistrationOptions good = certified();
    RegistrationOptions bad = good;
    row.fail(bad);
    policies_.set(require(row.requirement), model_);
    EXPECT_EQ(code_of(enrol(bad)), ErrorCode::policy_requirement_unmet) << row.requirement;
    EXPECT_THAT(audited(), HasSubstr(std::string(R"("unmet":[")") + row.kind + "\"]"));
    EXPECT_EQ(last().state, CeremonyState::refused);
    EXPECT_TRUE(store_.credentials.empty());
    // The same credential passes where that is not demanded.
    policies_.set(require("{}"));
    EXPECT_EQ(code_of(enrol(bad)), ErrorCode{0}) << row.requirement;
  }
  for (const char* met :
       {R"({"attestation":"direct"})", R"({"binding":"device-bound-attested"})",
        R"({"minimumCertification":"L1"})", R"({"authenticators":{"allow":"keys"}})",
        R"({"transports":["internal","hybrid"]})", R"({"algorithms":["ES256"]})"}) {
    store_ = MemoryStore();
    const RegistrationOptions good = certified();
    policies_.set(require(met), model_);
    EXPECT_EQ(code_of(enrol(good)), ErrorCode{0}) << met << audited();
  }
}

TEST_F(PolicyCeremonies, AnAlgorithmThatWasNotAskedForIsRefused) {
  policies_.set(require(R"({"algorithms":["EdDSA"]})"));
  EXPECT_EQ(code_of(enrol()), ErrorCode::policy_requirement_unmet);
  EXPECT_THAT(audited(), HasSubstr(R"("unmet":["algorithms"])"));
}

TEST_F(PolicyCeremonies, EachRequirementOfASignInRefusesAloneWhatDoesNotMeetIt) {
  struct Row {
    const char* kind;
    const char* requirement;
    bool is_certified;
    std::int64_t age;
  };
  const Row rows[] = {
      {"attestation", R"({"attestation":"direct"})", false, 0},
      {"binding", R"({"binding":"device-bound-attested"})", false, 0},
      {"minimumCertification", R"({"minimumCertification":"L1"})", false, 0},
      {"authenticators", R"({"authenticators":{"allow":"keys"}})", false, 0},
      {"authenticators", R"({"authenticators":{"deny":"keys"}})", true, 0},
      {"algorithms", R"({"algorithms":["EdDSA"]})", true, 0},
      {"transports", R"({"transports":["usb"]})", true, 0},
      {"coolingOff", R"({"coolingOff":"P1D"})", true, kOneDay - 1},
      {"credentialAge", R"({"credentialAge":"P1D"})", true, kOneDay + 1},
  };
  for (const Row& row : rows) {
    store_ = MemoryStore();
    policies_.set(require("{}"));
    RegistrationOptions options = certified();
    if (!row.is_certified) {
      options.format = Format::none;  // the same AAGUID, as a claim
    }
    ASSERT_EQ(code_of(enrol(options)), ErrorCode{0});
    clock_.time.value += row.age;
    EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
    policies_.set(require(row.requirement), model_);
    EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_requirement_unmet) << row.requirement;
    EXPECT_THAT(audited(), HasSubstr(std::string(R"("unmet":[")") + row.kind + "\"]"));
    EXPECT_EQ(last().state, CeremonyState::refused);
  }
  clock_.time.value += 1;
  store_ = MemoryStore();
  policies_.set(require("{}"));
  ASSERT_EQ(code_of(enrol(certified())), ErrorCode{0});
  clock_.time.value += kOneDay;
  for (const char* met : {R"({"attestation":"direct"})", R"({"binding":"device-bound-attested"})",
                          R"({"minimumCertification":"L1"})",
                          R"({"authenticators":{"allow":"keys"}})", R"({"coolingOff":"P1D"})",
                          R"({"credentialAge":"P1D"})", R"({"authenticationAge":"PT1S"})"}) {
    policies_.set(require(met), model_);
    EXPECT_EQ(code_of(sign_in()), ErrorCode{0}) << met << audited();
  }
}

TEST_F(PolicyCeremonies, WhatMetadataSayNowCountsNotWhatTheySaidAtEnrolment) {
  policies_.set(require(R"({"minimumCertification":"L1"})"));
  ASSERT_EQ(code_of(enrol(certified())), ErrorCode{0});
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
  certified(AuthenticatorStatus::not_fido_certified);
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_requirement_unmet);
  certified(AuthenticatorStatus::revoked);
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_requirement_unmet);
  models_.current = make_models({}, hasher_);
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_requirement_unmet) << "not known any more";
  certified(AuthenticatorStatus::fido_certified_l2);
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
  policies_.set(
      R"({"id":"gone","when":{"credential.metadataStatus":{"in":["revoked","compromised"]}},"deny":{"reason":"model"}},)" +
      require("{}"));
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
  certified(AuthenticatorStatus::revoked);
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_denied);
}

TEST_F(PolicyCeremonies, ACounterThatDidNotAdvanceIsDeniedUnlessARuleAcceptsIt) {
  RegistrationOptions options;
  options.sign_count = 5;
  ASSERT_EQ(code_of(enrol(options)), ErrorCode{0});
  AssertionOptions stale;
  stale.sign_count = 5;
  const Result<AuthenticationOutcome> refused = sign_in(stale);
  EXPECT_EQ(code_of(refused), ErrorCode::counter_not_advanced);
  EXPECT_EQ(refused.error().check, Check::signature_counter_advanced);
  policies_.set(
      R"({"id":"counter","when":{"all":[{"ceremony":"authenticate"},{"authentication.counter":{"in":["advanced","zero","not-advanced"]}}]},"require":{"userVerification":"required"}})");
  const Result<AuthenticationOutcome> accepted = sign_in(stale);
  ASSERT_EQ(code_of(accepted), ErrorCode{0});
  EXPECT_EQ(accepted->counter, CounterOutcome::not_advanced);
  EXPECT_EQ(std::count(accepted->checks.begin(), accepted->checks.end(),
                       Check::signature_counter_advanced),
            0);
}

TEST_F(PolicyCeremonies, APolicyThatBecameStricterMeanwhileIsMetOrTheCeremonyBeginsAgain) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  AssertionOptions present_only;
  present_only.flags = kUserPresent;
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.set(require(R"({"userVerification":"required"})"));
  EXPECT_EQ(code_of(finish_sign_in(present_only)), ErrorCode::policy_changed);
  EXPECT_THAT(audited(), HasSubstr(R"("inForce":)"));
  EXPECT_THAT(audited(), HasSubstr(R"("unmet":["userVerification"])"));
  EXPECT_EQ(last().state, CeremonyState::refused);
  // Whoever does what the new one demands has nothing to repeat.
  policies_.set(require("{}"));
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.set(require(R"({"userVerification":"required"})"));
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode{0});
  // A denial, too; and a laxer one does not let pass what the bound one refuses.
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.set(R"({"id":"no","when":{"ceremony":"authenticate"},"deny":{"reason":"closed"}})");
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode::policy_changed);
  policies_.set(require(R"({"binding":"device-bound-attested"})"));
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.set(require("{}"));
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode::policy_requirement_unmet);
  // A registration likewise; and a revision that nobody knows any more.
  const Registration enrolled = made_;
  ASSERT_TRUE(begin_registration(backend_).has_value());
  policies_.set(require(R"({"attestation":"direct"})"));
  RegistrationOptions another;
  another.credential_id = seeded_bytes("another", 32);
  EXPECT_EQ(code_of(finish_registration(backend_, another)), ErrorCode::policy_changed);
  made_ = enrolled;
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.set(require("{}"));
  policies_.known.clear();
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode::policy_changed);
}

TEST_F(PolicyCeremonies, ACeremonyOfAnOlderVersionIsHeldAgainstThePolicyInForce) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  ASSERT_TRUE(begin_sign_in().has_value());
  last().policy.reset();
  policies_.set(require(R"({"binding":"device-bound-attested"})"));
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode::policy_requirement_unmet);
}

TEST_F(PolicyCeremonies, AddingACredentialRestsOnTheSignInOfItsSession) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  browser_.session = session_of(store_.credentials.front());
  policies_.set(require(R"({"userVerification":"required","authenticationAge":"PT5M"})"));
  RegistrationOptions another;
  another.credential_id = seeded_bytes("another", 32);
  clock_.time.value += 300;
  ASSERT_EQ(code_of(begin_registration(browser_)), ErrorCode{0});
  EXPECT_EQ(last().policy->ceremony, PolicyCeremony::credential_add);
  // The age counts up to the beginning: the time at the authenticator is not held against anybody.
  clock_.time.value += 60;
  EXPECT_EQ(code_of(finish_registration(browser_, another)), ErrorCode{0});
  EXPECT_EQ(code_of(begin_registration(browser_)), ErrorCode::step_up_required);
  EXPECT_THAT(audited(), HasSubstr(R"("unmet":["authenticationAge"])"));
  browser_.session->authenticated_at = clock_.time;
  browser_.session->is_user_verified = false;
  EXPECT_EQ(code_of(begin_registration(browser_)), ErrorCode::step_up_required);
  EXPECT_THAT(audited(), HasSubstr(R"("unmet":["userVerification"])"));
  // Signed out meanwhile.
  browser_.session->is_user_verified = true;
  ASSERT_EQ(code_of(begin_registration(browser_)), ErrorCode{0});
  browser_.session.reset();
  another.credential_id = seeded_bytes("third", 32);
  EXPECT_EQ(code_of(finish_registration(browser_, another)), ErrorCode::session_required);
}

// The robber's first thought: the recovered passkey is held back, so another one is added with it.
TEST_F(PolicyCeremonies, WhatIsAddedAfterARecoveryCountsAsRecoveredForAMonth) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  EXPECT_FALSE(store_.credentials.front().recovered_at.has_value());
  const UserHandle ada = *store_.credentials.front().record.user_handle;
  const UnixSeconds recovered_at{clock_.time.value - 3600};
  store_.credentials.front().recovered_at = recovered_at;
  browser_.session = session_of(store_.credentials.front());
  policies_.set(require("{}"));
  const auto add = [&](const Caller& caller, const char* id) {
    RegistrationOptions another;
    another.credential_id = seeded_bytes(id, 32);
    EXPECT_EQ(code_of(begin_registration(caller)), ErrorCode{0});
    EXPECT_EQ(code_of(finish_registration(caller, another)), ErrorCode{0});
    return store_.credentials.back().recovered_at;
  };
  EXPECT_EQ(add(browser_, "in its session"), recovered_at);
  EXPECT_EQ(store_.credentials.back().record.user_handle, ada);
  // By the second one's own session, of which nobody recovered anything; and by the backend, which
  // knows no session of ours.
  browser_.session = session_of(store_.credentials.back());
  EXPECT_EQ(add(browser_, "in that of the second"), recovered_at);
  EXPECT_EQ(add(backend_, "by the backend"), recovered_at);
  EXPECT_EQ(store_.credentials.back().record.user_handle, ada);
  // A later recovery counts; an old one counts no more.
  clock_.time.value = recovered_at.value + kRecoveryLineageSeconds - 1;
  browser_.session = session_of(store_.credentials.back());
  EXPECT_EQ(add(browser_, "on the last day"), recovered_at);
  ++clock_.time.value;
  browser_.session = session_of(store_.credentials.back());
  EXPECT_EQ(add(browser_, "after a month"), std::nullopt);
  store_.credentials.back().recovered_at = UnixSeconds{clock_.time.value - 60};
  EXPECT_EQ(add(browser_, "after another recovery"), UnixSeconds{clock_.time.value - 60});
}

TEST_F(PolicyCeremonies, WhatIsAddedAfterARecoveredPasskeyWasRevokedCountsAsRecovered) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  policies_.set(require("{}"));
  store_.revoked.push_back(store_.credentials.front());
  const UnixSeconds recovered_at{clock_.time.value - 3600};
  store_.revoked.front().recovered_at = recovered_at;
  const auto add = [&](const char* id) {
    RegistrationOptions another;
    another.credential_id = seeded_bytes(id, 32);
    EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode{0});
    EXPECT_EQ(code_of(finish_registration(backend_, another)), ErrorCode{0});
    return store_.credentials.back().recovered_at;
  };
  EXPECT_EQ(add("by the backend"), recovered_at);
  clock_.time.value = recovered_at.value + kRecoveryLineageSeconds;
  store_.credentials.back().recovered_at.reset();
  EXPECT_EQ(add("after a month"), std::nullopt);
  // Another customer's is none of hers.
  store_.revoked.front().recovered_at = clock_.time;
  store_.revoked.front().record.user_handle = UserHandle({0xbb});
  EXPECT_EQ(add("beside a stranger's"), std::nullopt);
}

TEST_F(PolicyCeremonies, HowAPasskeyCameIsAnInput) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  policies_.set(require("{}") +
                R"(,{"id":"robber","when":{"all":[{"ceremony":"authenticate"},)"
                R"({"credential.recovered":true}]},"deny":{"reason":"recovered"}})");
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
  store_.credentials.front().recovered_at = clock_.time;
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_denied);
  EXPECT_THAT(audited(), HasSubstr(R"("credential.recovered":true)"));
}

TEST_F(PolicyCeremonies, WhatASessionWasReachedWithIsAnInput) {
  ASSERT_EQ(code_of(enrol(certified())), ErrorCode{0});
  browser_.session = session_of(store_.credentials.front());
  const std::string strong =
      R"({"id":"strong","when":{"all":[{"ceremony":"credential.add"},{"session.strength":"sca-hardware"},{"session.userVerified":true}]},"require":{}})";
  policies_.set(strong);
  EXPECT_EQ(code_of(begin_registration(browser_)), ErrorCode{0});
  browser_.session->is_user_verified = false;
  EXPECT_EQ(code_of(begin_registration(browser_)), ErrorCode::policy_denied);
  browser_.session->is_user_verified = true;
  models_.current = make_models({}, hasher_);  // nobody vouches for the model any more
  EXPECT_EQ(code_of(begin_registration(browser_)), ErrorCode::policy_denied);
}

TEST_F(PolicyCeremonies, RemovingACredentialIsADecisionOfItsOwn) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  const StoredCredential credential = store_.credentials.front();
  const Account account = store_.accounts.front();
  const auto remove = [&](const Caller& caller) {
    return code_of(
        revoke_account_credential(context_, tenant_, caller, account, credential.record.id));
  };
  EXPECT_EQ(remove(browser_), ErrorCode::session_required);
  browser_.session = session_of(credential);
  EXPECT_EQ(remove(browser_), ErrorCode{0});
  policies_.set(require(R"({"userVerification":"required","authenticationAge":"PT5M"})"));
  EXPECT_EQ(remove(browser_), ErrorCode{0});
  clock_.time.value += 301;
  EXPECT_EQ(remove(browser_), ErrorCode::step_up_required);
  browser_.session->authenticated_at = clock_.time;
  browser_.session->is_user_verified = false;
  EXPECT_EQ(remove(browser_), ErrorCode::step_up_required);
  browser_.session->is_user_verified = true;
  policies_.set(require(R"({"binding":"device-bound-attested"})"));
  EXPECT_EQ(remove(browser_), ErrorCode::step_up_required);
  EXPECT_THAT(audited(), HasSubstr(R"("unmet":["binding"])"));
  policies_.set(require(R"({"approvals":{"count":2,"distinctUsers":true}})"));
  EXPECT_EQ(remove(browser_), ErrorCode::policy_requirement_unmet) << "no sign-in brings that";
  policies_.set(
      R"({"id":"no","when":{"ceremony":"credential.remove"},"deny":{"reason":"frozen"}})");
  EXPECT_EQ(remove(browser_), ErrorCode::policy_denied);
  EXPECT_EQ(remove(backend_), ErrorCode::policy_denied);
}

TEST_F(PolicyCeremonies, AllowedCredentialsAreThoseThatCanSatisfy) {
  RegistrationOptions other = certified();
  other.credential_id = seeded_bytes("certified", 32);
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  ASSERT_EQ(code_of(enrol(other)), ErrorCode{0});
  store_.credentials[1].record.user_handle = store_.credentials[0].record.user_handle;
  store_.accounts[0].username = "ada";
  AuthenticationRequest request;
  request.username = "ada";
  const auto allowed = [&](const char* name) {
    AuthenticationRequest named;
    named.username = name;
    return options_of(begin_sign_in(named)).find("allowCredentials")->items;
  };
  EXPECT_EQ(allowed("ada").size(), 2U);
  policies_.set(require(R"({"minimumCertification":"L1"})"));
  ASSERT_EQ(allowed("ada").size(), 1U);
  EXPECT_EQ(allowed("ada")[0].find("id")->string, encode_base64url(other.credential_id));
  // With none left the answer is that to a name which nobody has, with nothing of the account.
  policies_.set(require(R"({"minimumCertification":"L3"})"));
  const std::vector<JsonValue> left = allowed("ada");
  ASSERT_FALSE(left.empty());
  EXPECT_TRUE(last().is_decoy);
  EXPECT_FALSE(last().user_handle.has_value());
  for (const JsonValue& item : left) {
    EXPECT_NE(item.find("id")->string, encode_base64url(other.credential_id));
  }
  EXPECT_FALSE(allowed("nobody").empty());
  EXPECT_TRUE(last().is_decoy);
}

TEST_F(PolicyCeremonies, TheBackendsInputsCountAndABrowserHasNone) {
  policies_.set(R"({"id":"risky","when":{"risk.score":{"gte":90}},"deny":{"reason":"risk"}},)" +
                require("{}"));
  const auto begin_with = [&](const Caller& caller, const std::string& inputs) {
    RegistrationRequest request;
    request.policy_inputs = parse_json(inputs).value();
    return code_of(begin_registration(caller, request));
  };
  EXPECT_EQ(begin_with(backend_, R"({"risk.score":10})"), ErrorCode{0});
  EXPECT_EQ(begin_with(backend_, R"({"risk.score":90})"), ErrorCode::policy_denied);
  EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode::policy_denied)
      << "what is absent counts against the customer";
  EXPECT_EQ(begin_with(backend_, R"({"risk.score":101})"), ErrorCode::policy_input_value_invalid);
  EXPECT_EQ(begin_with(backend_, R"({"risk.scroe":1})"), ErrorCode::policy_inputs_malformed);
  EXPECT_EQ(begin_with(backend_, R"({"payee.known":true})"), ErrorCode::policy_input_value_invalid);
  EXPECT_EQ(begin_with(backend_, "[]"), ErrorCode::policy_inputs_malformed);
  for (const char* others :
       {R"({"session.age":0})", R"({"credential.attested":true})", R"({"ceremony":"register"})",
        R"({"time.hour":1})", R"({"sinceSca.sum":0})"}) {
    EXPECT_EQ(begin_with(backend_, others), ErrorCode::request_member_invalid) << others;
  }
  EXPECT_EQ(begin_with(browser_, R"({"risk.score":10})"), ErrorCode::request_member_invalid);
  AuthenticationRequest request;
  request.policy_inputs = parse_json(R"({"risk.score":10})").value();
  EXPECT_EQ(code_of(begin_sign_in(request)), ErrorCode::request_member_invalid);
  // They are remembered: the verdict is made with the same.
  ASSERT_EQ(begin_with(backend_, R"({"risk.score":10})"), ErrorCode{0});
  EXPECT_EQ(code_of(finish_registration(backend_)), ErrorCode{0});
  EXPECT_THAT(audited(), HasSubstr(R"("risk.score":10)"));
}

TEST_F(PolicyCeremonies, TheClientSeesTheOutcomeAndNothingOfTheRules) {
  policies_.set(R"({"id":"secret-rule","when":{"ceremony":"authenticate"},)"
                R"("require":{"userVerification":"required","coolingOff":"P1D"}})");
  const Result<BeganCeremony> began = begin_sign_in();
  ASSERT_TRUE(began.has_value());
  EXPECT_THAT(began->answer, HasSubstr(R"("policy":{"outcome":"require")"));
  for (const char* hidden : {"secret-rule", "coolingOff", "digest", "inputs"}) {
    EXPECT_THAT(began->answer, Not(HasSubstr(hidden)));
  }
  EXPECT_THAT(audited(), HasSubstr("secret-rule"));
  EXPECT_THAT(audited(), HasSubstr(encode_base64url(policies_.current.document->digest())));
}

TEST_F(PolicyCeremonies, AShadowIsEvaluatedBesideAndChangesNothing) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  policies_.current.shadow = policies_.make(require(R"({"userVerification":"required"})"));
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
  ASSERT_EQ(policies_.differences.size(), 2U);
  EXPECT_EQ(policies_.differences[0].phase, Phase::options);
  EXPECT_EQ(policies_.differences[1].phase, Phase::verdict);
  EXPECT_EQ(policies_.differences[1].change, Strictness::stricter);
  EXPECT_EQ(policies_.differences[1].shadow, policies_.current.shadow->digest());
  policies_.current.shadow = policies_.current.document;
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0});
  EXPECT_EQ(policies_.differences.size(), 2U);
}

TEST_F(PolicyCeremonies, AnAccountHasSoManyCredentialsAndNotMore) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  store_.accounts[0].username = "ada";
  while (store_.credentials.size() < limits::kMaxCredentialsPerAccount) {
    store_.credentials.push_back(store_.credentials.front());
  }
  EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode::credential_limit_reached);
  store_.credentials.pop_back();
  EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode{0});
}

// CORPORATE asks for certified device-bound keys: its own enrolment and sign-in, whole.
TEST_F(PolicyCeremonies, TheShippedDocumentsLetTheirCustomersIn) {
  policies_.current.document = make_shipped_policy("corporate", hasher_);
  policies_.known[policies_.current.document->digest()] = policies_.current.document;
  RegistrationOptions synced = certified();
  synced.format = Format::none;
  EXPECT_EQ(code_of(enrol(synced)), ErrorCode::policy_requirement_unmet);
  store_ = MemoryStore();
  ASSERT_EQ(code_of(enrol(certified())), ErrorCode{0}) << audited();
  EXPECT_EQ(code_of(sign_in()), ErrorCode{0}) << audited();
  policies_.current.document = make_shipped_policy("retail", hasher_);
  AssertionOptions present_only;
  present_only.flags = kUserPresent;
  EXPECT_EQ(code_of(sign_in(present_only)), ErrorCode{0}) << "login is frictionless";
}

// Usernameless sign-ins begin before anybody knows whether the canary decides about the customer.
TEST_F(PolicyCeremonies, WhoSignsInWithoutANameIsAskedForWhatTheCanaryDemandsToo) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  policies_.set(require(R"({"userVerification":"discouraged"})"));
  policies_.current.canary = policies_.make(require(R"({"userVerification":"required"})"));
  const JsonValue options = options_of(begin_sign_in());
  EXPECT_EQ(options.find("userVerification")->string, "required");
  EXPECT_EQ(last().policy->document, policies_.current.document->digest());
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode{0});
  // What the options said is held.
  ASSERT_TRUE(begin_sign_in().has_value());
  AssertionOptions present;
  present.flags = kUserPresent;
  EXPECT_EQ(code_of(finish_sign_in(present)), ErrorCode::user_not_verified);
  // A ceremony that began before the canary was placed: to begin again helps.
  const auto canary = std::exchange(policies_.current.canary, nullptr);
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.current.canary = canary;
  EXPECT_EQ(code_of(finish_sign_in(present)), ErrorCode::policy_changed);
}

TEST_F(PolicyCeremonies, WhatNoNewBeginningCouldMeetIsNoChangedPolicy) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  policies_.current.canary = policies_.make(require(R"({"attestation":"direct"})"));
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_requirement_unmet);
  policies_.current.canary =
      policies_.make(R"({"id":"no","when":{"ceremony":"authenticate"},"deny":{"reason":"x"}})");
  EXPECT_EQ(code_of(sign_in()), ErrorCode::policy_denied);
  // The canary's word on options denies nobody whom it does not decide about.
  EXPECT_TRUE(begin_sign_in().has_value());
  // What replaced the policy of the beginning has changed it, as ever.
  policies_.current.canary = nullptr;
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.set(require(R"({"attestation":"direct"})"));
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode::policy_changed);
}

TEST_F(PolicyCeremonies, TheCanaryAsksNothingOfAnyOtherCeremony) {
  policies_.current.canary = policies_.make(require(R"({"userVerification":"required"})"));
  PolicyQuestion question;
  question.ceremony = PolicyCeremony::registration;
  PolicyTrace trace;
  EXPECT_EQ(decide_options(context_, tenant_, question, trace)->options.user_verification,
            UserVerification::discouraged);
  question.ceremony = PolicyCeremony::authenticate;
  EXPECT_EQ(decide_options(context_, tenant_, question, trace)->options.user_verification,
            UserVerification::required);
}

TEST_F(PolicyCeremonies, APolicyThatCannotBeReadLetsNothingBeginOrEnd) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  ASSERT_TRUE(begin_sign_in().has_value());
  policies_.current = PolicyInForce();
  policies_.current.document = make_closed_policy(hasher_);
  policies_.current.is_unreadable = true;
  EXPECT_EQ(code_of(finish_sign_in()), ErrorCode::store_corrupt);
  EXPECT_EQ(last().state, CeremonyState::pending) << "it says nothing about the customer";
  EXPECT_EQ(code_of(begin_sign_in()), ErrorCode::store_corrupt);
  EXPECT_EQ(code_of(begin_registration(backend_)), ErrorCode::store_corrupt);
  EXPECT_EQ(evaluate(*policies_.current.document, Phase::options,
                     PolicyInputs(PolicyCeremony::transaction_approve))
                .outcome,
            Outcome::deny);
}

TEST_F(PolicyCeremonies, ADifferenceNamesTheRulesOfBoth) {
  policies_.set(require("{}") +
                R"(,{"id":"calm","when":{"ceremony":"authenticate"},"require":{}})");
  std::string many;
  for (int i = 0; i < 20; ++i) {
    many += R"(,{"id":"m)" + std::to_string(i) +
            R"(","when":{"ceremony":"authenticate"},"require":{}})";
  }
  policies_.current.shadow = policies_.make(require(R"({"userVerification":"required"})") + many);
  ASSERT_TRUE(begin_sign_in().has_value());
  ASSERT_EQ(policies_.differences.size(), 1U);
  EXPECT_EQ(policies_.differences[0].active_rules, "all calm");
  EXPECT_EQ(policies_.differences[0].shadow_rules,
            "all m0 m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12 m13 m14 +5");
}

TEST_F(PolicyCeremonies, AChangeOfACredentialRestsOnItsSession) {
  ASSERT_EQ(code_of(enrol()), ErrorCode{0});
  const StoredCredential credential = store_.credentials.back();
  const Account account = store_.accounts.back();
  browser_.session = session_of(credential);
  EXPECT_TRUE(
      rename_account_credential(context_, tenant_, browser_, account, credential.record.id, "New")
          .has_value());
  EXPECT_EQ(store_.session_needed, browser_.session->digest);
  store_.session_needed.reset();
  EXPECT_TRUE(revoke_account_credential(context_, tenant_, browser_, account, credential.record.id)
                  .has_value());
  EXPECT_EQ(store_.session_needed, browser_.session->digest);
  EXPECT_TRUE(revoke_account_credential(context_, tenant_, backend_, account, credential.record.id)
                  .has_value());
  EXPECT_FALSE(store_.session_needed.has_value()) << "the backend's word needs none";
}

}  // namespace
}  // namespace countersign::testing
