#include "native/metadata/service.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "codec/json_writer.h"

namespace countersign {
namespace {

// [alarms depend on the time too]
constexpr std::chrono::seconds kLongestWait(60);
constexpr std::chrono::milliseconds kShortestWait(100);

// A BLOB of 10 MB takes a core for a second: sign-ins come first.
void yield_to_everybody_else() {
  const sched_param parameter{};
  static_cast<void>(sched_setscheduler(0, SCHED_BATCH, &parameter));
  constexpr int kLowest = 19;
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kLowest));
}

std::vector<AnchorStatus> statuses_of(const std::vector<FormatAnchors>& all, const Hasher& hasher) {
  std::vector<AnchorStatus> out;
  for (const FormatAnchors& format : all) {
    for (const Certificate& anchor : format.anchors) {
      out.push_back(make_anchor_status(anchor, hasher));
    }
  }
  return out;
}

}  // namespace

MetadataService::MetadataService(const MetadataConfig& config, MetadataFiles files,
                                 const SourceTools& tools)
    : is_present_(config.is_present),
      rules_(config.rules),
      statements_(std::move(files.statements)),
      format_anchors_(
          std::make_shared<const std::vector<FormatAnchors>>(std::move(files.format_anchors))),
      trust_anchors_(statuses_of(*format_anchors_, tools.hasher)),
      statement_files_(files.statement_files),
      skipped_statements_(std::move(files.skipped_statements)),
      tools_(tools) {
  for (const MetadataFiles::Skipped& skipped : skipped_statements_) {
    JsonWriter json;
    json.begin_object();
    json.member("file").string(skipped.file);
    json.member("code").string(error_name(skipped.error.code));
    json.end_object();
    const std::string text = std::move(json).take();
    tools_.log.write("error", "metadata.statement_skipped",
                     std::string_view(text).substr(1, text.size() - 2));
  }
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    sources_.push_back(std::make_unique<MetadataSource>(
        config.sources[i], std::move(files.source_anchors[i]), config, tools_));
    try {
      sources_.back()->load_cache();
      sources_.back()->load_local(fetcher_);
    } catch (const std::exception& problem) {
      log_failure(problem);
    }
  }
  noted_.resize(sources_.size() + 1);
  publish();
  for (const std::unique_ptr<MetadataSource>& source : sources_) {
    source->show();
  }
}

MetadataService::~MetadataService() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  fetcher_.cancel();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void MetadataService::start() {
  if (!sources_.empty() || !trust_anchors_.empty()) {
    thread_ = std::thread([this] { run(); });
  }
}

void MetadataService::run() {
  yield_to_everybody_else();
  while (!is_stopping()) {
    refresh_due();
    try {
      note_alarms();
    } catch (const std::exception& problem) {
      log_failure(problem);
    }
    MetadataSource::SteadyClock::duration wait = kLongestWait;
    for (const std::unique_ptr<MetadataSource>& source : sources_) {
      wait = std::min(wait, source->due() - MetadataSource::SteadyClock::now());
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::max<MetadataSource::SteadyClock::duration>(wait, kShortestWait),
                   [this] { return is_stopping_; });
  }
}

// Whatever happens to one source, the others are asked, and it is asked again.
void MetadataService::refresh_due() {
  for (const std::unique_ptr<MetadataSource>& source : sources_) {
    if (is_stopping()) {
      return;
    }
    try {
      if (source->due() <= MetadataSource::SteadyClock::now() &&
          source->refresh(fetcher_) == MetadataSource::Change::entries) {
        is_unpublished_ = true;
      }
      if (is_unpublished_) {
        publish();
        is_unpublished_ = false;
      }
      // Not before: who reads a number takes what it says to be in force.
      source->show();
    } catch (const std::exception& problem) {
      log_failure(problem);
      is_unpublished_ = true;  // nobody knows how far it came
      source->postpone();
    }
  }
}

bool MetadataService::is_stopping() {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

void MetadataService::log_failure(const std::exception& problem) noexcept {
  try {
    const bool is_memory = dynamic_cast<const std::bad_alloc*>(&problem) != nullptr;
    tools_.log.write("error", is_memory ? "metadata.out_of_memory" : "metadata.failed", "");
  } catch (const std::exception&) {
    // Not even the log has memory left.
  }
}

void MetadataService::publish() {
  if (!is_present_) {
    return;
  }
  MetadataCatalogueBuilder builder;
  for (const std::unique_ptr<MetadataSource>& source : sources_) {
    builder.add(source->entries());
  }
  builder.add(statements_);
  snapshot_.publish(std::make_shared<const MetadataModels>(std::move(builder).build(++generation_),
                                                           format_anchors_, rules_, tools_.hasher));
  if (std::all_of(sources_.begin(), sources_.end(),
                  [](const auto& source) { return source->has_blob(); })) {
    has_been_complete_ = true;
  }
}

void MetadataService::note_alarms() {
  const UnixSeconds now = tools_.clock.now();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const SourceStatus status = sources_[i]->status();
    note(status.name, noted_[i], status.alarms(now));
  }
  note(std::string(kTrustAnchors), noted_.back(), anchor_alarms(trust_anchors_, now));
}

void MetadataService::note(const std::string& source, std::vector<RaisedAlarm>& noted,
                           std::vector<RaisedAlarm> raised) {
  const auto tell_new = [&](std::string_view level, std::string_view event,
                            const std::vector<RaisedAlarm>& alarms,
                            const std::vector<RaisedAlarm>& known) {
    for (const RaisedAlarm& alarm : alarms) {
      if (std::find(known.begin(), known.end(), alarm) != known.end()) {
        continue;
      }
      JsonWriter json;
      json.begin_object();
      json.member("source").string(source);
      json.member("alarm").string(metadata_alarm_name(alarm.alarm));
      if (alarm.anchor) {
        json.member("anchor").string(alarm.anchor->subject);
        json.member("sha256").string(alarm.anchor->sha256);
        json.member("notAfter").string(encode_rfc3339(alarm.anchor->not_after));
      }
      json.end_object();
      const std::string text = std::move(json).take();
      tools_.log.write(level, event, std::string_view(text).substr(1, text.size() - 2));
    }
  };
  tell_new("error", "metadata.alarm", raised, noted);
  tell_new("info", "metadata.alarm_over", noted, raised);
  noted = std::move(raised);
}

}  // namespace countersign
