#include "service/transaction_challenge.h"

#include <algorithm>

#include "service/rendering.h"
#include "service/transaction_display.h"
#include "service/transaction_json.h"

namespace countersign {
namespace {

constexpr std::size_t kTokenBytes = 32;

std::string encode_answer(const Hasher& hasher, const Tenant& tenant,
                          const Transaction& transaction, const OpenedTransaction& opened,
                          const IssuedApproval& issued, const PolicyOptions& policy,
                          const std::optional<std::string>& token) {
  const TransactionApproval& approval = issued.approval;
  JsonWriter json;
  json.begin_object();
  json.member("id").string(transaction.id.value);
  json.member("state").string(transaction_state_name(transaction.state));
  json.member("type").string(transaction.type);
  json.member("locale").string(transaction.locale);
  json.member("expiresAt").string(encode_rfc3339(approval.expires_at));
  json.member("approval");
  write_progress(json, approval.step, transaction.approvals_needed);
  json.member("view");
  write_view(json, opened.view);
  json.member("intent");
  write_intent(json, opened.source, opened.intent);
  json.member("policy").raw(policy.client);
  json.member(opened.dialog ? "payment" : "options").raw(issued.options);
  json.member("binding");
  write_binding(json, make_binding(hasher, tenant, transaction, opened, approval));
  if (token) {
    json.member("token").string(*token);
  }
  json.end_object();
  return std::move(json).take();
}

// What the browser is asked for. Whoever approves a transaction is verified, whatever else a policy
// demands.
std::string encode_options(const Tenant& tenant, const TransactionApproval& approval,
                           const std::vector<CredentialRecord>& allowed,
                           const PolicyOptions& policy) {
  Ceremony ceremony;
  ceremony.kind = CeremonyKind::authentication;
  ceremony.challenge = to_vector(approval.challenge);
  ceremony.created_at = approval.issued_at;
  ceremony.expires_at = approval.expires_at;
  ceremony.user_verification = UserVerification::required;
  return encode_request_options({tenant, ceremony, allowed, policy.options});
}

// In the payment dialog only passkeys that were made for payments.
Result<std::vector<CredentialId>> offered_credentials(
    const TransactionContext& context, const Tenant& tenant, const OpenedTransaction& opened,
    const UserHandle& approver, const std::vector<StoredCredential>& credentials) {
  if (opened.dialog) {
    return context.payments != nullptr
               ? context.payments->list_payment_credentials(tenant.id, approver)
               : ErrorCode::transaction_display_tier_unmet;
  }
  std::vector<CredentialId> all;
  for (const StoredCredential& credential : credentials) {
    all.push_back(credential.record.id);
  }
  return all;
}

// SPC: "At most 1 hour."
std::int64_t dialog_milliseconds(const TransactionApproval& approval) {
  constexpr std::int64_t kMaxSeconds = 3600;
  return std::min(kMaxSeconds, approval.expires_at.value - approval.issued_at.value) * 1000;
}

// A transaction waits for all of its approvals; a challenge for one person.
UnixSeconds expiry_of(const Transaction& transaction, const PolicyOptions& policy,
                      UnixSeconds now) {
  const std::int64_t seconds =
      std::min<std::int64_t>(kChallengeSeconds, policy.requirements.timeout);
  return UnixSeconds{std::min(transaction.expires_at.value, now.value + seconds)};
}

}  // namespace

Result<IssuedApproval> issue_approval(const TransactionContext& context, const Tenant& tenant,
                                      const Caller& caller, const Transaction& transaction,
                                      const OpenedTransaction& opened, const UserHandle& approver,
                                      const PolicyQuestion& question, const PolicyOptions& policy,
                                      PolicyTrace& trace) {
  const ServiceContext& service = context.service;
  if (opened.dialog && !caller.api_key) {
    return ErrorCode::caller_not_allowed;  // B has no session: only a backend's token answers it
  }
  CS_ASSIGN(std::vector<StoredCredential> credentials,
            service.credentials.list_credentials(tenant.id, approver));
  CS_ASSIGN(const std::vector<CredentialId> offered,
            offered_credentials(context, tenant, opened, approver, credentials));
  std::erase_if(credentials, [&](const StoredCredential& credential) {
    return std::find(offered.begin(), offered.end(), credential.record.id) == offered.end();
  });
  IssuedApproval issued;
  TransactionApproval& approval = issued.approval;
  std::vector<CredentialRecord> allowed;
  for (StoredCredential& credential : usable_credentials(service, tenant, policy.in_force, question,
                                                         std::move(credentials), trace)) {
    approval.allow_credentials.push_back(credential.record.id);
    allowed.push_back(std::move(credential.record));
  }
  if (allowed.empty()) {
    return ErrorCode::policy_requirement_unmet;
  }
  approval.transaction = transaction.id;
  approval.tenant = tenant.id;
  approval.step = transaction.approvals + 1;
  approval.subject = approver;
  std::optional<std::string> token;
  if (caller.api_key) {
    token = random_text(service.random, kTokenBytes);
    approval.holder = ApprovalHolder::token;
    approval.holder_digest = service.hasher.sha256({bytes_of(*token)});
  } else if (caller.session) {
    approval.holder = ApprovalHolder::session;
    approval.holder_digest = caller.session->digest;
  } else {
    return ErrorCode::session_required;
  }
  approval.origins = opened.payment
                         ? bound_origins(*opened.payment)
                         : approval_origins(tenant, context.settings, transaction.display_tier);
  approval.previous = transaction.previous;
  approval.issued_at = service.clock.now();
  approval.expires_at = expiry_of(transaction, policy, approval.issued_at);
  service.random.fill(approval.nonce);  // after the intent was frozen
  CS_ASSIGN(BoundTransaction bound,
            bind_transaction(service.hasher,
                             make_binding(service.hasher, tenant, transaction, opened, approval)));
  approval.binding = std::move(bound.binding_cbor);
  approval.challenge = bound.challenge;
  issued.options =
      opened.dialog
          ? payment_request_json(*opened.dialog, {tenant.rp_id, to_vector(approval.challenge),
                                                  approval.allow_credentials, transaction.locale,
                                                  dialog_milliseconds(approval)})
          : encode_options(tenant, approval, allowed, policy);
  issued.answer = encode_answer(service.hasher, tenant, transaction, opened, issued, policy, token);
  return issued;
}

}  // namespace countersign
