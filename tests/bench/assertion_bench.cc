// What an ES256 assertion costs: the whole verification from the JSON text on, against the bare
// OpenSSL verification of the same signature with a parsed key, and everything but the signature.
// The figures that are compared are taken in alternating pairs within this process; the last line
// is the median of their ratios.

#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "ceremony/authentication.h"
#include "crypto/curve.h"
#include "model/response.h"
#include "tests/support/soft_authenticator.h"

namespace countersign {
namespace {

void require(bool condition, const char* what) {
  if (!condition) {
    std::fprintf(stderr, "bench: %s\n", what);
    std::abort();
  }
}

// Says yes at once: what is left is everything but the signature.
class NoArithmetic final : public SignatureVerifier {
 public:
  std::string_view name() const override { return "none"; }
  SignatureVerdict verify(SignatureAlgorithm, const PublicKey&, Bytes, Bytes) const override {
    return SignatureVerdict::valid;
  }
};

// One assertion as a server meets it: the JSON text, the stored record, the expectations.
struct Login {
  AuthenticationExpectations expectations;
  CredentialRecord record;
  std::string json;
  ByteVector message;    // what is signed
  ByteVector signature;  // DER
  testing::TestKey key = testing::TestKey::make(testing::KeyKind::p256);
};

Login make_login() {
  const testing::Registration registration = testing::make_registration();
  testing::AssertionOptions options;
  options.sign_count = 7;
  options.user_handle = registration.credential.user_handle;
  const testing::Assertion assertion = testing::make_assertion(registration.credential, options);
  Login login;
  login.expectations.rp_id = options.rp_id;
  login.expectations.origins = {options.client_data.origin};
  login.expectations.challenge = options.challenge;
  login.expectations.user_handle = UserHandle(registration.credential.user_handle);
  login.record.id = CredentialId(registration.credential.id);
  login.record.public_key = registration.credential.cose_key;
  login.record.user_handle = UserHandle(registration.credential.user_handle);
  login.json = assertion.json;
  login.message = assertion.authenticator_data;
  const ByteVector hash = testing::sha256(assertion.client_data);
  login.message.insert(login.message.end(), hash.begin(), hash.end());
  login.signature = assertion.signature;
  login.key = registration.credential.key;
  return login;
}

const Login& login() {
  static const Login kLogin = make_login();
  return kLogin;
}

bool verify_whole(const Hasher& hasher, const SignatureVerifier& verifier) {
  const Result<JsonValue> json = parse_json(login().json);
  if (!json) {
    return false;
  }
  const Result<AuthenticationResponse> response = parse_authentication_response(*json);
  if (!response) {
    return false;
  }
  Result<PendingAuthentication> pending =
      begin_authentication(login().expectations, login().record, *response, hasher);
  if (!pending) {
    return false;
  }
  const std::vector<SignatureVerdict> verdicts = discharge(pending->obligations(), verifier);
  const Result<VerifiedAssertion> verified = std::move(*pending).finish(verdicts);
  return verified.has_value();
}

// The least that OpenSSL can do: digest fetched, key parsed, context initialised beforehand.
class Bare {
 public:
  Bare() {
    const ByteVector& x = login().key.x();
    const ByteVector& y = login().key.y();
    std::vector<unsigned char> point{4};
    point.insert(point.end(), x.begin(), x.end());
    point.insert(point.end(), y.begin(), y.end());
    char group[] = "P-256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    require(EVP_PKEY_fromdata_init(maker) == 1 &&
                EVP_PKEY_fromdata(maker, &key_, EVP_PKEY_PUBLIC_KEY, parameters) == 1,
            "no key");
    EVP_PKEY_CTX_free(maker);
    md_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    context_ = EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr);
    require(EVP_PKEY_verify_init(context_) == 1, "no context");
  }
  ~Bare() {
    EVP_PKEY_CTX_free(context_);
    EVP_MD_free(md_);
    EVP_PKEY_free(key_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  bool verify() const {
    std::array<unsigned char, 32> digest;
    return EVP_Digest(login().message.data(), login().message.size(), digest.data(), nullptr, md_,
                      nullptr) == 1 &&
           EVP_PKEY_verify(context_, login().signature.data(), login().signature.size(),
                           digest.data(), digest.size()) == 1;
  }

  // What most programs write.
  bool digest_verify() const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool is_valid =
        EVP_DigestVerifyInit_ex(context, nullptr, "SHA256", nullptr, nullptr, key_, nullptr) == 1 &&
        EVP_DigestVerify(context, login().signature.data(), login().signature.size(),
                         login().message.data(), login().message.size()) == 1;
    EVP_MD_CTX_free(context);
    return is_valid;
  }

 private:
  EVP_PKEY* key_ = nullptr;
  EVP_MD* md_ = nullptr;
  EVP_PKEY_CTX* context_ = nullptr;
};

void full_openssl(benchmark::State& state) {
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  for (auto _ : state) {
    require(verify_whole(hasher, verifier), "the assertion must verify");
  }
}
BENCHMARK(full_openssl)->Unit(benchmark::kMicrosecond);

void full_openssl_without_key_cache(benchmark::State& state) {
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier(0);
  for (auto _ : state) {
    require(verify_whole(hasher, verifier), "the assertion must verify");
  }
}
BENCHMARK(full_openssl_without_key_cache)->Unit(benchmark::kMicrosecond);

void full_cryptopp(benchmark::State& state) {
  const CryptoppHasher hasher;
  const CryptoppVerifier verifier;
  for (auto _ : state) {
    require(verify_whole(hasher, verifier), "the assertion must verify");
  }
}
BENCHMARK(full_cryptopp)->Unit(benchmark::kMicrosecond);

void everything_but_the_signature(benchmark::State& state) {
  const OpenSslHasher hasher;
  const NoArithmetic verifier;
  for (auto _ : state) {
    require(verify_whole(hasher, verifier), "the assertion must verify");
  }
}
BENCHMARK(everything_but_the_signature)->Unit(benchmark::kMicrosecond);

void bare_evp_pkey_verify(benchmark::State& state) {
  const Bare bare;
  for (auto _ : state) {
    require(bare.verify(), "the signature must verify");
  }
}
BENCHMARK(bare_evp_pkey_verify)->Unit(benchmark::kMicrosecond);

void bare_evp_digest_verify(benchmark::State& state) {
  const Bare bare;
  for (auto _ : state) {
    require(bare.digest_verify(), "the signature must verify");
  }
}
BENCHMARK(bare_evp_digest_verify)->Unit(benchmark::kMicrosecond);

void step_openssl_backend(benchmark::State& state) {
  const OpenSslVerifier verifier;
  const SignatureAlgorithm algorithm{SignatureScheme::ecdsa, HashAlgorithm::sha256};
  const PublicKey key = PublicKey::make_ec(Curve::p256, login().key.x(), login().key.y()).value();
  const ByteVector signature = make_fixed_signature(algorithm, key, login().signature).value();
  for (auto _ : state) {
    require(verifier.verify(algorithm, key, login().message, signature) == SignatureVerdict::valid,
            "the signature must verify");
  }
}
BENCHMARK(step_openssl_backend)->Unit(benchmark::kMicrosecond);

void step_sha256(benchmark::State& state) {
  const OpenSslHasher hasher;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hasher.sha256({login().message}));
  }
}
BENCHMARK(step_sha256)->Unit(benchmark::kMicrosecond);

void step_fixed_signature(benchmark::State& state) {
  const PublicKey key = PublicKey::make_ec(Curve::p256, login().key.x(), login().key.y()).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_fixed_signature({SignatureScheme::ecdsa, HashAlgorithm::sha256},
                                                  key, login().signature));
  }
}
BENCHMARK(step_fixed_signature)->Unit(benchmark::kMicrosecond);

void step_parse_json(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_json(login().json));
  }
}
BENCHMARK(step_parse_json)->Unit(benchmark::kMicrosecond);

void step_parse_response(benchmark::State& state) {
  const JsonValue json = parse_json(login().json).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_authentication_response(json));
  }
}
BENCHMARK(step_parse_response)->Unit(benchmark::kMicrosecond);

void step_parse_cose_key(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_cose_key(login().record.public_key));
  }
}
BENCHMARK(step_parse_cose_key)->Unit(benchmark::kMicrosecond);

void step_point_on_p256(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(is_on_curve(Curve::p256, login().key.x(), login().key.y()));
  }
}
BENCHMARK(step_point_on_p256)->Unit(benchmark::kMicrosecond);

void step_point_on_ed25519(benchmark::State& state) {
  const testing::TestKey key = testing::TestKey::make(testing::KeyKind::ed25519);
  for (auto _ : state) {
    benchmark::DoNotOptimize(is_edwards_point(Curve::ed25519, key.x()));
  }
}
BENCHMARK(step_point_on_ed25519)->Unit(benchmark::kMicrosecond);

void step_begin_and_finish(benchmark::State& state) {
  const OpenSslHasher hasher;
  const NoArithmetic verifier;
  const JsonValue json = parse_json(login().json).value();
  const AuthenticationResponse response = parse_authentication_response(json).value();
  for (auto _ : state) {
    Result<PendingAuthentication> pending =
        begin_authentication(login().expectations, login().record, response, hasher);
    const auto verdicts = discharge(pending->obligations(), verifier);
    benchmark::DoNotOptimize(std::move(*pending).finish(verdicts));
  }
}
BENCHMARK(step_begin_and_finish)->Unit(benchmark::kMicrosecond);

// Processor time of this thread in microseconds: what else the machine does is not counted.
double thread_time() {
  timespec time{};
  require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0, "no clock");
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// Microseconds for one of `count` runs.
template <class Run>
double time_block(int count, Run run) {
  const double begin = thread_time();
  for (int i = 0; i < count; ++i) {
    require(run(), "the assertion must verify");
  }
  return (thread_time() - begin) / count;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_pairs() {
  constexpr int kPairs = 201;
  constexpr int kRunsInBlock = 40;
  const OpenSslHasher hasher;
  const OpenSslVerifier openssl;
  const NoArithmetic no_arithmetic;
  const Bare bare;
  const auto run_full = [&] { return verify_whole(hasher, openssl); };
  const auto run_bare = [&] { return bare.verify(); };
  time_block(kRunsInBlock, run_full);
  time_block(kRunsInBlock, run_bare);
  std::vector<double> ratios;
  std::vector<double> full_times;
  std::vector<double> bare_times;
  std::vector<double> rest_times;
  for (int pair = 0; pair < kPairs; ++pair) {
    double full_time = 0;
    double bare_time = 0;
    if (pair % 2 == 0) {
      full_time = time_block(kRunsInBlock, run_full);
      bare_time = time_block(kRunsInBlock, run_bare);
    } else {
      bare_time = time_block(kRunsInBlock, run_bare);
      full_time = time_block(kRunsInBlock, run_full);
    }
    ratios.push_back(bare_time / full_time);
    full_times.push_back(full_time);
    bare_times.push_back(bare_time);
    rest_times.push_back(
        time_block(kRunsInBlock, [&] { return verify_whole(hasher, no_arithmetic); }));
  }
  std::printf("ES256 assertion, %d alternating pairs of %d runs, medians:\n", kPairs, kRunsInBlock);
  std::printf("full verification from JSON     %8.2f us  (%.0f a second)\n", median(full_times),
              1e6 / median(full_times));
  std::printf("bare EVP_PKEY_verify, key kept  %8.2f us  (%.0f a second)\n", median(bare_times),
              1e6 / median(bare_times));
  std::printf("everything but the signature    %8.2f us  (goal: at most 10)\n", median(rest_times));
  std::printf("ratio full/bare = %.3f (rates; goal: at least 0.90)\n", median(ratios));
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  countersign::print_pairs();
  return 0;
}
