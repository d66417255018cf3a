#include "service/bind_case.h"

#include <variant>

#include "service/binding_reader.h"
#include "service/case_reader.h"
#include "service/transaction_answer.h"
#include "service/transaction_json.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/intent.h"
#include "transaction/render.h"
#include "transaction/shipped.h"
#include "transaction/view_renderers.h"

namespace countersign {
namespace {

/// Why there is no answer: an error, and for an intent the field and the character.
struct Refusal : IntentProblem {
  Refusal(Error refused) : IntentProblem{refused, {}, 0} {}              // NOLINT
  Refusal(IntentProblem refused) : IntentProblem(std::move(refused)) {}  // NOLINT
};
using Refused = std::optional<Refusal>;

struct Documents {
  Template source;
  LocalePack pack;
  CanonicalValue intent;
  View view;
};

Result<Template> read_template(const JsonValue& value, const Hasher& hasher) {
  if (value.is_string()) {
    return parse_template(find_shipped_template(value.string), hasher);
  }
  CS_ASSIGN(const CanonicalValue document, canonical_of(value));
  return make_template(document, hasher);
}

Result<LocalePack> read_locale_pack(const JsonValue& value, const Hasher& hasher) {
  if (value.is_string()) {
    return parse_locale_pack(find_shipped_locale_pack(value.string), hasher);
  }
  CS_ASSIGN(const CanonicalValue document, canonical_of(value));
  return make_locale_pack(document, hasher);
}

std::variant<Documents, Refusal> read_documents(const JsonValue& input, const Hasher& hasher) {
  const JsonValue* source = input.is_object() ? input.find("template") : nullptr;
  const JsonValue* pack = input.is_object() ? input.find("locale") : nullptr;
  const JsonValue* intent = input.is_object() ? input.find("intent") : nullptr;
  if (source == nullptr || pack == nullptr || intent == nullptr) {
    return Refusal(Error{ErrorCode::binding_member_invalid, Check::none, input.offset});
  }
  Documents documents;
  CS_ASSIGN(documents.source, read_template(*source, hasher));
  CS_ASSIGN(documents.pack, read_locale_pack(*pack, hasher));
  CS_ASSIGN(documents.intent, freeze_intent(documents.source, *intent));
  if (const auto problem = find_intent_problem(documents.source, documents.intent)) {
    return Refusal(*problem);
  }
  CS_ASSIGN(documents.view, render_view(documents.source, documents.pack, documents.intent));
  return documents;
}

void write_documents(JsonWriter& answer, const Documents& documents) {
  answer.member("view");
  write_view(answer, documents.view);
  answer.member("template").string(encode_hex(documents.source.digest));
  answer.member("locale").string(encode_hex(documents.pack.digest));
}

void write_bound(JsonWriter& answer, const BoundTransaction& bound) {
  answer.member("intentCbor").string(encode_hex(bound.intent_cbor));
  answer.member("intentDigest").string(encode_hex(bound.intent_digest));
  answer.member("viewCbor").string(encode_hex(bound.view_cbor));
  answer.member("viewDigest").string(encode_hex(bound.view_digest));
  answer.member("bindingCbor").string(encode_hex(bound.binding_cbor));
  answer.member("challenge").string(encode_hex(bound.challenge));
}

Refused answer_frozen(const JsonValue& input, const Hasher& hasher, JsonWriter& answer) {
  CS_ASSIGN(const Binding binding, read_frozen_binding(input));
  CS_ASSIGN(const BoundTransaction bound, bind_transaction(hasher, binding));
  write_bound(answer, bound);
  return std::nullopt;
}

Refused answer_bind(const JsonValue& input, const Hasher& hasher, JsonWriter& answer) {
  CS_ASSIGN(Binding binding, read_binding_members(input));
  const auto read = read_documents(input, hasher);
  if (const auto* refusal = std::get_if<Refusal>(&read)) {
    return *refusal;
  }
  const Documents& documents = std::get<Documents>(read);
  binding.intent = documents.intent;
  binding.view = encode_view(documents.view);
  binding.template_digest = documents.source.digest;
  binding.locale_digest = documents.pack.digest;
  CS_ASSIGN(binding.batch, make_batch(hasher, documents.source, documents.intent));
  CS_ASSIGN(const BoundTransaction bound, bind_transaction(hasher, binding));
  write_documents(answer, documents);
  write_bound(answer, bound);
  return std::nullopt;
}

Status write_forms(const JsonValue& input, const View& view, JsonWriter& answer) {
  const JsonValue* forms = input.find("forms");
  if (forms == nullptr) {
    return ok();
  }
  const Error invalid{ErrorCode::binding_member_invalid, Check::none, forms->offset};
  if (!forms->is_array() || forms->items.size() > 3) {
    return invalid;
  }
  bool is_written[3] = {};
  for (const JsonValue& form : forms->items) {
    constexpr std::pair<std::string_view, std::string (*)(const View&)> kForms[] = {
        {"text", render_text}, {"html", render_html}, {"svg", render_svg}};
    bool is_known = false;
    for (std::size_t i = 0; i < std::size(kForms); ++i) {
      if (form.is_string() && form.string == kForms[i].first && !is_written[i]) {
        answer.member(kForms[i].first).string(kForms[i].second(view));
        is_known = is_written[i] = true;
      }
    }
    if (!is_known) {
      return invalid;
    }
  }
  return ok();
}

Refused answer_render(const JsonValue& input, const Hasher& hasher, JsonWriter& answer) {
  const auto read = read_documents(input, hasher);
  if (const auto* refusal = std::get_if<Refusal>(&read)) {
    return *refusal;
  }
  const Documents& documents = std::get<Documents>(read);
  CS_ASSIGN(const Digest256 intent, bound_digest(hasher, "countersign/1/intent", documents.intent));
  CS_ASSIGN(const Digest256 view, view_digest(hasher, documents.view));
  write_documents(answer, documents);
  answer.member("intentDigest").string(encode_hex(intent));
  answer.member("viewDigest").string(encode_hex(view));
  CS_TRY(write_forms(input, documents.view, answer));
  return std::nullopt;
}

using AnswerInput = Refused (*)(const JsonValue& input, const Hasher& hasher, JsonWriter& answer);

std::string answer_line(std::string_view line, const Hasher& hasher, AnswerInput answer_input) {
  const Result<JsonValue> parsed = parse_case_line(line);
  if (!parsed) {
    return error_answer("null", {parsed.error(), {}, 0});
  }
  const std::string id = case_id_json(*parsed);
  const JsonValue* input = parsed->is_object() ? parsed->find("input") : nullptr;
  if (input == nullptr) {
    return error_answer(id, {{ErrorCode::binding_member_invalid, Check::none, 0}, {}, 0});
  }
  JsonWriter answer = begin_answer(id, true);
  if (const Refused refused = answer_input(*input, hasher, answer)) {
    return error_answer(id, *refused);
  }
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace

std::string bind_frozen_case(std::string_view line, const Hasher& hasher) {
  return answer_line(line, hasher, answer_frozen);
}

std::string bind_case(std::string_view line, const Hasher& hasher) {
  return answer_line(line, hasher, answer_bind);
}

std::string render_case(std::string_view line, const Hasher& hasher) {
  return answer_line(line, hasher, answer_render);
}

}  // namespace countersign
