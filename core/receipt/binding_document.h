#pragma once
// B as it is read again: its members in clear, and the digests of what stands beside it in the
// record.

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "codec/canonical_cbor.h"
#include "transaction/binding.h"

namespace countersign {

struct BindingDocument {
  TenantId tenant;
  std::string rp_id;
  Digest256 origins{};
  Digest256 subject{};
  std::string transaction_id;
  std::optional<Digest256> session;
  Digest256 intent{};
  Digest256 view{};
  Digest256 template_digest{};
  Digest256 locale_digest{};
  Digest256 policy_digest{};
  std::int64_t display_tier = 0;
  std::int64_t approval_step = 1;
  std::int64_t approval_of = 1;
  std::optional<Digest256> previous;
  std::optional<Batch> batch;
  UnixSeconds issued_at;
  UnixSeconds expires_at;
};

/// Exactly what bind_transaction writes. Errors: those of parse_canonical_cbor;
/// binding_member_invalid (missing, unknown, of another type); binding_ceremony_unknown,
/// binding_display_tier_invalid, binding_approval_invalid, binding_lifetime_invalid, those of
/// make_amount.
Result<BindingDocument> parse_binding_document(Bytes binding);

}  // namespace countersign
