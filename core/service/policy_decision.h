#pragma once
// What the policy in force says to a ceremony: before it begins, and again when it is known with
// which credential it ends. The use cases carry it out.

#include <optional>
#include <string>
#include <vector>

#include "ceremony/authentication.h"
#include "policy/satisfaction.h"
#include "service/policy_question.h"

namespace countersign {

/// What the audit keeps of one decision, or of two: `{"bound":{…},"inForce":{…}?,"unmet":[…]?}`,
/// each as write_decision writes it. Set also where the outcome is an error.
struct PolicyTrace {
  std::string decision;
  /// Of a verdict: what credential.metadataStatus was; empty where none was asked for.
  std::string metadata_status = {};
  /// Inputs that were not said and made it a denial, or a call that is wrong: with them it may be
  /// none. For a backend alone.
  InputMask missing = 0;
};

/// What the audit keeps where nothing was decided: `{"inForce":{"policy","id","revision"}}`, the
/// tenant's active document.
std::string encode_policy_in_force(const ServiceContext& context, const TenantId& tenant);

/// Before the ceremony.
struct PolicyOptions {
  CeremonyPolicy bound;  // for the ceremony's record
  WebAuthnOptions options;
  std::string client;  // what the client may see, a JSON object
  Requirements requirements;
  PolicyInForce in_force;  // that decided
};
/// Errors: policy_denied; step_up_required (the session's sign-in is too old, or verified nobody);
/// policy_requirement_unmet (no ceremony of this kind can meet it); those of the store.
Result<PolicyOptions> decide_options(const ServiceContext& context, const Tenant& tenant,
                                     const PolicyQuestion& question, PolicyTrace& trace);
/// The same by what the caller took at the beginning of the request.
Result<PolicyOptions> decide_options(const ServiceContext& context, const Tenant& tenant,
                                     const PolicyInForce& policy, const PolicyQuestion& question,
                                     PolicyTrace& trace);

/// Counts where the revision in shadow would have decided otherwise. For what is decided by other
/// functions than these; `inputs` are those of `made`.
void record_shadow(const ServiceContext& context, const Tenant& tenant, const PolicyInForce& policy,
                   const Decision& made, const PolicyInputs& inputs);

/// What the ceremony brought.
struct PolicyEvidence {
  const StoredCredential& credential;
  bool is_user_verified = false;
  std::optional<CounterOutcome> counter;       // of an assertion
  std::optional<bool> is_key_order_canonical;  // of an attestation object
  /// When it is judged, where that is recorded; nothing: by the clock.
  std::optional<UnixSeconds> time = std::nullopt;
};
/// After it: the document under which it began, and the one in force now, must both let it pass.
/// Errors: policy_denied, counter_not_advanced, policy_requirement_unmet (by the former);
/// policy_changed (by the latter alone, or the former is not known any more); those of the store.
Status decide_verdict(const ServiceContext& context, const Tenant& tenant,
                      const PolicyQuestion& question, const std::optional<CeremonyPolicy>& bound,
                      const PolicyEvidence& evidence, PolicyTrace& trace);

/// Those of them that could end the ceremony, as far as that can be known before, in their order:
/// for the list of allowed credentials. All of them where the question cannot be read: the verdict
/// will say. `policy` is the one by which the rest of the answer was decided. Where it leaves none,
/// `trace.missing` has the inputs that were not said and made that so.
std::vector<StoredCredential> usable_credentials(const ServiceContext& context,
                                                 const Tenant& tenant, const PolicyInForce& policy,
                                                 const PolicyQuestion& question,
                                                 std::vector<StoredCredential> credentials,
                                                 PolicyTrace& trace);
/// The same with the inputs before the ceremony at hand.
std::vector<StoredCredential> usable_credentials(
    const ServiceContext& context, const PolicyInForce& policy, const PolicyQuestion& question,
    const PolicyInputs& inputs, std::vector<StoredCredential> credentials, PolicyTrace& trace);

/// Whether the caller may remove a credential of the account: the session's sign-in is the
/// evidence. Errors: policy_denied, step_up_required, those of the store.
Status decide_removal(const ServiceContext& context, const Tenant& tenant, const Caller& caller,
                      const Account& account, PolicyTrace& trace);

/// Those of `offered` that may be used, in their order.
std::vector<CoseAlgorithm> allowed_algorithms(std::vector<CoseAlgorithm> offered,
                                              const WebAuthnOptions& options);

/// The stricter of two.
UserVerification stricter(UserVerification a, UserVerification b);

}  // namespace countersign
