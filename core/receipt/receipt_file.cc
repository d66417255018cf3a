#include "receipt/receipt_file.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "receipt/limits.h"

namespace countersign {
namespace {

constexpr std::string_view kFormat = "countersign-receipt/1";

Result<ByteVector> bytes_in(const JsonValue* value) {
  return value != nullptr && value->is_string() ? parse_base64url(value->string)
                                                : Result<ByteVector>(ErrorCode::receipt_malformed);
}

// What of the file counts; that it holds nothing else shows when it is written again.
Result<Receipt> read_receipt(const JsonValue& json) {
  const JsonValue* earlier = json.is_object() ? json.find("earlier") : nullptr;
  const JsonValue* proof = json.is_object() ? json.find("proof") : nullptr;
  if (earlier == nullptr || !earlier->is_array() || proof == nullptr || !proof->is_string() ||
      earlier->items.size() >= static_cast<std::size_t>(limits::kMaxApprovalSteps)) {
    return ErrorCode::receipt_malformed;
  }
  Receipt receipt;
  for (const JsonValue& item : earlier->items) {
    CS_ASSIGN(ByteVector record, bytes_in(&item));
    receipt.earlier_records.push_back(std::move(record));
  }
  CS_ASSIGN(receipt.record, bytes_in(json.find("record")));
  CS_ASSIGN(const ByteVector salt, bytes_in(json.find("salt")));
  if (salt.size() != receipt.salt.size()) {
    return ErrorCode::receipt_malformed;
  }
  std::copy(salt.begin(), salt.end(), receipt.salt.begin());
  CS_ASSIGN(receipt.proof, parse_log_proof(proof->string));
  return receipt;
}

}  // namespace

std::string encode_receipt(const Receipt& receipt) {
  JsonWriter json;
  json.begin_object();
  json.member("format").string(kFormat);
  json.member("record").base64url(receipt.record);
  json.member("earlier").begin_array();
  for (const ByteVector& record : receipt.earlier_records) {
    json.base64url(record);
  }
  json.end_array();
  json.member("salt").base64url(receipt.salt);
  json.member("proof").string(encode_log_proof(receipt.proof));
  json.end_object();
  return std::move(json).take() + "\n";
}

Result<Receipt> parse_receipt(std::string_view file) {
  JsonOptions options;
  options.max_bytes = limits::kMaxReceiptBytes;
  const Result<JsonValue> json = parse_json(file, options);
  Result<Receipt> receipt = json ? read_receipt(*json) : Result<Receipt>(json.error());
  if (!receipt || encode_receipt(*receipt) != file) {
    return ErrorCode::receipt_malformed;
  }
  return receipt;
}

}  // namespace countersign
