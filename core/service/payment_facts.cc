#include "service/payment_facts.h"

#include <limits>

namespace countersign {
namespace {

Result<ScaCounter> counter_with(ScaCounter counter, std::int64_t amount) {
  if (amount > std::numeric_limits<std::int64_t>::max() - counter.sum) {
    return ErrorCode::exemption_not_granted;
  }
  return ScaCounter{counter.version + 1, counter.sum + amount, counter.count + 1};
}

}  // namespace

Result<Session> find_authentication(const ServiceContext& context, const Tenant& tenant,
                                    const UserHandle& account, const CeremonyId& id) {
  CS_ASSIGN(const std::optional<Ceremony> ceremony,
            context.challenges.find_ceremony(tenant.id, CeremonyKind::authentication, id));
  if (!ceremony || ceremony->state != CeremonyState::succeeded || !ceremony->finished_at ||
      ceremony->user_handle != account ||
      context.clock.now().value - ceremony->finished_at->value > kSessionSeconds) {
    return ErrorCode::session_required;
  }
  Session session;
  session.user_handle = account;
  session.credential_id = ceremony->credential_id;
  session.authenticated_at = *ceremony->finished_at;
  session.expires_at = UnixSeconds{ceremony->finished_at->value + kSessionSeconds};
  session.is_user_verified = ceremony->is_user_verified;
  return session;
}

Result<std::optional<ScaCounter>> set_since_sca(ExemptionStore& store, const Tenant& tenant,
                                                const UserHandle& account, PolicyInputs& inputs) {
  const bool is_payment = inputs.ceremony() == PolicyCeremony::transaction_approve;
  std::optional<ScaCounter> after;
  if (!is_exemptible(inputs.ceremony()) || (is_payment && !inputs.has(PolicyInput::amount_base))) {
    return after;
  }
  CS_ASSIGN(const ScaCounter counter, store.read_sca_counter(tenant.id, account));
  ScaCounter shown = counter;
  if (!is_payment) {
    after = ScaCounter{counter.version + 1, counter.sum, counter.count};
  } else {
    const Result<ScaCounter> with = counter_with(counter, inputs.number(PolicyInput::amount_base));
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    shown = with.has_value() ? *with : ScaCounter{counter.version, kMost, counter.count + 1};
    after = with.has_value() ? std::optional<ScaCounter>(*with) : std::nullopt;
  }
  CS_TRY(inputs.set_number(PolicyInput::since_sca_sum, shown.sum));
  CS_TRY(inputs.set_number(PolicyInput::since_sca_count, shown.count));
  return after;
}

Conversion conversion_of(const PolicyInputs& inputs, std::string_view base_currency) {
  if (base_currency.empty() || !inputs.has(PolicyInput::amount_currency)) {
    return Conversion::possible;
  }
  return inputs.text(PolicyInput::amount_currency) == base_currency ? Conversion::none
                                                                    : Conversion::certain;
}

Status check_rate(const PolicyInputs& inputs, const JsonValue* said, Conversion conversion) {
  const bool has_amount = inputs.has(PolicyInput::amount_base);
  const bool has_rate = inputs.has(PolicyInput::amount_rate);
  const bool is_right = has_rate ? has_amount && conversion != Conversion::none
                                 : !has_amount || conversion != Conversion::certain;
  if (is_right) {
    return ok();
  }
  const PolicyInput wrong = has_rate ? PolicyInput::amount_rate : PolicyInput::amount_base;
  const JsonValue* member = said == nullptr ? nullptr : said->find(row_of(wrong).name);
  return Error{ErrorCode::request_member_invalid, Check::none,
               member == nullptr ? 0 : member->name_offset};
}

}  // namespace countersign
