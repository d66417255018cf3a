#pragma once
// Use cases around browser-bound keys (docs/transactions.md, "Browser-bound keys"): which browsers
// of a passkey are trusted for payments. A key is trusted when it came with the registration of its
// passkey, or when the bank's backend says so: it alone can have asked the customer in another way.

#include <optional>
#include <string>
#include <string_view>

#include "service/context.h"
#include "service/payment_store.h"

namespace countersign {

/// `{"browserBoundKeys":[{"id","firstSeenAt","trustedAt"}]}`, oldest first; `id` is the base64url
/// of the SHA-256 of the key. Errors: credential_not_found, those of the store.
Result<std::string> list_browser_bound_keys(const ServiceContext& context, PaymentStore& store,
                                            const Tenant& tenant, const Account& account,
                                            const CredentialId& credential);

enum class BrowserBoundKeyChange : std::uint8_t { trust, remove };
/// By a backend. Errors: caller_not_allowed, credential_not_found, browser_bound_key_unknown, those
/// of the store.
Status change_browser_bound_key(const ServiceContext& context, PaymentStore& store,
                                const Tenant& tenant, const Caller& caller, const Account& account,
                                const CredentialId& credential, std::string_view key_id,
                                BrowserBoundKeyChange change);

}  // namespace countersign
