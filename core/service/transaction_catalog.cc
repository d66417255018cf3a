#include "service/transaction_catalog.h"

#include "transaction/bound.h"
#include "transaction/recorded.h"
#include "transaction/shipped.h"

namespace countersign {
namespace {

Result<FrozenDocument> freeze_document(std::string_view json, const Digest256& digest) {
  CS_ASSIGN(const JsonValue parsed, parse_json(json));
  CS_ASSIGN(const CanonicalValue document, canonical_of(parsed));
  FrozenDocument frozen;
  CS_ASSIGN(frozen.cbor, make_bound_cbor(document));
  frozen.digest = digest;
  return frozen;
}

Result<CatalogTemplate> read_catalog_template(std::string_view json, const Hasher& hasher) {
  CatalogTemplate entry;
  CS_ASSIGN(entry.source, parse_template(json, hasher));
  CS_ASSIGN(entry.document, freeze_document(json, entry.source.digest));
  return entry;
}

}  // namespace

TransactionCatalog TransactionCatalog::shipped(const Hasher& hasher) {
  TransactionCatalog catalog;
  // They are part of the program, and its tests read all of them.
  for (const std::string_view json : shipped_templates()) {
    if (Result<CatalogTemplate> entry = read_catalog_template(json, hasher); entry.has_value()) {
      catalog.put_template(std::move(*entry));
    }
  }
  for (const std::string_view json : shipped_locale_packs()) {
    static_cast<void>(catalog.add_pack(json, hasher));
  }
  return catalog;
}

Status TransactionCatalog::add_template(std::string_view json, const Hasher& hasher) {
  CS_ASSIGN(CatalogTemplate entry, read_catalog_template(json, hasher));
  if (entry.source.type.starts_with(kReservedType)) {
    return ErrorCode::transaction_type_reserved;
  }
  put_template(std::move(entry));
  return ok();
}

void TransactionCatalog::put_template(CatalogTemplate entry) {
  std::string type = entry.source.type;
  templates_[std::move(type)] = std::make_shared<const CatalogTemplate>(std::move(entry));
}

Status TransactionCatalog::add_pack(std::string_view json, const Hasher& hasher) {
  CatalogPack entry;
  CS_ASSIGN(entry.pack, parse_locale_pack(json, hasher));
  CS_ASSIGN(entry.document, freeze_document(json, entry.pack.digest));
  std::string id = entry.pack.id;
  packs_[std::move(id)] = std::make_shared<const CatalogPack>(std::move(entry));
  return ok();
}

std::shared_ptr<const CatalogTemplate> TransactionCatalog::find_template(
    std::string_view type) const {
  const auto found = templates_.find(type);
  return found == templates_.end() ? nullptr : found->second;
}

std::shared_ptr<const CatalogPack> TransactionCatalog::find_pack(std::string_view locale) const {
  const auto found = packs_.find(locale);
  return found == packs_.end() ? nullptr : found->second;
}

Result<Template> read_template(const FrozenDocument& document, const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue value, parse_canonical_cbor(document.cbor));
  return make_recorded_template(value, hasher);
}

Result<LocalePack> read_pack(const FrozenDocument& document, const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue value, parse_canonical_cbor(document.cbor));
  return make_recorded_locale_pack(value, hasher);
}

}  // namespace countersign
