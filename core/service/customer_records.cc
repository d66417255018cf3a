#include "service/customer_records.h"

namespace countersign {

std::string_view activation_purpose_name(ActivationPurpose purpose) {
  switch (purpose) {
    case ActivationPurpose::first:
      return "first";
    case ActivationPurpose::recovery:
      return "recovery";
  }
  return "";
}

std::string_view notice_kind_name(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::credential_added:
      return "credential.added";
    case NoticeKind::credential_revoked:
      return "credential.revoked";
    case NoticeKind::activation_created:
      return "activation.created";
    case NoticeKind::activation_blocked:
      return "activation.blocked";
    case NoticeKind::recovery_begun:
      return "recovery.begun";
    case NoticeKind::recovery_done:
      return "recovery.done";
    case NoticeKind::account_revoked:
      return "account.revoked";
    case NoticeKind::approvals_blocked:
      return "approvals.blocked";
  }
  return "";
}

}  // namespace countersign
