#pragma once
// Templates: which fields an intent of a type has and how each is shown. A document, addressed by
// the digest of its frozen form.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/canonical_cbor.h"
#include "crypto/hasher.h"
#include "transaction/display_text.h"

namespace countersign {

enum class FieldType : std::uint8_t {
  amount,
  amounts,  // one a currency
  account,
  text,
  date,
  integer,
  boolean,
  enumeration,
  list,  // of groups of fields
};

/// Whose name or account a field is. Every name and every account says it, so that lint can ask
/// where the payee is shown.
enum class FieldRole : std::uint8_t { none, payee, own };

/// The field is there, and shown, exactly when another one has this value.
struct Condition {
  std::string field;
  std::string equals;  // of an enumeration; "true" or "false" of a boolean
};

struct Display {
  std::int64_t level = 1;  // 1 (prominent) to 3 (further down)
  std::string label;       // a key of the locales' labels
  std::string format;      // "" is the type's own
};

struct Field {
  std::string name;
  FieldType type = FieldType::text;
  FieldRole role = FieldRole::none;
  bool is_optional = false;
  bool may_be_zero = false;  // amounts
  TextKind text_kind = TextKind::plain;
  std::int64_t max_graphemes = 0;
  std::int64_t min = 0;  // integers
  std::int64_t max = 0;  // integers, and the items of a list
  std::vector<std::string> values;
  std::vector<Field> fields;  // of a list's groups
  std::optional<Display> display;
  std::optional<Condition> when;
  // Hidden fields: a constant in its frozen form, or the field whose value it repeats.
  std::optional<CanonicalValue> constant;
  std::string must_match;
};

bool is_amount_field(const Field& field);
bool is_account_field(const Field& field);
/// Of a name or an account.
bool is_payee_field(const Field& field);

/// Whether one of the fields, or of the fields of its groups, is wanted.
bool any_field(const std::vector<Field>& fields, bool (*is_wanted)(const Field& field));

/// The texts of one locale.
struct TemplateTexts {
  struct ValueText {
    std::string field;
    std::string value;
    std::string text;
  };
  std::string locale;
  std::string title;
  std::string affirm;
  std::string deny;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<ValueText> values;

  /// Null where there is none.
  const std::string* label(std::string_view key) const;
  const std::string* value_text(std::string_view field, std::string_view value) const;
};

/// Which fields make a batch: the count and the totals are those of the lines.
struct BatchFields {
  std::string lines;
  std::string amount;  // of a line
  std::string count;
  std::string total;
};

struct Template {
  std::string type;           // "payment.credit-transfer/1"
  std::vector<Field> fields;  // in the order in which they are shown
  std::optional<BatchFields> batch;
  std::vector<TemplateTexts> texts;
  Digest256 digest{};  // TH("countersign/1/template", C(template))

  const Field* find(std::string_view name) const;
  const TemplateTexts* texts_in(std::string_view locale) const;
  /// What has an amount and a payee is one, whatever it is called.
  bool is_payment() const;
};

/// The whole document, read and passed by lint_template; docs/transactions.md has its shape.
/// Errors: those of parse_json; template_malformed; those of lint_template.
Result<Template> parse_template(std::string_view json, const Hasher& hasher);
Result<Template> make_template(const CanonicalValue& document, const Hasher& hasher);

/// A template that was linted where it was published, for whoever cannot carry lint_template: the
/// document of this digest, which the caller's own code states, or none. A digest that came from
/// where the document did pins nothing. Errors: those of parse_json; template_malformed;
/// transaction_type_unknown (another document).
Result<Template> parse_pinned_template(std::string_view json, const Digest256& pinned,
                                       const Hasher& hasher);

/// What a template may not do: template_malformed (names twice or unknown, amounts in a list that
/// is no batch), template_field_hidden, template_level_too_low (also: a row above one of a higher
/// level), template_condition_unsafe, template_formatter_lossy, template_text_missing (also: two
/// that read alike), template_text_too_long; for a text that is not display-safe, or says what only
/// values may say, the code of check_display_text.
Status lint_template(const Template& source);

}  // namespace countersign
