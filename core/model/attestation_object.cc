#include "model/attestation_object.h"

#include "base/limits.h"

namespace countersign {
namespace {

constexpr std::string_view kCompound = "compound";

Error malformed_at(std::size_t offset) {
  return {ErrorCode::attestation_object_malformed, Check::none, static_cast<std::uint32_t>(offset)};
}

Status check_text_keys(const CborValue& map) {
  for (const CborMember& member : map.members) {
    if (!member.first.is(CborValue::Type::text)) {
      return malformed_at(member.first.offset);
    }
  }
  return ok();
}

// WebAuthn L3 §6.5.4: `attStmt: ( { * tstr => any } ; Map is filled in by each concrete attStmtType
// // [ * any ] ; attStmt may also be an array )`. Of the registered formats only compound has an
// array.
Status check_statement(const CborValue& statement, std::string_view format) {
  if (statement.is(CborValue::Type::array) && format == kCompound) {
    return ok();
  }
  if (!statement.is(CborValue::Type::map)) {
    return malformed_at(statement.offset);
  }
  return check_text_keys(statement);
}

}  // namespace

Result<AttestationObject> parse_attestation_object(Bytes input) {
  if (input.size() > limits::kMaxAttestationObjectBytes) {
    return ErrorCode::input_too_large;
  }
  AttestationObject object;
  object.encoded = std::make_shared<const ByteVector>(to_vector(input));
  CborOptions options;
  options.key_order = CborKeyOrder::any;
  CS_ASSIGN(const CborValue root, parse_cbor(*object.encoded, options));
  if (!root.is(CborValue::Type::map)) {
    return malformed_at(0);
  }
  CS_TRY(check_text_keys(root));
  const CborValue* format = root.find("fmt");
  const CborValue* statement = root.find("attStmt");
  const CborValue* authenticator_data = root.find("authData");
  if (format == nullptr || statement == nullptr || authenticator_data == nullptr) {
    return malformed_at(0);
  }
  if (!format->is(CborValue::Type::text)) {
    return malformed_at(format->offset);
  }
  if (!authenticator_data->is(CborValue::Type::bytes) || authenticator_data->bytes.empty()) {
    return malformed_at(authenticator_data->offset);
  }
  CS_TRY(check_statement(*statement, format->text()));
  CS_ASSIGN(object.authenticator_data, parse_authenticator_data(authenticator_data->bytes));
  if (!object.authenticator_data.attested_credential_data) {
    return ErrorCode::attested_credential_data_missing;
  }
  object.format = std::string(format->text());
  object.statement = *statement;
  object.is_key_order_canonical = root.is_canonical;
  return object;
}

}  // namespace countersign
