#include "service/activation_service.h"

#include <algorithm>
#include <array>

#include "codec/json_writer.h"
#include "crypto/hmac.h"
#include "service/ceremony_flow.h"
#include "service/rendering.h"

namespace countersign {
namespace {

constexpr std::string_view kActivationRoute = "POST /v1/activations";
// Without I, L, O and U: people read codes to each other, and no word should come about.
constexpr std::string_view kSymbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static_assert(kSymbols.size() == 32);

std::string make_code(RandomSource& random) {
  std::array<std::uint8_t, kActivationCodeSymbols> bytes{};
  random.fill(bytes);
  std::string code;
  for (const std::uint8_t byte : bytes) {
    code += kSymbols[byte & 31U];  // 256 is a multiple of 32: every symbol is as likely
  }
  return code;
}

std::string show_code(std::string_view code) {
  constexpr std::size_t kGroup = 4;
  std::string shown;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i > 0 && i % kGroup == 0) {
      shown += '-';
    }
    shown += code[i];
  }
  return shown;
}

// Keyed, and of this tenant's this activation: a code is worth nothing for another.
Digest256 digest_code(const ServiceContext& context, const Tenant& tenant, const ActivationId& id,
                      std::string_view code) {
  constexpr std::array<std::uint8_t, 1> kSeparator{0};
  return hmac_sha256(context.hasher, context.decoy_secret.expose(),
                     {bytes_of("activation"), kSeparator, bytes_of(tenant.id.value), kSeparator,
                      bytes_of(id.value), kSeparator, bytes_of(code)});
}

std::string encode_answer(const Activation& activation, const Account& account,
                          const std::optional<std::string>& code) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(activation.id.value);
  json.member("purpose").string(activation_purpose_name(activation.purpose));
  json.member("code");
  if (code) {
    json.string(show_code(*code));
  } else {
    json.null();
  }
  json.member("expiresAt").string(encode_rfc3339(activation.expires_at));
  json.member("user");
  write_account(json, account);
  json.end_object();
  return std::move(json).take();
}

Result<std::string> issue(const ServiceContext& context, ActivationStore& store,
                          const Tenant& tenant, const Caller& caller, Activation draft,
                          const Account& account, const std::optional<Account>& made,
                          std::string_view route,
                          const std::optional<IdempotencyKey>& idempotency) {
  draft.id = ActivationId(random_text(context.random, kIdBytes));
  draft.account = account.handle;
  draft.created_at = context.clock.now();
  draft.expires_at = UnixSeconds{draft.created_at.value + kActivationSeconds};
  const std::string code = make_code(context.random);
  draft.code = digest_code(context, tenant, draft.id, code);
  const std::optional<IdempotentAnswer> answer =
      make_remembered(context, caller, route, idempotency,
                      encode_answer(draft, account, std::nullopt), draft.expires_at);
  CS_TRY(store.create_activation(tenant.id, draft, made, answer));
  return encode_answer(draft, account, code);
}

Result<std::string> create(const ServiceContext& context, ActivationStore& store,
                           const Tenant& tenant, const Caller& caller,
                           const ActivationRequest& request,
                           const std::optional<IdempotencyKey>& idempotency) {
  if (!is_name(request.username, kMaxNameCharacters) ||
      (request.display_name && !is_name(*request.display_name, kMaxNameCharacters))) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(std::optional<Account> account,
            context.credentials.find_account_by_username(tenant.id, request.username));
  std::optional<Account> made;
  if (!account) {
    made = make_account(context, request.username, request.display_name);
    account = made;
  }
  Activation draft;
  draft.purpose = ActivationPurpose::first;
  return issue_activation(context, store, tenant, caller, std::move(draft), *account, made,
                          kActivationRoute, idempotency);
}

}  // namespace

std::optional<std::string> normalize_activation_code(std::string_view typed) {
  constexpr std::size_t kMaxTyped = 4 * kActivationCodeSymbols;
  if (typed.size() > kMaxTyped) {
    return std::nullopt;
  }
  std::string code;
  for (const char raw : typed) {
    if (raw == '-' || raw == ' ') {
      continue;
    }
    char c = raw >= 'a' && raw <= 'z' ? static_cast<char>(raw - 'a' + 'A') : raw;
    c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    if (kSymbols.find(c) == std::string_view::npos) {
      return std::nullopt;
    }
    code += c;
  }
  return code.size() == kActivationCodeSymbols ? std::optional(code) : std::nullopt;
}

Result<std::string> issue_activation(const ServiceContext& context, ActivationStore& store,
                                     const Tenant& tenant, const Caller& caller, Activation draft,
                                     const Account& account, const std::optional<Account>& made,
                                     std::string_view route,
                                     const std::optional<IdempotencyKey>& idempotency) {
  return answer_once(context, tenant, caller, route, idempotency, [&] {
    return issue(context, store, tenant, caller, std::move(draft), account, made, route,
                 idempotency);
  });
}

Result<std::string> create_activation(const ServiceContext& context, ActivationStore& store,
                                      const Tenant& tenant, const Caller& caller,
                                      const ActivationRequest& request,
                                      const std::optional<IdempotencyKey>& idempotency) {
  Result<std::string> answer = create(context, store, tenant, caller, request, idempotency);
  if (!answer.has_value() && answer.error().code == ErrorCode::account_exists) {
    // Another call may have made the account in the meantime: now it is an existing one.
    answer = create(context, store, tenant, caller, request, idempotency);
  }
  audit(context, "activation.create", tenant, caller, CeremonyKind::registration, CeremonyId(),
        error_of(answer));
  return answer;
}

std::string_view activation_stage_name(ActivationStage stage) {
  switch (stage) {
    case ActivationStage::open:
      return "open";
    case ActivationStage::used:
      return "used";
    case ActivationStage::blocked:
      return "blocked";
    case ActivationStage::cancelled:
      return "cancelled";
    case ActivationStage::expired:
      return "expired";
  }
  return "expired";
}

ActivationStage stage_of(const Activation& activation, UnixSeconds now) {
  switch (activation.state) {
    case ActivationState::open:
      return activation.expires_at < now ? ActivationStage::expired : ActivationStage::open;
    case ActivationState::used:
      return ActivationStage::used;
    case ActivationState::blocked:
      return ActivationStage::blocked;
    case ActivationState::cancelled:
      return ActivationStage::cancelled;
  }
  return ActivationStage::expired;
}

Result<ActivationReport> read_activation(const ServiceContext& context, ActivationStore& store,
                                         const Tenant& tenant, const ActivationId& id) {
  CS_ASSIGN(std::optional<Activation> activation, store.find_activation(tenant.id, id));
  if (!activation) {
    return ErrorCode::activation_invalid;
  }
  CS_ASSIGN(std::optional<Account> account,
            context.credentials.find_account(tenant.id, activation->account));
  if (!account) {
    return ErrorCode::store_corrupt;
  }
  return ActivationReport{std::move(*activation), std::move(*account)};
}

Result<Activation> redeem_activation(const ServiceContext& context, ActivationStore& store,
                                     const Tenant& tenant, const Caller& caller,
                                     const ActivationId& id, std::string_view code) {
  // What cannot be a code is tried all the same: it counts, and takes the same time.
  const std::optional<std::string> symbols = normalize_activation_code(code);
  const Digest256 digest = digest_code(context, tenant, id, symbols.value_or(""));
  Result<Activation> redeemed = store.try_activation(tenant.id, id, digest, context.clock.now());
  audit(context, "activation.redeem", tenant, caller, CeremonyKind::registration, CeremonyId(),
        error_of(redeemed));
  return redeemed;
}

}  // namespace countersign
