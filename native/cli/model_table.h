#pragma once
// What metadata say about one authenticator model, for people and as JSON.

#include <optional>
#include <string>
#include <string_view>

#include "crypto/hasher.h"
#include "metadata/entry.h"

namespace countersign::cli {

/// Which models are asked for; without anything set: all.
class ModelFilter {
 public:
  /// `name` is --aaguid, --key-identifier or --find; false when the value has not its form.
  bool set(std::string_view name, std::string_view value);
  bool matches(const MetadataEntry& entry) const;

 private:
  std::optional<Aaguid> aaguid_;
  std::optional<KeyIdentifier> key_identifier_;
  std::string text_;  // ASCII lower case, in the description
};

/// Some lines and an empty one.
std::string model_table(const MetadataEntry& entry, UnixSeconds now, const Hasher& hasher);
/// One line.
std::string model_json(const MetadataEntry& entry, UnixSeconds now, const Hasher& hasher);

/// The attributes of the subject's name.
std::string subject_text(const Certificate& certificate);
/// Without what a terminal would obey: text of others is printed.
std::string printable(std::string_view text);

}  // namespace countersign::cli
