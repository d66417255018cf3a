#include "service/model_review.h"

#include <algorithm>

#include "service/policy_decision.h"

namespace countersign {
namespace {

void append(ByteVector& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  }
}

void append(ByteVector& out, Bytes bytes) {
  append(out, std::uint64_t{bytes.size()});
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// `latest` is the last date that has passed: a report comes into effect or ends at it.
void append_date(ByteVector& out, const std::optional<UnixSeconds>& date, UnixSeconds now,
                 std::int64_t& latest) {
  append(out, std::uint64_t{date.has_value() ? 1U : 0U});
  if (!date) {
    return;
  }
  append(out, static_cast<std::uint64_t>(date->value));
  if (date->value <= now.value) {
    latest = std::max(latest, date->value);
  }
}

void append_report(ByteVector& out, const StatusReport& report, UnixSeconds now,
                   std::int64_t& latest) {
  append(out, static_cast<std::uint64_t>(report.status));
  append_date(out, report.effective_date, now, latest);
  append_date(out, report.sunset_date, now, latest);
  append(out, report.authenticator_version.value_or(0));
  append(out, std::uint64_t{report.keys.size()});
  for (const ByteVector& key : report.keys) {
    append(out, Bytes(key));
  }
}

struct Findings {
  std::vector<ReviewChange> changes;
  ReviewProgress progress;
};

// `is_marked`: these are the ones that a registration left, and their mark is to go.
Findings examine(const std::vector<ReviewedCredential>& credentials, bool is_marked,
                 const MetadataModels& models, UnixSeconds now) {
  Findings found;
  found.progress.stage = ReviewStage::working;
  found.progress.examined = credentials.size();
  for (const ReviewedCredential& credential : credentials) {
    const std::optional<Error> error = models.objection_to(credential.registered, now);
    const auto objection = error ? std::optional<ErrorCode>(error->code) : std::nullopt;
    const bool has_changed = objection != credential.objection;
    if (has_changed) {
      ++(objection ? found.progress.flagged : found.progress.cleared);
    }
    if (has_changed || is_marked) {
      found.changes.push_back({credential.place, objection, has_changed});
    }
  }
  return found;
}

void audit_change(const ServiceContext& context, const ReviewChange& change, UnixSeconds now) {
  AuditRecord record;
  record.event = change.objection ? "credential.flagged" : "credential.cleared";
  record.tenant = change.place.tenant;
  record.objection = change.objection;
  record.decision = encode_policy_in_force(context, change.place.tenant);
  record.time = now;
  context.audit.record(record);
}

Result<ReviewProgress> commit(const ServiceContext& context, ReviewStore& reviews,
                              const ReviewState& seen, ReviewState next, const Findings& found) {
  next.step = seen.step + 1;
  next.touched_at = context.clock.now();
  CS_ASSIGN(const bool is_ours, reviews.advance_review(seen, next, found.changes));
  if (!is_ours) {
    // Somebody else took this step; what it found is in the store.
    return ReviewProgress{ReviewStage::working, 0, 0, 0};
  }
  for (const ReviewChange& change : found.changes) {
    if (change.has_changed) {
      audit_change(context, change, next.touched_at);
    }
  }
  return found.progress;
}

}  // namespace

Digest256 review_key(const MetadataModels& models, UnixSeconds now, const Hasher& hasher) {
  ByteVector text;
  std::int64_t latest = 0;
  for (const MetadataEntry& entry : models.catalogue().entries()) {
    append(text, entry.aaguid ? Bytes(*entry.aaguid) : Bytes());
    append(text, std::uint64_t{entry.key_identifiers.size()});
    for (const KeyIdentifier& identifier : entry.key_identifiers) {
      append(text, Bytes(identifier));
    }
    append(text, std::uint64_t{entry.reports.size()});
    for (const StatusReport& report : entry.reports) {
      append_report(text, report, now, latest);
    }
  }
  append(text, static_cast<std::uint64_t>(latest));
  return hasher.sha256({text});
}

Result<ReviewProgress> review_step(const ServiceContext& context, ReviewStore& reviews,
                                   const MetadataModels& models) {
  const UnixSeconds now = context.clock.now();
  const Digest256 key = review_key(models, now, context.hasher);
  CS_ASSIGN(const std::optional<ReviewState> state, reviews.read_review());
  if (!state || !equal(state->key, key)) {
    if (state && !state->is_finished && now.value - state->touched_at.value < kReviewLeaseSeconds) {
      return ReviewProgress{ReviewStage::waiting, 0, 0, 0};
    }
    ReviewState fresh;
    fresh.key = key;
    fresh.step = state ? state->step + 1 : 1;
    fresh.touched_at = now;
    CS_TRY(reviews.begin_review(state, fresh));
    return ReviewProgress{ReviewStage::working, 0, 0, 0};
  }
  ReviewState next = *state;
  if (!state->is_finished) {
    CS_ASSIGN(const std::vector<ReviewedCredential> batch,
              reviews.list_for_review(state->cursor, kReviewBatch));
    next.is_finished = batch.size() < kReviewBatch;
    next.cursor =
        next.is_finished ? std::nullopt : std::optional<CredentialPlace>(batch.back().place);
    return commit(context, reviews, *state, next, examine(batch, false, models, now));
  }
  CS_ASSIGN(const std::vector<ReviewedCredential> marked, reviews.list_marked(kReviewBatch));
  if (marked.empty()) {
    return ReviewProgress{};
  }
  return commit(context, reviews, *state, next, examine(marked, true, models, now));
}

}  // namespace countersign
