#include "service/transaction_catalog.h"

#include "transaction/bound.h"
#include "transaction/shipped.h"

namespace countersign {
namespace {

Result<CanonicalValue> parse_document(std::string_view json) {
  CS_ASSIGN(const JsonValue parsed, parse_json(json));
  return canonical_of(parsed);
}

}  // namespace

TransactionCatalog TransactionCatalog::shipped(const Hasher& hasher) {
  TransactionCatalog catalog;
  // They are part of the program, and its tests read all of them.
  for (const std::string_view json : shipped_templates()) {
    static_cast<void>(catalog.put_template(json, hasher));
  }
  for (const std::string_view json : shipped_locale_packs()) {
    static_cast<void>(catalog.add_pack(json, hasher));
  }
  return catalog;
}

Status TransactionCatalog::add_template(std::string_view json, const Hasher& hasher) {
  CS_ASSIGN(const Template source, parse_template(json, hasher));
  return source.type.starts_with(kReservedType) ? Status(ErrorCode::transaction_type_reserved)
                                                : put_template(json, hasher);
}

Status TransactionCatalog::put_template(std::string_view json, const Hasher& hasher) {
  CatalogTemplate entry;
  CS_ASSIGN(entry.source, parse_template(json, hasher));
  CS_ASSIGN(const CanonicalValue document, parse_document(json));
  CS_ASSIGN(entry.document.cbor, make_bound_cbor(document));
  entry.document.digest = entry.source.digest;
  std::string type = entry.source.type;
  templates_[std::move(type)] = std::make_shared<const CatalogTemplate>(std::move(entry));
  return ok();
}

Status TransactionCatalog::add_pack(std::string_view json, const Hasher& hasher) {
  CatalogPack entry;
  CS_ASSIGN(entry.pack, parse_locale_pack(json, hasher));
  CS_ASSIGN(const CanonicalValue document, parse_document(json));
  CS_ASSIGN(entry.document.cbor, make_bound_cbor(document));
  entry.document.digest = entry.pack.digest;
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
  return make_template(value, hasher);
}

Result<LocalePack> read_pack(const FrozenDocument& document, const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue value, parse_canonical_cbor(document.cbor));
  return make_locale_pack(value, hasher);
}

}  // namespace countersign
