#pragma once
// Keeps the metadata current without anybody waiting for it: one thread of low priority asks the
// sources, judges what they give and publishes a new snapshot; ceremonies take the snapshot.

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "native/metadata/local_files.h"
#include "native/metadata/source.h"
#include "native/ops/snapshot.h"

namespace countersign {

class MetadataService final : public ModelSource {
 public:
  /// Publishes what this machine holds: cache, statements, sources that are files. No network.
  MetadataService(const MetadataConfig& config, MetadataFiles files, const SourceTools& tools);
  /// Ends a download in progress.
  ~MetadataService() override;
  MetadataService(const MetadataService&) = delete;
  MetadataService& operator=(const MetadataService&) = delete;

  /// From now on sources are asked when they are due, at first at once, and alarms are logged.
  void start();
  std::shared_ptr<const MetadataModels> models() const override { return snapshot_.get(); }

  /// The answer of GET /v1/metadata.
  std::string report() const;
  /// In the text format of Prometheus.
  std::string metrics() const;
  bool has_alarm() const;
  /// Every source has been in force at least once. Until then models() does not know what they
  /// report: not to object says nothing.
  bool has_been_complete() const { return has_been_complete_; }

 private:
  void run();
  void refresh_due();
  bool is_stopping();
  void log_failure(const std::exception& problem) noexcept;
  void publish();
  void note_alarms();
  void note(const std::string& source, std::vector<RaisedAlarm>& noted,
            std::vector<RaisedAlarm> raised);

  /// What reports call the folder that is no source.
  static constexpr std::string_view kTrustAnchors = "trustAnchors";

  const bool is_present_;
  const MetadataRules rules_;
  const std::vector<MetadataEntry> statements_;
  const std::shared_ptr<const std::vector<FormatAnchors>> format_anchors_;
  const std::vector<AnchorStatus> trust_anchors_;
  const std::size_t statement_files_;
  const std::vector<MetadataFiles::Skipped> skipped_statements_;
  const SourceTools tools_;
  std::vector<std::unique_ptr<MetadataSource>> sources_;
  Snapshot<MetadataModels> snapshot_;
  std::uint64_t generation_ = 0;
  bool is_unpublished_ = false;  // of the refreshing thread
  std::atomic<bool> has_been_complete_ = false;
  // By source, then of the folder; of the refreshing thread.
  std::vector<std::vector<RaisedAlarm>> noted_;

  Fetcher fetcher_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign
