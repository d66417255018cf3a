#pragma once
// One metadata source: what it last gave that was good, and when to ask it again. A new BLOB takes
// the place of the old one only after it has passed everything that the old one had to.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/signature.h"
#include "metadata/blob.h"
#include "native/config/metadata_config.h"
#include "native/metadata/blob_cache.h"
#include "native/metadata/fetcher.h"
#include "native/ops/system.h"
#include "service/ports.h"

namespace countersign {

/// What an operator has to look at. `ok` while everything is well.
enum class MetadataAlarm : std::uint8_t {
  never_accepted,    // no BLOB of this source has been accepted yet
  fetch_failing,     // the last attempt did not get one
  blob_refused,      // the last attempt got one that is not acceptable
  next_update_near,  // within kNextUpdateWarningSeconds
  next_update_past,
  revocation_unknown,  // crl "prefer": there was no current list for some certificate
  list_stale,          // a list that the BLOB in use was judged by is past its nextUpdate, or soon
  chain_not_current,   // the BLOB in use would not be accepted today
  anchor_expiring,     // within kAnchorWarningSeconds
  anchor_expired,
  cache_unusable,  // a restart without network would come up without this source
};
std::string_view metadata_alarm_name(MetadataAlarm alarm);

/// A source as reports show it.
struct SourceStatus {
  std::string name;
  std::optional<std::uint64_t> number;
  std::optional<UnixSeconds> next_update;
  std::size_t entries = 0;
  struct Skipped {
    std::string name;
    Error error;
  };
  std::vector<Skipped> skipped;
  std::optional<UnixSeconds> accepted_at;
  std::optional<UnixSeconds> last_attempt;
  std::optional<UnixSeconds> last_success;  // reached, and nothing to object
  std::optional<UnixSeconds> next_attempt;
  std::optional<Error> last_error;  // of the last attempt
  int last_http_status = 0;
  std::size_t failures = 0;  // in a row
  bool is_last_refused = false;
  bool is_revocation_unknown = false;
  std::optional<Error> present_objection;  // to the BLOB in use, judged today
  bool is_cache_unusable = false;
  struct Anchor {
    std::string subject;
    UnixSeconds not_after;
    bool is_in_use = false;
  };
  std::vector<Anchor> anchors;
  struct List {
    std::string url;
    UnixSeconds this_update;
    std::optional<UnixSeconds> next_update;
  };
  std::vector<List> lists;

  std::vector<MetadataAlarm> alarms(UnixSeconds now) const;
};

struct SourceTools {
  const Clock& clock;
  RandomSource& random;
  const Hasher& hasher;
  const SignatureVerifier& verifier;
  JsonLog& log;
};

class MetadataSource {
 public:
  enum class Change : std::uint8_t { none, entries };

  MetadataSource(MetadataSourceConfig config, std::vector<Certificate> anchors,
                 const MetadataConfig& timing, const SourceTools& tools);

  /// What the cache holds, judged at the time of its acceptance: its signer may have expired since.
  Change load_cache();
  /// Asks the source and judges what comes. Called by one thread at a time, as load_cache.
  Change refresh(Fetcher& fetcher);
  /// What a source on this machine says, judged by the lists of the cache: no network. What is not
  /// acceptable like that is left to the refresh.
  Change load_local(Fetcher& fetcher);
  /// The refresh could not be carried out: not again at once.
  void postpone() { due_ = SteadyClock::now() + std::chrono::seconds(retry_seconds_); }
  bool is_local() const { return config_.url.scheme == UrlScheme::file; }
  /// Of a clock that nobody sets: one stepped back would put everything off.
  using SteadyClock = std::chrono::steady_clock;
  SteadyClock::time_point due() const { return due_; }
  bool has_blob() const { return number_.has_value(); }
  const std::vector<MetadataEntry>& entries() const { return entries_; }
  /// From any thread.
  SourceStatus status() const;

 private:
  struct KeptCrl {
    std::string url;
    Crl crl;
    UnixSeconds fetched_at;
  };

  Result<VerifiedBlob> judge(std::string_view blob, RevocationMode mode, UnixSeconds time,
                             std::optional<std::uint64_t> last_number) const;
  Change judge_new(std::string blob, std::optional<std::string> etag, Fetcher& fetcher,
                   SourceStatus& status);
  void judge_again(Fetcher& fetcher, SourceStatus& status);
  Change accept(VerifiedBlob verified, std::string blob, std::optional<std::string> etag,
                UnixSeconds time, SourceStatus& status);
  enum class ListChange : std::uint8_t { none, some };
  // A path that verified: what lists must be signed by.
  struct Issuers {
    std::vector<Certificate> path;
    std::size_t anchor = 0;
  };
  bool is_list_of(const Crl& crl, const Issuers& issuers, std::size_t certificate,
                  UnixSeconds time) const;
  void drop_unbelievable_lists(const Issuers& issuers, UnixSeconds time);
  ListChange update_lists(const Issuers& issuers, Fetcher& fetcher);
  /// False: another address may have it.
  bool fetch_list(const std::string& url, const Issuers& issuers, std::size_t certificate,
                  Fetcher& fetcher, ListChange& change);
  void note_list(const std::string& url, const std::optional<ErrorCode>& problem);
  void show_lists(SourceStatus& status) const;
  void store_in_cache(SourceStatus& status);
  static void fail(SourceStatus& status, const Error& error);
  void plan(SourceStatus& status, std::optional<std::int64_t> retry_after);
  std::int64_t jittered(std::int64_t seconds) const;
  void log(std::string_view level, std::string_view event, const std::optional<Error>& error,
           const SourceStatus& status) const;

  const MetadataSourceConfig config_;
  const std::vector<Certificate> anchors_;
  const std::int64_t refresh_seconds_;
  const std::int64_t retry_seconds_;
  const std::int64_t timeout_seconds_;
  const BlobCache cache_;
  const SourceTools tools_;

  // Of the thread that refreshes.
  std::string blob_;
  std::optional<std::string> etag_;
  std::optional<std::uint64_t> number_;
  UnixSeconds accepted_at_;
  Issuers issuers_;
  std::vector<KeptCrl> crls_;
  std::vector<std::string> failing_lists_;  // URLs, logged as such
  std::size_t list_failures_ = 0;           // rounds in a row that left a list due
  bool is_cache_old_ = false;               // what is in use has not been stored yet
  std::vector<MetadataEntry> entries_;
  SteadyClock::time_point due_;

  mutable std::mutex mutex_;
  SourceStatus status_;
};

}  // namespace countersign
