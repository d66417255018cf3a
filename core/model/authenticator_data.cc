#include "model/authenticator_data.h"

#include <algorithm>

#include "base/limits.h"

namespace countersign {
namespace {

// WebAuthn L3 §6.5.1.
Result<AttestedCredentialData> consume_attested_credential_data(ByteReader& reader) {
  const std::size_t start = reader.offset();
  Bytes aaguid;
  std::uint16_t id_length = 0;
  Bytes credential_id;
  if (!reader.take(sizeof(Aaguid), aaguid) || !reader.take_u16(id_length) || id_length == 0 ||
      !reader.take(id_length, credential_id)) {
    return error_at(ErrorCode::authenticator_data_malformed, start);
  }
  CS_ASSIGN(CoseKey public_key, consume_cose_key(reader));
  AttestedCredentialData attested{
      {}, CredentialId(to_vector(credential_id)), std::move(public_key)};
  std::copy(aaguid.begin(), aaguid.end(), attested.aaguid.begin());
  return attested;
}

// WebAuthn L3 §9.2: a CBOR map from extension identifiers to authenticator extension outputs.
Result<ByteVector> consume_extensions(ByteReader& reader) {
  const std::size_t start = reader.offset();
  const Result<CborValue> map = consume_cbor(reader);
  if (!map) {
    return error_at(ErrorCode::extensions_malformed, map.error().offset);
  }
  if (!map->is(CborValue::Type::map)) {
    return error_at(ErrorCode::extensions_malformed, start);
  }
  for (const CborMember& member : map->members) {
    if (!member.first.is(CborValue::Type::text)) {
      return error_at(ErrorCode::extensions_malformed, member.first.offset);
    }
  }
  return to_vector(map->encoded);
}

}  // namespace

Result<AuthenticatorData> parse_authenticator_data(Bytes input) {
  if (input.size() > limits::kMaxAuthenticatorDataBytes) {
    return ErrorCode::input_too_large;
  }
  ByteReader reader(input);
  AuthenticatorData parsed;
  Bytes rp_id_hash;
  if (!reader.take(sizeof(Digest256), rp_id_hash) || !reader.take_u8(parsed.flags.bits) ||
      !reader.take_u32(parsed.sign_count)) {
    return error_at(ErrorCode::authenticator_data_malformed, reader.offset());
  }
  std::copy(rp_id_hash.begin(), rp_id_hash.end(), parsed.rp_id_hash.begin());
  if (parsed.flags.has_attested_credential_data()) {
    CS_ASSIGN(parsed.attested_credential_data, consume_attested_credential_data(reader));
  }
  if (parsed.flags.has_extensions()) {
    CS_ASSIGN(parsed.extensions, consume_extensions(reader));
  }
  if (!reader.is_done()) {
    return error_at(ErrorCode::authenticator_data_trailing_bytes, reader.offset());
  }
  parsed.encoded = to_vector(input);
  return parsed;
}

}  // namespace countersign
