#include "receipt/report.h"

#include <algorithm>

#include "transaction/recorded.h"

namespace countersign {
namespace {

using Id = ReceiptStepId;

struct StepText {
  Id id;
  std::string_view name;
  std::string_view holds;
  std::string_view fails;
};

// In the order of the ids. Where it holds, a detail and a full stop follow.
constexpr StepText kTexts[] = {
    {Id::file, "file", "The file is, byte for byte, as it was written",
     "The file is not a receipt as it was written: it was changed, or is none."},
    {Id::record, "record", "The evidence record is complete and well-formed",
     "The evidence record is not well-formed."},
    {Id::binding_document, "binding_document",
     "The document that ties the approval together is complete and well-formed",
     "The document that ties the approval together is not well-formed."},
    {Id::intent, "intent",
     "The order, the form in which it was shown and the language are those that were approved",
     "The order, the form in which it was shown or the language is not what was approved."},
    {Id::view, "view", "Drawn again from the order, the display is exactly the one that was signed",
     "Drawn again from the order, the display is not the one that is said to have been seen."},
    {Id::parties, "parties",
     "The approver, the bank's web addresses and the payments of a batch are those of the "
     "approval, "
     "and the first approval is that of the customer whose order is recorded",
     "The approver, the bank's web addresses or the payments of a batch are not those of the "
     "approval, or the first approval is not the customer's own."},
    {Id::time, "time", "The approval was given while the request was valid",
     "The approval was not given while the request was valid."},
    {Id::challenge, "challenge", "The passkey was asked to sign this approval and no other",
     "The passkey was asked to sign something else than this approval."},
    {Id::ceremony, "ceremony",
     "The passkey's answer keeps every rule of the standard, the approver's own verification "
     "(fingerprint, face or PIN) included",
     "The passkey's answer breaks a rule of the standard."},
    {Id::signature, "signature", "The signature of the approver's passkey is genuine",
     "The signature is not the one of the approver's passkey."},
    {Id::browser_key, "browser_key", "The signature of the browser's own key is genuine",
     "The signature of the browser's own key is not genuine."},
    {Id::passkey, "passkey", "The passkey was there before it approved",
     "The passkey is said to have been registered after it approved."},
    {Id::policy, "policy",
     "The bank's policy is the one of the approval, and decides today about the type and amount of "
     "this order as it is said to have decided",
     "The bank's policy is not the one of the approval, or does not decide as is said about the "
     "type and amount of this order."},
    {Id::checks, "checks", "The checks that the server recorded are those of such an approval",
     "The checks that the server recorded are not those of such an approval."},
    {Id::display, "display", "There is evidence for the kind of display that was demanded",
     "There is no evidence for the kind of display that was demanded."},
    {Id::attestation_anchor, "attestation_anchor",
     "The recorded certificates of the passkey's maker lead to a maker that was given",
     "The recorded certificates of the passkey's maker lead to none of the makers that were "
     "given."},
    {Id::chain, "chain", "",
     "The approvals do not follow each other, are not of one customer's order in one display, or "
     "one person gave more than one."},
    {Id::inclusion, "inclusion", "The record is in the log",
     "The record is not in the log at the place that is said."},
    {Id::checkpoint, "checkpoint", "The log's operator signed this state of the log",
     "This state of the log is not signed by the operator whose key was given, or bears a "
     "signature that nobody accounts for."},
    {Id::witness, "witness", "A witness saw this state of the log",
     "A witness that was named did not sign this state of the log."},
};

const StepText& text_of(Id id) { return kTexts[static_cast<std::size_t>(id)]; }

}  // namespace

std::string_view step_verdict_name(StepVerdict verdict) {
  switch (verdict) {
    case StepVerdict::holds:
      return "holds";
    case StepVerdict::fails:
      return "fails";
    case StepVerdict::unknown:
      return "unknown";
  }
  return "fails";
}

std::string_view receipt_step_name(ReceiptStepId id) { return text_of(id).name; }

std::string_view receipt_verdict_name(ReceiptVerdict verdict) {
  switch (verdict) {
    case ReceiptVerdict::verified:
      return "verified";
    case ReceiptVerdict::undecided:
      return "undecided";
    case ReceiptVerdict::incomplete:
      return "incomplete";
    case ReceiptVerdict::unanchored:
      return "unanchored";
    case ReceiptVerdict::refused:
      return "refused";
  }
  return "refused";
}

std::string shown_name(std::string_view name) {
  return std::string(name.empty() || !says_what_it_shows(name) ? "not known" : name);
}

bool StepList::add(ReceiptStepId id, const Status& status, std::string_view detail) {
  ReceiptStep step{id, approval_, StepVerdict::holds, std::nullopt, std::string()};
  if (status) {
    step.sentence = text_of(id).holds;
    step.sentence += detail;
    step.sentence += '.';
  } else {
    step.verdict = StepVerdict::fails;
    step.error = status.error();
    step.sentence = text_of(id).fails;
  }
  steps_.push_back(std::move(step));
  return bool(status);
}

void StepList::add_failure(ReceiptStepId id, const Error& error, std::string sentence) {
  steps_.push_back({id, approval_, StepVerdict::fails, error, std::move(sentence)});
}

void StepList::add_unknown(ReceiptStepId id, ErrorCode reason) {
  steps_.push_back({id, approval_, StepVerdict::unknown, Error{reason, Check::none, 0},
                    std::string(error_message(reason))});
}

void StepList::add_unknown(ReceiptStepId id, std::string sentence) {
  steps_.push_back({id, approval_, StepVerdict::unknown, std::nullopt, std::move(sentence)});
}

ReceiptVerdict StepList::verdict() const {
  const bool has_failed = std::any_of(steps_.begin(), steps_.end(), [](const ReceiptStep& step) {
    return step.verdict == StepVerdict::fails;
  });
  if (has_failed || steps_.empty()) {
    return ReceiptVerdict::refused;
  }
  if (is_open(ReceiptStepId::checkpoint)) {
    return ReceiptVerdict::unanchored;
  }
  return is_open(ReceiptStepId::policy) ? ReceiptVerdict::undecided : ReceiptVerdict::verified;
}

bool StepList::is_open(ReceiptStepId id) const {
  return std::any_of(steps_.begin(), steps_.end(), [&](const ReceiptStep& step) {
    return step.id == id && step.verdict == StepVerdict::unknown;
  });
}

}  // namespace countersign
