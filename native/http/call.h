#pragma once
// A request with its tenant and caller. Only for the parts of Api.

#include "native/http/api.h"

namespace countersign {

struct Api::Call {
  const HttpRequest* request = nullptr;
  const TenantConfig* tenant_config = nullptr;
  Caller caller;
  std::string parameter;  // the path's variable segment, decoded

  const Tenant& tenant() const { return tenant_config->tenant; }
};

struct Api::Route {
  std::string_view method;
  std::string_view path;  // "*" stands for the variable segment, "**" for all the rest
  Handler handler;
  std::optional<Scope> scope;  // that an API key needs; nothing: any key will do
  CallerRule caller_rule;
  bool is_conformance;
  std::size_t max_body;
  std::string_view query = {};  // the parameters that it takes, a blank between them
  RouteOrigins origins = RouteOrigins::tenant;
  SessionUse session_use = SessionUse::activity;
};

HttpResponse json_answer(int status, std::string body);

}  // namespace countersign
