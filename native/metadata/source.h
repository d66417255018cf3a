#pragma once
// One metadata source: what it last gave that was good, and when to ask it again. A new BLOB takes
// the place of the old one only after it has passed everything that the old one had to.

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/signature.h"
#include "metadata/blob.h"
#include "native/config/metadata_config.h"
#include "native/metadata/alarms.h"
#include "native/metadata/blob_cache.h"
#include "native/metadata/fetcher.h"
#include "native/ops/system.h"
#include "service/ports.h"

namespace countersign {

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
  /// What was found is said from now on: once entries() are in force, and also where an exception
  /// ended that.
  void show();
  /// From any thread, as it was shown last.
  SourceStatus status() const;

 private:
  struct KeptCrl {
    std::string url;
    Crl crl;
    UnixSeconds fetched_at;
  };

  Result<VerifiedBlob> judge(std::string_view blob, RevocationMode mode, UnixSeconds time,
                             std::optional<std::uint64_t> last_number) const;
  /// Below or at which no BLOB is accepted: that of the one in use, and of what lies in the cache.
  std::optional<std::uint64_t> floor() const { return std::max(number_, cached_number_); }
  /// Error: metadata_blob_malformed (metadata_payload_parses) where the new one would empty the
  /// catalogue.
  Status check_size(const VerifiedBlob& offered, SourceStatus& status) const;
  Change judge_new(std::string blob, std::optional<std::string> etag, Fetcher& fetcher,
                   SourceStatus& status);
  void note_success(SourceStatus& status) const;
  void note_nothing_new(Fetcher& fetcher, SourceStatus& status);
  /// Today's lists against the BLOB in use, which stays in force whatever they say.
  void judge_again(SourceStatus& status);
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
  void load_lists(const std::vector<CachedCrl>& lists);
  void drop_unbelievable_lists(const Issuers& issuers, UnixSeconds time);
  UnixSeconds newest_list(UnixSeconds time) const;
  std::optional<UnixSeconds> first_list_due() const;
  /// Of the path in use and of the one that was offered last.
  void update_lists(Fetcher& fetcher);
  /// Whether one of the path is still due. `wanted`: where its lists are.
  bool update_lists_of(const Issuers& issuers, Fetcher& fetcher, std::vector<std::string>& wanted,
                       ListChange& change);
  /// False: another address may have it.
  bool fetch_list(const std::string& url, const Issuers& issuers, std::size_t certificate,
                  Fetcher& fetcher, ListChange& change);
  void note_list(const std::string& url, const std::optional<ErrorCode>& problem);
  void show_lists(SourceStatus& status) const;
  void store_in_cache(SourceStatus& status);
  void keep_unusable_cache(const Error& error, SourceStatus& status) const;
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
  Issuers offered_;                             // of a BLOB that was refused; else empty
  std::optional<std::uint64_t> cached_number_;  // of a file that cannot be used, and stays
  std::vector<KeptCrl> crls_;
  std::vector<std::string> failing_lists_;  // URLs, logged as such
  std::size_t list_failures_ = 0;           // rounds in a row that left a list due
  bool is_cache_old_ = false;               // what is in use has not been stored as it is now
  std::vector<MetadataEntry> entries_;
  SourceStatus found_;
  SteadyClock::time_point due_;

  mutable std::mutex mutex_;
  SourceStatus status_;
};

}  // namespace countersign
