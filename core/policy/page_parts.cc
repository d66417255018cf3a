#include "policy/page_parts.h"

#include <algorithm>

namespace countersign {

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) {
        text.append(widths[i] + 2 - row[i].size(), ' ');
      }
    }
    text += '\n';
  }
  return text;
}

std::string title(const PolicyDocument& document) {
  return document.id() + " revision " + std::to_string(document.revision());
}

void write_title(JsonWriter& json, std::string_view member, const PolicyDocument& document) {
  json.member(member).begin_object();
  json.member("id").string(document.id());
  json.member("revision").integer(document.revision());
  json.member("digest").base64url(document.digest());
  json.end_object();
}

}  // namespace countersign
