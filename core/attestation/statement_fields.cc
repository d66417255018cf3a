#include "attestation/statement_fields.h"

#include "base/limits.h"
#include "codec/der_reader.h"
#include "cose/cose_key.h"
#include "x509/oids.h"
#include "x509/path.h"

namespace countersign {
namespace {

/// The member, if it is there and of that type.
Result<const CborValue*> typed_member(const CborValue& statement, std::string_view name,
                                      CborValue::Type type, Check check) {
  const CborValue* member = statement.is(CborValue::Type::map) ? statement.find(name) : nullptr;
  if (member == nullptr || !member->is(type)) {
    return attestation_error(ErrorCode::attestation_statement_malformed, check);
  }
  return member;
}

}  // namespace

Status check_statement_members(const CborValue& statement,
                               std::initializer_list<std::string_view> allowed, Check check) {
  if (!statement.is(CborValue::Type::map)) {
    return attestation_error(ErrorCode::attestation_statement_malformed, check);
  }
  for (const CborMember& member : statement.members) {
    bool is_allowed = false;
    for (const std::string_view name : allowed) {
      is_allowed =
          is_allowed || (member.first.is(CborValue::Type::text) && member.first.text() == name);
    }
    if (!is_allowed) {
      return attestation_error(ErrorCode::attestation_statement_unknown_member, check);
    }
  }
  return ok();
}

bool has_member(const CborValue& statement, std::string_view name) {
  return statement.is(CborValue::Type::map) && statement.find(name) != nullptr;
}

Result<std::string_view> text_member(const CborValue& statement, std::string_view name,
                                     Check check) {
  CS_ASSIGN(const CborValue* member, typed_member(statement, name, CborValue::Type::text, check));
  return member->text();
}

Result<Bytes> bytes_member(const CborValue& statement, std::string_view name, Check check) {
  CS_ASSIGN(const CborValue* member, typed_member(statement, name, CborValue::Type::bytes, check));
  return member->bytes;
}

Result<std::int64_t> integer_member(const CborValue& statement, std::string_view name,
                                    Check check) {
  CS_ASSIGN(const CborValue* member,
            typed_member(statement, name, CborValue::Type::integer, check));
  return member->integer;
}

Result<CoseAlgorithm> algorithm_member(const CborValue& statement, std::string_view name,
                                       Check check) {
  CS_ASSIGN(const std::int64_t identifier, integer_member(statement, name, check));
  const AlgorithmEntry* entry = find_algorithm(identifier);
  if (entry == nullptr) {
    return attestation_error(ErrorCode::algorithm_unknown, check);
  }
  return entry->id;
}

Result<std::vector<Certificate>> certificates_member(const CborValue& statement,
                                                     std::string_view name, Check check) {
  CS_ASSIGN(const CborValue* member, typed_member(statement, name, CborValue::Type::array, check));
  std::vector<Bytes> ders;
  if (member->items.empty()) {
    return attestation_error(ErrorCode::attestation_statement_malformed, check);
  }
  if (member->items.size() > limits::kMaxCertificatesInChain) {
    return attestation_error(ErrorCode::certificate_chain_too_long, check);
  }
  for (const CborValue& item : member->items) {
    if (!item.is(CborValue::Type::bytes)) {
      return attestation_error(ErrorCode::attestation_statement_malformed, check);
    }
    ders.push_back(item.bytes);
  }
  return stamped(parse_chain(ders), check);
}

ByteVector attested_message(const AttestationContext& context) {
  const ByteVector& signed_data = context.authenticator_data.encoded;
  ByteVector message;
  message.reserve(signed_data.size() + context.client_data_hash.size());
  message.insert(message.end(), signed_data.begin(), signed_data.end());
  message.insert(message.end(), context.client_data_hash.begin(), context.client_data_hash.end());
  return message;
}

Result<PublicKey> certificate_key(const Certificate& certificate, Check check) {
  if (!certificate.public_key()) {
    return attestation_error(ErrorCode::certificate_unsupported_key, check);
  }
  return *certificate.public_key();
}

Status add_signature_obligation(Check check, CoseAlgorithm algorithm, const PublicKey& key,
                                ByteVector message, Bytes wire_signature,
                                std::vector<SignatureObligation>& obligations) {
  CS_ASSIGN(const SignatureAlgorithm scheme,
            stamped(signature_algorithm_for(algorithm, key), check));
  CS_ASSIGN(ByteVector signature,
            stamped(make_fixed_signature(scheme, key, wire_signature), check));
  obligations.push_back({check, scheme, key, std::move(message), std::move(signature)});
  return ok();
}

Status check_aaguid_extension(const Certificate& certificate,
                              const AuthenticatorData& authenticator_data, Check check) {
  const CertificateExtension* extension = certificate.find_extension(oid::kFidoAaguid);
  if (extension == nullptr) {
    return ok();
  }
  const Result<DerElement> inner = parse_der(extension->value, der::kOctetString);
  if (extension->is_critical || !inner.has_value() ||
      inner->content.size() != std::tuple_size_v<Aaguid>) {
    return attestation_error(ErrorCode::attestation_aaguid_extension_malformed, check);
  }
  if (!authenticator_data.attested_credential_data ||
      !equal(inner->content, authenticator_data.attested_credential_data->aaguid)) {
    return attestation_error(ErrorCode::attestation_aaguid_mismatch, check);
  }
  return ok();
}

}  // namespace countersign
