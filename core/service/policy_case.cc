#include "service/policy_case.h"

#include <algorithm>
#include <optional>

#include "codec/base64url.h"
#include "codec/json_slices.h"
#include "policy/explanation.h"
#include "policy/policy_json.h"
#include "service/case_id.h"
#include "service/transaction_answer.h"

namespace countersign {
namespace {

// Room for whatever document and inputs can be read, one level deeper.
constexpr std::size_t kMaxInputValues = 4096;
constexpr JsonOptions kLineOptions{kMaxPolicyCaseBytes, limits::kMaxCanonicalDepth + 1,
                                   limits::kMaxCanonicalItems / 2 + kMaxInputValues};

struct Call {
  const JsonValue* policy = nullptr;
  const JsonValue* document = nullptr;
  const JsonValue* inputs = nullptr;
  Phase phase = Phase::options;
  bool is_explained = false;
  Money money;  // borrows the line
};

Error malformed_at(std::uint32_t offset) {
  return error_at(ErrorCode::policy_inputs_malformed, offset);
}

Result<Call> read_call(const JsonValue& line, const Money& money) {
  if (!line.is_object()) {
    return malformed_at(line.offset);
  }
  Call call;
  call.money = money;
  bool has_phase = false;
  for (const auto& [name, value] : line.members) {
    if (name == "policy") {
      call.policy = &value;
    } else if (name == "document") {
      call.document = &value;
    } else if (name == "inputs") {
      call.inputs = &value;
    } else if (name == "phase") {
      has_phase = true;
      call.phase = value.string == phase_name(Phase::verdict) ? Phase::verdict : Phase::options;
      if (!value.is_string() || value.string != phase_name(call.phase)) {
        return malformed_at(value.offset);
      }
    } else if (name == "explain") {
      if (!value.is_boolean()) {
        return malformed_at(value.offset);
      }
      call.is_explained = value.boolean;
    } else if (name == "currency") {
      const std::optional<Money> known = value.is_string() ? money_of(value.string) : std::nullopt;
      if (!known) {
        return malformed_at(value.offset);
      }
      call.money = *known;
    } else if (name != "id") {
      return malformed_at(value.name_offset);
    }
  }
  const bool has_one_policy = (call.policy == nullptr) != (call.document == nullptr);
  return has_one_policy && has_phase && call.inputs != nullptr
             ? Result<Call>(call)
             : Result<Call>(malformed_at(line.offset));
}

// The bytes of the document as they stand in the line: it is read like a file.
Result<PolicyDocument> read_inline_document(std::string_view line, const Hasher& hasher) {
  constexpr std::size_t kMaxMembers = 6;
  CS_ASSIGN(const std::vector<JsonMember> members, slice_json_object(line, kMaxMembers));
  const auto found = std::find_if(members.begin(), members.end(),
                                  [](const JsonMember& m) { return m.name == "document"; });
  if (found == members.end()) {
    return ErrorCode::internal_error;
  }
  Result<PolicyDocument> document = parse_policy(found->value, hasher);
  if (document) {
    return document;
  }
  const auto begin = static_cast<std::uint32_t>(found->value.data() - line.data());
  return error_at(document.error().code, begin + document.error().offset);
}

Result<const PolicyDocument*> find_kept(const JsonValue& policy, const KeptPolicies& policies) {
  const Error unknown = error_at(ErrorCode::policy_revision_not_found, policy.offset);
  Digest256 digest{};
  const Result<ByteVector> bytes =
      policy.is_string() ? parse_base64url(policy.string) : Result<ByteVector>(unknown);
  if (!bytes || bytes->size() != digest.size()) {
    return unknown;
  }
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  const PolicyDocument* document = policies.find(digest);
  return document != nullptr ? Result<const PolicyDocument*>(document)
                             : Result<const PolicyDocument*>(unknown);
}

Status write_answer(JsonWriter& answer, std::string_view text, const JsonValue& line,
                    const KeptPolicies& policies, const Hasher& hasher, const Money& money) {
  CS_ASSIGN(const Call call, read_call(line, money));
  std::optional<PolicyDocument> own;
  const PolicyDocument* document = nullptr;
  if (call.document != nullptr) {
    CS_ASSIGN(own, read_inline_document(text, hasher));
    document = &*own;
  } else {
    CS_ASSIGN(document, find_kept(*call.policy, policies));
  }
  CS_ASSIGN(const PolicyInputs inputs, read_policy_inputs(*call.inputs));
  if (call.is_explained) {
    answer.member("explanation");
    write_explanation(answer, *document, call.phase, inputs, call.money);
  } else {
    answer.member("decision");
    write_decision(answer, *document, decide(*document, call.phase, inputs), inputs);
  }
  return ok();
}

}  // namespace

void write_refusal(JsonWriter& json, const Error& error, std::string_view text,
                   std::string_view member) {
  const TextPosition position = position_of(text, error.offset);
  json.member("error").begin_object();
  json.member("code").string(error_name(error.code));
  if (!member.empty()) {
    json.member("member").string(member);
  }
  json.member("offset").integer(error.offset);
  json.member("line").integer(static_cast<std::int64_t>(position.line));
  json.member("column").integer(static_cast<std::int64_t>(position.column));
  json.member("message").string(error_message(error.code));
  json.end_object();
}

std::string load_policy(std::string_view json, KeptPolicies& policies, const Hasher& hasher) {
  Result<PolicyDocument> document = parse_policy(json, hasher);
  JsonWriter answer;
  answer.begin_object();
  answer.member("ok").boolean(document.has_value());
  if (document) {
    answer.member("policy").base64url(document->digest());
    answer.member("id").string(document->id());
    answer.member("revision").integer(document->revision());
    const Digest256 digest = document->digest();
    policies.keep(digest, std::move(*document));
  } else {
    write_refusal(answer, document.error(), json);
  }
  answer.end_object();
  return std::move(answer).take();
}

std::string decide_case(std::string_view line, const KeptPolicies& policies, const Hasher& hasher,
                        const Money& money) {
  const Result<JsonValue> parsed = parse_json(line, kLineOptions);
  if (!parsed) {
    return error_answer("null", {parsed.error(), {}, 0});
  }
  const std::string id = case_id_json(*parsed);
  JsonWriter answer = begin_answer(id, true);
  if (const Status status = write_answer(answer, line, *parsed, policies, hasher, money); !status) {
    return error_answer(id, {status.error(), {}, 0});
  }
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace countersign
