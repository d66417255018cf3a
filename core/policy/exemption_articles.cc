#include "policy/exemption_articles.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

#include "policy/space.h"

namespace countersign {
namespace {

using Kind = BreachPart::Kind;

constexpr std::string_view kCreditTransfer = "payment.credit-transfer/1";
constexpr std::string_view kStandingOrder = "payment.standing-order/1";
constexpr std::int64_t kHalfYear = std::int64_t{180} * 86400;  // Articles 10 and 10a

// An input above each of the caps, and what the other parts say.
struct Above {
  PolicyInput input;
  std::optional<std::int64_t> cap;
};
void add_above(ExemptionBreaches& breaches, std::initializer_list<Above> amounts,
               std::initializer_list<BreachPart> others = {}) {
  ExemptionBreach breach{{}, others};
  for (const Above& amount : amounts) {
    if (!amount.cap) {
      breaches.has_unknown_cap = true;
      return;
    }
    breach.parts.push_back({amount.input, Kind::above, *amount.cap, {}});
  }
  breaches.list.push_back(std::move(breach));
}

ExemptionBreaches uncapped(std::vector<ExemptionBreach> list) { return {std::move(list), false}; }

// One payment; and one of the two, those since the last authentication together or their number.
ExemptionBreaches small_payments(std::optional<std::int64_t> one, std::optional<std::int64_t> sum,
                                 std::int64_t count) {
  ExemptionBreaches breaches;
  add_above(breaches, {{PolicyInput::amount_base, one}});
  add_above(breaches, {{PolicyInput::since_sca_sum, sum}, {PolicyInput::since_sca_count, count}});
  return breaches;
}

ExemptionBreaches account_access(const ExemptionCaps&) {
  return uncapped({{"the last authentication is more than 180 days ago",
                    {{PolicyInput::authentication_age, Kind::above, kHalfYear, {}}}}});
}

ExemptionBreaches contactless(const ExemptionCaps& caps) {
  return small_payments(caps.contactless, caps.contactless_sum, caps.consecutive);
}

// Transport fares and parking fees at unattended terminals, of any amount.
ExemptionBreaches unattended(const ExemptionCaps&) {
  return uncapped({{"no transaction.type says that it is at a terminal",
                    {{PolicyInput::transaction_type, Kind::unnamed, 0, {}}}},
                   {"nobody transfers at a terminal",
                    {{PolicyInput::transaction_type, Kind::named, 0, kCreditTransfer}}},
                   {"nobody sets up a series at a terminal",
                    {{PolicyInput::transaction_type, Kind::named, 0, kStandingOrder}}}});
}

ExemptionBreaches trusted_payee(const ExemptionCaps&) {
  return uncapped(
      {{"payee.trusted is not true", {{PolicyInput::payee_trusted, Kind::below, 1, {}}}}});
}

ExemptionBreaches recurring(const ExemptionCaps&) {
  return uncapped({{"payee.known is not true", {{PolicyInput::payee_known, Kind::below, 1, {}}}},
                   {"no transaction.type says that it is of a series",
                    {{PolicyInput::transaction_type, Kind::unnamed, 0, {}}}},
                   {"it sets up a series, which takes authentication",
                    {{PolicyInput::transaction_type, Kind::named, 0, kStandingOrder}}}});
}

ExemptionBreaches own_accounts(const ExemptionCaps&) {
  return uncapped({{"payee.known is not true", {{PolicyInput::payee_known, Kind::below, 1, {}}}},
                   {"no transaction.type says that both accounts are the payer's",
                    {{PolicyInput::transaction_type, Kind::unnamed, 0, {}}}},
                   {"it is no credit transfer",
                    {{PolicyInput::transaction_type, Kind::named, 0, kCardPayment}}}});
}

ExemptionBreaches low_value(const ExemptionCaps& caps) {
  return small_payments(caps.low_value, caps.low_value_sum, caps.consecutive);
}

ExemptionBreaches corporate(const ExemptionCaps&) {
  return uncapped({{"no user.segment says that the payer is no consumer",
                    {{PolicyInput::user_segment, Kind::unnamed, 0, {}}}}});
}

// What is no card payment may be a credit transfer, which has a cap of its own.
ExemptionBreaches risk_analysis(const ExemptionCaps& caps) {
  ExemptionBreaches breaches;
  add_above(breaches, {{PolicyInput::amount_base, caps.card}},
            {{PolicyInput::transaction_type, Kind::named, 0, kCardPayment}});
  add_above(breaches, {{PolicyInput::amount_base, caps.credit_transfer}},
            {{PolicyInput::transaction_type, Kind::other_than, 0, kCardPayment}});
  return breaches;
}

constexpr PolicyCeremony kAccess = PolicyCeremony::account_access;
constexpr PolicyCeremony kPaymentCeremony = PolicyCeremony::transaction_approve;
constexpr std::array<ExemptionArticle, 10> kArticles{{
    {"rts.article-10", kAccess, false, "", account_access},
    {"rts.article-10a", kAccess, false, "", account_access},
    {"rts.article-11", kPaymentCeremony, true, "it is a contactless payment at a point of sale",
     contactless},
    {"rts.article-12", kPaymentCeremony, false,
     "it is a fare or a parking fee at a terminal that nobody attends", unattended},
    {"rts.article-13", kPaymentCeremony, false, "", trusted_payee},
    {"rts.article-14", kPaymentCeremony, false,
     "the first payment of the series was authenticated, with this payee and amount", recurring},
    {"rts.article-15", kPaymentCeremony, false,
     "both accounts are the payer's own and at the same provider", own_accounts},
    {"rts.article-16", kPaymentCeremony, true, "", low_value},
    {"rts.article-17", kPaymentCeremony, false,
     "it came by a process for payers who are no consumers, with which the authority is satisfied",
     corporate},
    {"rts.article-18", kPaymentCeremony, true, "", risk_analysis},
}};

}  // namespace

const ExemptionArticle* find_exemption_article(std::string_view basis) {
  const auto found =
      std::find_if(kArticles.begin(), kArticles.end(),
                   [&](const ExemptionArticle& article) { return article.basis == basis; });
  return found == kArticles.end() ? nullptr : &*found;
}

}  // namespace countersign
