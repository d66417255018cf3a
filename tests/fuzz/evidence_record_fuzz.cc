// A record is exactly its writer's bytes.

#include "receipt/evidence.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<ApprovalEvidence> evidence = parse_record(input);
  if (!evidence) {
    fuzz::require_honest(evidence.error(), size);
    return 0;
  }
  const Result<ByteVector> again = encode_record(*evidence);
  require(again.has_value() && equal(*again, input));
  return 0;
}
