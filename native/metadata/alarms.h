#pragma once
// What an operator sees of a metadata source, and has to look at.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "crypto/hasher.h"
#include "x509/certificate.h"

namespace countersign {

/// None while everything is well.
enum class MetadataAlarm : std::uint8_t {
  never_accepted,    // no BLOB of this source has been accepted yet
  fetch_failing,     // the last attempt did not get one
  blob_refused,      // the last attempt got one that is not acceptable
  entries_skipped,   // the BLOB in use has entries that violate the schema
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
/// One alarm for each anchor, not one for the source.
bool is_anchor_alarm(MetadataAlarm alarm);

/// A configured certificate.
struct AnchorStatus {
  std::string subject;
  std::string sha256;  // of its DER, hexadecimal
  UnixSeconds not_after;
  bool is_in_use = false;  // the BLOB in use chains to it

  /// anchor_expiring, anchor_expired or nothing.
  std::optional<MetadataAlarm> alarm(UnixSeconds now) const;
};
AnchorStatus make_anchor_status(const Certificate& anchor, const Hasher& hasher);

struct RaisedAlarm {
  MetadataAlarm alarm = MetadataAlarm::never_accepted;
  std::optional<AnchorStatus> anchor;  // of anchor_expiring and anchor_expired

  bool operator==(const RaisedAlarm& other) const;
};

/// Those of the anchors, one for each certificate.
std::vector<RaisedAlarm> anchor_alarms(const std::vector<AnchorStatus>& anchors, UnixSeconds now);

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
  /// The last attempt got a BLOB with less than half of what can be read of the one in use.
  struct Shrinkage {
    std::size_t in_use = 0;
    std::size_t offered = 0;
  };
  std::optional<Shrinkage> shrinkage;
  int last_http_status = 0;
  std::size_t failures = 0;  // in a row
  bool is_last_refused = false;
  bool is_revocation_unknown = false;
  std::optional<Error> present_objection;  // to the BLOB in use, judged today
  bool is_cache_unusable = false;
  std::vector<AnchorStatus> anchors;
  struct List {
    std::string url;
    UnixSeconds this_update;
    std::optional<UnixSeconds> next_update;
  };
  std::vector<List> lists;

  std::vector<RaisedAlarm> alarms(UnixSeconds now) const;
};

}  // namespace countersign
