#include <algorithm>

#include "native/metadata/limits.h"
#include "native/metadata/source.h"

namespace countersign {

std::string_view metadata_alarm_name(MetadataAlarm alarm) {
  switch (alarm) {
    case MetadataAlarm::never_accepted:
      return "never_accepted";
    case MetadataAlarm::fetch_failing:
      return "fetch_failing";
    case MetadataAlarm::blob_refused:
      return "blob_refused";
    case MetadataAlarm::next_update_near:
      return "next_update_near";
    case MetadataAlarm::next_update_past:
      return "next_update_past";
    case MetadataAlarm::revocation_unknown:
      return "revocation_unknown";
    case MetadataAlarm::list_stale:
      return "list_stale";
    case MetadataAlarm::chain_not_current:
      return "chain_not_current";
    case MetadataAlarm::anchor_expiring:
      return "anchor_expiring";
    case MetadataAlarm::anchor_expired:
      return "anchor_expired";
    case MetadataAlarm::cache_unusable:
      return "cache_unusable";
  }
  return "";
}

std::vector<MetadataAlarm> SourceStatus::alarms(UnixSeconds now) const {
  std::vector<MetadataAlarm> out;
  const auto raise = [&out](bool is_raised, MetadataAlarm alarm) {
    if (is_raised) {
      out.push_back(alarm);
    }
  };
  raise(!number, MetadataAlarm::never_accepted);
  raise(last_error && !is_last_refused, MetadataAlarm::fetch_failing);
  raise(last_error && is_last_refused, MetadataAlarm::blob_refused);
  if (next_update) {
    const bool is_past = next_update->value <= now.value;
    raise(!is_past && next_update->value <= now.value + metadata_limits::kNextUpdateWarningSeconds,
          MetadataAlarm::next_update_near);
    raise(is_past, MetadataAlarm::next_update_past);
  }
  raise(is_revocation_unknown, MetadataAlarm::revocation_unknown);
  raise(std::any_of(lists.begin(), lists.end(),
                    [now](const List& list) {
                      if (!list.next_update) {
                        return false;
                      }
                      // CAs renew their lists before the last tenth of their life begins.
                      const std::int64_t end = list.next_update->value;
                      return end - std::min((end - list.this_update.value) / 10,
                                            metadata_limits::kNextUpdateWarningSeconds) <
                             now.value;
                    }),
        MetadataAlarm::list_stale);
  raise(present_objection.has_value(), MetadataAlarm::chain_not_current);
  const auto expires_by = [this](std::int64_t time) {
    return std::any_of(anchors.begin(), anchors.end(),
                       [time](const Anchor& anchor) { return anchor.not_after.value < time; });
  };
  raise(expires_by(now.value), MetadataAlarm::anchor_expired);
  raise(!expires_by(now.value) && expires_by(now.value + metadata_limits::kAnchorWarningSeconds),
        MetadataAlarm::anchor_expiring);
  raise(is_cache_unusable, MetadataAlarm::cache_unusable);
  return out;
}

}  // namespace countersign
