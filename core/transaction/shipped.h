#pragma once
// The templates and locale packs that come with Countersign, as the JSON texts of their files. A
// bank adds its own as files.

#include <span>
#include <string_view>

namespace countersign {

/// In the order of their file names.
std::span<const std::string_view> shipped_templates();
std::span<const std::string_view> shipped_locale_packs();

/// The one of that type ("payment.card/1"), or of that locale ("de-CH"); empty when none ships.
std::string_view find_shipped_template(std::string_view type);
std::string_view find_shipped_locale_pack(std::string_view locale);

}  // namespace countersign
