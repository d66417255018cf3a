#pragma once
// The HTTP API (docs/http-api.md): who is calling, which use case, which answer.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "native/config/config.h"
#include "native/http/message.h"
#include "native/http/problem.h"
#include "native/http/static_files.h"
#include "native/policy/policy_alarm.h"
#include "service/account_service.h"
#include "service/authentication_service.h"
#include "service/outbox_store.h"
#include "service/policy_service.h"
#include "service/receipt_requests.h"
#include "service/recovery_service.h"
#include "service/registration_service.h"
#include "service/session_use.h"
#include "service/transaction_service.h"

namespace countersign {

class Api {
 public:
  struct Settings {
    bool is_tls = false;
    /// A read and a durable write of the store; unavailable while shutting down.
    std::function<Status()> check_ready;
    MetricsAccess metrics_access = MetricsAccess::key;
    /// Bodies of /metrics and GET /v1/metadata, and the metadata's state as /readyz tells it ("ok",
    /// "alarm"; empty: nothing to tell). A node with old metadata is ready all the same.
    std::function<std::string()> metrics;
    std::function<std::string()> metadata_report;
    std::function<std::string_view()> metadata_state;
    /// Whether receipts wait for a log that does not take them: approvals go on.
    std::function<bool()> has_failing_log;
    /// Whether a tenant's policies could not be read: /readyz tells it, the other tenants serve.
    std::function<bool()> has_stale_policies;
    /// Of the revisions in force, in canary and in shadow those in which lint finds errors, as of
    /// its last look.
    std::function<std::vector<PolicyAlarm>(const TenantId& tenant)> policy_alarms;
    /// Never null.
    const PolicyContext* policies = nullptr;
    OutboxStore* outbox = nullptr;
    TransactionStore* transactions = nullptr;
    const TransactionSettingsByTenant* transaction_settings = nullptr;  // of every tenant
    const ReceiptContext* receipts = nullptr;
  };

  Api(const ServiceContext& context, const CustomerStores& stores,
      std::vector<TenantConfig> tenants, StaticFiles files, Settings settings);

  HttpResponse handle(const HttpRequest& request) const;
  /// The answer to what never became a request.
  HttpResponse refuse(ErrorCode code) const;

 private:
  struct Call;  // a request with its tenant and caller
  using Handler = HttpResponse (Api::*)(Call& call) const;
  enum class CallerRule : std::uint8_t { anybody, api_key };
  /// From which pages it is accepted: the tenant's, or also those that are for approvals alone.
  enum class RouteOrigins : std::uint8_t { tenant, approval };
  struct Route;
  static const Route kRoutes[];
  static std::span<const Route> policy_routes();
  static std::span<const Route> outbox_routes();
  static std::span<const Route> transaction_routes();
  static std::span<const Route> receipt_routes();

  HttpResponse dispatch(const HttpRequest& request, const std::string& correlation_id) const;
  Result<Call> identify(const HttpRequest& request, const Route& route,
                        const std::string& correlation_id) const;
  Status identify_tenant(Call& call) const;
  Status check_api_key(Call& call, std::string_view authorization,
                       std::optional<Scope> scope) const;
  void note_missing_scope(const Call& call, const ApiKey& key) const;
  Status check_browser_rules(const Call& call, const Route& route) const;
  Status read_session(Call& call, SessionUse use = SessionUse::activity) const;

  HttpResponse create_registration(Call& call) const;
  HttpResponse finish_registration(Call& call) const;
  HttpResponse read_registration(Call& call) const;
  HttpResponse create_authentication(Call& call) const;
  HttpResponse finish_authentication(Call& call) const;
  HttpResponse read_authentication(Call& call) const;
  HttpResponse read_session_state(Call& call) const;
  HttpResponse delete_session(Call& call) const;
  /// `?username=` by a backend; else the session's own.
  Result<Account> named_account(const Call& call) const;
  HttpResponse list_credentials(Call& call) const;
  HttpResponse rename_credential(Call& call) const;
  HttpResponse list_browser_bound_keys(Call& call) const;
  HttpResponse change_browser_bound_key(Call& call) const;
  HttpResponse revoke_credential(Call& call) const;
  HttpResponse create_activation(Call& call) const;
  HttpResponse read_activation(Call& call) const;
  HttpResponse create_recovery(Call& call) const;
  HttpResponse read_account(Call& call) const;
  HttpResponse revoke_account(Call& call) const;
  HttpResponse list_events(Call& call) const;
  HttpResponse create_policy(Call& call) const;
  HttpResponse list_policies(Call& call) const;
  HttpResponse read_policy(Call& call) const;
  HttpResponse delete_policy(Call& call) const;
  HttpResponse validate_policy(Call& call) const;
  HttpResponse change_policy(Call& call, RevisionAction action) const;
  HttpResponse shadow_policy(Call& call) const;
  HttpResponse canary_policy(Call& call) const;
  HttpResponse withdraw_policy(Call& call) const;
  HttpResponse retire_policy(Call& call) const;
  HttpResponse diff_policy(Call& call) const;
  HttpResponse explain_policy(Call& call) const;
  HttpResponse simulate_policy(Call& call) const;
  HttpResponse read_differences(Call& call) const;
  HttpResponse create_approval(Call& call) const;
  HttpResponse create_transaction(Call& call) const;
  HttpResponse list_transactions(Call& call) const;
  HttpResponse execute_transaction(Call& call) const;
  HttpResponse read_transaction(Call& call) const;
  HttpResponse render_transaction(Call& call) const;
  HttpResponse begin_transaction_approval(Call& call) const;
  HttpResponse approve_transaction(Call& call) const;
  HttpResponse decline_transaction(Call& call) const;
  HttpResponse cancel_transaction(Call& call) const;
  HttpResponse list_outbox(Call& call) const;
  HttpResponse mark_delivered(Call& call) const;
  void note_delivery(const Call& call, const Status& marked) const;
  HttpResponse read_receipt_file(Call& call) const;
  HttpResponse erase_receipt(Call& call) const;
  HttpResponse erase_transaction(Call& call) const;
  HttpResponse no_content_answer(const Call& call, const Status& done) const;
  HttpResponse read_log_key(Call& call) const;
  HttpResponse read_log_witnesses(Call& call) const;
  HttpResponse take_cosignatures(Call& call) const;
  HttpResponse read_log_checkpoint(Call& call) const;
  HttpResponse read_log_tile(Call& call) const;
  HttpResponse create_decision(Call& call) const;
  HttpResponse create_exemption(Call& call) const;
  HttpResponse conformance_creation_options(Call& call) const;
  HttpResponse conformance_creation_result(Call& call) const;
  HttpResponse conformance_request_options(Call& call) const;
  HttpResponse conformance_request_result(Call& call) const;
  HttpResponse related_origins(Call& call) const;
  HttpResponse read_metadata(Call& call) const;
  /// To /livez, /readyz or /metrics.
  Result<HttpResponse> operations_answer(const HttpRequest& request) const;
  HttpResponse ready_answer() const;
  Status check_metrics_access(const HttpRequest& request) const;
  HttpResponse metrics_answer() const;

  HttpResponse report(const Call& call, CeremonyKind kind) const;
  HttpResponse problem(const Call& call, const Error& error, CeremonyKind kind,
                       std::string_view verification_case = {}) const;
  TransactionContext transactions_of(const Call& call) const;
  HttpResponse transaction_answer(const Call& call, int status,
                                  const Result<std::string>& answer) const;
  /// Precise for whoever holds an API key.
  ProblemContext backend_context(const Call& call) const;
  /// Likewise. `position`, `findings`: JSON.
  HttpResponse backend_problem(const Call& call, const Error& error, std::string_view position = {},
                               std::string_view findings = {}, std::string_view hint = {}) const;
  /// The same with the place in `input`, in which the error's offset is: where the member of a
  /// body, or a document, is malformed.
  HttpResponse located_problem(const Call& call, const Error& error, std::string_view input = {},
                               std::string_view findings = {}, std::string_view hint = {}) const;
  HttpResponse began(const Call& call, const Result<BeganCeremony>& result) const;
  void set_session_cookie(const Call& call, HttpResponse& response, const SessionValue& value,
                          std::optional<std::int64_t> max_age) const;
  bool has_secure_cookie(const Tenant& tenant) const;
  std::string cookie_name(const Tenant& tenant) const;

  ServiceContext context_;
  CustomerStores stores_;
  std::vector<TenantConfig> tenants_;
  StaticFiles files_;
  Settings settings_;
};

}  // namespace countersign
