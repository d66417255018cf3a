#include "service/transaction_display.h"

#include <algorithm>

#include "receipt/display_check.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

const Error kUnmet{ErrorCode::transaction_display_tier_unmet, Check::transaction_display_tier, 0};

bool is_approval_origin(const TransactionSettings& settings, const ClientData& client_data) {
  const std::vector<std::string>& origins = settings.approval_origins;
  return !is_framed(client_data) &&
         std::find(origins.begin(), origins.end(), client_data.origin) != origins.end();
}

}  // namespace

std::vector<std::string> approval_origins(const Tenant& tenant, const TransactionSettings& settings,
                                          std::int64_t tier) {
  std::vector<std::string> origins = settings.approval_origins;
  if (tier == 0) {
    const std::vector<std::string> others = expected_origins(tenant);
    origins.insert(origins.end(), others.begin(), others.end());
  }
  std::sort(origins.begin(), origins.end());
  origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
  return origins;
}

DisplayTiers offered_tiers(const TransactionContext& context) {
  const unsigned page = context.settings.approval_origins.empty() ? 0U : kApprovalOriginTier;
  const unsigned dialog = context.payments == nullptr ? 0U : kPaymentDialogTier;
  return static_cast<DisplayTiers>(page | dialog);
}

Status check_display_offered(const TransactionContext& context, const Transaction& transaction) {
  const std::int64_t tier = transaction.display_tier;
  const DisplayTiers offered = offered_tiers(context);
  const bool is_offered =
      transaction.payment.empty()
          ? tier == 0 || (tier == display_tier_of(DisplayKind::approval_origin) &&
                          (offered & kApprovalOriginTier) != 0)
          : tier == display_tier_of(DisplayKind::payment_dialog) &&
                (offered & kPaymentDialogTier) != 0;
  return is_offered ? ok() : Status(kUnmet);
}

Result<TierEvidence> assess_display(const TransactionSettings& settings, std::int64_t demanded,
                                    const ClientData& client_data) {
  TierEvidence evidence;
  if (is_approval_origin(settings, client_data)) {
    evidence.kind = DisplayKind::approval_origin;
    evidence.details =
        CanonicalValue::make_map({{"origin", CanonicalValue::make_text(client_data.origin)}});
  }
  return display_tier_of(evidence.kind) >= demanded ? Result<TierEvidence>(std::move(evidence))
                                                    : Result<TierEvidence>(kUnmet);
}

}  // namespace countersign
