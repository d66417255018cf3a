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

/// How documents that stand in a case are read: not at all (`transaction_type_unknown`,
/// `transaction_locale_unknown`), unless there is somebody who lints them.
struct CarriedDocuments {
  Result<Template> (*make_template)(const CanonicalValue& document, const Hasher& hasher) = nullptr;
  Result<LocalePack> (*make_locale_pack)(const CanonicalValue& document,
                                         const Hasher& hasher) = nullptr;
};

struct TransactionDocuments {
  KeptDocuments<Template> templates{kMaxKeptTemplates};
  KeptDocuments<LocalePack> locale_packs{kMaxKeptLocalePacks};
  CarriedDocuments carried;
};

/// By digest (64 lower-case hexadecimal digits), or by type ("payment.card/1") when exactly one of
/// that type is kept; else null.
const Template* find_template(const TransactionDocuments& documents, std::string_view name);
/// By digest, or by locale ("de-CH") when exactly one pack of it is kept; else null.
const LocalePack* find_locale_pack(const TransactionDocuments& documents, std::string_view name);

/// Keeps the document of a digest: the text is the digest's 64 digits with the document behind them
/// (parse_pinned_template). `{"ok":true,"template":HEX,"type"}` or
/// `{"ok":false,"error":{"code","offset"?,"message"}}`, its offset in the document;
/// binding_digest_invalid where no digest stands in front.
std::string pin_template(std::string_view pinned, TransactionDocuments& documents,
                         const Hasher& hasher);
/// `{"ok":true,"locale":HEX,"id"}`, or as above.
std::string pin_locale_pack(std::string_view pinned, TransactionDocuments& documents,
                            const Hasher& hasher);

/// All that ship; cases may carry others.
TransactionDocuments shipped_documents(const Hasher& hasher);

}  // namespace countersign
