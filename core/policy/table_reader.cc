#include "policy/table_reader.h"

#include <algorithm>
#include <optional>

namespace countersign {
namespace {

// Fields of one record; stands at the next one afterwards.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // spreadsheets write it
    at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    skip_blank_lines();
    // Spreadsheets write it where a comma is in numbers.
    const std::string_view first = text_.substr(at_, text_.find('\n', at_) - at_);
    separator_ = first.find(',') == std::string_view::npos ? ';' : ',';
  }

  struct Field {
    std::string value;
    std::size_t offset = 0;
  };

  bool is_done() const { return at_ == text_.size(); }
  std::size_t offset() const { return at_; }

  Result<std::vector<Field>> read_record() {
    std::vector<Field> fields;
    for (;;) {
      CS_ASSIGN(Field field, read_field());
      fields.push_back(std::move(field));
      if (at_ < text_.size() && text_[at_] == separator_) {
        ++at_;
        continue;
      }
      at_ += text_.substr(at_).starts_with("\r\n") ? 2 : at_ < text_.size() ? 1 : 0;
      skip_blank_lines();
      return fields;
    }
  }

 private:
  void skip_blank_lines() {
    for (;;) {
      const std::size_t end = text_.find_first_not_of(" \t\r", at_);
      if (end == std::string_view::npos) {
        at_ = text_.size();
        return;
      }
      if (text_[end] != '\n') {
        return;
      }
      at_ = end + 1;
    }
  }

  Result<Field> read_field() {
    Field field;
    field.offset = at_;
    if (at_ == text_.size() || text_[at_] != '"') {
      const char ends[] = {separator_, '\r', '\n', '"'};
      const std::size_t end =
          std::min(text_.find_first_of(std::string_view(ends, sizeof(ends)), at_), text_.size());
      field.value = text_.substr(at_, end - at_);
      at_ = end;
    } else {
      for (++at_;; ++at_) {
        const std::size_t end = text_.find('"', at_);
        if (end == std::string_view::npos) {
          return error_at(ErrorCode::policy_table_malformed, field.offset);
        }
        field.value += text_.substr(at_, end - at_);
        at_ = end + 1;
        if (at_ == text_.size() || text_[at_] != '"') {
          break;
        }
        field.value += '"';
      }
    }
    const bool is_end = at_ == text_.size() || text_[at_] == separator_ || text_[at_] == '\n' ||
                        text_.substr(at_).starts_with("\r\n");
    if (!is_end) {
      return error_at(ErrorCode::policy_table_malformed, at_);
    }
    return field;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char separator_ = ',';
};

std::optional<std::int64_t> parse_integer(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  if (text.empty() || text.size() > kMaxDigits) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

Status set_field(PolicyInputs& inputs, const InputRow& row, const std::string& text) {
  std::optional<std::int64_t> number;
  switch (row.type) {
    case InputType::integer:
      number = parse_integer(text);
      break;
    case InputType::duration:
      number = parse_duration(text);
      number = number ? number : parse_integer(text);
      break;
    case InputType::boolean:
      number = text == "true"    ? std::optional<std::int64_t>(1)
               : text == "false" ? std::optional<std::int64_t>(0)
                                 : std::nullopt;
      break;
    case InputType::choice:
    case InputType::text:
    case InputType::aaguid:
    case InputType::rate:
      return inputs.set_text(row.id, text);
    case InputType::members: {
      std::vector<std::string> members;
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (end > at) {
          members.push_back(text.substr(at, end - at));
        }
        at = end + 1;
      }
      return inputs.set_members(row.id, std::move(members));
    }
  }
  return number ? inputs.set_number(row.id, *number)
                : Status(ErrorCode::policy_input_value_invalid);
}

}  // namespace

Result<std::vector<PolicyInputs>> parse_policy_table(std::string_view csv) {
  CsvReader reader(csv);
  std::vector<const InputRow*> columns;
  std::optional<std::size_t> ceremony_column;
  CS_ASSIGN(const std::vector<CsvReader::Field> header, reader.read_record());
  for (const CsvReader::Field& field : header) {
    const InputRow* row = find_policy_input(field.value);
    if (row == nullptr || std::find(columns.begin(), columns.end(), row) != columns.end()) {
      return error_at(ErrorCode::policy_table_malformed, field.offset);
    }
    if (row->id == PolicyInput::ceremony) {
      ceremony_column = columns.size();
    }
    columns.push_back(row);
  }
  if (!ceremony_column) {
    return error_at(ErrorCode::policy_ceremony_missing, 0);
  }
  std::vector<PolicyInputs> rows;
  while (!reader.is_done()) {
    const std::size_t begin = reader.offset();
    CS_ASSIGN(const std::vector<CsvReader::Field> fields, reader.read_record());
    if (fields.size() != columns.size()) {
      return error_at(ErrorCode::policy_table_malformed, begin);
    }
    const CsvReader::Field& named = fields[*ceremony_column];
    const std::optional<PolicyCeremony> ceremony = find_policy_ceremony(named.value);
    if (!ceremony) {
      return error_at(ErrorCode::policy_input_value_invalid, named.offset);
    }
    PolicyInputs inputs(*ceremony);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i == *ceremony_column || fields[i].value.empty()) {
        continue;
      }
      if (!set_field(inputs, *columns[i], fields[i].value)) {
        return error_at(ErrorCode::policy_input_value_invalid, fields[i].offset);
      }
    }
    rows.push_back(std::move(inputs));
  }
  return rows;
}

}  // namespace countersign
