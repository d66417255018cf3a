#include "transaction/shipped.h"

#include <string>

namespace countersign {
namespace {

#define CS_TEMPLATE(text) text,
#define CS_LOCALE(text)
constexpr std::string_view kTemplates[] = {
#include "transaction_files.inc"
};
#undef CS_TEMPLATE
#undef CS_LOCALE

#define CS_TEMPLATE(text)
#define CS_LOCALE(text) text,
constexpr std::string_view kLocalePacks[] = {
#include "transaction_files.inc"
};
#undef CS_TEMPLATE
#undef CS_LOCALE

// The files are ours, and one member stands in one line.
std::string_view find_document(std::span<const std::string_view> documents, std::string_view id,
                               std::string_view version) {
  const std::string id_member = "\"id\": \"" + std::string(id) + "\"";
  const std::string version_member = "\"version\": " + std::string(version) + ",";
  for (const std::string_view text : documents) {
    const std::string_view head = text.substr(0, text.find('['));
    if (head.find(id_member) != head.npos && head.find(version_member) != head.npos) {
      return text;
    }
  }
  return {};
}

}  // namespace

std::span<const std::string_view> shipped_templates() { return kTemplates; }
std::span<const std::string_view> shipped_locale_packs() { return kLocalePacks; }

std::string_view find_shipped_template(std::string_view type) {
  const std::size_t slash = type.find('/');
  return slash == type.npos
             ? std::string_view()
             : find_document(kTemplates, type.substr(0, slash), type.substr(slash + 1));
}

std::string_view find_shipped_locale_pack(std::string_view locale) {
  return find_document(kLocalePacks, locale, "1");
}

}  // namespace countersign
