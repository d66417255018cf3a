// Any line gives a verdict that is one line of JSON, and the two halves for hosts agree with the
// whole. Arithmetic is left out: the verifier below says yes to everything, so that what comes
// after it is reached too.

#include <cstdlib>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "service/verify_case.h"

namespace {

using namespace countersign;  // NOLINT

/// No hash function: enough to tell inputs apart.
class MixingHasher final : public Hasher {
 public:
  Digest256 sha256(std::initializer_list<Bytes> parts) const override {
    Digest256 out{};
    std::uint64_t state = 14695981039346656037U;
    for (const Bytes part : parts) {
      for (const std::uint8_t byte : part) {
        state = (state ^ byte) * 1099511628211U;
      }
    }
    for (std::uint8_t& byte : out) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      byte = static_cast<std::uint8_t>(state >> 56);
    }
    return out;
  }
  ByteVector digest(HashAlgorithm hash, Bytes message) const override {
    const Digest256 digest = sha256({message});
    ByteVector out(digest_size(hash));
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = digest[i % digest.size()];
    }
    return out;
  }
};

class YesVerifier final : public SignatureVerifier {
 public:
  std::string_view name() const override { return "yes"; }
  SignatureVerdict verify(SignatureAlgorithm, const PublicKey&, Bytes, Bytes) const override {
    return SignatureVerdict::valid;
  }
};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// `valid: true` for every different digest.
std::string results_for(const JsonValue& obligations) {
  JsonWriter results;
  std::vector<std::string> seen;
  results.begin_array();
  for (const JsonValue& obligation : obligations.items) {
    const std::string& digest = obligation.find("digest")->string;
    bool is_new = true;
    for (const std::string& other : seen) {
      is_new = is_new && other != digest;
    }
    if (is_new) {
      seen.push_back(digest);
      results.begin_object();
      results.member("digest").string(digest);
      results.member("valid").boolean(true);
      results.end_object();
    }
  }
  results.end_array();
  return std::move(results).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(input), size);
  const MixingHasher hasher;
  const CaseSettings settings{UnixSeconds{1767225600}};
  const std::string verdict = verify_case(line, settings, hasher, YesVerifier());
  require(verdict.find('\n') == std::string::npos);
  const auto json = parse_json(verdict, {.max_bytes = verdict.size()});
  require(json.has_value() && json->find("ok") != nullptr && json->find("ok")->is_boolean());

  const std::string begun = begin_case(line, settings, hasher);
  const auto answer = parse_json(begun, {.max_bytes = begun.size()});
  require(answer.has_value());
  if (const JsonValue* obligations = answer->find("obligations")) {
    require(finish_case(line, results_for(*obligations), settings, hasher) == verdict);
  } else {
    require(begun == verdict);
  }
  return 0;
}
