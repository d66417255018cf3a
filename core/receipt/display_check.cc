#include "receipt/display_check.h"

#include <algorithm>

#include "transaction/bound.h"
#include "transaction/recorded.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

// What a page at the origin of approvals says it is.
Status check_approval_origin(const ApprovalEvidence& evidence) {
  CS_ASSIGN(const ClientData client_data, parse_client_data(evidence.client_data_json));
  const Value* origin = evidence.tier.details.find("origin");
  const bool holds = has_exactly(evidence.tier.details, {"origin"}) &&
                     origin->is(Value::Type::text) && origin->text == client_data.origin &&
                     !is_framed(client_data);
  return holds ? ok() : Status(ErrorCode::receipt_evidence_missing);
}

Status check_evidence(const ApprovalEvidence& evidence) {
  switch (evidence.tier.kind) {
    case DisplayKind::page:
      return evidence.tier.details.members.empty() ? ok()
                                                   : Status(ErrorCode::receipt_evidence_missing);
    case DisplayKind::approval_origin:
      return check_approval_origin(evidence);
    case DisplayKind::payment_dialog:
      return ok();  // what it showed is signed: check_assertion
    // Records of these kinds are not written yet: nothing here could verify them.
    case DisplayKind::second_device:
    case DisplayKind::certified_hardware:
      break;
  }
  return ErrorCode::receipt_evidence_missing;
}

}  // namespace

bool is_framed(const ClientData& client_data) {
  return client_data.cross_origin.value_or(false) || client_data.top_origin.has_value();
}

std::string frame_of(const ApprovalEvidence& evidence) {
  const Result<ClientData> client_data = parse_client_data(evidence.client_data_json);
  if (evidence.tier.kind == DisplayKind::payment_dialog || !client_data ||
      !is_framed(*client_data)) {
    return "";
  }
  const bool is_told = client_data->top_origin && !client_data->top_origin->empty() &&
                       says_what_it_shows(*client_data->top_origin);
  return is_told ? *client_data->top_origin : "another site";
}

Status check_display(const ApprovalEvidence& evidence, const BindingDocument& binding,
                     std::int64_t demanded) {
  CS_TRY(check_evidence(evidence));
  return display_tier_of(evidence.tier.kind) >= std::max(binding.display_tier, demanded)
             ? ok()
             : Status(ErrorCode::receipt_evidence_missing);
}

std::string display_detail(const TierEvidence& tier, const std::string& frame) {
  constexpr std::string_view kWho[] = {": the bank's page drew it",
                                       ": a page kept for approvals drew it",
                                       ": the browser's own payment dialog drew it",
                                       ": a second device drew it", ": certified hardware drew it"};
  return std::string(kWho[static_cast<std::size_t>(tier.kind)]) +
         (frame.empty() ? "" : ", inside a frame of " + frame) + " (tier D" +
         std::to_string(display_tier_of(tier.kind)) + ")";
}

}  // namespace countersign
