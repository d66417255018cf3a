#include "service/transaction_documents.h"

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

std::string loaded(std::string_view kind, const Digest256& digest, std::string_view name_member,
                   std::string_view name) {
  JsonWriter answer;
  answer.begin_object();
  answer.member("ok").boolean(true);
  answer.member(kind).string(encode_hex(digest));
  answer.member(name_member).string(name);
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace

const Template* find_template(const TransactionDocuments& documents, std::string_view name) {
  return find(documents.templates, name, [&](const Template& t) { return t.type == name; });
}

const LocalePack* find_locale_pack(const TransactionDocuments& documents, std::string_view name) {
  return find(documents.locale_packs, name, [&](const LocalePack& p) { return p.id == name; });
}

std::string load_template(std::string_view json, TransactionDocuments& documents,
                          const Hasher& hasher) {
  Result<Template> source = parse_template(json, hasher);
  if (!source) {
    return load_refusal(source.error());
  }
  std::string answer = loaded("template", source->digest, "type", source->type);
  const Digest256 digest = source->digest;
  documents.templates.keep(digest, std::move(*source));
  return answer;
}

std::string load_locale_pack(std::string_view json, TransactionDocuments& documents,
                             const Hasher& hasher) {
  Result<LocalePack> pack = parse_locale_pack(json, hasher);
  if (!pack) {
    return load_refusal(pack.error());
  }
  std::string answer = loaded("locale", pack->digest, "id", pack->id);
  const Digest256 digest = pack->digest;
  documents.locale_packs.keep(digest, std::move(*pack));
  return answer;
}

TransactionDocuments shipped_documents(const Hasher& hasher) {
  TransactionDocuments documents;
  for (const std::string_view text : shipped_templates()) {
    load_template(text, documents, hasher);
  }
  for (const std::string_view text : shipped_locale_packs()) {
    load_locale_pack(text, documents, hasher);
  }
  return documents;
}

}  // namespace countersign
