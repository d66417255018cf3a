#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "backends/openssl/openssl_backend.h"
#include "codec/json_writer.h"
#include "native/cli/commands.h"
#include "native/config/config.h"
#include "native/config/policy_config.h"
#include "native/config/transaction_config.h"
#include "native/http/api.h"
#include "native/http/server.h"
#include "native/metadata/service.h"
#include "native/ops/periodic.h"
#include "native/ops/system.h"
#include "native/outbox/sender.h"
#include "native/policy/kept_reports.h"
#include "native/policy/lint_watch.h"
#include "native/policy/registry.h"
#include "native/receipt/log_keeper.h"
#include "native/store/sqlite/sqlite_store.h"
#include "policy/policy_pages.h"
#include "service/model_review.h"

namespace countersign::cli {
namespace {

constexpr std::int64_t kSweepSeconds = 60;
constexpr std::int64_t kReviewSeconds = 60;  // [dates of reports pass at midnight]
// Without an outcome there is little to read: "expired".
constexpr std::int64_t kUnfinishedSeconds = 600;
// Outcomes stay readable for the backend this long after their ceremony expired.
constexpr std::int64_t kKeptSeconds = 86400;
// [a bank that lost what it had taken finds it here for a week]
constexpr std::int64_t kDeliveredKeptSeconds = 7 * 86400;
// [the longest request and its answer, and a margin] After that the process ends anyway.
constexpr unsigned kStopSeconds = 40;

// Runs a thread that waits for SIGTERM or SIGINT, which must be blocked everywhere.
class SignalWatch {
 public:
  SignalWatch(const sigset_t& signals, HttpServer& server, JsonLog& log)
      : thread_([signals, &server, &log, this] {
          int signal = 0;
          sigwait(&signals, &signal);
          if (!has_ended_) {
            log.write("info", "server.stopping", "");
            alarm(kStopSeconds);
            server.stop();
          }
        }) {}
  ~SignalWatch() {
    has_ended_ = true;
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::atomic<bool> has_ended_ = false;
  std::thread thread_;
};

// Registered credentials against the metadata in force: whenever those are new, and now and then.
// Of normal priority: it writes to the store, where sign-ins would wait for it.
class Reviewer {
 public:
  Reviewer(const ServiceContext& context, ReviewStore& reviews, const MetadataService& metadata,
           JsonLog& log)
      : context_(context),
        reviews_(reviews),
        metadata_(metadata),
        task_(
            std::chrono::seconds(1), [this](const auto& is_stopping) { review(is_stopping); },
            [&log] { log.write("error", "review.failed", ""); }) {}

 private:
  void review(const std::function<bool()>& is_stopping) {
    // A source that has not been heard yet objects to nobody: what was flagged because of it would
    // be cleared.
    const bool is_complete = metadata_.has_been_complete();
    const std::shared_ptr<const MetadataModels> models = context_.models.models();
    if (models == nullptr || !is_complete) {
      return;
    }
    const std::uint64_t generation = models->catalogue().generation();
    // Not of the wall clock: stepped back it would put reviews off.
    const auto now = std::chrono::steady_clock::now();
    if (generation == generation_ && now < next_) {
      return;
    }
    ReviewStage stage = ReviewStage::working;
    while (stage == ReviewStage::working && !is_stopping()) {
      const Result<ReviewProgress> progress = review_step(context_, reviews_, *models);
      stage = progress.has_value() ? progress->stage : ReviewStage::waiting;
    }
    generation_ = generation;
    next_ = now +
            std::chrono::seconds(stage == ReviewStage::done ? kReviewSeconds : kReviewLeaseSeconds);
  }

  const ServiceContext& context_;
  ReviewStore& reviews_;
  const MetadataService& metadata_;
  std::uint64_t generation_ = 0;
  std::chrono::steady_clock::time_point next_;
  PeriodicTask task_;
};

// None: the store could not be read at all.
void tell_stale_policies(const PolicyRegistry& policies, JsonLog& log) {
  JsonWriter json;
  json.begin_array();
  for (const TenantId& tenant : policies.stale_tenants()) {
    json.string(tenant.value);
  }
  json.end_array();
  log.write("error", "policy.reload_failed", "\"tenants\":" + std::move(json).take());
}

void tell_missing_currencies(const Config& config, JsonLog& log) {
  for (const TenantId& tenant : tenants_without_base_currency(config)) {
    JsonWriter name;
    name.string(tenant.value);
    log.write("warning", "transactions.no_base_currency",
              "\"tenant\":" + std::move(name).take() +
                  ",\"reason\":\"amount.base is whatever the backend says of an order, in the "
                  "currency that it means; policies and caps take it for EUR\"");
  }
}

int fail(const CommandIo& io, std::string_view what, std::string_view why) {
  write_all(io.err, "countersign serve: " + std::string(what) + ": " + std::string(why) + '\n');
  return kFailed;
}

int refuse_config(const CommandIo& io, const ConfigProblem& problem) {
  write_all(io.err, "countersign serve: " + std::string(error_name(problem.code)) + ": " +
                        problem.path + " " + problem.reason + '\n');
  return kUsage;
}

int refuse_key_folder(const CommandIo& io, const Config& config) {
  const std::string key =
      config.database_key_file.empty() ? config.database + ".key" : config.database_key_file;
  const std::string folder = std::filesystem::path(key).parent_path();
  return fail(io, key,
              "the key of the database (storage.keyFile), or the empty files beside it that say "
              "what it has sealed (" +
                  key + ".sealed and others), cannot be made: the folder " +
                  (folder.empty() ? "." : folder) +
                  " must be one that the server can write to: docs/operations.md");
}

// Rows that somebody else than a server wrote, each time they are asked for.
class UnsealedRows {
 public:
  explicit UnsealedRows(JsonLog& log) : log_(log) {}

  void note(std::string_view kind, std::string_view tenant, Bytes key) {
    ++count_;
    JsonWriter json;
    json.begin_object();
    json.member("kind").string(kind);
    json.member("tenant").string(tenant);
    json.member("id").base64url(key);
    json.end_object();
    const std::string object = std::move(json).take();
    log_.write("error", "store.unsealed", object.substr(1, object.size() - 2));
  }
  std::string metrics() const {
    return "# HELP countersign_rows_unsealed_total Times that a row was passed over because no "
           "server "
           "with the key of the database wrote it so.\n"
           "# TYPE countersign_rows_unsealed_total counter\ncountersign_rows_unsealed_total " +
           std::to_string(count_.load()) + "\n";
  }

 private:
  JsonLog& log_;
  std::atomic<std::uint64_t> count_ = 0;
};

int serve(const Config& config, const CommandIo& io) {
  // The store holds secrets; nobody else on the machine has to read them.
  umask(S_IRWXG | S_IRWXO);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // every thread inherits this

  const SystemClock clock;
  SystemRandom random;
  JsonLog log(io.err);
  UnsealedRows unsealed(log);
  std::string difference;
  Result<std::unique_ptr<SqliteStore>> store =
      SqliteStore::open(config.database, random, config.database_key_file, &difference);
  if (!store.has_value()) {
    if (store.error().code == ErrorCode::config_value_invalid) {
      return fail(io, config.database,
                  "its key (storage.keyFile) is missing, or is another database's: put the file "
                  "back that was there when it was last opened; or customers are not sealed that "
                  "were: docs/operations.md");
    }
    if (!difference.empty()) {
      return fail(io, config.database,
                  "somebody has changed its schema: " + difference + " (docs/operations.md)");
    }
    if (store.error().code == ErrorCode::config_unreadable) {
      return refuse_key_folder(io, config);
    }
    if (store.error().code == ErrorCode::store_unavailable) {
      return fail(
          io, config.database,
          "it cannot be opened, or not be brought to the schema of this version: its folder "
          "or the disk, or somebody has changed it or its user_version: docs/operations.md");
    }
    return fail(io, config.database, error_message(store.error().code));
  }
  (*store)->tell_unsealed([&unsealed](std::string_view kind, std::string_view tenant, Bytes key) {
    unsealed.note(kind, tenant, key);
  });
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  std::variant<MetadataFiles, ConfigProblem> files = read_metadata_files(config.metadata);
  if (const auto* problem = std::get_if<ConfigProblem>(&files)) {
    return refuse_config(io, *problem);
  }
  MetadataService metadata(config.metadata, std::get<MetadataFiles>(std::move(files)),
                           {clock, random, hasher, verifier, log});
  std::variant<FixedPolicies::Documents, ConfigProblem> documents = read_policies(config, hasher);
  if (const auto* problem = std::get_if<ConfigProblem>(&documents)) {
    return refuse_config(io, *problem);
  }
  const FixedPolicies configured(std::get<FixedPolicies::Documents>(std::move(documents)),
                                 make_shipped_policy(kDefaultPolicy, hasher));
  PolicyRegistry policies(**store, configured, hasher);
  if (const Status loaded = policies.reload(); !loaded.has_value()) {
    if (policies.stale_tenants().empty()) {
      return fail(io, config.database, error_message(loaded.error().code));
    }
    tell_stale_policies(policies, log);  // those deny, the others serve
  }
  std::variant<std::vector<OutboxReceiver>, ConfigProblem> receivers =
      read_outbox_receivers(config);
  if (const auto* problem = std::get_if<ConfigProblem>(&receivers)) {
    return refuse_config(io, *problem);
  }
  OutboxSender outbox(std::get<std::vector<OutboxReceiver>>(std::move(receivers)),
                      {**store, clock, random, hasher, log});
  const std::variant<TransactionSettingsByTenant, ConfigProblem> transactions =
      read_transaction_settings(config, hasher);
  if (const auto* problem = std::get_if<ConfigProblem>(&transactions)) {
    return refuse_config(io, *problem);
  }
  const ServiceContext context{**store,  **store, clock,    random,
                               log,      hasher,  verifier, (*store)->decoy_secret(),
                               metadata, policies};
  FreshReports fresh_reports;
  KeptReports reports(fresh_reports);
  const PolicyContext policy_context{context, **store,      configured, policies,
                                     reports, store->get(), &diff_page};
  HttpServer* running = nullptr;
  Api::Settings settings;
  settings.is_tls = config.tls.has_value();
  settings.check_ready = [&running, &store]() -> Status {
    if (running == nullptr || running->is_stopping()) {
      return ErrorCode::shutting_down;
    }
    return (*store)->check_ready();
  };
  settings.metrics_access = config.metrics;
  std::vector<TenantId> tenants;
  for (const TenantConfig& tenant : config.tenants) {
    tenants.push_back(tenant.tenant.id);
  }
  std::variant<std::unique_ptr<FileLogSigner>, ConfigProblem> signer = open_log_signer(config);
  if (const auto* problem = std::get_if<ConfigProblem>(&signer)) {
    return refuse_config(io, *problem);
  }
  std::variant<std::unique_ptr<FileLogHeads>, ConfigProblem> heads = open_log_heads(config, hasher);
  if (const auto* problem = std::get_if<ConfigProblem>(&heads)) {
    return refuse_config(io, *problem);
  }
  std::variant<std::vector<NoteKey>, ConfigProblem> witnesses = read_witnesses(config, hasher);
  if (const auto* problem = std::get_if<ConfigProblem>(&witnesses)) {
    return refuse_config(io, *problem);
  }
  const ReceiptContext receipts{**store,
                                std::get<std::unique_ptr<FileLogSigner>>(signer).get(),
                                std::get<std::unique_ptr<FileLogHeads>>(heads).get(),
                                config.receipts.origin,
                                hasher,
                                verifier,
                                std::get<std::vector<NoteKey>>(std::move(witnesses))};
  const LogKeeper keeper(receipts, tenants, log);
  const CustomerStores stores{**store, **store, **store, **store, **store};
  std::vector<PolicyLintWatch::Subject> subjects;
  for (const TenantConfig& tenant : config.tenants) {
    const TransactionContext offering{
        context,           **store,
        stores.exemptions, std::get<TransactionSettingsByTenant>(transactions).at(tenant.tenant.id),
        &stores.payments,  &policy_context};
    subjects.push_back({&tenant.tenant, offered_tiers(offering)});
  }
  PolicyLintWatch lint(policy_context, std::move(subjects), log);
  settings.metrics = [&metadata, &policies, &lint, &outbox, &keeper, &tenants, &unsealed, &log] {
    return metadata.metrics() + policies.metrics(tenants) + lint.metrics() +
           outbox.metrics(tenants) + keeper.metrics() + unsealed.metrics() + log.metrics();
  };
  settings.policy_alarms = [&lint](const TenantId& tenant) { return lint.alarms(tenant); };
  settings.receipts = &receipts;
  settings.policies = &policy_context;
  settings.outbox = store->get();
  settings.transactions = store->get();
  settings.transaction_settings = &std::get<TransactionSettingsByTenant>(transactions);
  settings.metadata_report = [&metadata] { return metadata.report(); };
  settings.metadata_state = [&metadata, &config]() -> std::string_view {
    return !config.metadata.is_present ? "" : metadata.has_alarm() ? "alarm" : "ok";
  };
  settings.has_failing_log = [&keeper] { return keeper.is_failing(); };
  settings.has_stale_policies = [&policies] { return !policies.stale_tenants().empty(); };
  const Api api(context, stores, config.tenants,
                StaticFiles(config.static_folder.value_or(""), config.package_folders), settings);
  Result<std::unique_ptr<HttpServer>> server = HttpServer::open(
      config, [&api](const HttpRequest& request) { return api.handle(request); },
      [&api](ErrorCode code) { return api.refuse(code); });
  if (!server.has_value()) {
    return fail(io, config.host + ":" + std::to_string(config.port),
                server.error().code == ErrorCode::config_value_invalid
                    ? "the certificate or its key cannot be used"
                    : error_message(server.error().code));
  }
  running = server->get();

  const bool is_ipv6 = config.host.find(':') != std::string::npos;
  const std::string host = is_loopback(config.host) && !is_ipv6 ? "localhost"
                           : is_ipv6                            ? "[" + config.host + "]"
                                                                : config.host;
  const std::string url = std::string(config.tls ? "https" : "http") + "://" + host + ":" +
                          std::to_string((*server)->port());
  log.write("info", "server.started", "\"port\":" + std::to_string((*server)->port()));
  tell_missing_currencies(config, log);
  if (!write_all(io.out, "countersign listens on " + url + "\n")) {
    return kFailed;
  }
  metadata.start();
  outbox.start();
  {
    const PeriodicTask sweeper(std::chrono::seconds(kSweepSeconds), [&](const auto&) {
      static_cast<void>((*store)->sweep(UnixSeconds{clock.now().value - kUnfinishedSeconds},
                                        UnixSeconds{clock.now().value - kKeptSeconds}));
      static_cast<void>((*store)->sweep_transaction_approvals(
          UnixSeconds{clock.now().value - kUnfinishedSeconds}));
      static_cast<void>(
          (*store)->sweep_outbox(UnixSeconds{clock.now().value - kDeliveredKeptSeconds}));
    });
    // A backend hears of what has expired as soon as of what was approved.
    const PeriodicTask expiry(
        std::chrono::seconds(1),
        [&](const auto&) { static_cast<void>(expire_transactions(context, **store)); },
        [&log] { log.write("error", "transaction.expiry_failed", ""); });
    // Other servers' changes, and what a change of ours could not read at once.
    bool is_policy_current = policies.stale_tenants().empty();
    const PeriodicTask policy_watch(
        std::chrono::seconds(1),
        [&](const auto&) {
          const bool was_current = is_policy_current;
          is_policy_current = policies.reload().has_value();
          if (was_current && !is_policy_current) {
            tell_stale_policies(policies, log);
          }
          static_cast<void>(policies.flush_differences());
        },
        [&log] { log.write("error", "policy.reload_failed", ""); });
    // What no metadata have been heard of yet is not missing; after a minute it is.
    constexpr int kPatience = 60;
    int waited = config.metadata.is_present ? 0 : kPatience;
    const PeriodicTask linter(
        std::chrono::seconds(1),
        [&](const auto& is_stopping) {
          waited = metadata.has_been_complete() ? kPatience : std::min(waited + 1, kPatience);
          if (waited == kPatience) {
            lint.check(is_stopping);
          }
        },
        [&log] { log.write("error", "policy.lint_failed", ""); });
    const Reviewer reviewer(context, **store, metadata, log);
    const SignalWatch watch(signals, **server, log);
    (*server)->run();
  }
  const bool was_told_to = (*server)->is_stopping();
  log.write("info", "server.stopped", "");
  return was_told_to ? kDone : fail(io, url, "stopped accepting connections");
}

}  // namespace

int run_serve(Arguments arguments, const CommandIo& io) {
  std::string file;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--config" && i + 1 < arguments.size()) {
      file = std::string(arguments[++i]);
    } else if (argument.starts_with("--config=") && argument.size() > 9) {
      file = std::string(argument.substr(9));
    } else if (argument == "--config") {
      return usage_error(io, "serve", "--config needs a file");
    } else {
      return usage_error(io, "serve", "unexpected argument", argument);
    }
  }
  const ConfigResult read = file.empty() ? ConfigResult(default_config()) : read_config(file);
  if (const auto* problem = std::get_if<ConfigProblem>(&read)) {
    return refuse_config(io, *problem);
  }
  return serve(std::get<Config>(read), io);
}

}  // namespace countersign::cli
