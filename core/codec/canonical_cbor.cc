#include "codec/canonical_cbor.h"

#include <algorithm>
#include <cstring>

#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"
#include "codec/utf8.h"

namespace countersign {
namespace {

// The order of the encodings of two text keys: the length stands in front of the text.
bool is_key_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

class Encoder {
 public:
  Encoder(const CanonicalOptions& options, CheckText check_text)
      : options_(options), check_text_(check_text) {}

  Status write(const CanonicalValue& value, std::size_t depth) {
    CS_TRY(count());
    switch (value.type) {
      case CanonicalValue::Type::integer:
        writer_.write_integer(value.integer);
        return ok();
      case CanonicalValue::Type::bytes:
        writer_.write_bytes(value.bytes);
        return ok();
      case CanonicalValue::Type::text:
        return write_text(value.text);
      case CanonicalValue::Type::array:
        return write_array(value, depth);
      case CanonicalValue::Type::map:
        return write_map(value, depth);
      case CanonicalValue::Type::boolean:
        writer_.write_boolean(value.boolean);
        return ok();
      case CanonicalValue::Type::null:
        writer_.write_null();
        return ok();
    }
    return ErrorCode::internal_error;
  }

  ByteVector take() && { return std::move(writer_).take(); }

 private:
  using Member = CanonicalValue::Member;

  Status count() {
    if (items_ >= options_.max_items) {
      return ErrorCode::cbor_too_many_items;
    }
    ++items_;
    return ok();
  }

  Status write_text(std::string_view text) {
    if (!is_ascii(bytes_of(text))) {
      if (!check_utf8(bytes_of(text))) {
        return ErrorCode::utf8_invalid;
      }
      if (check_text_ != nullptr) {
        CS_TRY(check_text_(text));
      }
    }
    writer_.write_text(text);
    return ok();
  }

  Status write_array(const CanonicalValue& array, std::size_t depth) {
    if (depth >= options_.max_depth) {
      return ErrorCode::cbor_too_deep;
    }
    writer_.begin_array(array.items.size());
    for (const CanonicalValue& item : array.items) {
      CS_TRY(write(item, depth + 1));
    }
    return ok();
  }

  Status write_map(const CanonicalValue& map, std::size_t depth) {
    if (depth >= options_.max_depth) {
      return ErrorCode::cbor_too_deep;
    }
    writer_.begin_map(map.members.size());
    return are_in_order(map.members) ? write_ordered(map.members, depth)
                                     : write_sorted(map.members, depth);
  }

  // [our own documents are in order]
  static bool are_in_order(const std::vector<Member>& members) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (!is_key_before(members[i - 1].first, members[i].first)) {
        return false;
      }
    }
    return true;
  }

  Status write_ordered(const std::vector<Member>& members, std::size_t depth) {
    for (const Member& member : members) {
      CS_TRY(write_member(member, depth));
    }
    return ok();
  }

  Status write_sorted(const std::vector<Member>& members, std::size_t depth) {
    std::vector<const Member*> sorted;
    sorted.reserve(members.size());
    for (const Member& member : members) {
      sorted.push_back(&member);
    }
    const auto is_before = [](const Member* a, const Member* b) {
      return is_key_before(a->first, b->first);
    };
    // [std::sort takes 1 KB more of the modules]
    std::make_heap(sorted.begin(), sorted.end(), is_before);
    std::sort_heap(sorted.begin(), sorted.end(), is_before);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (i > 0 && sorted[i - 1]->first == sorted[i]->first) {
        return ErrorCode::cbor_duplicate_key;
      }
      CS_TRY(write_member(*sorted[i], depth));
    }
    return ok();
  }

  Status write_member(const Member& member, std::size_t depth) {
    CS_TRY(count());
    CS_TRY(write_text(member.first));
    return write(member.second, depth + 1);
  }

  const CanonicalOptions& options_;
  CheckText check_text_;
  CborWriter writer_;
  std::size_t items_ = 0;
};

Error unsupported_at(const CborValue& value) {
  return {ErrorCode::cbor_unsupported, Check::none, static_cast<std::uint32_t>(value.offset)};
}

// The recursion is as deep as the reader allowed.
Result<CanonicalValue> converted(const CborValue& value) {
  switch (value.type) {
    case CborValue::Type::integer:
      return CanonicalValue::make_integer(value.integer);
    case CborValue::Type::bytes:
      return CanonicalValue::make_bytes(value.bytes);
    case CborValue::Type::text:
      return CanonicalValue::make_text(value.text());
    case CborValue::Type::array: {
      CanonicalValue array = CanonicalValue::make_array({});
      array.items.reserve(value.items.size());
      for (const CborValue& item : value.items) {
        CS_ASSIGN(CanonicalValue copy, converted(item));
        array.items.push_back(std::move(copy));
      }
      return array;
    }
    case CborValue::Type::map: {
      CanonicalValue map = CanonicalValue::make_map({});
      map.members.reserve(value.members.size());
      for (const CborMember& member : value.members) {
        if (!member.first.is(CborValue::Type::text)) {
          return unsupported_at(member.first);
        }
        CS_ASSIGN(CanonicalValue copy, converted(member.second));
        map.members.emplace_back(member.first.text(), std::move(copy));
      }
      return map;
    }
    case CborValue::Type::boolean:
      return CanonicalValue::make_boolean(value.boolean);
    case CborValue::Type::null:
      return CanonicalValue::make_null();
    case CborValue::Type::floating:
      return unsupported_at(value);
  }
  return ErrorCode::internal_error;
}

}  // namespace

CanonicalValue::CanonicalValue() = default;
CanonicalValue::CanonicalValue(const CanonicalValue& other) = default;
CanonicalValue::CanonicalValue(CanonicalValue&& other) noexcept = default;
CanonicalValue& CanonicalValue::operator=(const CanonicalValue& other) = default;
CanonicalValue& CanonicalValue::operator=(CanonicalValue&& other) noexcept = default;
CanonicalValue::~CanonicalValue() = default;

CanonicalValue CanonicalValue::make_integer(std::int64_t value) {
  CanonicalValue made;
  made.type = Type::integer;
  made.integer = value;
  return made;
}

CanonicalValue CanonicalValue::make_bytes(Bytes value) {
  CanonicalValue made;
  made.type = Type::bytes;
  made.bytes = to_vector(value);
  return made;
}

CanonicalValue CanonicalValue::make_text(std::string_view value) {
  CanonicalValue made;
  made.type = Type::text;
  made.text = value;
  return made;
}

CanonicalValue CanonicalValue::make_array(std::vector<CanonicalValue> items) {
  CanonicalValue made;
  made.type = Type::array;
  made.items = std::move(items);
  return made;
}

CanonicalValue CanonicalValue::make_map(std::vector<Member> members) {
  CanonicalValue made;
  made.type = Type::map;
  made.members = std::move(members);
  return made;
}

CanonicalValue CanonicalValue::make_boolean(bool value) {
  CanonicalValue made;
  made.type = Type::boolean;
  made.boolean = value;
  return made;
}

CanonicalValue CanonicalValue::make_null() { return {}; }

const CanonicalValue* CanonicalValue::find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.first.size() == name.size() &&
        std::memcmp(member.first.data(), name.data(), name.size()) == 0) {
      return &member.second;
    }
  }
  return nullptr;
}

Result<ByteVector> make_canonical_cbor(const CanonicalValue& value, const CanonicalOptions& options,
                                       CheckText check_text) {
  Encoder encoder(options, check_text);
  CS_TRY(encoder.write(value, 0));
  return std::move(encoder).take();
}

Result<CanonicalValue> parse_canonical_cbor(Bytes input, const CanonicalOptions& options) {
  // For text keys CTAP2's order is the one of RFC 8949 §4.2.1: both put the shorter key first.
  CborOptions strict;
  strict.key_order = CborKeyOrder::canonical;
  strict.max_depth = options.max_depth;
  strict.max_items = options.max_items;
  CS_ASSIGN(const CborValue value, parse_cbor(input, strict));
  return converted(value);
}

}  // namespace countersign
