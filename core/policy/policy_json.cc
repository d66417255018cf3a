#include "policy/policy_json.h"

#include <algorithm>

namespace countersign {
namespace {

Status set_number(PolicyInputs& inputs, const InputRow& row, const JsonValue& value) {
  if (row.type == InputType::boolean) {
    return value.is_boolean() ? inputs.set_number(row.id, value.boolean ? 1 : 0)
                              : Status(ErrorCode::policy_input_value_invalid);
  }
  if (row.type == InputType::duration && value.is_string()) {
    const std::optional<std::int64_t> seconds = parse_duration(value.string);
    return seconds ? inputs.set_number(row.id, *seconds)
                   : Status(ErrorCode::policy_input_value_invalid);
  }
  if (!value.is_integer() || value.is_unsigned_64) {
    return ErrorCode::policy_input_value_invalid;
  }
  return inputs.set_number(row.id, value.integer);
}

Status set_members(PolicyInputs& inputs, const InputRow& row, const JsonValue& value) {
  if (!value.is_array()) {
    return ErrorCode::policy_input_value_invalid;
  }
  std::vector<std::string> members;
  for (const JsonValue& item : value.items) {
    if (!item.is_string()) {
      return ErrorCode::policy_input_value_invalid;
    }
    members.push_back(item.string);
  }
  return inputs.set_members(row.id, std::move(members));
}

Status set_input(PolicyInputs& inputs, const InputRow& row, const JsonValue& value) {
  switch (row.type) {
    case InputType::integer:
    case InputType::duration:
    case InputType::boolean:
      return set_number(inputs, row, value);
    case InputType::members:
      return set_members(inputs, row, value);
    case InputType::choice:
    case InputType::text:
    case InputType::aaguid:
    case InputType::rate:
      break;
  }
  return value.is_string() ? inputs.set_text(row.id, value.string)
                           : Status(ErrorCode::policy_input_value_invalid);
}

bool is_named(const PolicyDocument& document, PolicyInput input, const std::string& name) {
  const std::vector<std::string>& names = document.names(input);
  return std::binary_search(names.begin(), names.end(), name);
}

void write_words(JsonWriter& json, std::string_view member, std::uint32_t mask,
                 std::span<const std::string_view> words) {
  json.member(member).begin_array();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if ((mask >> i & 1U) != 0) {
      json.string(words[i]);
    }
  }
  json.end_array();
}

void write_lists(JsonWriter& json, std::string_view member, std::uint64_t mask,
                 const PolicyDocument& document) {
  if (mask == 0) {
    return;
  }
  json.member(member).begin_array();
  for (std::size_t i = 0; i < document.lists().size(); ++i) {
    if ((mask >> i & 1U) != 0) {
      json.string(document.lists()[i].name);
    }
  }
  json.end_array();
}

void write_approvals(JsonWriter& json, const Requirements& requirements) {
  json.member("approvals").begin_object();
  json.member("count").integer(requirements.approvals);
  json.member("distinctUsers").boolean(requirements.has_distinct_approvers);
  json.end_object();
}

}  // namespace

Result<PolicyInputs> parse_policy_inputs(std::string_view json) {
  JsonOptions options;
  options.max_bytes = limits::kMaxPolicyInputsBytes;
  CS_ASSIGN(const JsonValue value, parse_json(json, options));
  return read_policy_inputs(value);
}

Result<PolicyInputs> read_policy_inputs(const JsonValue& value) {
  if (!value.is_object()) {
    return error_at(ErrorCode::policy_inputs_malformed, value.offset);
  }
  const JsonValue* named = value.find(row_of(PolicyInput::ceremony).name);
  if (named == nullptr) {
    return error_at(ErrorCode::policy_ceremony_missing, value.offset);
  }
  const std::optional<PolicyCeremony> ceremony =
      named->is_string() ? find_policy_ceremony(named->string) : std::nullopt;
  if (!ceremony) {
    return error_at(ErrorCode::policy_input_value_invalid, named->offset);
  }
  PolicyInputs inputs(*ceremony);
  for (const auto& [name, member] : value.members) {
    const InputRow* row = find_policy_input(name);
    if (row == nullptr) {
      return error_at(ErrorCode::policy_inputs_malformed, member.name_offset);
    }
    if (row->id == PolicyInput::ceremony) {
      continue;
    }
    if (!set_input(inputs, *row, member)) {
      return error_at(ErrorCode::policy_input_value_invalid, member.offset);
    }
  }
  return inputs;
}

void write_policy_inputs(JsonWriter& json, const PolicyInputs& inputs, InputMask shown,
                         const PolicyDocument* masking) {
  json.begin_object();
  json.member(row_of(PolicyInput::ceremony).name).string(policy_ceremony_name(inputs.ceremony()));
  for (const InputRow& row : policy_inputs()) {
    if ((shown & inputs.present() & mask_of(row.id)) == 0) {
      continue;
    }
    json.member(row.name);
    switch (row.type) {
      case InputType::integer:
        json.integer(inputs.number(row.id));
        break;
      case InputType::duration:
        json.string(encode_duration(inputs.number(row.id)));
        break;
      case InputType::boolean:
        json.boolean(inputs.number(row.id) != 0);
        break;
      case InputType::choice:
        json.string(row.choices[static_cast<std::size_t>(inputs.number(row.id))]);
        break;
      case InputType::text:
      case InputType::aaguid: {
        const std::string& name = inputs.text(row.id);
        const bool is_hidden =
            masking != nullptr && (row.is_masked || !is_named(*masking, row.id, name));
        json.string(is_hidden ? kMaskedName : std::string_view(name));
        break;
      }
      case InputType::members:
        json.begin_array();
        for (const std::string& member : inputs.members(row.id)) {
          if (masking == nullptr || is_named(*masking, row.id, member)) {
            json.string(member);
          }
        }
        json.end_array();
        break;
      case InputType::rate:
        json.string(inputs.text(row.id));
        break;
    }
  }
  json.end_object();
}

void write_requirements(JsonWriter& json, const PolicyDocument& document,
                        const Requirements& requirements) {
  const Requirements none;
  const auto word = [&](std::string_view member, bool is_demanded, std::string_view value) {
    if (is_demanded) {
      json.member(member).string(value);
    }
  };
  const auto period = [&](std::string_view member, std::int64_t value, std::int64_t neutral) {
    if (value != neutral) {
      json.member(member).string(encode_duration(value));
    }
  };
  json.begin_object();
  word("userVerification", requirements.user_verification != none.user_verification,
       policy_verification_name(requirements.user_verification));
  word("residentKey", requirements.resident_key != none.resident_key,
       resident_key_name(requirements.resident_key));
  word("attestation", requirements.attestation != none.attestation,
       attestation_name(requirements.attestation));
  word("binding", requirements.binding != none.binding, binding_name(requirements.binding));
  word("minimumCertification", requirements.minimum_certification != none.minimum_certification,
       policy_level_name(requirements.minimum_certification));
  if (requirements.allow_lists != 0 || requirements.deny_lists != 0) {
    json.member("authenticators").begin_object();
    write_lists(json, "allow", requirements.allow_lists, document);
    write_lists(json, "deny", requirements.deny_lists, document);
    json.end_object();
  }
  if (requirements.algorithms != none.algorithms) {
    write_words(json, "algorithms", requirements.algorithms,
                row_of(PolicyInput::credential_algorithm).choices);
  }
  if (requirements.transports != none.transports) {
    write_words(json, "transports", requirements.transports,
                row_of(PolicyInput::credential_transports).choices);
  }
  if (requirements.display_tier != none.display_tier) {
    json.member("displayTier").integer(requirements.display_tier);
  }
  if (requirements.approvals != none.approvals) {
    write_approvals(json, requirements);
  }
  period("coolingOff", requirements.cooling_off, none.cooling_off);
  period("authenticationAge", requirements.authentication_age, none.authentication_age);
  period("credentialAge", requirements.credential_age, none.credential_age);
  period("timeout", requirements.timeout, none.timeout);
  if (requirements.hints != none.hints) {
    write_words(json, "hints", requirements.hints, kPolicyHints);
  }
  json.end_object();
}

void write_rule_matches(JsonWriter& json, const PolicyDocument& document,
                        const Decision& decision) {
  json.begin_array();
  for (const RuleMatch& match : decision.matches) {
    const PolicyRule& rule = document.rules()[match.rule];
    json.begin_object();
    json.member("id").string(rule.id);
    json.member("effect").string(outcome_name(rule.effect));
    json.member("truth").string(truth_name(match.truth));
    json.end_object();
  }
  json.end_array();
}

void write_decision(JsonWriter& json, const PolicyDocument& document, const Decision& decision,
                    const PolicyInputs& inputs) {
  json.begin_object();
  json.member("policy").base64url(decision.policy);
  json.member("id").string(document.id());
  json.member("revision").integer(document.revision());
  json.member("phase").string(phase_name(decision.phase));
  json.member("outcome").string(outcome_name(decision.outcome));
  json.member("basis").string(decision_basis_name(decision.basis));
  json.member("rules");
  write_rule_matches(json, document, decision);
  if (decision.outcome == Outcome::require) {
    json.member("requirements");
    write_requirements(json, document, decision.requirements);
  }
  json.member("inputs");
  write_policy_inputs(json, inputs, decision.inputs_used, &document);
  json.end_object();
}

void write_client_decision(JsonWriter& json, const Decision& decision) {
  json.begin_object();
  json.member("outcome").string(outcome_name(decision.outcome));
  if (decision.outcome == Outcome::require) {
    const Requirements& requirements = decision.requirements;
    json.member("userVerification")
        .string(policy_verification_name(requirements.user_verification));
    json.member("displayTier").integer(requirements.display_tier);
    if (requirements.approvals != 0) {
      json.member("approvals").integer(requirements.approvals);
    }
    if (requirements.hints != 0) {
      write_words(json, "hints", requirements.hints, kPolicyHints);
    }
  }
  json.end_object();
}

}  // namespace countersign
