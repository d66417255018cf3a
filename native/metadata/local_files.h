#pragma once
// What the machine itself holds about models: anchors in PEM files, single statements in JSON
// files.

#include <string>
#include <variant>
#include <vector>

#include "metadata/entry.h"
#include "metadata/models.h"
#include "native/config/config.h"
#include "x509/certificate.h"

namespace countersign {

/// Everything that a configuration names and that must be there before the server starts.
struct MetadataFiles {
  std::vector<std::vector<Certificate>> source_anchors;  // in the order of the sources
  std::vector<FormatAnchors> format_anchors;
  std::vector<MetadataEntry> statements;
  struct Skipped {
    std::string file;
    Error error;
  };
  std::size_t statement_files = 0;
  std::vector<Skipped> skipped_statements;
};

/// A folder that is missing, a PEM file that is unreadable or holds no certificate, an unknown
/// format's folder: a problem with the key's path, because the server would trust less or more than
/// its configuration says. A statement that cannot be read is skipped.
std::variant<MetadataFiles, ConfigProblem> read_metadata_files(const MetadataConfig& config);

}  // namespace countersign
