#pragma once
// All that the metadata sources say, as one immutable value: built once, looked up from any thread
// without a lock, an allocation or I/O.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "metadata/entry.h"

namespace countersign {

class MetadataCatalogue {
 public:
  /// Null when there is none, and always for the zero AAGUID: it names nobody.
  const MetadataEntry* find(const Aaguid& aaguid) const;
  const MetadataEntry* find(const KeyIdentifier& identifier) const;
  std::span<const MetadataEntry> entries() const { return entries_; }
  /// As given to the builder: tells two catalogues apart.
  std::uint64_t generation() const { return generation_; }

 private:
  friend class MetadataCatalogueBuilder;
  MetadataCatalogue() = default;
  struct AaguidRow {
    Aaguid key;
    std::uint32_t entry;
  };
  struct KeyIdentifierRow {
    KeyIdentifier key;
    std::uint32_t entry;
  };
  std::vector<MetadataEntry> entries_;
  std::vector<AaguidRow> by_aaguid_;                 // sorted
  std::vector<KeyIdentifierRow> by_key_identifier_;  // sorted
  std::uint64_t generation_ = 0;
};

/// Sources in the order of the configuration. Where several entries speak of one model, the
/// statement of the first that has one counts, and the reports of all, each marked with its source:
/// a source can add a warning or withdraw a level, none can take that away (status.h).
class MetadataCatalogueBuilder {
 public:
  /// One source.
  void add(std::vector<MetadataEntry> entries);
  std::unique_ptr<const MetadataCatalogue> build(std::uint64_t generation) &&;

 private:
  std::vector<MetadataEntry> entries_;
  std::uint32_t sources_ = 0;
};

}  // namespace countersign
