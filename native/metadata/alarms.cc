#include "native/metadata/alarms.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "native/metadata/limits.h"
#include "transaction/bound.h"

namespace countersign {

std::string_view metadata_alarm_name(MetadataAlarm alarm) {
  switch (alarm) {
    case MetadataAlarm::never_accepted:
      return "never_accepted";
    case MetadataAlarm::fetch_failing:
      return "fetch_failing";
    case MetadataAlarm::blob_refused:
      return "blob_refused";
    case MetadataAlarm::entries_skipped:
      return "entries_skipped";
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

bool is_anchor_alarm(MetadataAlarm alarm) {
  return alarm == MetadataAlarm::anchor_expiring || alarm == MetadataAlarm::anchor_expired;
}

std::optional<MetadataAlarm> AnchorStatus::alarm(UnixSeconds now) const {
  if (not_after.value < now.value) {
    return MetadataAlarm::anchor_expired;
  }
  return not_after.value < now.value + metadata_limits::kAnchorWarningSeconds
             ? std::optional(MetadataAlarm::anchor_expiring)
             : std::nullopt;
}

AnchorStatus make_anchor_status(const Certificate& anchor, const Hasher& hasher) {
  std::string subject;
  for (const NameAttribute& attribute : anchor.subject_attributes()) {
    if (!attribute.text.empty()) {
      subject += (subject.empty() ? "" : ", ") + attribute.text;
    }
  }
  return {subject, encode_hex(hasher.sha256({anchor.encoded()})), anchor.not_after()};
}

bool RaisedAlarm::operator==(const RaisedAlarm& other) const {
  return alarm == other.alarm && anchor.has_value() == other.anchor.has_value() &&
         (!anchor || anchor->sha256 == other.anchor->sha256);
}

std::vector<RaisedAlarm> anchor_alarms(const std::vector<AnchorStatus>& anchors, UnixSeconds now) {
  std::vector<RaisedAlarm> out;
  for (const AnchorStatus& anchor : anchors) {
    if (const std::optional<MetadataAlarm> alarm = anchor.alarm(now)) {
      RaisedAlarm raised{*alarm, anchor};
      if (std::find(out.begin(), out.end(), raised) == out.end()) {  // a file may have it twice
        out.push_back(std::move(raised));
      }
    }
  }
  return out;
}

std::vector<RaisedAlarm> SourceStatus::alarms(UnixSeconds now) const {
  std::vector<RaisedAlarm> out;
  const auto raise = [&out](bool is_raised, MetadataAlarm alarm) {
    if (is_raised) {
      out.push_back({alarm, std::nullopt});
    }
  };
  raise(!number, MetadataAlarm::never_accepted);
  raise(last_error && !is_last_refused, MetadataAlarm::fetch_failing);
  raise(last_error && is_last_refused, MetadataAlarm::blob_refused);
  raise(!skipped.empty(), MetadataAlarm::entries_skipped);
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
  std::vector<RaisedAlarm> of_anchors = anchor_alarms(anchors, now);
  std::move(of_anchors.begin(), of_anchors.end(), std::back_inserter(out));
  raise(is_cache_unusable, MetadataAlarm::cache_unusable);
  return out;
}

}  // namespace countersign
