#include "service/receipt_line.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "service/transaction_json.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/recorded.h"

namespace countersign {

Result<std::string> receipt_line_json(const Hasher& hasher, const CheckedApproval& approval,
                                      std::size_t line) {
  CS_ASSIGN(const CanonicalValue document,
            parse_canonical_cbor(approval.evidence.template_document));
  CS_ASSIGN(const Template source, make_recorded_template(document, hasher));
  CS_ASSIGN(const CanonicalValue intent, parse_canonical_cbor(approval.evidence.intent));
  const std::optional<Batch>& batch = approval.binding.batch;
  const Field* field = source.batch ? source.find(source.batch->lines) : nullptr;
  const Field* total = source.batch ? source.find(source.batch->total) : nullptr;
  const CanonicalValue* fields = intent.find("fields");
  const CanonicalValue* lines =
      field != nullptr && fields != nullptr ? fields->find(field->name) : nullptr;
  if (!batch || lines == nullptr || total == nullptr || line == 0 || line > lines->items.size()) {
    return ErrorCode::batch_lines_invalid;
  }
  std::vector<Digest256> leaves;
  for (const CanonicalValue& item : lines->items) {
    CS_ASSIGN(const Digest256 leaf, batch_leaf(hasher, item));
    leaves.push_back(leaf);
  }
  const std::size_t index = line - 1;
  const std::vector<Digest256> path = batch_path(hasher, leaves, index);
  if (!is_in_batch(hasher, leaves[index], index, leaves.size(), path, batch->root)) {
    return ErrorCode::batch_lines_invalid;
  }
  CS_ASSIGN(const ByteVector cbor, make_bound_cbor(lines->items[index]));
  JsonWriter json;
  json.begin_object();
  json.member("line").integer(static_cast<std::int64_t>(line));
  json.member("of").integer(static_cast<std::int64_t>(leaves.size()));
  json.member("fields");
  write_fields(json, field->fields, lines->items[index]);
  json.member("cbor").base64url(cbor);
  json.member("leaf").base64url(leaves[index]);
  json.member("path").begin_array();
  for (const Digest256& sibling : path) {
    json.base64url(sibling);
  }
  json.end_array();
  json.member("root").base64url(batch->root);
  json.member("batch");
  write_fields(json, {*total}, *fields);
  json.end_object();
  return says_what_it_shows(json.text()) ? Result<std::string>(std::move(json).take())
                                         : ErrorCode::view_malformed;
}

}  // namespace countersign
