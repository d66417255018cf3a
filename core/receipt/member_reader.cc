#include "receipt/member_reader.h"

namespace countersign {

using Type = CanonicalValue::Type;

MemberReader::MemberReader(const CanonicalValue& map)
    : map_(map), has_failed_(!map.is(Type::map)) {}

const CanonicalValue& MemberReader::take(std::string_view name) {
  const CanonicalValue* member = map_.is(Type::map) ? map_.find(name) : nullptr;
  if (member == nullptr) {
    has_failed_ = true;
    return nothing_;
  }
  ++taken_;
  return *member;
}

ByteVector MemberReader::bytes_in(const CanonicalValue& value, std::size_t max) {
  if (!value.is(Type::bytes) || value.bytes.size() > max) {
    has_failed_ = true;
    return {};
  }
  return value.bytes;
}

std::string MemberReader::text_in(const CanonicalValue& value, std::size_t max) {
  if (!value.is(Type::text) || value.text.size() > max) {
    has_failed_ = true;
    return {};
  }
  return value.text;
}

ByteVector MemberReader::take_bytes(std::string_view name, std::size_t max) {
  return bytes_in(take(name), max);
}

std::string MemberReader::take_text(std::string_view name, std::size_t max) {
  return text_in(take(name), max);
}

std::string MemberReader::take_raw_text(std::string_view name, std::size_t max) {
  return std::string(text_of(take_bytes(name, max)));
}

std::int64_t MemberReader::take_integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const CanonicalValue& value = take(name);
  if (!value.is(Type::integer) || value.integer < min || value.integer > max) {
    has_failed_ = true;
    return min;
  }
  return value.integer;
}

bool MemberReader::take_boolean(std::string_view name) {
  const CanonicalValue& value = take(name);
  has_failed_ = has_failed_ || !value.is(Type::boolean);
  return value.boolean;
}

const std::vector<CanonicalValue>& MemberReader::take_items(std::string_view name,
                                                            std::size_t max_count) {
  const CanonicalValue& value = take(name);
  if (!value.is(Type::array) || value.items.size() > max_count) {
    has_failed_ = true;
    return nothing_.items;
  }
  return value.items;
}

std::vector<std::string> MemberReader::take_texts(std::string_view name, std::size_t max_count,
                                                  std::size_t max_bytes) {
  std::vector<std::string> texts;
  for (const CanonicalValue& item : take_items(name, max_count)) {
    texts.push_back(text_in(item, max_bytes));
  }
  return texts;
}

std::vector<std::string> MemberReader::take_raw_texts(std::string_view name, std::size_t max_count,
                                                      std::size_t max_bytes) {
  std::vector<std::string> texts;
  for (const CanonicalValue& item : take_items(name, max_count)) {
    texts.emplace_back(text_of(bytes_in(item, max_bytes)));
  }
  return texts;
}

Status MemberReader::finish() const {
  return has_failed_ || taken_ != map_.members.size() ? Status(ErrorCode::receipt_malformed) : ok();
}

}  // namespace countersign
