// What operators see of the metadata service.

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "codec/json_time.h"
#include "native/metadata/service.h"
#include "native/ops/metrics.h"

namespace countersign {
namespace {

void write_skipped(JsonWriter& json, std::string_view kind, const std::string& name,
                   const Error& error) {
  json.begin_object();
  json.member(kind).string(name);
  json.member("code").string(error_name(error.code));
  json.end_object();
}

void write_error(JsonWriter& json, const SourceStatus& source) {
  json.member("lastError");
  if (!source.last_error) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("code").string(error_name(source.last_error->code));
  if (source.last_error->check != Check::none) {
    json.member("check").string(check_name(source.last_error->check));
  }
  if (source.last_http_status != 0) {
    json.member("httpStatus").integer(source.last_http_status);
  }
  if (source.shrinkage) {
    json.member("readableEntries").integer(static_cast<std::int64_t>(source.shrinkage->offered));
    json.member("readableEntriesInUse")
        .integer(static_cast<std::int64_t>(source.shrinkage->in_use));
  }
  json.end_object();
}

void write_anchor(JsonWriter& json, const AnchorStatus& anchor, UnixSeconds now) {
  json.member("subject").string(anchor.subject);
  json.member("sha256").string(anchor.sha256);
  json.member("notAfter").string(encode_rfc3339(anchor.not_after));
  json.member("alarm");
  if (const std::optional<MetadataAlarm> alarm = anchor.alarm(now)) {
    json.string(metadata_alarm_name(*alarm));
  } else {
    json.null();
  }
}

// Each name once; which anchors it is about is said there.
void write_alarms(JsonWriter& json, const std::vector<RaisedAlarm>& alarms) {
  json.member("alarms").begin_array();
  for (auto raised = alarms.begin(); raised != alarms.end(); ++raised) {
    const bool is_said = std::any_of(alarms.begin(), raised, [raised](const RaisedAlarm& other) {
      return other.alarm == raised->alarm;
    });
    if (!is_said) {
      json.string(metadata_alarm_name(raised->alarm));
    }
  }
  json.end_array();
}

void write_source(JsonWriter& json, const SourceStatus& source, UnixSeconds now) {
  json.begin_object();
  json.member("source").string(source.name);
  json.member("number");
  if (source.number) {
    json.integer(static_cast<std::int64_t>(*source.number));
  } else {
    json.null();
  }
  write_optional_time(json, "nextUpdate", source.next_update);
  json.member("entries").integer(static_cast<std::int64_t>(source.entries));
  json.member("skipped").begin_array();
  for (const SourceStatus::Skipped& skipped : source.skipped) {
    write_skipped(json, "name", skipped.name, skipped.error);
  }
  json.end_array();
  write_optional_time(json, "acceptedAt", source.accepted_at);
  write_optional_time(json, "lastAttempt", source.last_attempt);
  write_optional_time(json, "lastSuccess", source.last_success);
  write_optional_time(json, "nextAttempt", source.next_attempt);
  json.member("failures").integer(static_cast<std::int64_t>(source.failures));
  write_error(json, source);
  write_alarms(json, source.alarms(now));
  json.member("anchors").begin_array();
  for (const AnchorStatus& anchor : source.anchors) {
    json.begin_object();
    write_anchor(json, anchor, now);
    json.member("inUse").boolean(anchor.is_in_use);
    json.end_object();
  }
  json.end_array();
  json.member("lists").begin_array();
  for (const SourceStatus::List& list : source.lists) {
    json.begin_object();
    json.member("url").string(list.url);
    json.member("thisUpdate").string(encode_rfc3339(list.this_update));
    write_optional_time(json, "nextUpdate", list.next_update);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

struct Gauge {
  std::string_view name;
  std::string_view help;
  std::function<std::optional<std::int64_t>(const SourceStatus&)> value;
};

std::optional<std::int64_t> seconds_of(const std::optional<UnixSeconds>& time) {
  return time ? std::optional(time->value) : std::nullopt;
}

const Gauge kGauges[] = {
    {"number", "no of the BLOB in use.",
     [](const SourceStatus& source) -> std::optional<std::int64_t> {
       return source.number ? std::optional(static_cast<std::int64_t>(*source.number))
                            : std::nullopt;
     }},
    {"next_update_timestamp_seconds", "Date by which the source promises a newer BLOB.",
     [](const SourceStatus& source) { return seconds_of(source.next_update); }},
    {"last_success_timestamp_seconds", "When the source was last reached with nothing to object.",
     [](const SourceStatus& source) { return seconds_of(source.last_success); }},
    {"entries", "Entries in use.",
     [](const SourceStatus& source) {
       return std::optional(static_cast<std::int64_t>(source.entries));
     }},
    {"skipped_entries", "Entries that could not be read.",
     [](const SourceStatus& source) {
       return std::optional(static_cast<std::int64_t>(source.skipped.size()));
     }},
    {"failures", "Failed attempts since the last success.",
     [](const SourceStatus& source) {
       return std::optional(static_cast<std::int64_t>(source.failures));
     }},
};

constexpr MetadataAlarm kSourceAlarms[] = {
    MetadataAlarm::never_accepted,     MetadataAlarm::fetch_failing,
    MetadataAlarm::blob_refused,       MetadataAlarm::entries_skipped,
    MetadataAlarm::next_update_near,   MetadataAlarm::next_update_past,
    MetadataAlarm::revocation_unknown, MetadataAlarm::list_stale,
    MetadataAlarm::chain_not_current,  MetadataAlarm::cache_unusable,
};
constexpr MetadataAlarm kAnchorAlarms[] = {MetadataAlarm::anchor_expiring,
                                           MetadataAlarm::anchor_expired};

}  // namespace

std::string MetadataService::report() const {
  const UnixSeconds now = tools_.clock.now();
  std::vector<SourceStatus> statuses;
  for (const std::unique_ptr<MetadataSource>& source : sources_) {
    statuses.push_back(source->status());
  }
  const std::shared_ptr<const MetadataModels> current = models();  // no older than what those say
  JsonWriter json;
  json.begin_object();
  json.member("configured").boolean(is_present_);
  json.member("unknownAuthenticators")
      .string(rules_.unknown == UnknownAuthenticators::reject ? "reject" : "accept");
  json.member("models").integer(
      current == nullptr ? 0 : static_cast<std::int64_t>(current->catalogue().entries().size()));
  json.member("sources").begin_array();
  for (const SourceStatus& status : statuses) {
    write_source(json, status, now);
  }
  json.end_array();
  json.member("trustAnchors").begin_array();
  for (const AnchorStatus& anchor : trust_anchors_) {
    json.begin_object();
    write_anchor(json, anchor, now);
    json.end_object();
  }
  json.end_array();
  json.member("statements").begin_object();
  json.member("files").integer(static_cast<std::int64_t>(statement_files_));
  json.member("skipped").begin_array();
  for (const MetadataFiles::Skipped& skipped : skipped_statements_) {
    write_skipped(json, "file", skipped.file, skipped.error);
  }
  json.end_array();
  json.end_object();
  json.end_object();
  return std::move(json).take();
}

std::string MetadataService::metrics() const {
  const UnixSeconds now = tools_.clock.now();
  std::vector<SourceStatus> statuses;
  for (const std::unique_ptr<MetadataSource>& source : sources_) {
    statuses.push_back(source->status());
  }
  std::string out;
  const auto head = [&out](std::string_view name, std::string_view help) {
    out += "# HELP countersign_metadata_" + std::string(name) + " " + std::string(help) + "\n";
    out += "# TYPE countersign_metadata_" + std::string(name) + " gauge\n";
  };
  const auto sample = [&out](std::string_view name, const std::string& labels, std::int64_t value) {
    out +=
        "countersign_metadata_" + std::string(name) + labels + " " + std::to_string(value) + "\n";
  };
  const std::shared_ptr<const MetadataModels> current = models();
  head("models", "Authenticator models that are described.");
  sample("models", "",
         current == nullptr ? 0 : static_cast<std::int64_t>(current->catalogue().entries().size()));
  head("skipped_statements", "Files of metadata.statements that could not be read.");
  sample("skipped_statements", "", static_cast<std::int64_t>(skipped_statements_.size()));
  for (const Gauge& gauge : kGauges) {
    head(gauge.name, gauge.help);
    for (const SourceStatus& status : statuses) {
      if (const std::optional<std::int64_t> value = gauge.value(status)) {
        sample(gauge.name, "{source=" + quoted_label(status.name) + "}", *value);
      }
    }
  }
  head("alarm", "1 while an operator should look at it.");
  const auto alarm = [&](const std::string& source, MetadataAlarm kind, const std::string& more,
                         bool is_raised) {
    sample("alarm",
           "{source=" + quoted_label(source) + ",alarm=" + quoted_label(metadata_alarm_name(kind)) +
               more + "}",
           is_raised ? 1 : 0);
  };
  const auto alarms_of_anchors = [&](const std::string& source,
                                     const std::vector<AnchorStatus>& anchors) {
    std::set<std::string_view> said;  // a file may have it twice, a series must not
    for (const AnchorStatus& anchor : anchors) {
      for (const MetadataAlarm kind : kAnchorAlarms) {
        if (!said.contains(anchor.sha256)) {
          alarm(
              source, kind,
              ",anchor=" + quoted_label(anchor.subject) + ",sha256=" + quoted_label(anchor.sha256),
              anchor.alarm(now) == kind);
        }
      }
      said.insert(anchor.sha256);
    }
  };
  for (const SourceStatus& status : statuses) {
    const std::vector<RaisedAlarm> raised = status.alarms(now);
    for (const MetadataAlarm kind : kSourceAlarms) {
      alarm(status.name, kind, "",
            std::any_of(raised.begin(), raised.end(),
                        [kind](const auto& one) { return one.alarm == kind; }));
    }
    alarms_of_anchors(status.name, status.anchors);
  }
  alarms_of_anchors(std::string(kTrustAnchors), trust_anchors_);
  return out;
}

bool MetadataService::has_alarm() const {
  const UnixSeconds now = tools_.clock.now();
  return !skipped_statements_.empty() || !anchor_alarms(trust_anchors_, now).empty() ||
         std::any_of(sources_.begin(), sources_.end(),
                     [now](const auto& source) { return !source->status().alarms(now).empty(); });
}

}  // namespace countersign
