#pragma once
// Credentials that are registered already, held against what metadata say of their models since. A
// walk over all of them for each change of the metadata, a few at a time, so that sign-ins go on
// meanwhile; the store keeps how far it has come, and a restart goes on there.
//
// A registration that was judged by other metadata than those of the walk is marked in the
// transaction that stores it; the walk, or any step after its end, looks at it again. So no
// registration slips through between an old catalogue and a new walk.

#include "service/context.h"

namespace countersign {

enum class ReviewStage : std::uint8_t {
  working,  // there is more to do: call again
  waiting,  // another server's walk, with other metadata, is at work: call again in a while
  done,     // nothing is left
};

/// Of one step.
struct ReviewProgress {
  ReviewStage stage = ReviewStage::done;
  std::size_t examined = 0;
  std::size_t flagged = 0;
  std::size_t cleared = 0;
};

/// What the objections of these metadata depend on at this time, as a digest: models, reports, and
/// which of their dates have passed. The same after a restart, and for a new BLOB that reports
/// nothing new.
Digest256 review_key(const MetadataModels& models, UnixSeconds now, const Hasher& hasher);

/// Looks at up to kReviewBatch credentials and writes what has changed in one transaction; audits
/// credential.flagged and credential.cleared. Any number of threads and servers may call it. To be
/// called until `done` when metadata are published and at start, and again every minute: dates of
/// reports pass, and registrations race with a publication. Errors: those of the store.
Result<ReviewProgress> review_step(const ServiceContext& context, ReviewStore& reviews,
                                   const MetadataModels& models);

/// [some 2 ms of reading; other writers wait at most that long again]
inline constexpr std::size_t kReviewBatch = 256;
/// [a step takes milliseconds: whoever did not take one for so long has moved on or is gone]
inline constexpr std::int64_t kReviewLeaseSeconds = 10;

}  // namespace countersign
