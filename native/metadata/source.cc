#include "native/metadata/source.h"

#include <algorithm>

#include "base/limits.h"
#include "native/metadata/limits.h"

namespace countersign {
namespace {

// Files often end with a line feed that the BLOB does not have.
std::string_view without_line_feed(std::string_view blob) {
  while (blob.ends_with('\n') || blob.ends_with('\r')) {
    blob.remove_suffix(1);
  }
  return blob;
}

}  // namespace

MetadataSource::MetadataSource(MetadataSourceConfig config, std::vector<Certificate> anchors,
                               const MetadataConfig& timing, const SourceTools& tools)
    : config_(std::move(config)),
      anchors_(std::move(anchors)),
      refresh_seconds_(timing.refresh_seconds),
      retry_seconds_(std::min(timing.retry_seconds, timing.refresh_seconds)),
      timeout_seconds_(timing.timeout_seconds),
      cache_(timing.cache, tools.hasher),
      tools_(tools) {
  found_.name = config_.name;
  for (const Certificate& anchor : anchors_) {
    found_.anchors.push_back(make_anchor_status(anchor, tools.hasher));
  }
  show();
}

void MetadataSource::show() {
  SourceStatus found = found_;
  const std::lock_guard lock(mutex_);
  status_ = std::move(found);
}

SourceStatus MetadataSource::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Result<VerifiedBlob> MetadataSource::judge(std::string_view blob, RevocationMode mode,
                                           UnixSeconds time,
                                           std::optional<std::uint64_t> last_number) const {
  std::vector<Crl> crls;
  for (const KeptCrl& kept : crls_) {
    crls.push_back(kept.crl);
  }
  const BlobExpectations expectations{anchors_, crls, mode, config_.host, time, last_number};
  CS_ASSIGN(PendingBlob pending, begin_blob(bytes_of(without_line_feed(blob)), expectations));
  const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), tools_.verifier);
  return std::move(pending).finish(verdicts);
}

MetadataSource::Change MetadataSource::load_cache() {
  cache_.remove_leftovers();
  SourceStatus status = found_;
  const auto finish = [&](Change change) {
    found_ = status;
    return change;
  };
  Result<std::optional<CachedBlob>> loaded = cache_.load(config_.name);
  if (!loaded.has_value()) {
    if (loaded.error().code == ErrorCode::metadata_cache_unusable) {
      log("error", "metadata.cache_set_aside", loaded.error(), status);
      cache_.set_aside(config_.name);
    } else {
      keep_unusable_cache(loaded.error(), status);
    }
    return finish(Change::none);
  }
  if (!*loaded) {
    return finish(Change::none);
  }
  CachedBlob& record = **loaded;
  const UnixSeconds time = record.accepted_at;
  Result<VerifiedBlob> verified = record.source == config_.name
                                      ? judge(record.blob, RevocationMode::off, time, std::nullopt)
                                      : Result<VerifiedBlob>(ErrorCode::metadata_cache_unusable);
  if (!verified.has_value()) {
    // Whole, but not of this configuration: somebody may want it back, and nobody shall get an
    // older one accepted by changing the configuration.
    cached_number_ = record.number;
    keep_unusable_cache(verified.error(), status);
    return finish(Change::none);
  }
  std::optional<Error> objection;
  if (config_.crl != RevocationMode::off) {
    load_lists(record.crls);
    // Of the two clocks' times the later one: ours may not have been set yet.
    drop_unbelievable_lists({verified->path(), verified->anchor()},
                            std::max(time, tools_.clock.now()));
    // Lists that are newer than the acceptance were stored because they object.
    Result<VerifiedBlob> with_lists =
        judge(record.blob, config_.crl, newest_list(time), std::nullopt);
    if (with_lists.has_value()) {
      verified = std::move(with_lists);
    } else {
      objection = with_lists.error();
    }
  }
  const Change change =
      accept(std::move(*verified), std::move(record.blob), std::move(record.etag), time, status);
  status.present_objection = objection;
  return finish(change);
}

void MetadataSource::keep_unusable_cache(const Error& error, SourceStatus& status) const {
  status.is_cache_unusable = true;
  log("error", "metadata.cache_unusable", error, status);
}

MetadataSource::Change MetadataSource::load_local(Fetcher& fetcher) {
  if (!is_local()) {
    return Change::none;
  }
  FetchRequest request;
  request.url = config_.url;
  request.max_bytes = limits::kMaxBlobBytes;
  FetchAnswer answer = fetcher.fetch(request);
  if (answer.kind != FetchAnswer::Kind::content) {
    return Change::none;
  }
  const UnixSeconds now = tools_.clock.now();
  Result<VerifiedBlob> verified = judge(answer.body, config_.crl, now, floor());
  SourceStatus status = found_;
  if (!verified.has_value() || !check_size(*verified, status).has_value()) {
    return Change::none;
  }
  const Change change =
      accept(std::move(*verified), std::move(answer.body), std::nullopt, now, status);
  is_cache_old_ = true;
  found_ = std::move(status);
  return change;
}

MetadataSource::Change MetadataSource::refresh(Fetcher& fetcher) {
  SourceStatus& status = found_;
  status.last_attempt = tools_.clock.now();
  FetchRequest request;
  request.url = config_.url;
  request.max_bytes = limits::kMaxBlobBytes;
  request.timeout_seconds = timeout_seconds_;
  if (number_) {
    request.etag = etag_;
  }
  FetchAnswer answer = fetcher.fetch(request);
  status.last_http_status = answer.http_status;
  status.is_last_refused = false;
  status.shrinkage.reset();
  Change change = Change::none;
  switch (answer.kind) {
    case FetchAnswer::Kind::failed:
      fail(status, Error{answer.error, Check::none, 0});
      log("warning", "metadata.fetch_failed", status.last_error, status);
      update_lists(fetcher);
      judge_again(status);
      break;
    case FetchAnswer::Kind::not_modified:
      note_nothing_new(fetcher, status);
      break;
    case FetchAnswer::Kind::content:
      if (number_ && answer.body == blob_) {
        etag_ = answer.etag;
        note_nothing_new(fetcher, status);
      } else {
        change = judge_new(std::move(answer.body), std::move(answer.etag), fetcher, status);
      }
      break;
  }
  plan(status, answer.retry_after_seconds);
  return change;
}

Status MetadataSource::check_size(const VerifiedBlob& offered, SourceStatus& status) const {
  const auto count = [](const std::vector<MetadataEntry>& entries) {
    return static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(),
        [](const MetadataEntry& entry) { return !entry.statement_error && !entry.report_error; }));
  };
  const SourceStatus::Shrinkage shrinkage{count(entries_), count(offered.entries())};
  if (shrinkage.offered >= shrinkage.in_use - shrinkage.in_use / 2) {
    return ok();
  }
  status.shrinkage = shrinkage;
  return Error{ErrorCode::metadata_blob_malformed, Check::metadata_payload_parses, 0};
}

MetadataSource::Change MetadataSource::judge_new(std::string blob, std::optional<std::string> etag,
                                                 Fetcher& fetcher, SourceStatus& status) {
  const UnixSeconds now = tools_.clock.now();
  // Where the lists are is believed of certificates whose signatures hold only: what came along may
  // name any host.
  Result<VerifiedBlob> verified = judge(blob, RevocationMode::off, now, floor());
  if (verified.has_value() && config_.crl != RevocationMode::off) {
    offered_ = {verified->path(), verified->anchor()};
    update_lists(fetcher);
    verified = judge(blob, config_.crl, now, floor());
  } else {
    update_lists(fetcher);
  }
  const Status refusal =
      verified.has_value() ? check_size(*verified, status) : Status(verified.error());
  if (!refusal.has_value()) {
    status.is_last_refused = true;
    fail(status, refusal.error());
    log("error", "metadata.refused", refusal.error(), status);
    judge_again(status);
    return Change::none;
  }
  note_success(status);
  const Change change = accept(std::move(*verified), std::move(blob), std::move(etag), now, status);
  log("info", "metadata.accepted", std::nullopt, status);
  store_in_cache(status);
  return change;
}

void MetadataSource::note_success(SourceStatus& status) const {
  status.failures = 0;
  status.last_error.reset();
  status.last_success = tools_.clock.now();
}

void MetadataSource::note_nothing_new(Fetcher& fetcher, SourceStatus& status) {
  note_success(status);
  offered_ = {};
  update_lists(fetcher);
  judge_again(status);
}

// Lists have a life of their own, whatever the source answers: what is in use is held against
// today's, and kept whatever they say, since without it every compromised model would be welcome
// again.
void MetadataSource::judge_again(SourceStatus& status) {
  show_lists(status);
  if (!number_) {
    return;
  }
  const UnixSeconds now = tools_.clock.now();
  const Result<VerifiedBlob> verified = judge(blob_, config_.crl, now, std::nullopt);
  if (!verified.has_value()) {
    if (status.present_objection != verified.error()) {
      log("error", "metadata.chain_not_current", verified.error(), status);
    }
    status.present_objection = verified.error();
  } else {
    status.present_objection.reset();
    status.is_revocation_unknown = verified->is_revocation_unknown();
  }
  // Otherwise the record on disk says the same; megabytes to sync would be in the store's way.
  if (is_cache_old_ || status.is_cache_unusable) {
    if (verified.has_value()) {
      accepted_at_ = now;
      status.accepted_at = now;
    }
    store_in_cache(status);
  }
}

MetadataSource::Change MetadataSource::accept(VerifiedBlob verified, std::string blob,
                                              std::optional<std::string> etag, UnixSeconds time,
                                              SourceStatus& status) {
  blob_ = std::move(blob);
  etag_ = std::move(etag);
  number_ = verified.number();
  accepted_at_ = time;
  issuers_ = {verified.path(), verified.anchor()};
  offered_ = {};
  status.number = verified.number();
  status.next_update = verified.next_update();
  status.accepted_at = time;
  status.entries = verified.entries().size();
  status.is_revocation_unknown = verified.is_revocation_unknown();
  status.present_objection.reset();
  status.skipped.clear();
  for (const VerifiedBlob::SkippedEntry& skipped : verified.skipped()) {
    status.skipped.push_back(
        {skipped.name.empty() ? "entry " + std::to_string(skipped.index) : skipped.name,
         skipped.error});
  }
  for (std::size_t i = 0; i < status.anchors.size(); ++i) {
    status.anchors[i].is_in_use = i == verified.anchor();
  }
  show_lists(status);
  entries_ = std::move(verified).take_entries();
  return Change::entries;
}

void MetadataSource::store_in_cache(SourceStatus& status) {
  CachedBlob record{config_.name, blob_, etag_, accepted_at_, {}, number_};
  for (const KeptCrl& kept : crls_) {
    record.crls.push_back({kept.url, to_vector(kept.crl.encoded())});
  }
  const Status stored = cache_.store(record);
  if (!stored.has_value() && !status.is_cache_unusable) {
    log("error", "metadata.cache_unusable", stored.error(), status);
  }
  status.is_cache_unusable = !stored.has_value();
  is_cache_old_ = false;
}

void MetadataSource::fail(SourceStatus& status, const Error& error) {
  ++status.failures;
  status.last_error = error;
}

void MetadataSource::plan(SourceStatus& status, std::optional<std::int64_t> retry_after) {
  const UnixSeconds now = tools_.clock.now();
  std::int64_t delay = refresh_seconds_;
  constexpr std::size_t kMaxDoublings = 20;
  if (status.failures > 0) {
    const std::size_t doublings = std::min(status.failures - 1, kMaxDoublings);
    delay = std::min(retry_seconds_ << doublings, refresh_seconds_);
  } else {
    // A CA that has nothing newer yet is asked less and less often.
    const std::int64_t patience =
        std::min(retry_seconds_ << std::min(list_failures_, kMaxDoublings), refresh_seconds_);
    if (const std::optional<UnixSeconds> list_due = first_list_due()) {
      delay = std::min(delay, std::max(list_due->value - now.value, patience));
    }
  }
  delay = jittered(delay);
  if (retry_after) {
    delay = std::max(delay, std::min(*retry_after, metadata_limits::kMaxRetryAfterSeconds));
  }
  due_ = SteadyClock::now() + std::chrono::seconds(delay);
  status.next_attempt = UnixSeconds{now.value + delay};
}

// Up to a tenth later: nodes that were started together shall not ask together for ever.
std::int64_t MetadataSource::jittered(std::int64_t seconds) const {
  std::uint8_t random[2];
  tools_.random.fill(random);
  const std::int64_t part = random[0] * 256 + random[1];
  return seconds + seconds * part / 655360;
}

void MetadataSource::log(std::string_view level, std::string_view event,
                         const std::optional<Error>& error, const SourceStatus& status) const {
  JsonWriter json;
  json.begin_object();
  json.member("source").string(config_.name);
  if (error) {
    json.member("code").string(error_name(error->code));
    if (error->check != Check::none) {
      json.member("check").string(check_name(error->check));
    }
    if (status.last_http_status != 0) {
      json.member("httpStatus").integer(status.last_http_status);
    }
    json.member("failures").integer(static_cast<std::int64_t>(status.failures));
    if (status.shrinkage && error->code == ErrorCode::metadata_blob_malformed) {
      json.member("readableEntries").integer(static_cast<std::int64_t>(status.shrinkage->offered));
      json.member("readableEntriesInUse")
          .integer(static_cast<std::int64_t>(status.shrinkage->in_use));
    }
  } else if (status.number) {
    json.member("number").integer(static_cast<std::int64_t>(*status.number));
    json.member("entries").integer(static_cast<std::int64_t>(status.entries));
    json.member("skipped").integer(static_cast<std::int64_t>(status.skipped.size()));
  }
  json.end_object();
  const std::string text = std::move(json).take();
  tools_.log.write(level, event, std::string_view(text).substr(1, text.size() - 2));
}

}  // namespace countersign
