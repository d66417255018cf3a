#include "service/bind_case.h"

#include <memory>
#include <optional>

#include "service/binding_reader.h"
#include "service/case_id.h"
#include "service/transaction_answer.h"
#include "service/transaction_json.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/checked_intent.h"
#include "transaction/view_renderers.h"

namespace countersign {
namespace {

/// Why there is no answer: an error, and for an intent the field and the character.
struct Refusal : IntentProblem {
  Refusal(Error refused) : IntentProblem{refused, {}, 0} {}              // NOLINT
  Refusal(IntentProblem refused) : IntentProblem(std::move(refused)) {}  // NOLINT
};
using Refused = std::optional<Refusal>;

/// What one case is about. Template and locale pack are kept ones, or the case's own.
struct Documents {
  std::unique_ptr<const Template> own_source;
  std::unique_ptr<const LocalePack> own_pack;
  const Template* source = nullptr;
  const LocalePack* pack = nullptr;
  CanonicalValue intent;
  View view;
};

Status read_template(const JsonValue& value, const TransactionDocuments& kept, const Hasher& hasher,
                     Documents& documents) {
  const Error unknown{ErrorCode::transaction_type_unknown, Check::none, value.offset};
  if (value.is_string()) {
    documents.source = find_template(kept, value.string);
    return documents.source != nullptr ? ok() : Status(unknown);
  }
  if (kept.carried.make_template == nullptr) {
    return unknown;
  }
  CS_ASSIGN(const CanonicalValue document, canonical_of(value));
  CS_ASSIGN(Template made, kept.carried.make_template(document, hasher));
  documents.own_source = std::make_unique<const Template>(std::move(made));
  documents.source = documents.own_source.get();
  return ok();
}

Status read_locale_pack(const JsonValue& value, const TransactionDocuments& kept,
                        const Hasher& hasher, Documents& documents) {
  const Error unknown{ErrorCode::transaction_locale_unknown, Check::none, value.offset};
  if (value.is_string()) {
    documents.pack = find_locale_pack(kept, value.string);
    return documents.pack != nullptr ? ok() : Status(unknown);
  }
  if (kept.carried.make_locale_pack == nullptr) {
    return unknown;
  }
  CS_ASSIGN(const CanonicalValue document, canonical_of(value));
  CS_ASSIGN(LocalePack made, kept.carried.make_locale_pack(document, hasher));
  documents.own_pack = std::make_unique<const LocalePack>(std::move(made));
  documents.pack = documents.own_pack.get();
  return ok();
}

Refused read_documents(const JsonValue& input, const TransactionDocuments& kept,
                       const Hasher& hasher, Documents& documents) {
  const JsonValue* source = input.is_object() ? input.find("template") : nullptr;
  const JsonValue* pack = input.is_object() ? input.find("locale") : nullptr;
  const JsonValue* intent = input.is_object() ? input.find("intent") : nullptr;
  if (source == nullptr || pack == nullptr || intent == nullptr) {
    return Refusal(Error{ErrorCode::binding_member_invalid, Check::none, input.offset});
  }
  CS_TRY(read_template(*source, kept, hasher, documents));
  CS_TRY(read_locale_pack(*pack, kept, hasher, documents));
  CS_ASSIGN(CanonicalValue frozen, freeze_intent(*documents.source, *intent));
  IntentCheck check = check_frozen_intent(*documents.source, std::move(frozen));
  if (const auto* problem = std::get_if<IntentProblem>(&check)) {
    return Refusal(*problem);
  }
  auto& checked = std::get<CheckedIntent>(check);
  CS_ASSIGN(documents.view, render_checked_view(*documents.source, *documents.pack, checked));
  documents.intent = std::move(checked).take();
  return std::nullopt;
}

void write_documents(JsonWriter& answer, const Documents& documents) {
  answer.member("view");
  write_view(answer, documents.view);
  answer.member("template").hex(documents.source->digest);
  answer.member("locale").hex(documents.pack->digest);
}

void write_bound(JsonWriter& answer, const BoundTransaction& bound) {
  answer.member("intentCbor").hex(bound.intent_cbor);
  answer.member("intentDigest").hex(bound.intent_digest);
  answer.member("viewCbor").hex(bound.view_cbor);
  answer.member("viewDigest").hex(bound.view_digest);
  answer.member("bindingCbor").hex(bound.binding_cbor);
  answer.member("challenge").hex(bound.challenge);
}

Refused answer_frozen(const JsonValue& input, const TransactionDocuments& /*kept*/,
                      const Hasher& hasher, JsonWriter& answer) {
  CS_ASSIGN(const Binding binding, read_frozen_binding(input));
  CS_ASSIGN(const BoundTransaction bound, bind_transaction(hasher, binding));
  write_bound(answer, bound);
  return std::nullopt;
}

Refused answer_bind(const JsonValue& input, const TransactionDocuments& kept, const Hasher& hasher,
                    JsonWriter& answer) {
  CS_ASSIGN(Binding binding, read_binding_members(input));
  Documents documents;
  if (const Refused refused = read_documents(input, kept, hasher, documents)) {
    return refused;
  }
  binding.intent = std::move(documents.intent);
  binding.view = encode_view(documents.view);
  binding.template_digest = documents.source->digest;
  binding.locale_digest = documents.pack->digest;
  CS_ASSIGN(binding.batch, make_batch(hasher, *documents.source, binding.intent));
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

Refused answer_render(const JsonValue& input, const TransactionDocuments& kept,
                      const Hasher& hasher, JsonWriter& answer) {
  Documents documents;
  if (const Refused refused = read_documents(input, kept, hasher, documents)) {
    return refused;
  }
  CS_ASSIGN(const Digest256 intent, bound_digest(hasher, "countersign/1/intent", documents.intent));
  CS_ASSIGN(const Digest256 view, view_digest(hasher, documents.view));
  write_documents(answer, documents);
  answer.member("intentDigest").hex(intent);
  answer.member("viewDigest").hex(view);
  CS_TRY(write_forms(input, documents.view, answer));
  return std::nullopt;
}

using AnswerInput = Refused (*)(const JsonValue& input, const TransactionDocuments& kept,
                                const Hasher& hasher, JsonWriter& answer);

std::string answer_line(std::string_view line, const TransactionDocuments& kept,
                        const Hasher& hasher, AnswerInput answer_input) {
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
  if (const Refused refused = answer_input(*input, kept, hasher, answer)) {
    return error_answer(id, *refused);
  }
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace

std::string bind_frozen_case(std::string_view line, const Hasher& hasher) {
  return answer_line(line, TransactionDocuments(), hasher, answer_frozen);
}

std::string bind_case(std::string_view line, const TransactionDocuments& documents,
                      const Hasher& hasher) {
  return answer_line(line, documents, hasher, answer_bind);
}

std::string render_case(std::string_view line, const TransactionDocuments& documents,
                        const Hasher& hasher) {
  return answer_line(line, documents, hasher, answer_render);
}

}  // namespace countersign
