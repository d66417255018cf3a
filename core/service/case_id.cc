#include "service/case_id.h"

#include "codec/json_writer.h"

namespace countersign {

std::string case_id_json(const JsonValue& json) {
  const JsonValue* id = json.is_object() ? json.find("id") : nullptr;
  JsonWriter writer;
  if (id == nullptr) {
    return "null";
  }
  switch (id->type) {
    case JsonValue::Type::boolean:
      writer.boolean(id->boolean);
      break;
    case JsonValue::Type::integer:
      if (id->is_unsigned_64) {
        writer.raw(std::to_string(static_cast<std::uint64_t>(id->integer)));
      } else {
        writer.integer(id->integer);
      }
      break;
    case JsonValue::Type::number:
      writer.raw(id->string);
      break;
    case JsonValue::Type::string:
      writer.string(id->string);
      break;
    case JsonValue::Type::null:
    case JsonValue::Type::array:
    case JsonValue::Type::object:
      return "null";
  }
  return std::move(writer).take();
}

}  // namespace countersign
