#pragma once
// What was frozen and signed, read again by its form alone: an old order stays readable whatever is
// refused today. Rules of what may be made (lint_template, find_intent_problem, parse_locale_pack)
// are for whoever makes it, and may become stricter with every version; what is here may not.

#include <string_view>

#include "transaction/locale_pack.h"
#include "transaction/render.h"
#include "transaction/template.h"

namespace countersign {

/// The document is that of the digest; whose digest was signed, the caller knows. Of the rules of
/// lint_template those about fields hold, without which a view would not say what is approved:
/// check_shown. Those about texts do not, but for one: the two actions of a locale are not called
/// the same (template_text_missing). Which of them approves, their words say to people alone. Other
/// errors: template_malformed, those of make_canonical_cbor.
Result<Template> make_recorded_template(const CanonicalValue& document, const Hasher& hasher);
/// Likewise. Error: locale_pack_malformed.
Result<LocalePack> make_recorded_locale_pack(const CanonicalValue& document, const Hasher& hasher);

/// The members and types that the template has, no more and none missing; its constants, matches,
/// ranges, offered values and sums; accounts and dates by their form, amounts also of currencies
/// that were withdrawn, texts whatever characters they have. Errors: the intent_* codes of
/// check_intent, those of make_amount and make_account.
Status check_recorded_intent(const Template& source, const CanonicalValue& frozen);

/// As render_view. What it says can be shown: says_what_it_shows (view_malformed).
Result<View> render_recorded_view(const Template& source, const LocalePack& pack,
                                  const CanonicalValue& intent);

/// Whether nothing in it could make text read otherwise, or end a line: controls, the marks that
/// turn its direction, and what is not seen (is_unseen). No display-safe text of any version has
/// one of them, so that none that was signed is refused by it, in whatever edition of Unicode.
bool says_what_it_shows(std::string_view text);

}  // namespace countersign
