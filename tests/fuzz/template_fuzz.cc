// Templates and locale packs: whatever is accepted passes lint, has a text for every row, and reads
// back to the same digest.

#include "transaction/template.h"

#include "backends/openssl/openssl_backend.h"
#include "codec/json_reader.h"
#include "tests/fuzz/fuzz.h"
#include "transaction/bound.h"
#include "transaction/locale_pack.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(Bytes(data, size));
  const OpenSslHasher hasher;
  const Result<Template> source = parse_template(text, hasher);
  if (source) {
    require(lint_template(*source).has_value());
    const CanonicalValue document = canonical_of(parse_json(text).value()).value();
    require(make_template(document, hasher).value().digest == source->digest);
    for (const TemplateTexts& texts : source->texts) {
      require(!texts.title.empty() && texts.affirm != texts.deny);
    }
  } else {
    fuzz::require_honest(source.error(), size);
  }
  const Result<LocalePack> pack = parse_locale_pack(text, hasher);
  if (pack) {
    require(pack->decimal != pack->group && !pack->group.empty());
    // Every digit stands: the fraction has as many as the exponent.
    const std::string amount = format_amount(*pack, {"EUR", 2, 123456789});
    std::string digits;
    for (const char c : amount) {
      if (c >= '0' && c <= '9') {
        digits += c;
      }
    }
    require(digits == "123456789");
    require(!format_date(*pack, "2026-11-23").empty());
  } else {
    fuzz::require_honest(pack.error(), size);
  }
  return 0;
}
