// Intents of every shipped template: what is accepted freezes to one encoding, is accepted again
// when it is read back, and renders to a view that can be bound.

#include "transaction/intent.h"

#include "backends/openssl/openssl_backend.h"
#include "tests/fuzz/fuzz.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/render.h"
#include "transaction/shipped.h"
#include "transaction/view_renderers.h"

using namespace countersign;
using fuzz::require;

namespace {

struct Shipped {
  std::vector<Template> templates;
  std::vector<LocalePack> packs;
  OpenSslHasher hasher;

  Shipped() {
    for (const std::string_view text : shipped_templates()) {
      templates.push_back(parse_template(text, hasher).value());
    }
    for (const std::string_view text : shipped_locale_packs()) {
      packs.push_back(parse_locale_pack(text, hasher).value());
    }
  }
};

void check_accepted(const Shipped& shipped, const Template& source, const CanonicalValue& frozen,
                    const LocalePack& pack) {
  const ByteVector encoded = make_bound_cbor(frozen).value();
  const CanonicalValue again = parse_canonical_cbor(encoded).value();
  require(check_intent(source, again).has_value());
  const View view = render_view(source, pack, again).value();
  require(make_view(encode_view(view)).value() == view);
  require(view_digest(shipped.hasher, view).has_value());
  require(make_batch(shipped.hasher, source, again).has_value());
  require(!render_text(view).empty() && !render_html(view).empty() && !render_svg(view).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Shipped shipped;
  const std::string_view text = text_of(Bytes(data, size));
  const Result<JsonValue> parsed = parse_json(text);
  if (!parsed) {
    return 0;
  }
  for (const Template& source : shipped.templates) {
    const Result<CanonicalValue> frozen = freeze_intent(source, *parsed);
    if (!frozen) {
      fuzz::require_honest(frozen.error(), size);
      continue;
    }
    if (const std::optional<IntentProblem> problem = find_intent_problem(source, *frozen)) {
      fuzz::require_honest(problem->error, size);
      continue;
    }
    check_accepted(shipped, source, *frozen, shipped.packs[size % shipped.packs.size()]);
  }
  return 0;
}
