#pragma once
// The tables of core/transaction/data as they are committed.

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace countersign::testing {

/// The rows without comments, the edition's first; empty when there is no such file.
inline std::vector<std::vector<std::string>> rows_of(const std::string& file) {
  std::ifstream lines(std::string(COUNTERSIGN_SOURCE_DIR) + "/core/transaction/data/" + file);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) {
      continue;
    }
    std::vector<std::string>& row = rows.emplace_back();
    std::stringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) {
      row.push_back(cell);
    }
  }
  return rows;
}

}  // namespace countersign::testing
