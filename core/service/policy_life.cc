#include "service/policy_life.h"

#include <algorithm>

#include "crypto/tagged_hash.h"
#include "policy/lint.h"

namespace countersign {
namespace {

constexpr ErrorCode kMismatch = ErrorCode::policy_revision_state_mismatch;

LifeChange one_change(const PolicyRevision& revision, RevisionState after, SpentApprovals spent,
                      std::uint16_t share = 0) {
  return {{{revision.digest, revision.state, after, share}}, spent};
}

bool is_placed(RevisionState state) {
  return state == RevisionState::shadow || state == RevisionState::canary;
}

// What may decide about customers once it is approved.
bool is_publishable(const PolicyRevision& revision) {
  switch (revision.state) {
    case RevisionState::validated:
    case RevisionState::shadow:
    case RevisionState::canary:
      return true;
    case RevisionState::retired:
      return revision.was_active;
    case RevisionState::draft:
    case RevisionState::active:
      return false;
  }
  return false;
}

// Whether both take note of the same. That somebody else drafted the same number stops no
// publication, and ends none.
bool is_same_note(const std::optional<std::vector<std::string>>& one,
                  const std::vector<std::string>& other) {
  const auto lasting = [](std::vector<std::string> kinds) {
    std::erase(kinds, lint_kind_name(LintKind::revision_repeated));
    return kinds;
  };
  return one && lasting(*one) == lasting(other);
}

// Lint is asked again when it is published: whoever validates it anew takes note of what has come
// up. Approvals were of what was shown before. A canary decides, and is withdrawn first.
Result<LifeChange> validate(const PolicyRevision& revision, const RevisionEvent& event) {
  if (revision.state == RevisionState::draft) {
    return LifeChange{
        {{revision.digest, revision.state, RevisionState::validated, 0, event.acknowledged}},
        SpentApprovals::none};
  }
  const bool is_waiting = is_publishable(revision) && revision.state != RevisionState::canary;
  if (!is_waiting || is_same_note(revision.acknowledged, event.acknowledged)) {
    return kMismatch;
  }
  return LifeChange{{{revision.digest, revision.state, revision.state, 0, event.acknowledged}},
                    SpentApprovals::of_revision};
}

Status check_approvals(const PolicyLife& life, const Digest256& configured,
                       const PolicyRevision& revision, const RevisionEvent& event) {
  if (event.replaces != active_digest(life, configured)) {
    return ErrorCode::policy_active_changed;
  }
  if (event.approvals == 0) {
    return kMismatch;
  }
  if (event.approvals < approvals_for(revision, event.approvals_needed, event.weakening)) {
    return revision.state == RevisionState::retired ? ErrorCode::policy_rollback_weaker : kMismatch;
  }
  return ok();
}

Result<LifeChange> change_canary(const PolicyLife& life, const Digest256& configured,
                                 const PolicyRevision& revision, const RevisionEvent& event) {
  const PolicyRevision* other = life.in_state(RevisionState::canary);
  const bool is_taken = other != nullptr && other->digest != revision.digest;
  if (is_taken || revision.state == RevisionState::retired || !is_publishable(revision) ||
      event.share == 0 || event.share >= kWholeShare) {
    return kMismatch;
  }
  const bool is_lowered = revision.state == RevisionState::canary && event.share <= revision.share;
  if (!is_lowered) {
    CS_TRY(check_approvals(life, configured, revision, event));
  }
  return one_change(revision, RevisionState::canary, SpentApprovals::none, event.share);
}

Result<LifeChange> publish(const PolicyLife& life, const Digest256& configured,
                           const PolicyRevision& revision, const RevisionEvent& event) {
  if (!is_publishable(revision)) {
    return kMismatch;
  }
  CS_TRY(check_approvals(life, configured, revision, event));
  LifeChange change;
  change.spent = SpentApprovals::all;
  if (const PolicyRevision* active = life.in_state(RevisionState::active)) {
    change.changes.push_back({active->digest, active->state, RevisionState::retired, 0});
  }
  // Its approvals were for another active revision.
  const PolicyRevision* canary = life.in_state(RevisionState::canary);
  if (canary != nullptr && canary->digest != revision.digest) {
    change.changes.push_back({canary->digest, canary->state, RevisionState::validated, 0});
  }
  change.changes.push_back({revision.digest, revision.state, RevisionState::active, 0});
  return change;
}

}  // namespace

std::string_view revision_state_name(RevisionState state) {
  switch (state) {
    case RevisionState::draft:
      return "draft";
    case RevisionState::validated:
      return "validated";
    case RevisionState::shadow:
      return "shadow";
    case RevisionState::canary:
      return "canary";
    case RevisionState::active:
      return "active";
    case RevisionState::retired:
      return "retired";
  }
  return "draft";
}

const PolicyRevision* PolicyLife::find(const Digest256& digest) const {
  const auto found = std::find_if(revisions.begin(), revisions.end(),
                                  [&](const PolicyRevision& one) { return one.digest == digest; });
  return found == revisions.end() ? nullptr : &*found;
}

const PolicyRevision* PolicyLife::in_state(RevisionState state) const {
  const auto found = std::find_if(revisions.begin(), revisions.end(),
                                  [&](const PolicyRevision& one) { return one.state == state; });
  return found == revisions.end() ? nullptr : &*found;
}

Digest256 active_digest(const PolicyLife& life, const Digest256& configured) {
  const PolicyRevision* active = life.in_state(RevisionState::active);
  return active == nullptr ? configured : active->digest;
}

unsigned approvals_for(const PolicyRevision& revision, unsigned needed, Weakening weakening) {
  const bool is_safe_return = revision.state == RevisionState::retired && revision.was_active &&
                              weakening == Weakening::none;
  return is_safe_return ? 1 : std::max(needed, 1U);
}

Result<LifeChange> change_life(const PolicyLife& life, const Digest256& configured,
                               const RevisionEvent& event) {
  const PolicyRevision* revision = life.find(event.revision);
  if (revision == nullptr) {
    return ErrorCode::policy_revision_not_found;
  }
  const RevisionState state = revision->state;
  switch (event.action) {
    case RevisionAction::validate:
      return validate(*revision, event);
    case RevisionAction::shadow:
      if (state != RevisionState::validated || life.in_state(RevisionState::shadow) != nullptr) {
        return kMismatch;
      }
      return one_change(*revision, RevisionState::shadow, SpentApprovals::none);
    case RevisionAction::canary:
      return change_canary(life, configured, *revision, event);
    case RevisionAction::publish:
      return publish(life, configured, *revision, event);
    case RevisionAction::withdraw:
      if (!is_placed(state)) {
        return kMismatch;
      }
      return one_change(*revision, RevisionState::validated, SpentApprovals::of_revision);
    case RevisionAction::retire:
      if (state == RevisionState::active || state == RevisionState::retired) {
        return kMismatch;
      }
      return one_change(*revision, RevisionState::retired, SpentApprovals::of_revision);
  }
  return kMismatch;
}

bool is_in_canary(const Hasher& hasher, const TenantId& tenant, const Digest256& revision,
                  const UserHandle& user, std::uint16_t share) {
  // Two digests in front, which have a fixed size: no two triples have the same bytes.
  ByteVector message(revision.begin(), revision.end());
  const Digest256 name = hasher.sha256({bytes_of(tenant.value)});
  message.insert(message.end(), name.begin(), name.end());
  message.insert(message.end(), user.value.begin(), user.value.end());
  const Digest256 digest = tagged_hash(hasher, "countersign/1/policy-canary", message);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number = number << 8U | digest[i];
  }
  return number % kWholeShare < share;
}

}  // namespace countersign
