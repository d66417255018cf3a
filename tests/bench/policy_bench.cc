// Policies: one decision of a 200-rule document, what the decisions of a sign-in cost beside its
// signature, the lock-out forecast, and lint and diff over corpora that grow. Figures, never a
// verdict. Processor time of this thread: what else the machine does is not counted.

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "backends/openssl/openssl_backend.h"
#include "policy/diff.h"
#include "policy/lint.h"
#include "policy/lockout.h"
#include "policy/shipped.h"
#include "service/policy_decision.h"
#include "tests/policy/bank_corpus.h"
#include "tests/service/memory_store.h"
#include "tests/support/soft_authenticator.h"

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

void print_diff(const char* name, const PolicyDocument& before, const PolicyDocument& after) {
  const double begin = thread_seconds();
  const DiffReport report = diff_policies(before, after);
  const double seconds = thread_seconds() - begin;
  std::printf("policy: diff of %-14s %4zu rules %8.3f s, %zu regions, %zu ceremonies undecided\n",
              name, before.rules().size(), seconds, report.regions.size(), report.undecided.size());
}

// Demands that all differ, so that the comparison ends undecided.
Json worst_policy_changed(std::size_t rules) {
  Json policy = worst_policy(rules);
  for (Json& rule : policy["rules"]) {
    rule["require"]["displayTier"] = (rule["require"]["displayTier"].get<int>() + 1) % 4;
  }
  return policy;
}

// One P-256 verification by the backend, its key parsed and kept.
double signature_seconds() {
  constexpr int kRuns = 2000;
  const Registration made = make_registration();
  AssertionOptions options;
  options.user_handle = made.credential.user_handle;
  const Assertion assertion = make_assertion(made.credential, options);
  CredentialRecord record;
  record.id = CredentialId(made.credential.id);
  record.public_key = made.credential.cose_key;
  record.user_handle = UserHandle(made.credential.user_handle);
  AuthenticationExpectations expectations;
  expectations.rp_id = options.rp_id;
  expectations.origins = {options.client_data.origin};
  expectations.challenge = options.challenge;
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  const Result<JsonValue> json = parse_json(assertion.json);
  const Result<AuthenticationResponse> response = parse_authentication_response(json.value());
  const Result<PendingAuthentication> pending =
      begin_authentication(expectations, record, response.value(), hasher);
  if (!pending.has_value()) {
    std::abort();
  }
  const double begin = thread_seconds();
  for (int i = 0; i < kRuns; ++i) {
    const std::vector<SignatureVerdict> verdicts = discharge(pending->obligations(), verifier);
    if (verdicts.size() != 1 || verdicts[0] != SignatureVerdict::valid) {
      std::abort();
    }
  }
  return (thread_seconds() - begin) / kRuns;
}

// What a sign-in adds for the policy: the decision before it, and the verdict with the credential.
void print_sign_in(const char* name, PolicyDocument document, double signature) {
  constexpr int kRuns = 5000;
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  FixedClock clock;
  CountingRandom random;
  AuditList audit;
  MemoryStore store;
  const Secret<32> secret;
  const NoModels models;
  FixedPolicies policies(std::make_shared<const PolicyDocument>(std::move(document)));
  const ServiceContext context{store,  store,    clock,  random, audit,
                               hasher, verifier, secret, models, policies};
  Tenant tenant;
  tenant.id = TenantId("bank");
  StoredCredential credential;
  credential.record.user_handle = UserHandle(ByteVector(32, 1));
  credential.record.transports = {"internal", "hybrid"};
  credential.algorithm = -7;
  credential.attestation_format = "none";
  PolicyQuestion question;
  question.user = credential.record.user_handle;
  question.asked_at = clock.time;
  question.authentication_age = 0;
  question.inputs =
      R"({"ceremony":"authenticate","channel":"web","user.segment":"retail","risk.score":5})";
  std::size_t passed = 0;
  const double begin = thread_seconds();
  for (int i = 0; i < kRuns; ++i) {
    PolicyTrace trace;
    const Result<PolicyOptions> options = decide_options(context, tenant, question, trace);
    const Status verdict =
        decide_verdict(context, tenant, question,
                       options.has_value() ? std::optional(options->bound) : std::nullopt,
                       {credential, true, CounterOutcome::advanced, std::nullopt}, trace);
    passed += verdict.has_value() ? 1 : 0;
  }
  const double seconds = (thread_seconds() - begin) / kRuns;
  std::printf(
      "policy: decisions of a sign-in, %-9s %8.2f us; one P-256 verification %.2f us, ratio %.2f "
      "(%zu of %d pass)\n",
      name, seconds * 1e6, signature * 1e6, seconds / signature, passed, kRuns);
}

void print_lockout() {
  constexpr std::size_t kCustomers = 2000;
  const PolicyDocument active = parsed_policy(std::string(shipped_policy("retail")));
  const PolicyDocument draft = parsed_policy(bank_policy(200));
  std::vector<EnrolledCredential> held(2);
  for (EnrolledCredential& one : held) {
    one.known.facts.algorithm = 2;
    one.known.facts.age = 864000;
    one.known.format = "none";
    one.known.metadata_status = "unknown";
  }
  LockoutCounter counter(active, draft, plain_situations(active, draft));
  const double begin = thread_seconds();
  for (std::size_t i = 0; i < kCustomers; ++i) {
    counter.add("", held);
  }
  const double seconds = thread_seconds() - begin;
  std::printf(
      "policy: lock-out forecast, retail to 200 rules %.2f us a decision, %.0f us a customer "
      "with two passkeys\n",
      seconds * 1e6 / static_cast<double>(counter.decisions()), seconds * 1e6 / kCustomers);
}

}  // namespace
}  // namespace countersign::testing

int main() {
  using namespace countersign;
  using namespace countersign::testing;
  print_evaluation();
  print_parsing();
  const double signature = signature_seconds();
  print_sign_in("retail", parsed_policy(std::string(shipped_policy("retail"))), signature);
  Json large = bank_policy(199);
  large["rules"].push_back(
      {{"id", "login"}, {"when", {{"ceremony", "authenticate"}}}, {"require", Json::object()}});
  print_sign_in("200 rules", parsed_policy(large), signature);
  print_lockout();
  for (const ShippedPolicy& shipped : shipped_policies()) {
    print_lint(std::string(shipped.name).c_str(), parsed_policy(std::string(shipped.json)));
  }
  for (const std::size_t rules : {10U, 50U, 200U, 1000U}) {
    print_lint("a bank's", parsed_policy(bank_policy(rules)));
  }
  print_lint("a worst case's",
             parsed_policy(worst_policy(200)));  // [as large as a document may be]
  for (const std::size_t rules : {200U, 1000U}) {
    Json changed = bank_policy(rules);
    changed["rules"].erase(5);
    changed["rules"].erase(40);
    print_diff("a bank's", parsed_policy(bank_policy(rules)), parsed_policy(changed));
  }
  print_diff("a worst case's", parsed_policy(worst_policy(200)),
             parsed_policy(worst_policy_changed(200)));
  return 0;
}
