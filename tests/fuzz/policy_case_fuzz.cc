// Every line has an answer that is JSON: a decision, or a code with a place inside of the line.

#include "service/policy_case.h"

#include "backends/openssl/openssl_backend.h"
#include "codec/json_reader.h"
#include "policy/shipped.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OpenSslHasher hasher;
  static const KeptPolicies kept = [] {
    KeptPolicies policies(kMaxKeptPolicies);
    for (const ShippedPolicy& shipped : shipped_policies()) {
      load_policy(shipped.json, policies, hasher);
    }
    return policies;
  }();
  const std::string answer = decide_case(text_of(Bytes(data, size)), kept, hasher);
  JsonOptions options;
  options.max_bytes = answer.size();
  options.max_nodes = answer.size() + 1;
  const Result<JsonValue> parsed = parse_json(answer, options);
  require(parsed.has_value() && parsed->find("ok") != nullptr);
  if (parsed->find("ok")->boolean) {
    require((parsed->find("decision") != nullptr) != (parsed->find("explanation") != nullptr));
  } else if (const JsonValue* offset = parsed->find("error")->find("offset")) {
    require(offset->integer >= 0 && static_cast<std::size_t>(offset->integer) <= size);
  }
  return 0;
}
