#include "native/cli/policy_schema.h"

#include <span>
#include <string_view>

#include "codec/json_writer.h"
#include "policy/inputs.h"
#include "policy/requirements.h"

namespace countersign::cli {
namespace {

// With at least one part, and one behind a T.
#define DURATION "([0-9]+W|([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?)$\"}"
constexpr std::string_view kDuration = R"({"type":"string","pattern":"^P(?=.))" DURATION;
constexpr std::string_view kDemandedDuration =  // above zero
    R"({"type":"string","pattern":"^P(?=.*[1-9]))" DURATION;
#undef DURATION
constexpr std::string_view kId = R"({"type":"string","pattern":"^[a-z0-9._-]+$","maxLength":64})";
constexpr std::string_view kModel =
    R"({"type":"string","pattern":"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"})";
constexpr std::string_view kText = R"({"type":"string","pattern":"^[!-~]+$","maxLength":64})";

// Of a comparison, where a value may stand twice.
std::string values_of(std::string_view item) {
  return R"({"type":"array","minItems":1,"items":)" + std::string(item) + "}";
}

std::string list_of(std::string_view item) {
  return R"({"type":"array","minItems":1,"uniqueItems":true,"items":)" + std::string(item) + "}";
}

std::string choice_of(std::span<const std::string_view> words) {
  JsonWriter json;
  json.begin_object();
  json.member("enum").begin_array();
  for (const std::string_view word : words) {
    json.string(word);
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string value_of(const InputRow& row) {
  if (!row.choices.empty()) {
    return choice_of(row.choices);
  }
  switch (row.type) {
    case InputType::integer:
      return R"({"type":"integer","minimum":)" + std::to_string(row.low) +
             (row.high < (std::int64_t{1} << 53) ? R"(,"maximum":)" + std::to_string(row.high)
                                                 : std::string()) +
             "}";
    case InputType::duration:
      return std::string(kDuration);
    case InputType::boolean:
      return R"({"type":"boolean"})";
    case InputType::aaguid:
      return std::string(kModel);
    case InputType::choice:
    case InputType::text:
    case InputType::members:
    case InputType::rate:
      break;
  }
  return std::string(kText);
}

std::string comparison_of(const InputRow& row) {
  const std::string value = value_of(row);
  const bool is_set = row.type == InputType::members;
  const bool is_number = row.type == InputType::integer || row.type == InputType::duration;
  std::string operators;
  const auto add = [&](std::string_view name, const std::string& schema) {
    operators += (operators.empty() ? "\"" : ",\"") + std::string(name) + "\":" + schema;
  };
  if (is_set) {
    add("contains", value);
    add("containsAny", values_of(value));
    add("containsAll", values_of(value));
  } else {
    add("eq", value);
    add("ne", value);
  }
  if (!is_set && row.type != InputType::boolean) {
    add("in", values_of(value));
    add("notIn", values_of(value));
  }
  if (is_number || row.is_ordered) {
    for (const std::string_view name : {"gt", "gte", "lt", "lte"}) {
      add(name, value);
    }
  }
  if (row.type == InputType::aaguid) {
    add("inList", std::string(kId));
    add("notInList", std::string(kId));
  }
  const std::string object =
      R"({"type":"object","minProperties":1,"additionalProperties":false,"properties":{)" +
      operators + "}}";
  return R"({"anyOf":[)" + value + "," + object + "]}";
}

std::string conditions() {
  const std::string parts = R"({"type":"array","minItems":1,"items":{"$ref":"#/$defs/condition"}})";
  std::string text = R"({"type":"object","minProperties":1,"maxProperties":1,)"
                     R"("additionalProperties":false,"properties":{"all":)" +
                     parts + R"(,"any":)" + parts + R"(,"not":{"$ref":"#/$defs/condition"})";
  for (const InputRow& row : policy_inputs()) {
    if (row.type != InputType::rate) {  // no rule compares it
      text += ",\"" + std::string(row.name) + "\":" + comparison_of(row);
    }
  }
  return text + "}}";
}

// `base`: the member that names a strength.
std::string requirements(std::string_view base) {
  const auto words = [](PolicyInput input) { return list_of(choice_of(row_of(input).choices)); };
  const std::string duration(kDemandedDuration);
  const std::string id(kId);
  return R"({"type":"object","additionalProperties":false,"properties":{")" + std::string(base) +
         "\":" + id + R"(,"userVerification":{"enum":["discouraged","preferred","required"]},)" +
         R"("residentKey":{"enum":["discouraged","preferred","required"]},)" +
         R"("attestation":{"enum":["none","indirect","direct","enterprise"]},)" +
         R"("binding":{"enum":["any","device-bound-claimed","device-bound-attested"]},)" +
         R"("minimumCertification":)" +
         choice_of(row_of(PolicyInput::credential_certification).choices) +
         R"(,"authenticators":{"type":"object","minProperties":1,"additionalProperties":false,)" +
         R"("properties":{"allow":)" + id + R"(,"deny":)" + id + R"(}},"algorithms":)" +
         words(PolicyInput::credential_algorithm) + R"(,"transports":)" +
         words(PolicyInput::credential_transports) + R"(,"hints":)" +
         list_of(choice_of(kPolicyHints)) +
         R"(,"displayTier":{"type":"integer","minimum":0,"maximum":4},)" +
         R"("approvals":{"type":"object","required":["count"],"additionalProperties":false,)" +
         R"("properties":{"count":{"type":"integer","minimum":1,"maximum":8},)" +
         R"("distinctUsers":{"type":"boolean",)" +
         R"("description":"without true beside a count above 1, lint lets no such policy be published"}}},)" +
         R"("coolingOff":)" + duration + R"(,"authenticationAge":)" + duration +
         R"(,"credentialAge":)" + duration + R"(,"timeout":)" + duration + "}}";
}

}  // namespace

std::string policy_schema() {
  const std::string id(kId);
  const std::string models =
      R"({"type":"array","uniqueItems":true,"maxItems":1024,"items":)" + std::string(kModel) + "}";
  return R"({"$schema":"https://json-schema.org/draft/2020-12/schema",)"
         R"("title":"Countersign policy, version 1","type":"object","additionalProperties":false,)"
         R"("required":["schema","id","revision","default","rules"],"properties":{)"
         R"("$schema":{"type":"string"},"schema":{"const":"countersign-policy/1"},"id":)" +
         id +
         R"(,"revision":{"type":"integer","minimum":1,"maximum":9007199254740991},)"
         R"("default":{"enum":["deny","require"]},)"
         R"("lists":{"type":"object","maxProperties":64,"additionalProperties":{"anyOf":[)" +
         models +
         R"(,{"type":"object","required":["models"],"additionalProperties":false,"properties":)"
         R"({"models":)" +
         models +
         R"(,"expires":{"type":"string","format":"date-time"}}}]}},)"
         R"("strengths":{"type":"object","maxProperties":64,"additionalProperties":)"
         R"({"$ref":"#/$defs/strength"}},)"
         R"("rules":{"type":"array","maxItems":1000,"items":{"$ref":"#/$defs/rule"}}},)"
         R"("$defs":{"rule":{"type":"object","required":["id","when"],)"
         R"("additionalProperties":false,"properties":{"id":)" +
         id +
         R"(,"when":{"$ref":"#/$defs/condition"},"require":{"$ref":"#/$defs/requirements"},)"
         R"("deny":{"type":"object","required":["reason"],"additionalProperties":false,)"
         R"("properties":{"reason":)" +
         id +
         R"(}},"exempt":{"type":"object","required":["basis"],"additionalProperties":false,)"
         R"("properties":{"basis":{"type":"string","pattern":"^rts\\.article-1([0-8]|0a)$"}}}},)"
         R"("oneOf":[{"required":["require"]},{"required":["deny"]},{"required":["exempt"]}]},)"
         R"("requirements":)" +
         requirements("strength") + R"(,"strength":)" + requirements("extends") +
         R"(,"condition":)" + conditions() + "}}\n";
}

}  // namespace countersign::cli
