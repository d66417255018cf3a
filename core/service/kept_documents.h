#pragma once
// Documents that a host keeps parsed between calls, by digest. Private to core/service and its
// hosts.

#include <memory>
#include <utility>
#include <vector>

#include "crypto/hasher.h"

namespace countersign {

/// At most `capacity`: one more takes the place of the one that was kept first. A caller that is
/// told that a document is not there gives it again; a decision or a view is never another
/// document's.
template <class Document>
class KeptDocuments {
 public:
  explicit KeptDocuments(std::size_t capacity) : capacity_(capacity) {}

  void keep(const Digest256& digest, Document document) {
    if (find(digest) != nullptr) {
      return;
    }
    if (kept_.size() == capacity_) {
      kept_.erase(kept_.begin());
    }
    kept_.push_back(std::make_unique<Entry>(Entry{digest, std::move(document)}));
  }

  /// Null when it is not kept. Valid until another takes its place.
  const Document* find(const Digest256& digest) const {
    for (const auto& entry : kept_) {
      if (entry->digest == digest) {
        return &entry->document;
      }
    }
    return nullptr;
  }

  /// The only one for which `is_wanted` holds; null when none is, or more than one.
  template <class Predicate>
  const Document* find_only(Predicate is_wanted) const {
    const Document* found = nullptr;
    for (const auto& entry : kept_) {
      if (is_wanted(entry->document)) {
        if (found != nullptr) {
          return nullptr;
        }
        found = &entry->document;
      }
    }
    return found;
  }

 private:
  struct Entry {
    Digest256 digest;
    Document document;
  };
  std::size_t capacity_;
  std::vector<std::unique_ptr<const Entry>> kept_;
};

}  // namespace countersign
