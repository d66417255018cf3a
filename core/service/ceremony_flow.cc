#include "service/ceremony_flow.h"

#include <algorithm>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "service/rendering.h"
#include "service/session_use.h"

namespace countersign {
IssuedCeremony issue_ceremony(const ServiceContext& context, const Tenant& tenant,
                              const Caller& caller, CeremonyKind kind) {
  constexpr std::size_t kChallengeBytes = 32;
  constexpr std::size_t kTokenBytes = 32;
  IssuedCeremony issued;
  Ceremony& ceremony = issued.ceremony;
  ceremony.id = CeremonyId(random_text(context.random, kIdBytes));
  ceremony.tenant = tenant.id;
  ceremony.kind = kind;
  ceremony.challenge.resize(kChallengeBytes);
  context.random.fill(ceremony.challenge);
  ceremony.created_at = context.clock.now();
  ceremony.expires_at = UnixSeconds{ceremony.created_at.value + tenant.ceremony_seconds};
  if (caller.api_key) {
    issued.token = random_text(context.random, kTokenBytes);
    ceremony.binding = CeremonyBinding::token;
    ceremony.binding_digest = context.hasher.sha256({bytes_of(*issued.token)});
    return issued;
  }
  ceremony.binding =
      caller.is_conformance_call ? CeremonyBinding::challenge : CeremonyBinding::session;
  // FIDO's tool leaves ceremonies without results, many in a second, and spoils challenges: a
  // session of its own for each leads to the last one for certain.
  const bool is_session_shared = !(caller.is_conformance_call && tenant.is_conformance_profile);
  if (caller.session_digest && is_session_shared) {
    ceremony.binding_digest = *caller.session_digest;
    return issued;
  }
  SessionValue value{};
  context.random.fill(value);
  ceremony.binding_digest = context.hasher.sha256({value});
  issued.new_session = value;
  return issued;
}

std::string encode_began(const IssuedCeremony& issued, std::string_view options,
                         std::string_view policy, const Account* account) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(issued.ceremony.id.value);
  json.member("expiresAt").string(encode_rfc3339(issued.ceremony.expires_at));
  if (issued.ceremony.mediation == Mediation::conditional) {
    json.member("mediation").string("conditional");
  }
  json.member("options").raw(options);
  json.member("policy").raw(policy);
  if (issued.token) {
    json.member("token").string(*issued.token);
  }
  if (account != nullptr) {
    json.member("user");
    write_account(json, *account);
  }
  json.end_object();
  return std::move(json).take();
}

namespace {

// Who may repeat a call: the API key, or the session cookie. Nobody else can be told apart.
std::optional<Digest256> idempotent_caller(const ServiceContext& context, const Caller& caller) {
  if (caller.api_key) {
    return context.hasher.sha256({bytes_of("api-key:"), bytes_of(*caller.api_key)});
  }
  return caller.session_digest;
}

}  // namespace

Result<std::optional<std::string>> find_remembered(const ServiceContext& context,
                                                   const Tenant& tenant, const Caller& caller,
                                                   std::string_view route,
                                                   const std::optional<IdempotencyKey>& key) {
  const std::optional<Digest256> owner = idempotent_caller(context, caller);
  if (!key || !owner) {
    return std::optional<std::string>();
  }
  CS_ASSIGN(const std::optional<IdempotentAnswer> known,
            context.challenges.find_answer(tenant.id, *owner, route, key->key));
  if (!known || known->expires_at < context.clock.now()) {
    return std::optional<std::string>();
  }
  if (!equal(known->request, key->request)) {
    return ErrorCode::idempotency_key_reused;
  }
  return std::optional<std::string>(known->answer);
}

std::optional<IdempotentAnswer> make_remembered(const ServiceContext& context, const Caller& caller,
                                                std::string_view route,
                                                const std::optional<IdempotencyKey>& key,
                                                std::string answer, UnixSeconds expires_at) {
  const std::optional<Digest256> owner = idempotent_caller(context, caller);
  if (!key || !owner) {
    return std::nullopt;
  }
  return IdempotentAnswer{*owner,       std::string(route), key->key,
                          key->request, std::move(answer),  expires_at};
}

Result<BeganCeremony> store_began(const ServiceContext& context, const Tenant& tenant,
                                  const Caller& caller, const IssuedCeremony& issued,
                                  const std::optional<Account>& account, std::string options,
                                  std::string answer, std::string_view route,
                                  const std::optional<IdempotencyKey>& key) {
  const std::optional<IdempotentAnswer> remembered =
      make_remembered(context, caller, route, key, answer, issued.ceremony.expires_at);
  const Status stored = context.challenges.create_ceremony(issued.ceremony, account, remembered);
  if (!stored.has_value()) {
    if (stored.error().code == ErrorCode::idempotency_key_reused) {
      CS_ASSIGN(std::optional<std::string> winner,
                find_remembered(context, tenant, caller, route, key));
      if (winner) {
        return BeganCeremony{{}, std::move(*winner), std::nullopt, true};
      }
    }
    return stored.error();
  }
  return BeganCeremony{std::move(options), std::move(answer), issued.new_session};
}

Status check_pending(const Ceremony& ceremony, const Caller& caller, UnixSeconds now) {
  if (!is_issued_to(ceremony, caller)) {
    return ErrorCode::ceremony_foreign;
  }
  if (ceremony.state != CeremonyState::pending) {
    return Error{ErrorCode::ceremony_consumed, Check::ceremony_pending, 0};
  }
  if (ceremony.expires_at < now) {
    return Error{ErrorCode::ceremony_expired, Check::ceremony_pending, 0};
  }
  return ok();
}

Result<Ceremony> find_pending(const ServiceContext& context, const Tenant& tenant,
                              const Caller& caller, CeremonyKind kind, const CeremonyId& id) {
  CS_ASSIGN(std::optional<Ceremony> found, context.challenges.find_ceremony(tenant.id, kind, id));
  if (!found) {
    return ErrorCode::ceremony_not_found;
  }
  CS_TRY(check_pending(*found, caller, context.clock.now()));
  return std::move(*found);
}

Result<CeremonyId> find_by_response(const ServiceContext& context, const Tenant& tenant,
                                    const Caller& caller, CeremonyKind kind,
                                    std::string_view response) {
  // Only a way to the ceremony: the verifier reads the response again, strictly.
  const auto challenge_of = [&]() -> ByteVector {
    const Result<JsonValue> body = parse_json(response);
    if (!body.has_value() || !body->is_object()) {
      return {};
    }
    const JsonValue* inner = body->find("response");
    const JsonValue* encoded =
        inner != nullptr && inner->is_object() ? inner->find("clientDataJSON") : nullptr;
    if (encoded == nullptr || !encoded->is_string()) {
      return {};
    }
    const Result<ByteVector> text = parse_base64url(encoded->string);
    const Result<ClientData> client_data =
        text.has_value() ? parse_client_data(*text) : Result<ClientData>(text.error());
    return client_data.has_value() ? client_data->challenge : ByteVector();
  };
  const ByteVector challenge = challenge_of();
  if (!challenge.empty()) {
    CS_ASSIGN(const std::optional<Ceremony> by_challenge,
              context.challenges.find_ceremony_by_challenge(tenant.id, kind, challenge));
    if (by_challenge && by_challenge->binding == CeremonyBinding::challenge) {
      return by_challenge->id;
    }
  }
  if (caller.session_digest) {
    CS_ASSIGN(const std::optional<Ceremony> youngest,
              context.challenges.find_ceremony_by_binding(tenant.id, kind, *caller.session_digest));
    if (youngest && youngest->binding == CeremonyBinding::challenge) {
      return youngest->id;
    }
  }
  return ErrorCode::ceremony_not_found;
}

bool is_of_the_store(const Error& error) {
  return error.code == ErrorCode::store_unavailable || error.code == ErrorCode::store_corrupt;
}

Error refuse(const ServiceContext& context, const Ceremony& ceremony, const Caller& caller,
             UnixSeconds now, Error error, const std::optional<CredentialId>& counter_of) {
  const Status status =
      context.challenges.refuse_ceremony(ceremony, now, error, caller.correlation_id, counter_of);
  return status.has_value() ? error : status.error();
}

Account make_account(const ServiceContext& context, const std::optional<std::string>& username,
                     const std::optional<std::string>& display_name) {
  constexpr std::size_t kUserHandleBytes = 32;
  Account account;
  account.handle.value.resize(kUserHandleBytes);
  context.random.fill(account.handle.value);
  account.username = username;
  account.display_name = display_name.value_or(username.value_or(""));
  account.created_at = context.clock.now();
  return account;
}

void bind_policy(Ceremony& ceremony, const PolicyOptions& policy) {
  ceremony.policy = policy.bound;
  ceremony.user_verification =
      stricter(ceremony.user_verification, policy.options.user_verification);
  if (policy.options.timeout_milliseconds) {
    ceremony.expires_at.value =
        std::min(ceremony.expires_at.value,
                 ceremony.created_at.value + *policy.options.timeout_milliseconds / 1000);
  }
}

NewSession make_session(const ServiceContext& context, const Tenant& tenant,
                        const UserHandle& account, const CredentialId& credential,
                        bool is_user_verified, UnixSeconds now) {
  NewSession made;
  context.random.fill(made.value);
  made.session.digest = context.hasher.sha256({made.value});
  made.session.user_handle = account;
  made.session.credential_id = credential;
  made.session.authenticated_at = now;
  made.session.expires_at = session_end(tenant, now, now);
  made.session.is_user_verified = is_user_verified;
  return made;
}

std::string actor_of(const Caller& caller) {
  if (caller.api_key) {
    return "key:" + *caller.api_key;
  }
  if (caller.session) {
    return "session";
  }
  return caller.token_digest ? "token" : "browser";
}

bool is_own_id(std::string_view text) {
  const Result<ByteVector> octets = parse_base64url(text);
  return octets.has_value() && octets->size() == kIdBytes;
}

AuditRecord make_audit(const ServiceContext& context, std::string_view event, const Tenant& tenant,
                       const Caller& caller, CeremonyKind kind, const CeremonyId& id,
                       const std::optional<Error>& error, const PolicyTrace& trace) {
  AuditRecord record;
  record.event = event;
  record.tenant = tenant.id;
  record.actor = actor_of(caller);
  if (is_own_id(id.value)) {
    record.ceremony = id;
  }
  record.correlation_id = caller.correlation_id;
  if (event.ends_with(".result")) {
    record.backend = std::string(context.verifier.name());
  }
  record.error = error;
  if (error) {
    record.step = service_step_of(kind, error->check);
  }
  record.decision =
      trace.decision.empty() ? encode_policy_in_force(context, tenant.id) : trace.decision;
  record.time = context.clock.now();
  return record;
}

void audit(const ServiceContext& context, std::string_view event, const Tenant& tenant,
           const Caller& caller, CeremonyKind kind, const CeremonyId& id,
           const std::optional<Error>& error, const PolicyTrace& trace,
           const std::optional<ErrorCode>& objection) {
  AuditRecord record = make_audit(context, event, tenant, caller, kind, id, error, trace);
  record.objection = objection;
  context.audit.record(record);
}

std::vector<std::string> expected_origins(const Tenant& tenant) {
  std::vector<std::string> origins = tenant.origins;
  origins.insert(origins.end(), tenant.related_origins.begin(), tenant.related_origins.end());
  return origins;
}

bool is_name(std::string_view text, std::size_t max_characters) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1_control =
        byte == 0xc2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0U;
    if (byte < 0x20U || byte == 0x7fU || is_c1_control) {
      return false;
    }
    if ((byte & 0xc0U) != 0x80U) {
      ++characters;
    }
  }
  return characters >= 1 && characters <= max_characters;
}

}  // namespace countersign
