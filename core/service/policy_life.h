#pragma once
// The life of a policy revision: draft, validated, shadow, canary, active, retired. Pure: which
// change an event makes to a tenant's revisions, or why it makes none.
//
// A revision decides about customers only as canary or active, and becomes either only by approvals
// of administrators that name it, the revision it replaces, and how many customers it may decide
// about.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "crypto/hasher.h"

namespace countersign {

/// Numbers are kept in stores.
enum class RevisionState : std::uint8_t {
  draft = 0,
  validated = 1,  // lint found no error, and a person took note of its warnings
  shadow = 2,     // evaluated beside the active one; decides nothing
  canary = 3,     // decides for a share of the users
  active = 4,
  retired = 5,
};
std::string_view revision_state_name(RevisionState state);

enum class RevisionAction : std::uint8_t {
  validate,  // draft -> validated; validated, shadow, retired after active: takes new note
  shadow,    // validated -> shadow
  canary,    // validated, shadow, canary -> canary; by approvals, unless it lowers the share
  publish,   // validated, shadow, canary, or retired after having been active -> active; approvals
  withdraw,  // shadow, canary -> validated
  retire,    // anything but the active one -> retired
};

/// Shares of users are in thousandths; a revision for all of them is no canary.
inline constexpr std::uint16_t kWholeShare = 1000;

struct PolicyRevision {
  Digest256 digest{};  // of the document: its address
  RevisionState state = RevisionState::draft;
  std::uint16_t share = 0;  // of a canary
  /// Only then can a retired one come back.
  bool was_active = false;
  std::string name;         // the document's id
  std::int64_t number = 0;  // the document's revision
  UnixSeconds created_at;
  std::string created_by;
  /// Kinds of lint's warnings of which whoever validated it took note. Nothing: it is not
  /// validated, or was by a program that did not keep them.
  std::optional<std::vector<std::string>> acknowledged;
};

/// All revisions of a tenant.
struct PolicyLife {
  /// Grows with every change of revisions, and whenever a publication begins or an approval of one
  /// ends to count.
  std::uint64_t version = 0;
  std::vector<PolicyRevision> revisions;  // oldest first

  const PolicyRevision* find(const Digest256& digest) const;
  /// The one in that state, of the states that have one at most: shadow, canary, active.
  const PolicyRevision* in_state(RevisionState state) const;
};

/// Whether `diff` shows that something may become weaker for anybody.
enum class Weakening : std::uint8_t { none, possible };

struct RevisionEvent {
  RevisionAction action = RevisionAction::validate;
  Digest256 revision{};
  std::uint16_t share = kWholeShare;  // canary: 1 to 999
  /// Canary and publish: the digest of what is active according to the approvals. Where no revision
  /// is stored, the tenant's configured document is.
  Digest256 replaces{};
  unsigned approvals = 0;  // of different people, of one transaction that names all of this
  unsigned approvals_needed = 1;
  Weakening weakening = Weakening::possible;  // against what is active, and against a canary
  std::vector<std::string> acknowledged;      // validate
};

struct RevisionChange {
  Digest256 digest{};
  RevisionState before = RevisionState::draft;
  RevisionState after = RevisionState::draft;
  std::uint16_t share = 0;
  /// Of a validation, the first or a later one; else what is kept stays.
  std::optional<std::vector<std::string>> acknowledged{};
};

/// Which pending publications end with the change: nothing that was approved before publishes
/// after.
enum class SpentApprovals : std::uint8_t { none, of_revision, all };

struct LifeChange {
  /// In the order in which they can be made without ever having two of a kind.
  std::vector<RevisionChange> changes;
  SpentApprovals spent = SpentApprovals::none;
};

/// `configured`: the digest of the tenant's configured document. Errors:
/// policy_revision_not_found; policy_revision_state_mismatch (also: too few approvals, or another
/// revision holds the place); policy_active_changed; policy_rollback_weaker (one person is enough
/// to go back to a revision only where nothing becomes weaker).
Result<LifeChange> change_life(const PolicyLife& life, const Digest256& configured,
                               const RevisionEvent& event);
/// How many approvals it takes: one to go back to what was active and is not weaker.
unsigned approvals_for(const PolicyRevision& revision, unsigned needed, Weakening weakening);

/// The digest of what is active.
Digest256 active_digest(const PolicyLife& life, const Digest256& configured);

/// Whether a canary of that share decides for the user: always the same answer for a user and
/// revision, and who is in at some share is in at every larger one.
bool is_in_canary(const Hasher& hasher, const TenantId& tenant, const Digest256& revision,
                  const UserHandle& user, std::uint16_t share);

}  // namespace countersign
