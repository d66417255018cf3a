#pragma once
// What payments (Secure Payment Confirmation) need of the store: which passkeys are for payments,
// and their browser-bound keys. As in ports.h, one method is one atomic and, when it returns,
// durable transaction.

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "base/time.h"

namespace countersign {

/// A key of one browser beside a passkey (transaction/browser_bound_key.h).
struct BrowserBoundKey {
  ByteVector key;  // encoded COSE_Key
  UnixSeconds first_seen_at;
  /// Nothing: it signed a payment, but nobody has vouched for who sat there.
  std::optional<UnixSeconds> trusted_at;
};

class PaymentStore {
 public:
  virtual ~PaymentStore() = default;

  /// Passkeys of the account that were made for payments and are not revoked, oldest first.
  virtual Result<std::vector<CredentialId>> list_payment_credentials(const TenantId& tenant,
                                                                     const UserHandle& account) = 0;
  /// Oldest first. Error: credential_not_found unless the passkey is the account's, for payments
  /// and not revoked.
  virtual Result<std::vector<BrowserBoundKey>> list_browser_bound_keys(
      const TenantId& tenant, const UserHandle& account, const CredentialId& credential) = 0;
  /// Keeps a key that waits for somebody to vouch for it; one that is kept already stays as it is.
  /// Beyond kMaxBrowserBoundKeys the oldest that waits makes room; where all are trusted, nothing
  /// happens.
  virtual Status note_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                        Bytes key, UnixSeconds now) = 0;
  /// Error: browser_bound_key_unknown (it is not kept).
  virtual Status trust_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                         Bytes key, UnixSeconds now) = 0;
  virtual Status remove_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                          Bytes key) = 0;
};

}  // namespace countersign
