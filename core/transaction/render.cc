#include "transaction/render.h"

#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/checked_intent.h"
#include "transaction/recorded.h"

namespace countersign {
namespace {

class Renderer {
 public:
  Renderer(const TemplateTexts& texts, const LocalePack& pack) : texts_(texts), pack_(pack) {}

  /// `suffix` tells the rows of a list's items apart: " 1", " 2", …
  Status add_fields(const std::vector<Field>& fields, const CanonicalValue& map,
                    const std::string& suffix) {
    for (const Field& field : fields) {
      const CanonicalValue* value = map.find(field.name);
      if (value != nullptr) {
        CS_TRY(add_field(field, *value, suffix));
      }
    }
    return ok();
  }

  std::vector<ViewRow> take() && { return std::move(rows_); }

 private:
  Status add_field(const Field& field, const CanonicalValue& value, const std::string& suffix) {
    switch (field.type) {
      case FieldType::list:
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          CS_TRY(add_fields(field.fields, value.items[i], " " + std::to_string(i + 1)));
        }
        return ok();
      case FieldType::amounts:
        for (const CanonicalValue& item : value.items) {
          CS_TRY(add_amount(field, item, suffix));
        }
        return ok();
      case FieldType::amount:
        return add_amount(field, value, suffix);
      case FieldType::account: {
        CS_ASSIGN(const PaymentAccount account, make_account(value));
        return add_row(field, suffix, format_account(account), Direction::ltr);
      }
      case FieldType::text:
        return add_row(field, suffix, value.text, Direction::automatic);
      case FieldType::date:
        return add_row(field, suffix, format_date(pack_, value.text), Direction::automatic);
      case FieldType::integer:
        return add_row(field, suffix, format_integer(pack_, value.integer), Direction::ltr);
      case FieldType::boolean:
        return add_word(field, value.boolean ? "true" : "false", suffix);
      case FieldType::enumeration:
        return add_word(field, value.text, suffix);
    }
    return ErrorCode::internal_error;
  }

  Status add_amount(const Field& field, const CanonicalValue& value, const std::string& suffix) {
    CS_ASSIGN(const Amount amount, make_amount(value));
    return add_row(field, suffix, format_amount(pack_, amount), Direction::ltr);
  }

  Status add_word(const Field& field, std::string_view word, const std::string& suffix) {
    if (!field.display) {
      return ok();
    }
    const std::string* text = texts_.value_text(field.name, word);
    return text == nullptr ? Status(ErrorCode::template_text_missing)
                           : add_row(field, suffix, *text, Direction::automatic);
  }

  Status add_row(const Field& field, const std::string& suffix, std::string value,
                 Direction direction) {
    if (!field.display) {
      return ok();  // held to a constant or to a field that is shown
    }
    const std::string* label = texts_.label(field.display->label);
    if (label == nullptr) {
      return ErrorCode::template_text_missing;
    }
    rows_.push_back({field.display->level, *label + suffix, std::move(value), direction});
    return ok();
  }

  const TemplateTexts& texts_;
  const LocalePack& pack_;
  std::vector<ViewRow> rows_;
};

Result<View> rendered(const Template& source, const LocalePack& pack,
                      const CanonicalValue& checked) {
  const TemplateTexts* texts = source.texts_in(pack.id);
  if (texts == nullptr) {
    return ErrorCode::locale_not_declared;
  }
  Renderer renderer(*texts, pack);
  CS_TRY(renderer.add_fields(source.fields, *checked.find("fields"), ""));
  View view{texts->title, texts->affirm, texts->deny, std::move(renderer).take()};
  CS_TRY(check_view_size(view));
  return view;
}

}  // namespace

Result<View> render_view(const Template& source, const LocalePack& pack,
                         const CanonicalValue& intent) {
  if (source.texts_in(pack.id) == nullptr) {
    return ErrorCode::locale_not_declared;
  }
  CS_TRY(check_intent(source, intent));
  return rendered(source, pack, intent);
}

Result<View> render_recorded_view(const Template& source, const LocalePack& pack,
                                  const CanonicalValue& intent) {
  CS_TRY(check_recorded_intent(source, intent));
  CS_ASSIGN(View view, rendered(source, pack, intent));
  bool is_shown = says_what_it_shows(view.title) && says_what_it_shows(view.affirm) &&
                  says_what_it_shows(view.deny);
  for (const ViewRow& row : view.rows) {
    is_shown = is_shown && says_what_it_shows(row.label) && says_what_it_shows(row.value);
  }
  return is_shown ? Result<View>(std::move(view)) : ErrorCode::view_malformed;
}

IntentCheck check_frozen_intent(const Template& source, CanonicalValue frozen) {
  if (std::optional<IntentProblem> found = find_intent_problem(source, frozen)) {
    return *std::move(found);
  }
  return CheckedIntent(source, std::move(frozen));
}

Result<View> render_checked_view(const Template& source, const LocalePack& pack,
                                 const CheckedIntent& intent) {
  return intent.template_digest_ == source.digest ? rendered(source, pack, intent.value_)
                                                  : Result<View>(ErrorCode::intent_type_mismatch);
}

}  // namespace countersign
