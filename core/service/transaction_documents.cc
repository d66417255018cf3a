#include "service/transaction_documents.h"

#include <algorithm>
#include <tuple>

#include "service/transaction_answer.h"
#include "transaction/bound.h"
#include "transaction/shipped.h"

namespace countersign {
namespace {

template <class Document, class Predicate>
const Document* find(const KeptDocuments<Document>& kept, std::string_view name,
                     Predicate has_name) {
  if (const Result<Digest256> digest = parse_digest(name)) {
    return kept.find(*digest);
  }
  return kept.find_only(has_name);
}

template <class Document>
void keep(KeptDocuments<Document>& kept, Result<Document> document) {
  if (document) {
    const Digest256 digest = document->digest;
    kept.keep(digest, *std::move(document));
  }
}

template <class Document>
using ParsePinned = Result<Document> (*)(std::string_view json, const Digest256& pinned,
                                         const Hasher& hasher);

template <class Document, class WriteNames>
std::string pin(KeptDocuments<Document>& kept, ParsePinned<Document> parse_pinned,
                std::string_view pinned, const Hasher& hasher, WriteNames write_names) {
  constexpr std::size_t kDigits = 2 * std::tuple_size_v<Digest256>;
  const std::size_t size = std::min(kDigits, pinned.size());
  const Result<Digest256> digest = parse_digest(pinned.substr(0, size));
  if (!digest) {
    return load_refusal(digest.error());
  }
  Result<Document> document = parse_pinned(pinned.substr(size), *digest, hasher);
  if (!document) {
    return load_refusal(document.error());
  }
  JsonWriter answer;
  answer.begin_object();
  answer.member("ok").boolean(true);
  write_names(*document, answer);
  answer.end_object();
  keep(kept, std::move(document));
  return std::move(answer).take();
}

}  // namespace

const Template* find_template(const TransactionDocuments& documents, std::string_view name) {
  return find(documents.templates, name, [&](const Template& t) { return t.type == name; });
}

const LocalePack* find_locale_pack(const TransactionDocuments& documents, std::string_view name) {
  return find(documents.locale_packs, name, [&](const LocalePack& p) { return p.id == name; });
}

std::string pin_template(std::string_view pinned, TransactionDocuments& documents,
                         const Hasher& hasher) {
  return pin(documents.templates, parse_pinned_template, pinned, hasher,
             [](const Template& source, JsonWriter& answer) {
               answer.member("template").hex(source.digest);
               answer.member("type").string(source.type);
             });
}

std::string pin_locale_pack(std::string_view pinned, TransactionDocuments& documents,
                            const Hasher& hasher) {
  return pin(documents.locale_packs, parse_pinned_locale_pack, pinned, hasher,
             [](const LocalePack& pack, JsonWriter& answer) {
               answer.member("locale").hex(pack.digest);
               answer.member("id").string(pack.id);
             });
}

TransactionDocuments shipped_documents(const Hasher& hasher) {
  TransactionDocuments documents;
  for (const std::string_view text : shipped_templates()) {
    keep(documents.templates, parse_template(text, hasher));
  }
  for (const std::string_view text : shipped_locale_packs()) {
    keep(documents.locale_packs, parse_locale_pack(text, hasher));
  }
  documents.carried = {make_template, make_locale_pack};
  return documents;
}

}  // namespace countersign
