// A line in, one line of JSON out, with real hashes and signatures, so that the seeds are accepted
// (verify_case_fuzz.cc leaves arithmetic out); a host that supplies no results proves nothing.

#include "backends/openssl/openssl_backend.h"
#include "codec/json_reader.h"
#include "service/verify_case.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

JsonValue verdict_of(const std::string& line) {
  require(line.find('\n') == std::string::npos);
  const Result<JsonValue> json = parse_json(line);
  require(json.has_value() && json->is_object());
  return *json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OpenSslHasher hasher;
  static const OpenSslVerifier verifier(16);
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const CaseSettings settings{UnixSeconds{1767225600}};

  const std::string verdict = verify_case(line, settings, hasher, verifier);
  const JsonValue json = verdict_of(verdict);
  const JsonValue* is_accepted = json.find("ok");
  require(is_accepted != nullptr && is_accepted->is_boolean());
  require((json.find("error") != nullptr) == !is_accepted->boolean);

  const JsonValue begun = verdict_of(begin_case(line, settings, hasher));
  const JsonValue* obligations = begun.find("obligations");
  const JsonValue unproved = verdict_of(finish_case(line, "[]", settings, hasher));
  const bool needs_nothing = obligations != nullptr && obligations->items.empty();
  require(unproved.find("ok") != nullptr);
  require(!unproved.find("ok")->boolean || (needs_nothing && is_accepted->boolean));
  return 0;
}
