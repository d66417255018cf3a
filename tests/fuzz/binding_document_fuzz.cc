// B is read as strictly as C(x), and never out of its members' bounds.

#include "receipt/binding_document.h"

#include "base/limits.h"
#include "codec/canonical_cbor.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<BindingDocument> document = parse_binding_document(input);
  if (!document) {
    fuzz::require_honest(document.error(), size);
    return 0;
  }
  require(parse_canonical_cbor(input).has_value());
  require(document->approval_step >= 1 && document->approval_step <= document->approval_of);
  require(document->issued_at < document->expires_at);
  require(document->display_tier >= 0 && document->display_tier <= limits::kMaxDisplayTier);
  return 0;
}
