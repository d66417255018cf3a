#include "native/policy/registry.h"

#include <algorithm>

#include "codec/base64url.h"
#include "native/ops/metrics.h"

namespace countersign {
namespace {

constexpr std::array<Strictness, 4> kChanges{Strictness::same, Strictness::stricter,
                                             Strictness::weaker, Strictness::incomparable};
// [a few revisions at a time, each with a ceremony, phase, change and rules, some 300 bytes; what
// is beyond counts without its rules, and beyond twice as many is lost]
constexpr std::size_t kMaxUnwritten = 1024;

std::shared_ptr<const PolicyDocument> find_in(
    const std::vector<std::shared_ptr<const PolicyDocument>>& documents, const Digest256& digest) {
  const auto found = std::find_if(documents.begin(), documents.end(),
                                  [&](const auto& one) { return one->digest() == digest; });
  return found == documents.end() ? nullptr : *found;
}

}  // namespace

PolicyRegistry::PolicyRegistry(PolicyStore& store, const PolicySource& configured,
                               const Hasher& hasher)
    : store_(store), configured_(configured), hasher_(hasher), closed_(make_closed_policy(hasher)) {
  snapshot_.publish(std::make_shared<const Policies>());
}

std::shared_ptr<const PolicyRegistry::TenantPolicies> PolicyRegistry::find_tenant(
    const TenantId& tenant) const {
  const std::shared_ptr<const Policies> policies = snapshot_.get();
  const auto found = policies->find(tenant);
  return found == policies->end() ? nullptr : found->second;
}

PolicyInForce PolicyRegistry::policy_for(const TenantId& tenant,
                                         const std::optional<UserHandle>& user) const {
  PolicyInForce in_force = configured_.policy_for(tenant, user);
  const std::shared_ptr<const TenantPolicies> policies = find_tenant(tenant);
  if (policies == nullptr) {
    return in_force;
  }
  if (policies->is_unreadable) {
    in_force.document = closed_;
    in_force.is_unreadable = true;
    return in_force;
  }
  if (policies->active != nullptr) {
    in_force.document = policies->active;
  }
  in_force.shadow = policies->shadow;
  if (policies->canary != nullptr && !user) {
    in_force.canary = policies->canary;
  } else if (policies->canary != nullptr &&
             is_in_canary(hasher_, tenant, policies->canary->digest(), *user, policies->share)) {
    in_force.others = std::exchange(in_force.document, policies->canary);
  }
  return in_force;
}

std::shared_ptr<const PolicyDocument> PolicyRegistry::find(const TenantId& tenant,
                                                           const Digest256& digest) const {
  const std::shared_ptr<const TenantPolicies> policies = find_tenant(tenant);
  std::shared_ptr<const PolicyDocument> known =
      policies == nullptr ? nullptr : find_in(policies->known, digest);
  return known != nullptr ? known : configured_.find(tenant, digest);
}

void PolicyRegistry::record_difference(const PolicyDifference& difference) {
  const std::lock_guard lock(counting_);
  ++counted_[difference.tenant][static_cast<std::size_t>(difference.change)];
  DifferenceKey key{difference.tenant,       difference.shadow,      difference.active,
                    difference.ceremony,     difference.phase,       difference.change,
                    difference.active_rules, difference.shadow_rules};
  if (unwritten_.size() >= kMaxUnwritten && !unwritten_.contains(key)) {
    key.active_rules = kOtherRules;
    key.shadow_rules = kOtherRules;
  }
  if (unwritten_.size() < 2 * kMaxUnwritten || unwritten_.contains(key)) {
    ++unwritten_[key];
  }
}

bool PolicyRegistry::note_policy_change(const TenantId& tenant) {
  // What fails now is tried again by whoever calls reload now and then.
  static_cast<void>(reload());
  const std::lock_guard lock(telling_);
  return has_read_versions_ && !stale_.contains(tenant);
}

std::vector<TenantId> PolicyRegistry::stale_tenants() const {
  const std::lock_guard lock(telling_);
  return {stale_.begin(), stale_.end()};
}

Result<std::shared_ptr<const PolicyRegistry::TenantPolicies>> PolicyRegistry::read_tenant(
    const TenantId& tenant, const TenantPolicies* before) const {
  CS_ASSIGN(const PolicyLife life, store_.read_policy_life(tenant));
  auto policies = std::make_shared<TenantPolicies>();
  policies->version = life.version;
  // Another revision takes its place, or it stays: rows that are gone were not taken by a server.
  if (before != nullptr && before->active != nullptr &&
      life.in_state(RevisionState::active) == nullptr) {
    return ErrorCode::store_corrupt;
  }
  const auto load =
      [&](const PolicyRevision& revision) -> Result<std::shared_ptr<const PolicyDocument>> {
    if (before != nullptr) {
      if (std::shared_ptr<const PolicyDocument> known = find_in(before->known, revision.digest)) {
        return known;
      }
    }
    CS_ASSIGN(const std::optional<std::string> text,
              store_.find_policy_document(tenant, revision.digest));
    if (!text) {
      return ErrorCode::store_corrupt;
    }
    CS_ASSIGN(PolicyDocument document, parse_policy(*text, hasher_));
    if (!equal(document.digest(), revision.digest)) {
      return ErrorCode::store_corrupt;  // the seal is of the digest: the text must be its own
    }
    return std::make_shared<const PolicyDocument>(std::move(document));
  };
  const auto place = [&](RevisionState state,
                         std::shared_ptr<const PolicyDocument>& document) -> Status {
    const PolicyRevision* revision = life.in_state(state);
    if (revision == nullptr) {
      return ok();
    }
    CS_ASSIGN(document, load(*revision));
    if (state == RevisionState::canary) {
      policies->share = revision->share;
    }
    policies->known.push_back(document);
    return ok();
  };
  if (before != nullptr) {
    policies->known = before->known;
  }
  CS_TRY(place(RevisionState::active, policies->active));
  CS_TRY(place(RevisionState::canary, policies->canary));
  CS_TRY(place(RevisionState::shadow, policies->shadow));
  // The last of each digest stays, and of those the newest ones.
  std::vector<std::shared_ptr<const PolicyDocument>> kept;
  for (auto one = policies->known.rbegin(); one != policies->known.rend(); ++one) {
    if (kept.size() < kKeptRevisions && find_in(kept, (*one)->digest()) == nullptr) {
      kept.push_back(*one);
    }
  }
  policies->known.assign(kept.rbegin(), kept.rend());
  return std::shared_ptr<const TenantPolicies>(std::move(policies));
}

Status PolicyRegistry::reload() {
  const std::lock_guard lock(reloading_);
  const Result<std::vector<TenantVersion>> versions = store_.read_policy_versions();
  if (!versions.has_value()) {
    const std::lock_guard telling(telling_);
    has_read_versions_ = false;
    return versions.error();
  }
  std::set<TenantId> stale;
  const std::shared_ptr<const Policies> before = snapshot_.get();
  auto after = std::make_shared<Policies>(*before);
  bool has_changed = false;
  Status outcome = ok();
  for (const TenantVersion& version : *versions) {
    const auto known = before->find(version.tenant);
    const TenantPolicies* policies = known == before->end() ? nullptr : known->second.get();
    if (policies != nullptr && policies->version == version.version) {
      continue;
    }
    // What cannot be read of one tenant leaves it as it was, and holds up no other. Of one that was
    // never read nobody knows what it denies.
    Result<std::shared_ptr<const TenantPolicies>> read = read_tenant(version.tenant, policies);
    if (read.has_value()) {
      (*after)[version.tenant] = *std::move(read);
      has_changed = true;
      continue;
    }
    stale.insert(version.tenant);
    outcome = outcome.has_value() ? Status(read.error()) : outcome;
    if (policies == nullptr) {
      auto unreadable = std::make_shared<TenantPolicies>();
      unreadable->is_unreadable = true;
      (*after)[version.tenant] = std::move(unreadable);
      has_changed = true;
    }
  }
  if (has_changed) {
    snapshot_.publish(std::move(after));
  }
  const std::lock_guard telling(telling_);
  stale_ = std::move(stale);
  has_read_versions_ = true;
  return outcome;
}

Status PolicyRegistry::flush_differences() {
  std::map<DifferenceKey, std::uint64_t> counts;
  {
    const std::lock_guard lock(counting_);
    counts.swap(unwritten_);
  }
  for (auto one = counts.begin(); one != counts.end(); one = counts.erase(one)) {
    const DifferenceKey& key = one->first;
    const DifferenceCount count{key.ceremony, key.phase,        key.change,
                                one->second,  key.active_rules, key.shadow_rules};
    const Status written =
        store_.count_differences(key.tenant, key.revision, key.active, {&count, 1});
    if (!written.has_value()) {
      const std::lock_guard lock(counting_);
      for (const auto& [rest, number] : counts) {
        unwritten_[rest] += number;
      }
      return written.error();
    }
  }
  return ok();
}

std::string PolicyRegistry::metrics(const std::vector<TenantId>& tenants) const {
  std::string text =
      "# HELP countersign_policy_info The active policy of a tenant.\n"
      "# TYPE countersign_policy_info gauge\n";
  for (const TenantId& tenant : tenants) {
    const std::shared_ptr<const PolicyDocument> active = policy_for(tenant, std::nullopt).document;
    text += "countersign_policy_info{tenant=" + quoted_label(tenant.value) + ",policy=\"" +
            active->id() + "\",digest=\"" + encode_base64url(active->digest()) + "\"} 1\n";
  }
  text +=
      "# HELP countersign_policy_stale Whether the tenant's stored policies could not be read.\n"
      "# TYPE countersign_policy_stale gauge\n";
  const std::vector<TenantId> stale = stale_tenants();
  for (const TenantId& tenant : tenants) {
    const bool is_stale = std::find(stale.begin(), stale.end(), tenant) != stale.end();
    text += "countersign_policy_stale{tenant=" + quoted_label(tenant.value) + "} " +
            (is_stale ? "1\n" : "0\n");
  }
  text +=
      "# HELP countersign_policy_shadow_differences_total Decisions of the policy in shadow that "
      "differ.\n# TYPE countersign_policy_shadow_differences_total counter\n";
  const std::lock_guard lock(counting_);
  for (const auto& [tenant, counts] : counted_) {
    for (const Strictness change : kChanges) {
      if (change != Strictness::same) {
        text += "countersign_policy_shadow_differences_total{tenant=" + quoted_label(tenant.value) +
                ",change=\"" + std::string(strictness_name(change)) + "\"} " +
                std::to_string(counts[static_cast<std::size_t>(change)]) + "\n";
      }
    }
  }
  return text;
}

}  // namespace countersign
