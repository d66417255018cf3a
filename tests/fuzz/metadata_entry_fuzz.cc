// An entry of a metadata BLOB or a single statement from arbitrary text.

#include <algorithm>

#include "base/limits.h"
#include "metadata/entry.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;

namespace {

void require_sound(const MetadataEntry& entry) {
  // Exactly one kind of name, key identifiers sorted and each once.
  fuzz::require(entry.aaguid.has_value() != !entry.key_identifiers.empty());
  fuzz::require(std::adjacent_find(entry.key_identifiers.begin(), entry.key_identifiers.end(),
                                   std::greater_equal<>()) == entry.key_identifiers.end());
  fuzz::require(entry.reports.size() <= limits::kMaxStatusReports);
  for (const StatusReport& report : entry.reports) {
    fuzz::require(report.keys.empty() ||
                  report.status == AuthenticatorStatus::attestation_key_compromise);
    for (const ByteVector& key : report.keys) {
      fuzz::require(!key.empty());
    }
  }
  if (entry.statement) {
    fuzz::require(entry.statement->anchors.size() + entry.statement->unreadable_anchors <=
                  limits::kMaxMetadataAnchors);
    fuzz::require(entry.statement->description.size() <= limits::kMaxModelDescriptionBytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(Bytes(data, size));
  const Result<std::optional<MetadataEntry>> entry = parse_metadata_entry(text);
  if (!entry.has_value()) {
    fuzz::require_honest(entry.error(), size);
  } else if (*entry) {
    require_sound(**entry);
  }
  const Result<MetadataEntry> statement = parse_metadata_statement(text);
  if (!statement.has_value()) {
    fuzz::require_honest(statement.error(), size);
  } else {
    fuzz::require(statement->statement.has_value() && statement->reports.empty());
    require_sound(*statement);
  }
  return 0;
}
