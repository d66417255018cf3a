// The first byte tells which way in: a BLOB as it is downloaded, up to its obligations, or a
// payload behind its signature. What is read of a payload is what a reader with a tree of values
// sees.

#include "base/limits.h"
#include "codec/json_reader.h"
#include "metadata/blob.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

void read_blob(Bytes input) {
  (void)peek_blob_number(input);
  BlobExpectations expectations;
  expectations.revocation = RevocationMode::off;
  expectations.time = UnixSeconds{1767225600};  // the time of the tests' ceremonies
  const Result<std::vector<CrlLocation>> locations = find_crl_locations(input, {});
  std::vector<Certificate> anchors;
  if (locations) {
    anchors.push_back(locations->back().certificate);
  }
  expectations.anchors = anchors;
  const Result<PendingBlob> pending = begin_blob(input, expectations);
  if (!pending) {
    require(pending.error().check != Check::none);
    fuzz::require_honest(pending.error(), input.size());
    return;
  }
  require(pending->obligations().back().check == Check::metadata_signature);
}

void read_payload(std::string_view text) {
  const Result<BlobPayload> payload = parse_blob_payload(text);
  const Result<JsonValue> tree = parse_json(text);
  if (!payload) {
    fuzz::require_honest(payload.error(), text.size());
    // What is no JSON as a whole is none to the other reader.
    require(payload.error().code != ErrorCode::json_syntax || !tree.has_value() ||
            !tree->is_object());
    return;
  }
  // The tree refuses what only an entry has to answer for; then there is nothing to compare.
  if (!tree) {
    require(tree.error().code != ErrorCode::json_syntax);
    return;
  }
  require(static_cast<std::uint64_t>(tree->find("no")->integer) == payload->number);
  require(tree->find("legalHeader")->string == payload->legal_header);
  const std::size_t entries = tree->find("entries")->items.size();
  // An entry that is kept may be named twice: for its statement and for a report.
  require(payload->entries.size() <= entries && payload->skipped.size() <= 2 * entries);
  for (const SkippedEntry& skipped : payload->skipped) {
    require(skipped.index < entries);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const Bytes input(data + 1, size - 1);
  if (data[0] == 'b') {
    read_blob(input);
  } else {
    read_payload(text_of(input));
  }
  return 0;
}
