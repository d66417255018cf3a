#pragma once
// The Unicode database of Debian's package unicode-data, for tests that compare with it.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace countersign::testing {

inline const std::string kUnicodeDatabase = "/usr/share/unicode/";

using DatabaseRow = std::vector<std::string>;

/// The fields of a line, without comment and surrounding spaces; empty for an empty line.
inline DatabaseRow database_row(std::string line) {
  line = line.substr(0, line.find('#'));
  DatabaseRow row;
  std::stringstream fields(line);
  for (std::string field; std::getline(fields, field, ';');) {
    const std::size_t first = field.find_first_not_of(" \t\r\n");
    const std::size_t last = field.find_last_not_of(" \t\r\n");
    row.push_back(first == std::string::npos ? "" : field.substr(first, last - first + 1));
  }
  return row.size() == 1 && row[0].empty() ? DatabaseRow() : row;
}

/// Of a file, or of a compressed one with ".bz2"; nothing when it is not there.
inline std::vector<DatabaseRow> database_rows(const std::string& name) {
  std::vector<DatabaseRow> rows;
  const std::string path = kUnicodeDatabase + name;
  std::string text;
  if (std::ifstream file(path); file) {
    text.assign(std::istreambuf_iterator<char>(file), {});
  } else if (std::ifstream(path + ".bz2")) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
        ::popen(("bzip2 -dc " + path + ".bz2").c_str(), "r"), ::pclose);
    char buffer[65536];
    while (const std::size_t size = pipe ? std::fread(buffer, 1, sizeof(buffer), pipe.get()) : 0) {
      text.append(buffer, size);
    }
  }
  std::stringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (DatabaseRow row = database_row(line); !row.empty()) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

/// "0041..005A" or "0041".
inline std::pair<char32_t, char32_t> code_point_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto first = static_cast<char32_t>(std::stoul(text, nullptr, 16));
  return {first, dots == std::string::npos
                     ? first
                     : static_cast<char32_t>(std::stoul(text.substr(dots + 2), nullptr, 16))};
}

/// "0041 0300".
inline std::u32string code_points(const std::string& text) {
  std::u32string result;
  std::stringstream parts(text);
  for (std::string part; parts >> part;) {
    result += static_cast<char32_t>(std::stoul(part, nullptr, 16));
  }
  return result;
}

}  // namespace countersign::testing
