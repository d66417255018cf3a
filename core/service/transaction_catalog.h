#pragma once
// The templates and locale packs that a tenant's transactions may use.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "service/transaction_records.h"
#include "transaction/intent.h"
#include "transaction/locale_pack.h"

namespace countersign {

struct CatalogTemplate {
  Template source;
  FrozenDocument document;
};
struct CatalogPack {
  LocalePack pack;
  FrozenDocument document;
};

/// Filled when a server starts, read-only and shared afterwards; copying one is cheap.
class TransactionCatalog {
 public:
  /// Everything that ships.
  static TransactionCatalog shipped(const Hasher& hasher);

  /// From the JSON texts of files. One of the same type, or locale, takes the other's place: what
  /// was frozen before stays. Errors: those of parse_template, parse_locale_pack;
  /// transaction_type_reserved (kReservedType: what administrators sign is ours).
  Status add_template(std::string_view json, const Hasher& hasher);
  Status add_pack(std::string_view json, const Hasher& hasher);

  /// Null where there is none.
  std::shared_ptr<const CatalogTemplate> find_template(std::string_view type) const;
  std::shared_ptr<const CatalogPack> find_pack(std::string_view locale) const;

 private:
  void put_template(CatalogTemplate entry);

  std::map<std::string, std::shared_ptr<const CatalogTemplate>, std::less<>> templates_;
  std::map<std::string, std::shared_ptr<const CatalogPack>, std::less<>> packs_;
};

/// Types that begin so are made by the server alone.
inline constexpr std::string_view kReservedType = "policy.publish/";

/// C(template) and C(pack), parsed again: what a transaction was frozen with.
Result<Template> read_template(const FrozenDocument& document, const Hasher& hasher);
Result<LocalePack> read_pack(const FrozenDocument& document, const Hasher& hasher);

}  // namespace countersign
