// What operators and their monitoring ask for.

#include "codec/json_writer.h"
#include "native/http/call.h"

namespace countersign {

Result<HttpResponse> Api::operations_answer(const HttpRequest& request) const {
  if (request.path == "/livez") {
    return json_answer(200, R"({"status":"ok"})");
  }
  if (request.path == "/readyz") {
    CS_TRY(settings_.check_ready());
    return ready_answer();
  }
  CS_TRY(check_metrics_access(request));
  return metrics_answer();
}

HttpResponse Api::ready_answer() const {
  JsonWriter json;
  json.begin_object();
  json.member("status").string("ok");
  if (settings_.metadata_state && !settings_.metadata_state().empty()) {
    json.member("metadata").string(settings_.metadata_state());
  }
  if (settings_.has_stale_policies && settings_.has_stale_policies()) {
    json.member("policies").string("alarm");
  }
  if (settings_.has_failing_log && settings_.has_failing_log()) {
    json.member("receipts").string("alarm");
  }
  json.end_object();
  return json_answer(200, std::move(json).take());
}

Status Api::check_metrics_access(const HttpRequest& request) const {
  if (settings_.metrics_access == MetricsAccess::open) {
    return ok();
  }
  Call call;
  return check_api_key(call, request.header("authorization").value_or(""), std::nullopt);
}

HttpResponse Api::metrics_answer() const {
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body =
      "# HELP countersign_build_info The program.\n# TYPE countersign_build_info gauge\n"
      "countersign_build_info{version=\"" COUNTERSIGN_VERSION "\"} 1\n";
  if (settings_.metrics) {
    response.body += settings_.metrics();
  }
  return response;
}

HttpResponse Api::read_metadata(Call& call) const {
  if (!settings_.metadata_report) {
    return problem(call, Error{ErrorCode::route_not_found, Check::none, 0},
                   CeremonyKind::registration);
  }
  return json_answer(200, settings_.metadata_report());
}

}  // namespace countersign
