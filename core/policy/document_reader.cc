#include <algorithm>

#include "codec/canonical_cbor.h"
#include "crypto/tagged_hash.h"
#include "policy/exemption_articles.h"
#include "policy/policy_digest.h"
#include "policy/reader.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr std::string_view kSchema = "countersign-policy/1";
// Where editors look for the JSON Schema: no part of what the document says.
constexpr std::string_view kEditorSchema = "$schema";
constexpr std::int64_t kMaxRevision = (std::int64_t{1} << 53) - 1;  // [what JavaScript keeps]

// Each value is one item, its name another: the canonical encoding has room for all that is read.
constexpr JsonOptions kJsonOptions{limits::kMaxPolicyBytes, limits::kMaxCanonicalDepth,
                                   limits::kMaxCanonicalItems / 2};

Result<CanonicalValue> said_by(const JsonValue& root) {
  CS_ASSIGN(CanonicalValue said, canonical_of(root));
  std::erase_if(said.members, [](const auto& member) { return member.first == kEditorSchema; });
  return said;
}

Result<Digest256> digest_of(const JsonValue& root, const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue said, said_by(root));
  CS_ASSIGN(const ByteVector encoded, make_canonical_cbor(said));
  return tagged_hash(hasher, "countersign/1/policy", encoded);
}

Result<std::string> read_id(const JsonValue& value) {
  if (!value.is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  if (!is_policy_id(value.string)) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  return value.string;
}

}  // namespace

Error policy_error(ErrorCode code, const JsonValue& value) {
  return {code, Check::none, value.offset};
}

Error policy_name_error(ErrorCode code, const JsonValue& member) {
  return {code, Check::none, member.name_offset};
}

Status check_policy_members(const JsonValue& value, std::initializer_list<std::string_view> known) {
  if (!value.is_object()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  for (const auto& [name, member] : value.members) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return policy_name_error(ErrorCode::policy_member_unknown, member);
    }
  }
  return ok();
}

Result<const JsonValue*> policy_member(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  if (member == nullptr) {
    return policy_error(ErrorCode::policy_member_missing, object);
  }
  return member;
}

bool is_policy_id(std::string_view text) {
  return !text.empty() && text.size() <= limits::kMaxPolicyNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == '_';
         });
}

Result<PolicyDocument> PolicyReader::read(std::string_view json, const Hasher& hasher) {
  CS_ASSIGN(const JsonValue root, parse_json(json, kJsonOptions));
  document_.text_ = std::string(json);
  const JsonValue* schema = root.is_object() ? root.find("schema") : nullptr;
  if (schema == nullptr || !schema->is_string() || schema->string != kSchema) {
    return policy_error(ErrorCode::policy_schema_unknown, schema == nullptr ? root : *schema);
  }
  CS_TRY(check_policy_members(
      root, {kEditorSchema, "schema", "id", "revision", "default", "lists", "strengths", "rules"}));
  if (const JsonValue* named = root.find(kEditorSchema); named != nullptr && !named->is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, *named);
  }
  CS_ASSIGN(const JsonValue* id, policy_member(root, "id"));
  CS_ASSIGN(document_.id_, read_id(*id));
  CS_ASSIGN(const JsonValue* revision, policy_member(root, "revision"));
  if (!revision->is_integer()) {
    return policy_error(ErrorCode::policy_type_mismatch, *revision);
  }
  if (revision->is_unsigned_64 || revision->integer < 1 || revision->integer > kMaxRevision) {
    return policy_error(ErrorCode::policy_value_invalid, *revision);
  }
  document_.revision_ = revision->integer;
  CS_ASSIGN(const JsonValue* otherwise, policy_member(root, "default"));
  if (!otherwise->is_string()) {
    return policy_error(ErrorCode::policy_type_mismatch, *otherwise);
  }
  if (otherwise->string != "deny" && otherwise->string != "require") {
    return policy_error(ErrorCode::policy_value_invalid, *otherwise);
  }
  document_.default_outcome_ = otherwise->string == "deny" ? Outcome::deny : Outcome::require;
  if (const JsonValue* lists = root.find("lists")) {
    CS_TRY(read_lists(*lists));
  }
  if (const JsonValue* strengths = root.find("strengths")) {
    CS_TRY(read_strengths(*strengths));
  }
  CS_ASSIGN(const JsonValue* rules, policy_member(root, "rules"));
  CS_TRY(read_rules(*rules));
  CS_TRY(finish_names());
  for (PolicyRule& rule : document_.rules_) {
    finish_rule(rule);
    document_.inputs_ |= rule.inputs;
  }
  CS_ASSIGN(document_.digest_, digest_of(root, hasher));
  return std::move(document_);
}

Status PolicyReader::read_lists(const JsonValue& lists) {
  if (!lists.is_object()) {
    return policy_error(ErrorCode::policy_type_mismatch, lists);
  }
  if (lists.members.size() > limits::kMaxPolicyLists) {
    return policy_error(ErrorCode::policy_too_large, lists);
  }
  for (const auto& [name, value] : lists.members) {
    if (!is_policy_id(name)) {
      return policy_name_error(ErrorCode::policy_value_invalid, value);
    }
    CS_TRY(read_list(name, value));
  }
  // Members of an object have no order: one digest is one document, bit by bit.
  std::sort(document_.lists_.begin(), document_.lists_.end(),
            [](const PolicyList& a, const PolicyList& b) { return a.name < b.name; });
  return ok();
}

Status PolicyReader::read_list(const std::string& name, const JsonValue& value) {
  PolicyList list;
  list.name = name;
  const JsonValue* models = &value;
  if (!value.is_array()) {
    CS_TRY(check_policy_members(value, {"models", "expires"}));
    CS_ASSIGN(models, policy_member(value, "models"));
    if (const JsonValue* expires = value.find("expires")) {
      if (!expires->is_string()) {
        return policy_error(ErrorCode::policy_type_mismatch, *expires);
      }
      list.expires = parse_rfc3339(expires->string);
      if (!list.expires) {
        return policy_error(ErrorCode::policy_value_invalid, *expires);
      }
    }
  }
  CS_TRY(read_models(list, *models));
  document_.lists_.push_back(std::move(list));
  return ok();
}

Status PolicyReader::read_models(PolicyList& list, const JsonValue& models) {
  if (!models.is_array()) {
    return policy_error(ErrorCode::policy_type_mismatch, models);
  }
  if (models.items.size() > limits::kMaxPolicyListValues) {
    return policy_error(ErrorCode::policy_too_large, models);
  }
  for (const JsonValue& model : models.items) {
    if (!model.is_string()) {
      return policy_error(ErrorCode::policy_type_mismatch, model);
    }
    if (!is_aaguid_text(model.string)) {
      return policy_error(ErrorCode::policy_value_invalid, model);
    }
    const auto at = std::lower_bound(list.models.begin(), list.models.end(), model.string);
    if (at != list.models.end() && *at == model.string) {
      return policy_error(ErrorCode::policy_name_duplicate, model);
    }
    list.models.insert(at, model.string);
  }
  return ok();
}

Status PolicyReader::read_rules(const JsonValue& rules) {
  if (!rules.is_array()) {
    return policy_error(ErrorCode::policy_type_mismatch, rules);
  }
  if (rules.items.size() > limits::kMaxPolicyRules) {
    return policy_error(ErrorCode::policy_too_large, rules);
  }
  std::vector<std::string_view> ids;
  for (const JsonValue& rule : rules.items) {
    CS_TRY(read_rule(rule));
    const JsonValue& id = *rule.find("id");
    const auto at = std::lower_bound(ids.begin(), ids.end(), id.string);
    if (at != ids.end() && *at == id.string) {
      return policy_error(ErrorCode::policy_name_duplicate, id);
    }
    ids.insert(at, id.string);
  }
  return ok();
}

Status PolicyReader::read_rule(const JsonValue& value) {
  CS_TRY(check_policy_members(value, {"id", "when", "require", "deny", "exempt"}));
  PolicyRule rule;
  rule.offset = value.offset;
  CS_ASSIGN(const JsonValue* id, policy_member(value, "id"));
  CS_ASSIGN(rule.id, read_id(*id));
  CS_TRY(read_effect(rule, value));
  CS_ASSIGN(const JsonValue* when, policy_member(value, "when"));
  rule.first_node = static_cast<std::uint32_t>(document_.nodes_.size());
  conditions_ = 0;
  condition_lists_ = 0;
  CS_TRY(read_condition(*when, false, 0));
  rule.condition_lists = condition_lists_;
  document_.rules_.push_back(std::move(rule));
  return ok();
}

Status PolicyReader::read_effect(PolicyRule& rule, const JsonValue& value) {
  const JsonValue* effect = nullptr;
  for (const auto& [name, member] : value.members) {
    if (name != "require" && name != "deny" && name != "exempt") {
      continue;
    }
    if (effect != nullptr) {
      return policy_name_error(ErrorCode::policy_member_unknown, member);  // one effect a rule
    }
    effect = &member;
    rule.effect = name == "deny"     ? Outcome::deny
                  : name == "exempt" ? Outcome::exempt
                                     : Outcome::require;
  }
  if (effect == nullptr) {
    return policy_error(ErrorCode::policy_member_missing, value);
  }
  if (rule.effect == Outcome::require) {
    CS_ASSIGN(rule.requirements, read_requirements(*effect, "strength"));
    return ok();
  }
  const std::string_view name = rule.effect == Outcome::deny ? "reason" : "basis";
  CS_TRY(check_policy_members(*effect, {name}));
  CS_ASSIGN(const JsonValue* label, policy_member(*effect, name));
  CS_ASSIGN(rule.label, read_id(*label));
  if (rule.effect == Outcome::exempt && find_exemption_article(rule.label) == nullptr) {
    return policy_error(ErrorCode::policy_value_invalid, *label);
  }
  return ok();
}

Result<PolicyDocument> parse_policy(std::string_view json, const Hasher& hasher) {
  return PolicyReader().read(json, hasher);
}

Result<Digest256> policy_digest(std::string_view json, const Hasher& hasher) {
  CS_ASSIGN(const JsonValue root, parse_json(json, kJsonOptions));
  return digest_of(root, hasher);
}

Result<CanonicalValue> read_policy_text(std::string_view json) {
  CS_ASSIGN(const JsonValue root, parse_json(json, kJsonOptions));
  return said_by(root);
}

bool is_on_list(const PolicyList& list, std::string_view model) {
  return std::binary_search(list.models.begin(), list.models.end(), model);
}

TextPosition position_of(std::string_view text, std::size_t offset) {
  TextPosition position;
  for (const char c : text.substr(0, offset)) {
    position.column = c == '\n' ? 1 : position.column + 1;
    position.line += c == '\n' ? 1 : 0;
  }
  return position;
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::exempt:
      return "exempt";
    case Outcome::require:
      return "require";
    case Outcome::deny:
      return "deny";
  }
  return "deny";
}

}  // namespace countersign
