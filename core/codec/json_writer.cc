#include "codec/json_writer.h"

#include "codec/base64url.h"
#include "codec/hex.h"
#include "codec/json_lexer.h"

namespace countersign {
namespace {

bool is_escaped(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 0x0fU];
  }
}

// What needs no escape is appended at once.
void append_string(std::string& out, std::string_view value) {
  out += '"';
  const char* begin = value.data();
  const char* const end = begin + value.size();
  for (const char* at = begin; at != end;) {
    if (end - at >= 8 && are_json_plain_ascii(at)) {
      at += 8;
    } else if (!is_escaped(*at)) {
      ++at;
    } else {
      out.append(begin, static_cast<std::size_t>(at - begin));
      append_escaped(out, *at);
      begin = ++at;
    }
  }
  out.append(begin, static_cast<std::size_t>(end - begin));
  out += '"';
}

}  // namespace

void JsonWriter::separate() {
  if (needs_comma_) {
    out_ += ',';
  }
  needs_comma_ = true;
}

void JsonWriter::begin_object() {
  separate();
  out_ += '{';
  needs_comma_ = false;
}

void JsonWriter::end_object() {
  out_ += '}';
  needs_comma_ = true;
}

void JsonWriter::begin_array() {
  separate();
  out_ += '[';
  needs_comma_ = false;
}

void JsonWriter::end_array() {
  out_ += ']';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::member(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

void JsonWriter::string(std::string_view value) {
  separate();
  append_string(out_, value);
}

void JsonWriter::base64url(Bytes value) {
  separate();
  out_ += '"';
  out_ += encode_base64url(value);
  out_ += '"';
}

void JsonWriter::hex(Bytes value) {
  separate();
  out_ += '"';
  append_hex(out_, value);
  out_ += '"';
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  std::uint64_t magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    out_ += '-';
    magnitude = 0 - magnitude;
  }
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude != 0);
  while (count > 0) {
    out_ += digits[--count];
  }
}

void JsonWriter::boolean(bool value) { raw(value ? "true" : "false"); }

void JsonWriter::null() { raw("null"); }

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

}  // namespace countersign
