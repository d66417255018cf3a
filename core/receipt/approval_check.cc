#include "receipt/approval_check.h"

#include <algorithm>

#include "codec/utf8.h"
#include "crypto/tagged_hash.h"
#include "receipt/assertion_check.h"
#include "receipt/display_check.h"
#include "receipt/recorded_checks.h"
#include "transaction/amount.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/recorded.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

Status check_digests(const Hasher& hasher, const ApprovalEvidence& evidence,
                     const BindingDocument& binding) {
  const bool holds =
      tagged_hash(hasher, "countersign/1/intent", evidence.intent) == binding.intent &&
      tagged_hash(hasher, "countersign/1/view", evidence.view) == binding.view &&
      tagged_hash(hasher, "countersign/1/template", evidence.template_document) ==
          binding.template_digest &&
      tagged_hash(hasher, "countersign/1/locale", evidence.locale_pack) == binding.locale_digest;
  return holds ? ok() : Status(ErrorCode::receipt_intent_mismatch);
}

Result<FrozenParts> read_parts(const Hasher& hasher, const ApprovalEvidence& evidence) {
  FrozenParts parts;
  CS_ASSIGN(parts.intent, parse_canonical_cbor(evidence.intent));
  CS_ASSIGN(const Value document, parse_canonical_cbor(evidence.template_document));
  CS_ASSIGN(parts.source, make_recorded_template(document, hasher));
  CS_ASSIGN(const Value pack, parse_canonical_cbor(evidence.locale_pack));
  CS_ASSIGN(parts.pack, make_recorded_locale_pack(pack, hasher));
  CS_ASSIGN(parts.view, render_recorded_view(*parts.source, parts.pack, parts.intent));
  return parts;
}

bool is_normalized(std::string_view text) {
  return is_ascii(bytes_of(text)) || check_bound_text(text).has_value();
}

// Its members are the template's.
bool is_normalized(const Value& intent) {
  return is_normalized(intent.text) &&
         std::all_of(intent.items.begin(), intent.items.end(),
                     [](const Value& item) { return is_normalized(item); }) &&
         std::all_of(intent.members.begin(), intent.members.end(),
                     [](const Value::Member& member) { return is_normalized(member.second); });
}

// Its other texts are the template's: what the pack puts beside one another is not.
bool is_normalized(const View& view) {
  return std::all_of(view.rows.begin(), view.rows.end(),
                     [](const ViewRow& row) { return is_normalized(row.value); });
}

// Of C(x) the reader has looked at everything but that text is in NFC.
Status check_view(const ApprovalEvidence& evidence, const FrozenParts& parts) {
  if (!is_normalized(parts.intent) || !is_normalized(parts.view)) {
    return ErrorCode::binding_text_not_normalized;
  }
  return is_encoding_of(parts.view, evidence.view) ? ok()
                                                   : Status(ErrorCode::receipt_view_mismatch);
}

Result<Digest256> origins_digest(const Hasher& hasher, std::vector<std::string> origins) {
  std::sort(origins.begin(), origins.end());
  if (origins.empty() || std::adjacent_find(origins.begin(), origins.end()) != origins.end()) {
    return ErrorCode::receipt_binding_mismatch;
  }
  Value list = Value::make_array({});
  for (const std::string& origin : origins) {
    list.items.push_back(Value::make_text(origin));
  }
  return bound_digest(hasher, "countersign/1/origins", list);
}

// Pages that may embed a payment are among those that were signed: `origins` names them all.
bool are_top_origins_signed(const ApprovalEvidence& evidence) {
  const std::vector<std::string>& signed_origins = evidence.origins;
  return evidence.tier.kind != DisplayKind::payment_dialog ||
         std::all_of(evidence.top_origins.begin(), evidence.top_origins.end(),
                     [&](const std::string& origin) {
                       return std::find(signed_origins.begin(), signed_origins.end(), origin) !=
                              signed_origins.end();
                     });
}

Status check_parties(const Hasher& hasher, const ApprovalEvidence& evidence,
                     const BindingDocument& binding, const FrozenParts& parts) {
  CS_ASSIGN(const Digest256 origins, origins_digest(hasher, evidence.origins));
  CS_ASSIGN(const std::optional<Batch> batch, make_batch(hasher, *parts.source, parts.intent));
  const Digest256 subject = tagged_hash(hasher, "countersign/1/subject", evidence.subject.value);
  const bool is_their_turn = binding.approval_step > 1 || evidence.subject == evidence.customer;
  return origins == binding.origins && subject == binding.subject && batch == binding.batch &&
                 is_their_turn && are_top_origins_signed(evidence)
             ? ok()
             : Status(ErrorCode::receipt_binding_mismatch);
}

Status check_time(const ApprovalEvidence& evidence, const BindingDocument& binding) {
  return evidence.approved_at >= binding.issued_at && evidence.approved_at <= binding.expires_at
             ? ok()
             : Status(ErrorCode::receipt_binding_mismatch);
}

std::string time_detail(const ApprovalEvidence& evidence, const BindingDocument& binding) {
  return ": at " + encode_rfc3339(evidence.approved_at) + ", between " +
         encode_rfc3339(binding.issued_at) + " and " + encode_rfc3339(binding.expires_at);
}

// A passkey that was not there yet signed nothing.
Status check_passkey(const ApprovalEvidence& evidence) {
  return evidence.credential.created_at <= evidence.approved_at
             ? ok()
             : Status(ErrorCode::receipt_evidence_missing);
}

std::string passkey_detail(const CredentialEvidence& credential) {
  std::string detail = ": registered at " + encode_rfc3339(credential.created_at) +
                       ", attestation " + shown_name(credential.attestation_format) + " (" +
                       shown_name(credential.attestation_trust) +
                       "), its model in the metadata at the time of the approval: " +
                       shown_name(credential.metadata_status);
  if (!credential.objection.empty()) {
    detail += ", with the objection " + shown_name(credential.objection);
  }
  return detail;
}

Status check_challenge(const Hasher& hasher, const ApprovalEvidence& evidence) {
  CS_ASSIGN(const ClientData client_data, parse_client_data(evidence.client_data_json));
  return equal(client_data.challenge, challenge_of(hasher, evidence.binding))
             ? ok()
             : Status(ErrorCode::receipt_challenge_mismatch);
}

Status check_demands(const BindingDocument& binding, const Result<PolicyDemands>& demands) {
  if (!demands) {
    return demands.error();
  }
  return demands->approvals <= binding.approval_of ? ok()
                                                   : Status(ErrorCode::receipt_policy_mismatch);
}

std::string policy_detail(const Result<PolicyDemands>& demands, const std::string& currency) {
  std::string detail;
  if (demands && demands->amount_of_bank) {
    const std::int64_t minor = *demands->amount_of_bank;
    const std::optional<std::uint8_t> exponent = recorded_exponent(currency);
    detail +=
        "; what it weighed is the bank's own figure, " +
        (exponent ? encode_decimal({currency, *exponent, minor}) + " " + currency
                  : std::to_string(minor) + " minor units of a currency that is not recorded");
    detail += demands->rate_of_bank.empty() ? "" : ", at the rate " + demands->rate_of_bank;
  }
  if (demands && demands->has_second) {
    detail +=
        "; another policy came into force before the end, and is not recorded: what it is "
        "said to have demanded was given";
  }
  if (demands && !demands->unrecorded.empty()) {
    detail += "; demanded, too, and seen by the server alone: " + demands->unrecorded;
  }
  return detail;
}

// What was decided by other rules than those that this program has is no forgery.
void add_policy(const RecordedPolicy& policy, const Status& status,
                const Result<PolicyDemands>& decided, StepList& steps) {
  if (decided && decided->judgement == PolicyJudgement::of_later_version) {
    steps.add_failure(ReceiptStepId::policy, Error{ErrorCode::receipt_policy_mismatch},
                      "The policy decided by version " + std::to_string(policy.evaluation) +
                          " of the rules of evaluation, which this program is too old to know: "
                          "verify the receipt with a later one.");
    return;
  }
  if (status && decided->judgement == PolicyJudgement::of_earlier_version) {
    steps.add_unknown(ReceiptStepId::policy,
                      "The bank's policy is the one of the approval. What it decided was decided "
                      "by version " +
                          std::to_string(policy.evaluation) +
                          " of the rules of evaluation, which this program does not have and "
                          "cannot judge.");
    return;
  }
  if (status && decided->judgement == PolicyJudgement::not_shown) {
    steps.add_unknown(ReceiptStepId::policy,
                      "The bank's policy is the one of the approval. It demanded a higher "
                      "certification of the passkey's model than is recorded: the metadata may "
                      "have said more when it approved than when it was registered" +
                          policy_detail(decided, policy.base_currency) + ".");
    return;
  }
  steps.add(ReceiptStepId::policy, status, policy_detail(decided, policy.base_currency));
}

Status check_anchor(const Hasher& hasher, const CredentialEvidence& credential,
                    const std::vector<Certificate>& anchors) {
  const std::vector<Digest256>& chain = credential.registered.chain;
  const bool is_found = std::any_of(anchors.begin(), anchors.end(), [&](const Certificate& anchor) {
    const Digest256 key = hasher.sha256({anchor.subject_public_key_info()});
    return std::find(chain.begin(), chain.end(), key) != chain.end();
  });
  return is_found ? ok() : Status(ErrorCode::receipt_evidence_missing);
}

// A record of another version may be as genuine as any: whoever reads it needs another program.
void add_unreadable(Bytes record, const Error& error, StepList& steps) {
  const std::optional<std::int64_t> version = record_version(record);
  if (!version || *version == kRecordVersion) {
    steps.add(ReceiptStepId::record, error);
    return;
  }
  steps.add_failure(ReceiptStepId::record, error,
                    "The evidence record is of version " + std::to_string(*version) +
                        "; this program reads version " + std::to_string(kRecordVersion) +
                        " and no other.");
}

// Whether `next` is the step after `before`: of the same customer's same order, shown in the same
// way, not earlier.
bool follows(const Hasher& hasher, const CheckedApproval& before, Bytes record_before,
             const CheckedApproval& next) {
  const BindingDocument& a = before.binding;
  const BindingDocument& b = next.binding;
  return b.approval_step == a.approval_step + 1 && b.approval_of == a.approval_of &&
         b.previous == record_digest(hasher, record_before) && b.tenant == a.tenant &&
         b.rp_id == a.rp_id && b.transaction_id == a.transaction_id && b.intent == a.intent &&
         b.template_digest == a.template_digest && b.locale_digest == a.locale_digest &&
         b.view == a.view && b.batch == a.batch &&
         next.evidence.customer == before.evidence.customer &&
         next.evidence.approved_at >= before.evidence.approved_at;
}

}  // namespace

Status check_chain(const Hasher& hasher, std::span<const ByteVector> records,
                   const std::vector<CheckedApproval>& approvals) {
  if (approvals.size() != records.size() + 1 || approvals.front().binding.approval_step != 1) {
    return ErrorCode::receipt_previous_mismatch;
  }
  for (std::size_t i = 1; i < approvals.size(); ++i) {
    if (!follows(hasher, approvals[i - 1], records[i - 1], approvals[i])) {
      return ErrorCode::receipt_previous_mismatch;
    }
  }
  return ok();
}

bool has_distinct_approvers(const std::vector<CheckedApproval>& approvals) {
  for (std::size_t i = 0; i < approvals.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (approvals[i].evidence.subject == approvals[j].evidence.subject ||
          approvals[i].evidence.credential.id == approvals[j].evidence.credential.id) {
        return false;
      }
    }
  }
  return true;
}

std::optional<CheckedApproval> check_approval(Bytes record, const ReceiptTrust& trust,
                                              const ReceiptTools& tools, StepList& steps) {
  using Id = ReceiptStepId;
  const Hasher& hasher = tools.hasher;
  Result<ApprovalEvidence> read = parse_record(record);
  if (!read) {
    add_unreadable(record, read.error(), steps);
    return std::nullopt;
  }
  steps.add(Id::record, ok());
  const ApprovalEvidence& evidence = *read;
  Result<BindingDocument> parsed = parse_binding_document(evidence.binding);
  if (!steps.add(Id::binding_document, parsed ? ok() : Status(parsed.error()))) {
    return std::nullopt;
  }
  const BindingDocument& binding = *parsed;
  steps.add(Id::intent, check_digests(hasher, evidence, binding));
  Result<FrozenParts> parts = read_parts(hasher, evidence);
  if (!steps.add(Id::view, parts ? check_view(evidence, *parts) : Status(parts.error()))) {
    return std::nullopt;
  }
  steps.add(Id::parties, check_parties(hasher, evidence, binding, *parts));
  steps.add(Id::time, check_time(evidence, binding), time_detail(evidence, binding));
  steps.add(Id::challenge, check_challenge(hasher, evidence));
  // What nobody signed, no policy let pass: nothing is decided again then.
  PolicyDemands demands;
  const std::optional<CounterOutcome> counter =
      check_assertion(evidence, binding, *parts, tools, steps);
  steps.add(Id::passkey, check_passkey(evidence), passkey_detail(evidence.credential));
  if (counter) {
    const Result<PolicyDemands> decided = tools.policies.decide_again(
        evidence, binding.policy_digest, *counter, *parts->source, parts->intent);
    add_policy(evidence.policy, check_demands(binding, decided), decided, steps);
    demands = decided ? *decided : demands;
    steps.add(Id::checks, check_recorded_checks(evidence, *counter));
  }
  std::string frame = frame_of(evidence);
  steps.add(Id::display, check_display(evidence, binding, demands.display_tier),
            display_detail(evidence.tier, frame));
  if (!trust.anchors.empty()) {
    steps.add(Id::attestation_anchor, check_anchor(hasher, evidence.credential, trust.anchors));
  }
  return CheckedApproval{*std::move(read), *std::move(parsed), std::move(parts->view),
                         std::move(frame), demands.judgement};
}

}  // namespace countersign
