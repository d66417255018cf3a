#pragma once
// The binding document B and the challenge: what an approval is for, once, byte for byte.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/strong_id.h"
#include "base/time.h"
#include "codec/canonical_cbor.h"
#include "crypto/hasher.h"
#include "transaction/amount.h"

namespace countersign {

inline constexpr std::string_view kApproveCeremony = "transaction.approve";

/// What B says of the session: nothing, an opaque handle (never the cookie's value), or the RFC
/// 7638 thumbprint of the key that began the transaction.
struct SessionHandle {
  std::string value;
};
struct SessionKey {
  Digest256 thumbprint{};
};
using BoundSession = std::variant<std::monostate, SessionHandle, SessionKey>;

struct Batch {
  std::int64_t count = 0;
  Digest256 root{};
  std::vector<Amount> total;  // one a currency

  friend bool operator==(const Batch&, const Batch&) = default;
};

/// The members of B before they are digested.
struct Binding {
  std::string ceremony;
  TenantId tenant;
  std::string rp_id;
  std::vector<std::string> origins;  // a set: their order does not matter
  UserHandle subject;
  std::string transaction_id;
  BoundSession session;
  CanonicalValue intent;  // frozen
  CanonicalValue view;
  Digest256 template_digest{};
  Digest256 locale_digest{};
  Digest256 policy_digest{};  // of the revision that decided
  std::int64_t display_tier = 0;
  std::int64_t approval_step = 1;
  std::int64_t approval_of = 1;
  std::optional<Digest256> previous;  // the record of the step before
  std::optional<Batch> batch;
  UnixSeconds issued_at;
  UnixSeconds expires_at;
  Digest256 nonce{};  // random, drawn after the intent was frozen
};

/// Everything that is bound, encoded once.
struct BoundTransaction {
  ByteVector intent_cbor;
  Digest256 intent_digest{};
  ByteVector view_cbor;
  Digest256 view_digest{};
  ByteVector binding_cbor;  // B
  Digest256 challenge{};
};

/// Checks every member, encodes, digests. Errors: intent_malformed, view_malformed, the binding_…
/// codes, amount_malformed, currency_not_usable, those of make_canonical_cbor.
Result<BoundTransaction> bind_transaction(const Hasher& hasher, const Binding& binding);

/// TH("countersign/1/challenge", B).
Digest256 challenge_of(const Hasher& hasher, Bytes binding_cbor);

/// TH("countersign/1/record", record): what `previous` of the next step is.
Digest256 record_digest(const Hasher& hasher, Bytes record);

}  // namespace countersign
