// What a transaction costs: parsing the intent, freezing, rendering, binding; and each part. The
// goal for binding and rendering a credit transfer is 15 microseconds.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "backends/openssl/openssl_backend.h"
#include "transaction/batch.h"
#include "transaction/binding.h"
#include "transaction/checked_intent.h"
#include "transaction/look_alikes.h"
#include "transaction/shipped.h"
#include "transaction/view_renderers.h"

namespace countersign {
namespace {

constexpr std::string_view kTransfer =
    R"({"type":"payment.credit-transfer/1","fields":{"amount":{"currency":"EUR","value":"1234.56"},)"
    R"("creditor":"Müller & Söhne GmbH","creditorAccount":{"iban":"DE89370400440532013000"},)"
    R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23",)"
    R"("reference":"RF18539007547034"}})";

template <class T>
T require(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "bench: %s\n", std::string(error_name(result.error().code)).c_str());
    std::abort();
  }
  return std::move(result).value();
}

struct Fixture {
  OpenSslHasher hasher;
  Template source =
      require(parse_template(find_shipped_template("payment.credit-transfer/1"), hasher));
  LocalePack pack = require(parse_locale_pack(find_shipped_locale_pack("de-DE"), hasher));
  JsonValue json = require(parse_json(kTransfer));
  CanonicalValue intent = require(make_intent(source, json));
  View view = require(render_view(source, pack, intent));

  Binding binding(CanonicalValue frozen, const View& shown) const {
    Binding made;
    made.ceremony = kApproveCeremony;
    made.tenant.value = "bank-a";
    made.rp_id = "bank.example";
    made.origins = {"https://app.bank.example", "https://approve.bank.example"};
    made.subject.value = ByteVector(16, 1);
    made.transaction_id = "01JD8Z0Q3V9T7W6K4X2N1M0ABC";
    made.session = SessionHandle{"session-1"};
    made.intent = std::move(frozen);
    made.view = encode_view(shown);
    made.template_digest = source.digest;
    made.locale_digest = pack.digest;
    made.issued_at = UnixSeconds{1795331000};
    made.expires_at = UnixSeconds{1795331180};
    return made;
  }
};

void whole(benchmark::State& state) {
  const Fixture fixture;
  for (auto _ : state) {
    IntentCheck check =
        check_frozen_intent(fixture.source, require(freeze_intent(fixture.source, fixture.json)));
    auto& intent = std::get<CheckedIntent>(check);
    const View view = require(render_checked_view(fixture.source, fixture.pack, intent));
    benchmark::DoNotOptimize(
        require(bind_transaction(fixture.hasher, fixture.binding(std::move(intent).take(), view))));
  }
}
BENCHMARK(whole)->Name("freeze, render and bind a credit transfer");

void render(benchmark::State& state) {
  const Fixture fixture;
  for (auto _ : state) {
    benchmark::DoNotOptimize(require(render_view(fixture.source, fixture.pack, fixture.intent)));
  }
}
BENCHMARK(render)->Name("render");

void bind(benchmark::State& state) {
  const Fixture fixture;
  const Binding binding = fixture.binding(fixture.intent, fixture.view);
  for (auto _ : state) {
    benchmark::DoNotOptimize(require(bind_transaction(fixture.hasher, binding)));
  }
}
BENCHMARK(bind)->Name("bind");

void html(benchmark::State& state) {
  const Fixture fixture;
  for (auto _ : state) {
    benchmark::DoNotOptimize(render_html(fixture.view));
  }
}
BENCHMARK(html)->Name("HTML");

void skeleton(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(skeleton_of("Müller & Söhne GmbH"));
  }
}
BENCHMARK(skeleton)->Name("skeleton of a name");

void parse(benchmark::State& state) {
  const OpenSslHasher hasher;
  const std::string_view text = find_shipped_template("payment.credit-transfer/1");
  for (auto _ : state) {
    benchmark::DoNotOptimize(require(parse_template(text, hasher)));
  }
}
BENCHMARK(parse)->Name("parse and lint a template");

}  // namespace
}  // namespace countersign

BENCHMARK_MAIN();
