#pragma once
// Texts that can be taken for one another. Only for comparison, never for display.

#include <string>
#include <string_view>

namespace countersign {

/// The skeleton of UTS #39 §4: two names that can be confused have the same. The
/// text is display-safe; of ill-formed text the answer is the text itself.
std::string skeleton_of(std::string_view text);

/// What names are compared by with those of known payees, and labels with each other: skeletons in
/// small letters (Latin, Greek, Cyrillic; full-width forms count as ASCII, "i" as "l"). Two texts
/// can be taken for one another when either is the same: "ACME" and "Acme", "HSBC" and "НЅВС".
struct FoldedSkeletons {
  std::string of_small;    // the skeleton of the text in small letters
  std::string of_written;  // that of the skeleton in small letters: capitals look like others
};
FoldedSkeletons folded_skeletons_of(std::string_view text);

/// What lint compares labels by: small letters, with Cyrillic and Greek ones and "l", "1", "|" as
/// the Latin letters that they are taken for. It is less than a skeleton and needs no tables, which
/// a page that binds transactions would have to load.
std::string reading_of(std::string_view text);

/// A name as it would be taken for display: in NFC (but for characters that NFC never contains),
/// each gap of spaces of any kind one U+0020, none at the ends, without characters that are not for
/// display. For names out of lists that nobody checked. Ill-formed text stays as it is.
std::string name_form_of(std::string_view text);

}  // namespace countersign
