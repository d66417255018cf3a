#pragma once
// The payload of a metadata BLOB (MDS v3.1 §3.1.6), member by member and entry by entry: one entry
// that cannot be read must not cost the others, and ten megabytes of icons never become a tree.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "base/time.h"
#include "metadata/entry.h"

namespace countersign {

/// An entry that violates the schema, with the first error in it; it is left out. Where the error
/// is in its statement or in a report, that alone is (MetadataEntry::report_error): the rest
/// counts.
struct SkippedEntry {
  std::size_t index = 0;  // in the payload's `entries`
  std::string name;       // its AAGUID, AAID or first key identifier as written, if it has one
  Error error;            // offset: in the entry
};

struct BlobPayload {
  std::uint64_t number = 0;  // `no`, at most 2^63 - 1
  UnixSeconds next_update;   // midnight UTC
  std::string legal_header;
  std::vector<MetadataEntry> entries;  // that could be read and are of use here, in their order
  std::vector<SkippedEntry> skipped;
};

/// The whole text is one payload. Members that are not known are passed over. Errors: json_* where
/// the text as a whole is no JSON, has a member twice or more than kMaxBlobEntries entries;
/// metadata_blob_malformed where a member is missing or of another type or form.
Result<BlobPayload> parse_blob_payload(std::string_view json);

/// The number that `no` stands for. Error: metadata_blob_malformed.
Result<std::uint64_t> parse_blob_number(std::string_view json);

}  // namespace countersign
