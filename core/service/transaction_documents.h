#pragma once
// The templates and locale packs that cases name.

#include <string>
#include <string_view>

#include "service/kept_documents.h"
#include "transaction/locale_pack.h"
#include "transaction/template.h"

namespace countersign {

// [a bank's own beside the eight that ship; one has about 40 KB in memory]
inline constexpr std::size_t kMaxKeptTemplates = 64;
inline constexpr std::size_t kMaxKeptLocalePacks = 64;  // [thirteen ship]

struct TransactionDocuments {
  KeptDocuments<Template> templates{kMaxKeptTemplates};
  KeptDocuments<LocalePack> locale_packs{kMaxKeptLocalePacks};
};

/// By digest (64 lower-case hexadecimal digits), or by type ("payment.card/1") when exactly one of
/// that type is kept; else null.
const Template* find_template(const TransactionDocuments& documents, std::string_view name);
/// By digest, or by locale ("de-CH") when exactly one pack of it is kept; else null.
const LocalePack* find_locale_pack(const TransactionDocuments& documents, std::string_view name);

/// Reads a document and keeps it. `{"ok":true,"template":HEX,"type"}` or
/// `{"ok":false,"error":{"code","offset"?,"message"}}`.
std::string load_template(std::string_view json, TransactionDocuments& documents,
                          const Hasher& hasher);
/// `{"ok":true,"locale":HEX,"id"}`, or as above.
std::string load_locale_pack(std::string_view json, TransactionDocuments& documents,
                             const Hasher& hasher);

/// All that ship.
TransactionDocuments shipped_documents(const Hasher& hasher);

}  // namespace countersign
