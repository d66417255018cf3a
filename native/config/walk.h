#pragma once
// One walk over the configuration file. Only for the parts of parse_config.

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_reader.h"
#include "native/config/config.h"

namespace countersign {

/// The first problem stays; everything after it is ignored.
class Walk {
 public:
  explicit Walk(std::string folder) : folder_(std::move(folder)) {}

  bool has_problem() const { return problem_.has_value(); }
  const ConfigProblem& problem() const { return *problem_; }

  void fail(ErrorCode code, std::string path, std::string reason) {
    if (!problem_) {
      problem_ = ConfigProblem{code, std::move(path), std::move(reason)};
    }
  }
  void invalid(const std::string& path, std::string reason) {
    fail(ErrorCode::config_value_invalid, path, std::move(reason));
  }

  /// Refuses what is no object or has a member that is not in the list.
  bool check_object(const JsonValue& value, const std::string& path,
                    std::initializer_list<std::string_view> known) {
    if (!value.is_object()) {
      invalid(path.empty() ? "." : path, "must be an object");
      return false;
    }
    for (const auto& [name, member] : value.members) {
      const std::string at = path.empty() ? name : path + "." + name;
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        fail(ErrorCode::config_unknown_key, at, "unknown key");
        return false;
      }
    }
    return true;
  }

  /// The text of a member; nothing when absent (or wrong, then with a problem).
  std::optional<std::string> text(const JsonValue& object, std::string_view name,
                                  const std::string& path) {
    const JsonValue* value = object.find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_string() || value->string.empty() ||
        value->string.find('\0') != std::string::npos) {
      invalid(join(path, name), "must be a string that is not empty");
      return std::nullopt;
    }
    return value->string;
  }

  std::string required_text(const JsonValue& object, std::string_view name,
                            const std::string& path) {
    const std::optional<std::string> value = text(object, name, path);
    if (!value) {
      invalid(join(path, name), "is missing");
    }
    return value.value_or("");
  }

  std::optional<bool> boolean(const JsonValue& object, std::string_view name,
                              const std::string& path) {
    const JsonValue* value = object.find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_boolean()) {
      invalid(join(path, name), "must be true or false");
      return std::nullopt;
    }
    return value->boolean;
  }

  std::optional<std::int64_t> integer(const JsonValue& object, std::string_view name,
                                      const std::string& path, std::int64_t low,
                                      std::int64_t high) {
    const JsonValue* value = object.find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_integer() || value->is_unsigned_64 || value->integer < low ||
        value->integer > high) {
      invalid(join(path, name),
              "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
      return std::nullopt;
    }
    return value->integer;
  }

  std::vector<std::string> texts(const JsonValue& object, std::string_view name,
                                 const std::string& path) {
    std::vector<std::string> out;
    const JsonValue* value = object.find(name);
    if (value == nullptr) {
      return out;
    }
    if (!value->is_array()) {
      invalid(join(path, name), "must be an array of strings");
      return out;
    }
    for (std::size_t i = 0; i < value->items.size(); ++i) {
      const JsonValue& item = value->items[i];
      if (!item.is_string() || item.string.empty()) {
        invalid(join(path, name) + "[" + std::to_string(i) + "]",
                "must be a string that is not empty");
        return out;
      }
      out.push_back(item.string);
    }
    return out;
  }

  /// A path as given if absolute, else under the folder of the file.
  std::string file_path(const std::string& given) const {
    return given.empty() || given[0] == '/' || folder_.empty() ? given : folder_ + "/" + given;
  }

  static std::string join(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + "." + std::string(name);
  }

 private:
  std::string folder_;
  std::optional<ConfigProblem> problem_;
};

}  // namespace countersign
