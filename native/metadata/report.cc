// What operators see of the metadata service.

#include <algorithm>
#include <functional>

#include "codec/json_writer.h"
#include "native/metadata/service.h"

namespace countersign {
namespace {

void write_time(JsonWriter& json, std::string_view name, const std::optional<UnixSeconds>& time) {
  json.member(name);
  if (time) {
    json.string(encode_rfc3339(*time));
  } else {
    json.null();
  }
}

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
  json.end_object();
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
  write_time(json, "nextUpdate", source.next_update);
  json.member("entries").integer(static_cast<std::int64_t>(source.entries));
  json.member("skipped").begin_array();
  for (const SourceStatus::Skipped& skipped : source.skipped) {
    write_skipped(json, "name", skipped.name, skipped.error);
  }
  json.end_array();
  write_time(json, "acceptedAt", source.accepted_at);
  write_time(json, "lastAttempt", source.last_attempt);
  write_time(json, "lastSuccess", source.last_success);
  write_time(json, "nextAttempt", source.next_attempt);
  json.member("failures").integer(static_cast<std::int64_t>(source.failures));
  write_error(json, source);
  json.member("alarms").begin_array();
  for (const MetadataAlarm alarm : source.alarms(now)) {
    json.string(metadata_alarm_name(alarm));
  }
  json.end_array();
  json.member("anchors").begin_array();
  for (const SourceStatus::Anchor& anchor : source.anchors) {
    json.begin_object();
    json.member("subject").string(anchor.subject);
    json.member("notAfter").string(encode_rfc3339(anchor.not_after));
    json.member("inUse").boolean(anchor.is_in_use);
    json.end_object();
  }
  json.end_array();
  json.member("lists").begin_array();
  for (const SourceStatus::List& list : source.lists) {
    json.begin_object();
    json.member("url").string(list.url);
    json.member("thisUpdate").string(encode_rfc3339(list.this_update));
    write_time(json, "nextUpdate", list.next_update);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

// A label's value (Prometheus text format 0.0.4).
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
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

constexpr MetadataAlarm kAlarms[] = {
    MetadataAlarm::never_accepted,   MetadataAlarm::fetch_failing,
    MetadataAlarm::blob_refused,     MetadataAlarm::next_update_near,
    MetadataAlarm::next_update_past, MetadataAlarm::revocation_unknown,
    MetadataAlarm::list_stale,       MetadataAlarm::chain_not_current,
    MetadataAlarm::anchor_expiring,  MetadataAlarm::anchor_expired,
    MetadataAlarm::cache_unusable,
};

}  // namespace

std::string MetadataService::report() const {
  const UnixSeconds now = tools_.clock.now();
  const std::shared_ptr<const MetadataModels> current = models();
  JsonWriter json;
  json.begin_object();
  json.member("configured").boolean(is_present_);
  json.member("unknownAuthenticators")
      .string(rules_.unknown == UnknownAuthenticators::reject ? "reject" : "accept");
  json.member("models").integer(
      current == nullptr ? 0 : static_cast<std::int64_t>(current->catalogue().entries().size()));
  json.member("sources").begin_array();
  for (const std::unique_ptr<MetadataSource>& source : sources_) {
    write_source(json, source->status(), now);
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
        sample(gauge.name, "{source=" + quoted(status.name) + "}", *value);
      }
    }
  }
  head("alarm", "1 while an operator should look at it.");
  for (const SourceStatus& status : statuses) {
    const std::vector<MetadataAlarm> raised = status.alarms(now);
    for (const MetadataAlarm alarm : kAlarms) {
      const bool is_raised = std::find(raised.begin(), raised.end(), alarm) != raised.end();
      sample(
          "alarm",
          "{source=" + quoted(status.name) + ",alarm=" + quoted(metadata_alarm_name(alarm)) + "}",
          is_raised ? 1 : 0);
    }
  }
  return out;
}

bool MetadataService::has_alarm() const {
  const UnixSeconds now = tools_.clock.now();
  return !skipped_statements_.empty() ||
         std::any_of(sources_.begin(), sources_.end(),
                     [now](const auto& source) { return !source->status().alarms(now).empty(); });
}

}  // namespace countersign
