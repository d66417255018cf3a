#include "service/payment_service.h"

#include "codec/base64url.h"
#include "codec/json_writer.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

std::string key_id_of(const ServiceContext& context, const BrowserBoundKey& key) {
  return encode_base64url(context.hasher.sha256({key.key}));
}

Status change(const ServiceContext& context, PaymentStore& store, const Tenant& tenant,
              const Caller& caller, const Account& account, const CredentialId& credential,
              std::string_view key_id, BrowserBoundKeyChange change) {
  if (!caller.api_key) {
    return ErrorCode::caller_not_allowed;
  }
  CS_ASSIGN(const std::vector<BrowserBoundKey> keys,
            store.list_browser_bound_keys(tenant.id, account.handle, credential));
  for (const BrowserBoundKey& key : keys) {
    if (key_id_of(context, key) != key_id) {
      continue;
    }
    switch (change) {
      case BrowserBoundKeyChange::trust:
        return store.trust_browser_bound_key(tenant.id, credential, key.key, context.clock.now());
      case BrowserBoundKeyChange::remove:
        return store.remove_browser_bound_key(tenant.id, credential, key.key);
    }
  }
  return ErrorCode::browser_bound_key_unknown;
}

std::string_view event_of(BrowserBoundKeyChange change) {
  switch (change) {
    case BrowserBoundKeyChange::trust:
      return "browser-bound-key.trust";
    case BrowserBoundKeyChange::remove:
      return "browser-bound-key.remove";
  }
  return "";
}

}  // namespace

Result<std::string> list_browser_bound_keys(const ServiceContext& context, PaymentStore& store,
                                            const Tenant& tenant, const Account& account,
                                            const CredentialId& credential) {
  CS_ASSIGN(const std::vector<BrowserBoundKey> keys,
            store.list_browser_bound_keys(tenant.id, account.handle, credential));
  JsonWriter json;
  json.begin_object();
  json.member("browserBoundKeys").begin_array();
  for (const BrowserBoundKey& key : keys) {
    json.begin_object();
    json.member("id").string(key_id_of(context, key));
    json.member("firstSeenAt").string(encode_rfc3339(key.first_seen_at));
    json.member("trustedAt");
    if (key.trusted_at) {
      json.string(encode_rfc3339(*key.trusted_at));
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

Status change_browser_bound_key(const ServiceContext& context, PaymentStore& store,
                                const Tenant& tenant, const Caller& caller, const Account& account,
                                const CredentialId& credential, std::string_view key_id,
                                BrowserBoundKeyChange change_wanted) {
  const Status changed =
      change(context, store, tenant, caller, account, credential, key_id, change_wanted);
  audit(context, event_of(change_wanted), tenant, caller, CeremonyKind::registration, CeremonyId(),
        changed.has_value() ? std::nullopt : std::optional<Error>(changed.error()), PolicyTrace(),
        std::nullopt);
  return changed;
}

}  // namespace countersign
