#include "service/receipt_case.h"

#include "base/limits.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "receipt/limits.h"
#include "service/case_members.h"
#include "service/receipt_page.h"
#include "service/receipt_policy.h"
#include "service/transaction_json.h"

namespace countersign {
namespace {

using Type = JsonValue::Type;

enum class ReportForm : std::uint8_t { report, page };

struct ReceiptRequest {
  ReceiptTrust trust;
  ReportForm form = ReportForm::report;
};

Result<ReceiptTrust> read_trust(const JsonValue& json, const Hasher& hasher) {
  ReceiptTrust trust;
  CS_ASSIGN(const JsonValue* log, optional_member(json, "logKey", Type::string));
  if (log != nullptr) {
    CS_ASSIGN(trust.log, parse_note_key(key_line(log->string), hasher));
  }
  CS_ASSIGN(const JsonValue* witnesses, optional_member(json, "witnesses", Type::array));
  if (witnesses != nullptr) {
    if (witnesses->items.size() > limits::kMaxNoteSignatures) {
      return ErrorCode::expectations_too_large;
    }
    for (const JsonValue& item : witnesses->items) {
      if (!item.is_string()) {
        return ErrorCode::case_malformed;
      }
      CS_ASSIGN(NoteKey key, parse_note_key(key_line(item.string), hasher));
      if (is_trusted(trust, key)) {
        return ErrorCode::case_malformed;
      }
      trust.witnesses.push_back(std::move(key));
    }
  }
  CS_TRY(read_certificates(json, "anchors", trust.anchors));
  return trust;
}

Result<ReceiptRequest> read_request(std::string_view text, const Hasher& hasher) {
  CS_ASSIGN(const JsonValue json, parse_json(text));
  if (!json.is_object()) {
    return ErrorCode::case_malformed;
  }
  ReceiptRequest request;
  CS_ASSIGN(request.trust, read_trust(json, hasher));
  CS_ASSIGN(const JsonValue* form, optional_member(json, "form", Type::string));
  if (form != nullptr) {
    if (form->string != "page") {
      return ErrorCode::case_malformed;
    }
    request.form = ReportForm::page;
  }
  return request;
}

std::string page_answer(const ReceiptReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("verdict").string(receipt_verdict_name(report.verdict()));
  json.member("page").string(receipt_page(report));
  json.end_object();
  return std::move(json).take();
}

// What is empty stays so: a program looks at it.
void write_name(JsonWriter& json, std::string_view member, std::string_view name) {
  json.member(member).string(name.empty() ? std::string() : shown_name(name));
}

void write_step(JsonWriter& json, const ReceiptStep& step) {
  json.begin_object();
  json.member("name").string(receipt_step_name(step.id));
  if (step.approval != 0) {
    json.member("approval").integer(step.approval);
  }
  json.member("verdict").string(step_verdict_name(step.verdict));
  if (step.error) {
    json.member("code").string(error_name(step.error->code));
    if (step.error->check != Check::none) {
      json.member("check").string(check_name(step.error->check));
    }
  }
  json.member("sentence").string(step.sentence);
  json.end_object();
}

// Who drew it, what in: of the browser's dialog also what it showed beside the order.
void write_display(JsonWriter& json, const CheckedApproval& approval) {
  const TierEvidence& tier = approval.evidence.tier;
  json.begin_object();
  json.member("kind").string(display_kind_name(tier.kind));
  json.member("tier").integer(display_tier_of(tier.kind));
  if (!approval.frame.empty()) {
    write_name(json, "frame", approval.frame);
  }
  for (const std::string_view name : {"payeeOrigin", "instrumentName", "instrumentIcon"}) {
    const CanonicalValue* value = tier.details.find(name);
    if (value != nullptr && value->is(CanonicalValue::Type::text)) {
      write_name(json, name, value->text);
    }
  }
  json.end_object();
}

void write_passkey(JsonWriter& json, const CredentialEvidence& credential) {
  json.begin_object();
  json.member("registeredAt").string(encode_rfc3339(credential.created_at));
  json.member("attestation").begin_object();
  write_name(json, "format", credential.attestation_format);
  write_name(json, "type", credential.attestation_type);
  write_name(json, "trust", credential.attestation_trust);
  json.end_object();
  write_name(json, "metadataStatus", credential.metadata_status);
  if (!credential.objection.empty()) {
    write_name(json, "objection", credential.objection);
  }
  json.member("backupEligible").boolean(credential.is_backup_eligible);
  json.member("backedUp").boolean(credential.is_backed_up);
  json.end_object();
}

void write_approval(JsonWriter& json, const CheckedApproval& approval) {
  const BindingDocument& binding = approval.binding;
  json.begin_object();
  json.member("step").integer(binding.approval_step);
  json.member("of").integer(binding.approval_of);
  json.member("transactionId").string(binding.transaction_id);
  json.member("tenant").string(binding.tenant.value);
  json.member("rpId").string(binding.rp_id);
  json.member("user").base64url(approval.evidence.subject.value);
  json.member("customer").base64url(approval.evidence.customer.value);
  json.member("credentialId").base64url(approval.evidence.credential.id.value);
  json.member("approvedAt").string(encode_rfc3339(approval.evidence.approved_at));
  json.member("passkey");
  write_passkey(json, approval.evidence.credential);
  json.member("display");
  write_display(json, approval);
  if (shows_actions(approval.evidence.tier.kind)) {
    json.member("action").begin_object();
    json.member("affirm").string(approval.view.affirm);
    json.member("deny").string(approval.view.deny);
    json.end_object();
  }
  json.member("title").string(approval.view.title);
  json.member("rows").begin_array();
  for (const ViewRow& row : approval.view.rows) {
    write_view_row(json, row);
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string receipt_report_json(const ReceiptReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("verdict").string(receipt_verdict_name(report.verdict()));
  json.member("isComplete").boolean(report.is_complete());
  json.member("sentence").string(report.sentence());
  json.member("steps").begin_array();
  for (const ReceiptStep& step : report.steps.steps()) {
    write_step(json, step);
  }
  json.end_array();
  json.member("approvals").begin_array();
  for (const CheckedApproval& approval : report.approvals) {
    write_approval(json, approval);
  }
  json.end_array();
  if (report.proof) {
    json.member("log").begin_object();
    json.member("origin").string(report.proof->checkpoint.origin);
    json.member("index").integer(static_cast<std::int64_t>(report.proof->index));
    json.member("size").integer(static_cast<std::int64_t>(report.proof->checkpoint.head.size));
    json.end_object();
  }
  json.member("witnesses").begin_array();
  for (const WitnessedTime& witness : report.witnesses) {
    json.begin_object();
    json.member("name").string(witness.name);
    json.member("time").string(
        encode_rfc3339(UnixSeconds{static_cast<std::int64_t>(witness.time)}));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string verify_receipt_case(std::string_view request, std::string_view file,
                                const Hasher& hasher, const SignatureVerifier& verifier) {
  const Result<ReceiptRequest> read = read_request(request, hasher);
  if (!read) {
    JsonWriter json;
    json.begin_object();
    json.member("error").begin_object();
    json.member("code").string(error_name(read.error().code));
    json.member("message").string(error_message(read.error().code));
    json.end_object();
    json.end_object();
    return std::move(json).take();
  }
  const RecordedDecisions policies(hasher);
  const ReceiptReport report = verify_receipt(file, read->trust, {hasher, verifier, policies});
  switch (read->form) {
    case ReportForm::report:
      return receipt_report_json(report);
    case ReportForm::page:
      return page_answer(report);
  }
  return "";
}

}  // namespace countersign
