#include "service/receipt_page.h"

#include "codec/base64url.h"
#include "transaction/view_renderers.h"

namespace countersign {
namespace {

constexpr std::string_view kHead =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
    "style-src 'unsafe-inline'\"><title>Receipt</title><style>"
    ":root{color-scheme:light dark;--paper:#fff;--ink:#16181d;--quiet:#5a616e;--line:#d9dce3;"
    "--card:#f6f7f9;--good:#146c2e;--bad:#b3261e;--open:#8a5300}"
    "@media (prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#f1f2f4;--quiet:#a7adb8;"
    "--line:#363b45;--card:#1d2026;--good:#7fd491;--bad:#ffb4ab;--open:#ffb95c}}"
    "@media print{:root{--paper:#fff;--ink:#000;--quiet:#444;--line:#999;--card:#fff;"
    "--good:#000;--bad:#000;--open:#000}section,tr,dl>div{break-inside:avoid}"
    "main{max-width:none!important;padding:0!important}}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}"
    "main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 3rem;box-sizing:border-box}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;letter-spacing:-.01em}"
    "h2{font-size:1.05rem;margin:2.25rem 0 .75rem}"
    "p{margin:0}.quiet{color:var(--quiet)}"
    ".verdict{margin:1.25rem 0 0;padding:.9rem 1.1rem;border:1px solid var(--line);"
    "border-left:.4rem solid;border-radius:.4rem;background:var(--card)}"
    ".verdict strong{display:block;font-size:1.05rem}"
    ".verified{border-left-color:var(--good)}.verified strong{color:var(--good)}"
    ".undecided,.incomplete,.unanchored{border-left-color:var(--open)}"
    ".undecided strong,.incomplete strong,.unanchored strong{color:var(--open)}"
    ".refused{border-left-color:var(--bad)}.refused strong{color:var(--bad)}"
    "dl{margin:0;border:1px solid var(--line);border-radius:.4rem;overflow:hidden}"
    "dl>div{padding:.65rem 1.1rem;border-top:1px solid var(--line)}"
    "dl>div:first-child{border-top:0}"
    "dt{color:var(--quiet);font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}"
    ".l1 dd{font-size:1.2rem;font-weight:600}.l3 dd{font-size:.9rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;vertical-align:top;padding:.5rem .75rem .5rem 0;"
    "border-top:1px solid var(--line)}th{font-weight:600;white-space:nowrap;width:1%}"
    "td code,dd code{font:.85em/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;"
    "overflow-wrap:anywhere}"
    ".holds{color:var(--good)}.fails{color:var(--bad)}.unknown{color:var(--open)}"
    "</style></head><body><main>\n";

std::string_view verdict_title(ReceiptVerdict verdict) {
  switch (verdict) {
    case ReceiptVerdict::verified:
      return "Verified";
    case ReceiptVerdict::undecided:
      return "The policy's decision is open";
    case ReceiptVerdict::incomplete:
      return "Not all approvals";
    case ReceiptVerdict::unanchored:
      return "Not anchored in the log";
    case ReceiptVerdict::refused:
      return "Refused";
  }
  return "Refused";
}

std::string_view view_heading(const ReceiptReport& report) {
  if (report.verdict() == ReceiptVerdict::refused) {
    return "What this file claims was approved";
  }
  return report.is_complete() ? "What was approved" : "What needs more approvals than are here";
}

std::string_view mark_of(StepVerdict verdict) {
  switch (verdict) {
    case StepVerdict::holds:
      return "Holds";
    case StepVerdict::fails:
      return "Fails";
    case StepVerdict::unknown:
      return "Open";
  }
  return "Fails";
}

std::string fact(std::string_view label, std::string_view value) {
  return "<div class=\"l3\"><dt>" + escape_markup(label) + "</dt><dd><bdi>" +
         escape_markup(shown_name(value)) + "</bdi></dd></div>\n";
}

std::string code_fact(std::string_view label, std::string_view value) {
  return "<div class=\"l3\"><dt>" + escape_markup(label) + "</dt><dd><code>" +
         escape_markup(value) + "</code></dd></div>\n";
}

std::string view_rows(const View& view) {
  std::string out = "<dl>\n";
  for (const ViewRow& row : view.rows) {
    out += "<div class=\"l" + std::to_string(row.level) + "\"><dt><bdi>" +
           escape_markup(row.label) + "</bdi></dt><dd><bdi dir=\"" +
           std::string(direction_name(row.direction)) + "\">" + escape_markup(row.value) +
           "</bdi></dd></div>\n";
  }
  return out + "</dl>\n";
}

std::string_view shown_by(DisplayKind kind) {
  switch (kind) {
    case DisplayKind::page:
      return "a page (tier D0)";
    case DisplayKind::approval_origin:
      return "an origin for approvals alone (tier D1)";
    case DisplayKind::payment_dialog:
      return "the browser's payment dialog (tier D2)";
    case DisplayKind::second_device:
      return "a second device (tier D3)";
    case DisplayKind::certified_hardware:
      return "certified hardware (tier D4)";
  }
  return "";
}

// What the customer saw it in, beside the view itself.
std::string display_facts(const CheckedApproval& approval) {
  const ApprovalEvidence& evidence = approval.evidence;
  std::string out = fact("Shown by", shown_by(evidence.tier.kind));
  if (!approval.frame.empty()) {
    out += fact("Inside a frame of", approval.frame);
  }
  constexpr std::pair<std::string_view, std::string_view> kDialog[] = {
      {"payeeOrigin", "Payee's site in the dialog"},
      {"instrumentName", "Means of payment in the dialog"},
      {"instrumentIcon", "Picture in the dialog"}};
  for (const auto& [member, label] : kDialog) {
    const CanonicalValue* value = evidence.tier.details.find(member);
    if (value != nullptr && value->is(CanonicalValue::Type::text)) {
      out += fact(label, value->text);
    }
  }
  if (shows_actions(evidence.tier.kind)) {
    out += fact("Button that was pressed", approval.view.affirm);
    out += fact("Button that was not", approval.view.deny);
  }
  for (const std::string& origin : evidence.origins) {
    out += fact("Could be asked for by", origin);
  }
  return out;
}

std::string approval_facts(const CheckedApproval& approval) {
  const CredentialEvidence& credential = approval.evidence.credential;
  std::string attestation =
      shown_name(credential.attestation_format) + ", " + shown_name(credential.attestation_trust);
  if (!credential.at_registration.description.empty()) {
    attestation += ": " + shown_name(credential.at_registration.description);
  }
  std::string out = "<dl>\n";
  out += fact("Approved at", encode_rfc3339(approval.evidence.approved_at));
  out += code_fact("Approver (user handle)", encode_base64url(approval.evidence.subject.value));
  out += code_fact("Customer (user handle)", encode_base64url(approval.evidence.customer.value));
  out += code_fact("Passkey", encode_base64url(credential.id.value));
  out += display_facts(approval);
  out += fact("Passkey registered at", encode_rfc3339(credential.created_at));
  out += fact("Attestation when it was registered", attestation);
  out += fact("Its model in the metadata when it approved", credential.metadata_status);
  if (!credential.objection.empty()) {
    out += fact("Objection of the metadata", credential.objection);
  }
  out += fact("Recorded by", "countersign " + shown_name(approval.evidence.core_version) + ", " +
                                 shown_name(approval.evidence.verifier));
  return out + "</dl>\n";
}

std::string approval_section(const CheckedApproval& approval) {
  const BindingDocument& binding = approval.binding;
  return "<section><h2>Approval " + std::to_string(binding.approval_step) + " of " +
         std::to_string(binding.approval_of) + "</h2>\n" + approval_facts(approval) +
         "</section>\n";
}

std::string steps_table(const StepList& steps) {
  std::string out = "<section><h2>What was checked</h2>\n<table>\n";
  for (const ReceiptStep& step : steps.steps()) {
    out += "<tr><th scope=\"row\" class=\"" + std::string(step_verdict_name(step.verdict)) + "\">" +
           std::string(mark_of(step.verdict)) + "</th><td>";
    if (step.approval > 1) {
      out += "Approval " + std::to_string(step.approval) + ": ";
    }
    out += escape_markup(step.sentence);
    if (step.error) {
      out += " <code>" + std::string(error_name(step.error->code)) + "</code>";
    }
    out += "</td></tr>\n";
  }
  return out + "</table></section>\n";
}

std::string log_section(const LogProof& proof) {
  return "<section><h2>Log</h2>\n<dl>\n" + fact("Log", proof.checkpoint.origin) +
         fact("Entry", std::to_string(proof.index + 1) + " of " +
                           std::to_string(proof.checkpoint.head.size)) +
         code_fact("Root of the log", encode_base64(proof.checkpoint.head.root)) +
         "</dl></section>\n";
}

}  // namespace

std::string receipt_page(const ReceiptReport& report) {
  std::string out(kHead);
  const CheckedApproval* last = report.approvals.empty() ? nullptr : &report.approvals.back();
  const ReceiptVerdict verdict = report.verdict();
  out += "<header><h1><bdi>" + escape_markup(last == nullptr ? "Receipt" : last->view.title) +
         "</bdi></h1>\n";
  if (last != nullptr) {
    out += "<p class=\"quiet\">Receipt of <bdi>" + escape_markup(last->binding.rp_id) +
           "</bdi> for transaction <bdi>" + escape_markup(last->binding.transaction_id) +
           "</bdi></p></header>\n";
  } else {
    out += "</header>\n";
  }
  out += "<div class=\"verdict " + std::string(receipt_verdict_name(verdict)) + "\"><strong>" +
         std::string(verdict_title(verdict)) + "</strong><p>" + report.sentence() + "</p></div>\n";
  if (last != nullptr) {
    out += "<section><h2>" + std::string(view_heading(report)) + "</h2>\n" + view_rows(last->view) +
           "</section>\n";
  }
  for (const CheckedApproval& approval : report.approvals) {
    out += approval_section(approval);
  }
  out += steps_table(report.steps);
  if (report.proof) {
    out += log_section(*report.proof);
  }
  return out + "</main></body></html>\n";
}

}  // namespace countersign
