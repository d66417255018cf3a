#include "native/metadata/source.h"

#include <algorithm>

#include "base/limits.h"
#include "native/metadata/limits.h"
#include "native/metadata/pem.h"
#include "x509/general_names.h"
#include "x509/revocation.h"

namespace countersign {
namespace {

// Files often end with a line feed that the BLOB does not have.
std::string_view without_line_feed(std::string_view blob) {
  while (blob.ends_with('\n') || blob.ends_with('\r')) {
    blob.remove_suffix(1);
  }
  return blob;
}

std::string subject_of(const Certificate& certificate) {
  std::string out;
  for (const NameAttribute& attribute : certificate.subject_attributes()) {
    if (!attribute.text.empty()) {
      out += (out.empty() ? "" : ", ") + attribute.text;
    }
  }
  return out;
}

// Four fifths of a list's life.
UnixSeconds list_due(const Crl& crl) {
  const std::int64_t begin = crl.this_update().value;
  return crl.next_update() ? UnixSeconds{begin + (crl.next_update()->value - begin) / 5 * 4}
                           : UnixSeconds{begin};
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
  status_.name = config_.name;
  for (const Certificate& anchor : anchors_) {
    status_.anchors.push_back({subject_of(anchor), anchor.not_after(), false});
  }
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
  SourceStatus status = this->status();
  const auto finish = [&](Change change) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    return change;
  };
  Result<std::optional<CachedBlob>> loaded = cache_.load(config_.name);
  if (loaded.has_value() && !*loaded) {
    return finish(Change::none);
  }
  Result<VerifiedBlob> verified(ErrorCode::metadata_cache_unusable);
  if (loaded.has_value()) {
    for (const CachedCrl& cached : (**loaded).crls) {
      Result<Crl> crl = parse_crl(cached.der);
      if (crl.has_value() && crls_.size() < metadata_limits::kMaxCrlsKept) {
        crls_.push_back({cached.url, std::move(*crl), UnixSeconds{0}});
      }
    }
    const UnixSeconds time = (**loaded).accepted_at;
    verified = judge((**loaded).blob, RevocationMode::off, time, std::nullopt);
    if (verified.has_value() && config_.crl != RevocationMode::off) {
      // Of the two clocks' times the later one: ours may not have been set yet.
      drop_unbelievable_lists({verified->path(), verified->anchor()},
                              std::max(time, tools_.clock.now()));
      verified = judge((**loaded).blob, config_.crl, time, std::nullopt);
    }
  }
  if (!verified.has_value()) {
    log("error", "metadata.cache_set_aside", verified.error(), status);
    cache_.set_aside(config_.name);
    crls_.clear();
    return finish(Change::none);
  }
  CachedBlob& record = **loaded;
  const UnixSeconds time = record.accepted_at;
  return finish(
      accept(std::move(*verified), std::move(record.blob), std::move(record.etag), time, status));
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
  Result<VerifiedBlob> verified = judge(answer.body, config_.crl, now, number_);
  if (!verified.has_value()) {
    return Change::none;
  }
  SourceStatus status = this->status();
  const Change change =
      accept(std::move(*verified), std::move(answer.body), std::nullopt, now, status);
  is_cache_old_ = true;
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  return change;
}

MetadataSource::Change MetadataSource::refresh(Fetcher& fetcher) {
  SourceStatus status = this->status();
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
  Change change = Change::none;
  switch (answer.kind) {
    case FetchAnswer::Kind::failed:
      fail(status, Error{answer.error, Check::none, 0});
      log("warning", "metadata.fetch_failed", status.last_error, status);
      break;
    case FetchAnswer::Kind::not_modified:
      judge_again(fetcher, status);
      break;
    case FetchAnswer::Kind::content:
      if (number_ && answer.body == blob_) {
        etag_ = answer.etag;
        judge_again(fetcher, status);
      } else {
        change = judge_new(std::move(answer.body), std::move(answer.etag), fetcher, status);
      }
      break;
  }
  plan(status, answer.retry_after_seconds);
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  return change;
}

MetadataSource::Change MetadataSource::judge_new(std::string blob, std::optional<std::string> etag,
                                                 Fetcher& fetcher, SourceStatus& status) {
  const UnixSeconds now = tools_.clock.now();
  // Where the lists are is believed of certificates whose signatures hold only: what came along may
  // name any host.
  Result<VerifiedBlob> verified = judge(blob, RevocationMode::off, now, number_);
  if (verified.has_value() && config_.crl != RevocationMode::off) {
    update_lists({verified->path(), verified->anchor()}, fetcher);
    verified = judge(blob, config_.crl, now, number_);
  }
  if (!verified.has_value()) {
    status.is_last_refused = true;
    fail(status, verified.error());
    log("error", "metadata.refused", verified.error(), status);
    return Change::none;
  }
  status.failures = 0;
  status.last_error.reset();
  status.last_success = now;
  const Change change = accept(std::move(*verified), std::move(blob), std::move(etag), now, status);
  log("info", "metadata.accepted", std::nullopt, status);
  store_in_cache(status);
  return change;
}

// The source has nothing new. Lists have a life of their own: what is in use is held against
// today's, and kept whatever they say, since without it every compromised model would be welcome
// again.
void MetadataSource::judge_again(Fetcher& fetcher, SourceStatus& status) {
  const UnixSeconds now = tools_.clock.now();
  status.failures = 0;
  status.last_error.reset();
  status.last_success = now;
  const ListChange lists =
      config_.crl == RevocationMode::off ? ListChange::none : update_lists(issuers_, fetcher);
  const Result<VerifiedBlob> verified = judge(blob_, config_.crl, now, std::nullopt);
  if (!verified.has_value()) {
    if (status.present_objection != verified.error()) {
      log("error", "metadata.chain_not_current", verified.error(), status);
    }
    status.present_objection = verified.error();
    return;
  }
  status.present_objection.reset();
  status.is_revocation_unknown = verified->is_revocation_unknown();
  // Otherwise the record on disk says the same; megabytes to sync would be in the store's way.
  if (lists == ListChange::some || is_cache_old_ || status.is_cache_unusable) {
    accepted_at_ = now;
    status.accepted_at = now;
    show_lists(status);
    store_in_cache(status);
  }
}

void MetadataSource::show_lists(SourceStatus& status) const {
  status.lists.clear();
  for (const KeptCrl& kept : crls_) {
    status.lists.push_back({kept.url, kept.crl.this_update(), kept.crl.next_update()});
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

// By its own issuer's key, about this certificate, and not from the future: whoever answers for a
// plain http address could otherwise put anything in the place of a good list, and keep it there.
bool MetadataSource::is_list_of(const Crl& crl, const Issuers& issuers, std::size_t certificate,
                                UnixSeconds time) const {
  if (crl.this_update().value > time.value + metadata_limits::kMaxClockSkewSeconds) {
    return false;
  }
  const RevocationRequest request{{&crl, 1}, RevocationMode::require, time, Check::none};
  const CandidatePath path{
      {issuers.path.begin() + static_cast<std::ptrdiff_t>(certificate), issuers.path.end()},
      issuers.anchor,
      {0}};
  std::vector<SignatureObligation> obligations;
  const Result<std::vector<PathStatements>> statements =
      find_list_statements(request, {&path, 1}, anchors_, obligations);
  if (!statements.has_value()) {
    return false;
  }
  const std::vector<ListStatement>& of_certificate = statements->front().front();
  return std::any_of(
      of_certificate.begin(), of_certificate.end(), [&](const ListStatement& statement) {
        return statement.is_covering &&
               discharge({&obligations[statement.obligation], 1}, tools_.verifier).front() ==
                   SignatureVerdict::valid;
      });
}

void MetadataSource::drop_unbelievable_lists(const Issuers& issuers, UnixSeconds time) {
  std::erase_if(crls_, [&](const KeptCrl& kept) {
    for (std::size_t i = 0; i < issuers.path.size(); ++i) {
      const std::vector<std::string> urls = crl_urls(issuers.path[i]);
      if (std::find(urls.begin(), urls.end(), kept.url) != urls.end() &&
          is_list_of(kept.crl, issuers, i, time)) {
        return false;
      }
    }
    return true;
  });
}

MetadataSource::ListChange MetadataSource::update_lists(const Issuers& issuers, Fetcher& fetcher) {
  const UnixSeconds now = tools_.clock.now();
  std::vector<std::string> wanted;
  bool is_one_due = false;
  ListChange change = ListChange::none;
  for (std::size_t i = 0; i < issuers.path.size(); ++i) {
    std::vector<std::string> urls = crl_urls(issuers.path[i]);
    urls.resize(std::min(urls.size(), metadata_limits::kMaxUrlsTried));
    wanted.insert(wanted.end(), urls.begin(), urls.end());
    const auto is_current = [&](const KeptCrl& kept) {
      return std::find(urls.begin(), urls.end(), kept.url) != urls.end() &&
             now < list_due(kept.crl);
    };
    const bool is_fresh = std::any_of(crls_.begin(), crls_.end(), [&](const KeptCrl& kept) {
      return is_current(kept) && now.value < kept.fetched_at.value + refresh_seconds_ / 2;
    });
    if (!is_fresh) {
      static_cast<void>(std::any_of(urls.begin(), urls.end(), [&](const std::string& url) {
        return fetch_list(url, issuers, i, fetcher, change);
      }));
    }
    is_one_due =
        is_one_due || (!urls.empty() && std::none_of(crls_.begin(), crls_.end(), is_current));
  }
  list_failures_ = is_one_due ? list_failures_ + 1 : 0;
  // What no certificate names any more would only be in the way.
  const auto is_unwanted = [&wanted](const std::string& url) {
    return std::find(wanted.begin(), wanted.end(), url) == wanted.end();
  };
  std::erase_if(failing_lists_, is_unwanted);
  const std::size_t dropped =
      std::erase_if(crls_, [&](const KeptCrl& kept) { return is_unwanted(kept.url); });
  return dropped > 0 ? ListChange::some : change;
}

bool MetadataSource::fetch_list(const std::string& url, const Issuers& issuers,
                                std::size_t certificate, Fetcher& fetcher, ListChange& change) {
  Result<Url> parsed = parse_url(url);
  if (!parsed.has_value() || parsed->scheme == UrlScheme::file) {
    return false;
  }
  FetchRequest request;
  request.url = std::move(*parsed);
  request.max_bytes = limits::kMaxCrlBytes;
  request.timeout_seconds = timeout_seconds_;
  request.plain_http = PlainHttp::anywhere;
  const FetchAnswer answer = fetcher.fetch(request);
  if (answer.kind != FetchAnswer::Kind::content) {
    note_list(url, answer.error);
    return false;
  }
  const Result<ByteVector> der = parse_pem_or_der(answer.body, "X509 CRL");
  Result<Crl> crl = der.has_value() ? parse_crl(*der) : Result<Crl>(der.error());
  if (!crl.has_value()) {
    note_list(url, crl.error().code);
    return false;
  }
  const UnixSeconds now = tools_.clock.now();
  if (!is_list_of(*crl, issuers, certificate, now)) {
    note_list(url, ErrorCode::signature_invalid);
    return false;
  }
  note_list(url, std::nullopt);
  const auto known = std::find_if(crls_.begin(), crls_.end(),
                                  [&url](const KeptCrl& kept) { return kept.url == url; });
  if (known == crls_.end()) {
    if (crls_.size() < metadata_limits::kMaxCrlsKept) {
      crls_.push_back({url, std::move(*crl), now});
      change = ListChange::some;
    }
  } else if (equal(crl->encoded(), known->crl.encoded())) {
    known->fetched_at = now;
  } else if (crl->this_update() >= known->crl.this_update()) {
    // An older one would take a revocation back.
    *known = {url, std::move(*crl), now};
    change = ListChange::some;
  }
  return true;
}

// Once each time that a list begins or ceases to fail.
void MetadataSource::note_list(const std::string& url, const std::optional<ErrorCode>& problem) {
  const auto known = std::find(failing_lists_.begin(), failing_lists_.end(), url);
  if ((known != failing_lists_.end()) == problem.has_value()) {
    return;
  }
  JsonWriter json;
  json.begin_object();
  json.member("source").string(config_.name);
  json.member("list").string(url);
  if (problem) {
    json.member("code").string(error_name(*problem));
    failing_lists_.push_back(url);
  } else {
    failing_lists_.erase(known);
  }
  json.end_object();
  const std::string text = std::move(json).take();
  tools_.log.write(problem ? "warning" : "info",
                   problem ? "metadata.list_failed" : "metadata.list_recovered",
                   std::string_view(text).substr(1, text.size() - 2));
}

void MetadataSource::store_in_cache(SourceStatus& status) {
  CachedBlob record{config_.name, blob_, etag_, accepted_at_, {}};
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
    for (const KeptCrl& kept : crls_) {
      delay = std::min(delay, std::max(list_due(kept.crl).value - now.value, patience));
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
