#include "metadata/catalogue.h"

#include <algorithm>
#include <map>

namespace countersign {
namespace {

/// Which entries speak of each name, in their order.
using Speakers = std::vector<std::uint32_t>;
template <class Key>
using SpeakersOf = std::map<Key, Speakers>;

template <class Key>
void add_speaker(SpeakersOf<Key>& speakers, const Key& key, std::uint32_t entry) {
  Speakers& list = speakers[key];
  if (list.empty() || list.back() != entry) {
    list.push_back(entry);
  }
}

/// What all of them together say; it has no names yet.
MetadataEntry merge(const std::vector<MetadataEntry>& entries, const Speakers& speakers) {
  MetadataEntry out;
  for (const std::uint32_t index : speakers) {
    const MetadataEntry& entry = entries[index];
    if (!out.statement) {
      out.statement = entry.statement;
    }
    out.reports.insert(out.reports.end(), entry.reports.begin(), entry.reports.end());
    out.time_of_last_status_change =
        std::max(out.time_of_last_status_change, entry.time_of_last_status_change);
  }
  return out;
}

template <class Row, class Key>
const Row* find_row(const std::vector<Row>& rows, const Key& key) {
  const auto at = std::lower_bound(rows.begin(), rows.end(), key,
                                   [](const Row& row, const Key& k) { return row.key < k; });
  return at != rows.end() && at->key == key ? &*at : nullptr;
}

}  // namespace

const MetadataEntry* MetadataCatalogue::find(const Aaguid& aaguid) const {
  const AaguidRow* row = find_row(by_aaguid_, aaguid);
  return row != nullptr ? &entries_[row->entry] : nullptr;
}

const MetadataEntry* MetadataCatalogue::find(const KeyIdentifier& identifier) const {
  const KeyIdentifierRow* row = find_row(by_key_identifier_, identifier);
  return row != nullptr ? &entries_[row->entry] : nullptr;
}

void MetadataCatalogueBuilder::add(std::vector<MetadataEntry> entries) {
  for (MetadataEntry& entry : entries) {
    for (StatusReport& report : entry.reports) {
      report.source = sources_;
    }
    entries_.push_back(std::move(entry));
  }
  ++sources_;
}

std::unique_ptr<const MetadataCatalogue> MetadataCatalogueBuilder::build(
    std::uint64_t generation) && {
  SpeakersOf<Aaguid> by_aaguid;
  SpeakersOf<KeyIdentifier> by_key_identifier;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].aaguid && *entries_[i].aaguid != Aaguid{}) {
      add_speaker(by_aaguid, *entries_[i].aaguid, i);
    }
    for (const KeyIdentifier& identifier : entries_[i].key_identifiers) {
      add_speaker(by_key_identifier, identifier, i);
    }
  }
  std::unique_ptr<MetadataCatalogue> out(new MetadataCatalogue);
  out->generation_ = generation;
  // Entries about U2F name several keys and may overlap in part: names that the same entries speak
  // of share one result.
  std::map<Speakers, std::uint32_t> merged;
  const auto entry_for = [&](const Speakers& speakers) {
    const auto [at, is_new] =
        merged.try_emplace(speakers, static_cast<std::uint32_t>(out->entries_.size()));
    if (is_new) {
      out->entries_.push_back(merge(entries_, speakers));
    }
    return at->second;
  };
  for (const auto& [aaguid, speakers] : by_aaguid) {
    const std::uint32_t entry = entry_for(speakers);
    out->entries_[entry].aaguid = aaguid;
    out->by_aaguid_.push_back({aaguid, entry});
  }
  for (const auto& [identifier, speakers] : by_key_identifier) {
    const std::uint32_t entry = entry_for(speakers);
    out->entries_[entry].key_identifiers.push_back(identifier);
    out->by_key_identifier_.push_back({identifier, entry});
  }
  return out;
}

}  // namespace countersign
