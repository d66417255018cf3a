#pragma once
// The evidence record of one approval: what a third party needs to verify it again, years later and
// without a server. Its bytes are what the log commits to (leaf_of) and what the next approval of
// the same transaction names as its `previous` (record_digest).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong_id.h"
#include "base/time.h"
#include "codec/canonical_cbor.h"
#include "crypto/hasher.h"
#include "metadata/models.h"
#include "model/credential_record.h"
#include "transaction/binding.h"

namespace countersign {

/// The credential as it was stored when the approval was verified, before it changed the record.
struct CredentialEvidence {
  CredentialId id;
  ByteVector public_key;  // encoded COSE_Key
  std::int64_t algorithm = 0;
  std::uint32_t sign_count = 0;
  bool is_uv_initialized = false;
  bool is_backup_eligible = false;
  bool is_backed_up = false;
  std::string attestation_format;
  std::string attestation_type;
  std::string attestation_trust;
  RegisteredModel registered;
  ModelAssessment at_registration;
  std::string metadata_status;  // at the time of the approval: what credential.metadataStatus was
  std::string objection;        // of the metadata then: an error's name; empty: none
  UnixSeconds created_at;
};

/// Secure Payment Confirmation: the key that the browser itself signs clientDataJSON with.
struct BrowserBoundEvidence {
  ByteVector public_key;  // encoded COSE_Key
  ByteVector signature;   // as it came
};

struct RecordedPolicy {
  /// By which version of the rules of evaluation it was decided (kDecisionVersion), from 1.
  std::int64_t evaluation = 1;
  std::string document;       // the revision that B names: its JSON text
  std::string decision;       // that it let the approval pass: what PolicyTrace has, a JSON object
  std::string base_currency;  // of amount.base; empty: none was configured
};

/// Who drew what the customer saw.
enum class DisplayKind : std::uint8_t {
  page,                // D0: the bank's page
  approval_origin,     // D1: an origin of its own
  payment_dialog,      // D2: the browser's dialog
  second_device,       // D3
  certified_hardware,  // D4
};
std::string_view display_kind_name(DisplayKind kind);
/// 0 to 4.
std::int64_t display_tier_of(DisplayKind kind);

/// Whether the view's own two actions were there to be pressed; the browser's dialog has its own.
bool shows_actions(DisplayKind kind);

struct TierEvidence {
  DisplayKind kind = DisplayKind::page;
  /// What shows it, a map, by kind: page {}; approval_origin {"origin"}, the page's; payment_dialog
  /// {"payeeOrigin": text or null, "instrumentName", "instrumentIcon", "logos": [[url, label], …]},
  /// what the dialog was asked to show beside the intent.
  CanonicalValue details = CanonicalValue::make_map({});
};

/// `customer` alone stands in no B: of the first approval it is the subject that B has a digest of,
/// and the records of the others say the same. What B says in clear (tenant, transaction, RP ID,
/// session, demanded tier, step, previous record, batch, times) stands in B alone.
struct ApprovalEvidence {
  ByteVector binding;  // B
  /// What B has digests of. The origins are those that were accepted, top-level ones those that
  /// might embed them.
  std::vector<std::string> origins;
  std::vector<std::string> top_origins;
  UserHandle subject;            // whose approval it is
  UserHandle customer;           // whose transaction it is; the first approval is theirs
  ByteVector intent;             // C(intent)
  ByteVector view;               // C(view)
  ByteVector template_document;  // C(template)
  ByteVector locale_pack;        // C(pack)

  ByteVector client_data_json;
  ByteVector authenticator_data;
  ByteVector signature;
  std::optional<BrowserBoundEvidence> browser_bound;
  CredentialEvidence credential;

  RecordedPolicy policy;
  TierEvidence tier;
  std::vector<std::string> checks;  // that passed, in their order
  std::string core_version;
  std::string verifier;  // the backend that verified the signatures
  UnixSeconds approved_at;
};

/// What `version` of a record is: a layout keeps its number for ever. Version 1 was changed while
/// nothing was released, and is not read.
inline constexpr std::int64_t kRecordVersion = 2;

/// C(record). Errors: receipt_malformed where a member is outside its limits (an empty list where
/// one is needed, too long); those of make_bound_cbor.
Result<ByteVector> encode_record(const ApprovalEvidence& evidence);

/// Accepts exactly what encode_record writes. Errors: receipt_malformed, those of
/// parse_canonical_cbor.
Result<ApprovalEvidence> parse_record(Bytes record);

/// The version that a record names, also one that parse_record refuses. Nothing where none is
/// named.
std::optional<std::int64_t> record_version(Bytes record);

using Salt = std::array<std::uint8_t, 32>;

/// TH("countersign/1/leaf", salt ‖ TH("countersign/1/record", record)): a commitment that says
/// nothing of the record once record and salt are erased.
Digest256 leaf_of(const Hasher& hasher, const Salt& salt, Bytes record);

}  // namespace countersign
