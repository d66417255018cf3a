#include "native/metadata/local_files.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/limits.h"
#include "native/metadata/fetcher.h"
#include "native/metadata/pem.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxPemBytes = 1048576;        // [some hundred certificates]
constexpr std::size_t kMaxStatementBytes = 1048576;  // [icons; the largest in MDS has 120 KB]
constexpr std::size_t kMaxFiles = 4096;              // [of a folder; all of MDS are about 400]

// Those whose chains are looked at (WebAuthn L3 §8).
constexpr std::string_view kFormats[] = {"packed",   "tpm",  "android-key", "android-safetynet",
                                         "fido-u2f", "apple"};

using Problem = std::optional<ConfigProblem>;

ConfigProblem problem(std::string path, std::string reason) {
  return {ErrorCode::config_value_invalid, std::move(path), std::move(reason)};
}

// Files with that ending and folders, sorted by name; hidden ones are nobody's configuration.
Problem list_folder(const std::string& folder, const std::string& key,
                    std::vector<std::filesystem::path>& out) {
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!entry->path().filename().string().starts_with('.')) {
      out.push_back(entry->path());
    }
    if (out.size() > kMaxFiles) {
      return problem(key, folder + " has more than " + std::to_string(kMaxFiles) + " files");
    }
  }
  if (failure) {
    return problem(key, folder + " cannot be read: " + failure.message());
  }
  std::sort(out.begin(), out.end());
  return std::nullopt;
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Problem read_pem(const std::string& file, const std::string& key, std::vector<Certificate>& out) {
  const Result<std::string> text = read_regular_file(file, kMaxPemBytes);
  if (!text.has_value()) {
    return problem(key, file + " cannot be read");
  }
  Result<std::vector<Certificate>> certificates = parse_pem_certificates(*text);
  if (!certificates.has_value()) {
    return problem(key, file + ": " + std::string(error_message(certificates.error().code)));
  }
  out.insert(out.end(), certificates->begin(), certificates->end());
  if (out.size() > limits::kMaxTrustAnchors) {
    return problem(
        key, "there are more than " + std::to_string(limits::kMaxTrustAnchors) + " certificates");
  }
  return std::nullopt;
}

// "apple.pem", "android-key-2026.pem": the longest format that the name begins with; else any.
std::string_view format_of(std::string_view file_name) {
  std::string_view best;
  for (const std::string_view format : kFormats) {
    if (file_name.starts_with(format) && file_name.size() > format.size() &&
        std::string_view(".-_").find(file_name[format.size()]) != std::string_view::npos &&
        format.size() > best.size()) {
      best = format;
    }
  }
  return best;
}

Problem read_anchor_folder(const std::string& folder, std::string_view format,
                           std::vector<FormatAnchors>& out) {
  const std::string key = "trustAnchors";
  std::vector<std::filesystem::path> paths;
  if (Problem failed = list_folder(folder, key, paths)) {
    return failed;
  }
  for (const std::filesystem::path& path : paths) {
    const std::string name = path.filename().string();
    if (is_folder(path)) {
      const bool is_known = format.empty() && std::find(std::begin(kFormats), std::end(kFormats),
                                                        name) != std::end(kFormats);
      if (!is_known) {
        return problem(key, path.string() + " has not the name of an attestation format");
      }
      if (Problem failed = read_anchor_folder(path.string(), name, out)) {
        return failed;
      }
      continue;
    }
    if (path.extension() != ".pem" && path.extension() != ".crt") {
      continue;
    }
    FormatAnchors anchors;
    anchors.format = format.empty() ? format_of(name) : format;
    if (Problem failed = read_pem(path.string(), key, anchors.anchors)) {
      return failed;
    }
    out.push_back(std::move(anchors));
  }
  return std::nullopt;
}

Problem read_statements(const std::string& folder, MetadataFiles& files) {
  std::vector<std::filesystem::path> paths;
  if (Problem failed = list_folder(folder, "metadata.statements", paths)) {
    return failed;
  }
  for (const std::filesystem::path& path : paths) {
    if (is_folder(path) || path.extension() != ".json") {
      continue;
    }
    ++files.statement_files;
    const auto parse = [&path]() -> Result<MetadataEntry> {
      CS_ASSIGN(const std::string text, read_regular_file(path.string(), kMaxStatementBytes));
      return parse_metadata_statement(text);
    };
    Result<MetadataEntry> entry = parse();
    if (entry.has_value()) {
      files.statements.push_back(std::move(*entry));
    } else {
      files.skipped_statements.push_back({path.filename().string(), entry.error()});
    }
  }
  return std::nullopt;
}

}  // namespace

std::variant<MetadataFiles, ConfigProblem> read_metadata_files(const MetadataConfig& config) {
  MetadataFiles files;
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const std::string key = "metadata.sources[" + std::to_string(i) + "].trustAnchors";
    files.source_anchors.emplace_back();
    if (Problem failed =
            read_pem(config.sources[i].trust_anchors, key, files.source_anchors.back())) {
      return *failed;
    }
  }
  if (config.trust_anchors) {
    if (Problem failed = read_anchor_folder(*config.trust_anchors, "", files.format_anchors)) {
      return *failed;
    }
  }
  if (config.statements) {
    if (Problem failed = read_statements(*config.statements, files)) {
      return *failed;
    }
  }
  return files;
}

}  // namespace countersign
