#include "service/intent_refusal.h"

namespace countersign {
namespace {

// A part of a pointer.
std::string escaped(std::string_view name) {
  std::string part = "/";
  for (const char c : name) {
    if (c == '~') {
      part += "~0";
    } else if (c == '/') {
      part += "~1";
    } else {
      part += c;
    }
  }
  return part;
}

// A value stands before those inside of it, so that its offset is its own.
bool find_value(const JsonValue& value, std::size_t offset, std::string& pointer) {
  if (value.offset == offset) {
    return true;
  }
  const std::size_t above = pointer.size();
  for (const auto& member : value.members) {
    pointer += escaped(member.first);
    if (find_value(member.second, offset, pointer)) {
      return true;
    }
    pointer.resize(above);
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    pointer += escaped(std::to_string(i));
    if (find_value(value.items[i], offset, pointer)) {
      return true;
    }
    pointer.resize(above);
  }
  return false;
}

// "payees[2].amount"; names of fields are plain.
std::string pointer_of_field(std::string_view field) {
  std::string pointer = "/fields/";
  for (const char c : field) {
    if (c == '.' || c == '[') {
      pointer += '/';
    } else if (c != ']') {
      pointer += c;
    }
  }
  while (pointer.ends_with('/')) {
    pointer.pop_back();  // what is wrong is a list's item as a whole
  }
  return pointer;
}

}  // namespace

IntentRefusal refusal_at(const JsonValue& intent, const Error& error) {
  IntentRefusal refusal;
  find_value(intent, error.offset, refusal.pointer);
  return refusal;
}

IntentRefusal refusal_of(const IntentProblem& problem) {
  IntentRefusal refusal{pointer_of_field(problem.field), std::nullopt, 0};
  if (problem.code_point != 0) {
    refusal.code_point = problem.code_point;
    refusal.offset = problem.error.offset;
  }
  return refusal;
}

}  // namespace countersign
