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
constexpr std::int64_t kLongestWaitSeconds = 60;

// A BLOB of 10 MB takes a core for a second: sign-ins come first.
void yield_to_everybody_else() {
  const sched_param parameter{};
  static_cast<void>(sched_setscheduler(0, SCHED_BATCH, &parameter));
  constexpr int kLowest = 19;
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kLowest));
}

}  // namespace

MetadataService::MetadataService(const MetadataConfig& config, MetadataFiles files,
                                 const SourceTools& tools)
    : is_present_(config.is_present),
      rules_(config.rules),
      statements_(std::move(files.statements)),
      format_anchors_(
          std::make_shared<const std::vector<FormatAnchors>>(std::move(files.format_anchors))),
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
    sources_.back()->load_cache();
    if (sources_.back()->is_local()) {
      sources_.back()->refresh(fetcher_);
    }
  }
  noted_.resize(sources_.size());
  publish();
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
  if (!sources_.empty()) {
    thread_ = std::thread([this] { run(); });
  }
}

void MetadataService::run() {
  yield_to_everybody_else();
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    lock.unlock();
    std::int64_t wait = kLongestWaitSeconds;
    for (const std::unique_ptr<MetadataSource>& source : sources_) {
      try {
        if (source->due() <= tools_.clock.now() &&
            source->refresh(fetcher_) == MetadataSource::Change::entries) {
          publish();
        }
      } catch (const std::bad_alloc&) {
        tools_.log.write("error", "metadata.out_of_memory", "");
        source->postpone();
      }
      wait = std::min(wait, source->due().value - tools_.clock.now().value);
    }
    note_alarms();
    lock.lock();
    wake_.wait_for(lock, std::chrono::seconds(std::max<std::int64_t>(wait, 1)),
                   [this] { return is_stopping_; });
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
}

void MetadataService::note_alarms() {
  const UnixSeconds now = tools_.clock.now();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const SourceStatus status = sources_[i]->status();
    std::vector<MetadataAlarm> alarms = status.alarms(now);
    const auto tell = [&](std::string_view level, std::string_view event, MetadataAlarm alarm) {
      JsonWriter json;
      json.begin_object();
      json.member("source").string(status.name);
      json.member("alarm").string(metadata_alarm_name(alarm));
      json.end_object();
      const std::string text = std::move(json).take();
      tools_.log.write(level, event, std::string_view(text).substr(1, text.size() - 2));
    };
    const auto is_in = [](const std::vector<MetadataAlarm>& set, MetadataAlarm alarm) {
      return std::find(set.begin(), set.end(), alarm) != set.end();
    };
    for (const MetadataAlarm alarm : alarms) {
      if (!is_in(noted_[i], alarm)) {
        tell("error", "metadata.alarm", alarm);
      }
    }
    for (const MetadataAlarm alarm : noted_[i]) {
      if (!is_in(alarms, alarm)) {
        tell("info", "metadata.alarm_over", alarm);
      }
    }
    noted_[i] = std::move(alarms);
  }
}

}  // namespace countersign
