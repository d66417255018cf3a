#include "model/response.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/base64url.h"

namespace countersign {
namespace {

// A string that must be there and must not be empty. Numbers are never coerced: 1469 is no text.
bool is_text(const JsonValue* member) {
  return member != nullptr && member->is_string() && !member->string.empty();
}

bool is_text_or_nothing(const JsonValue* member) {
  return member == nullptr || member->is_null() || member->is_string();
}

bool is_object_or_absent(const JsonValue* member) {
  return member == nullptr || member->is_object();
}

// What both responses have in common, with every type checked and nothing decoded.
struct Envelope {
  const JsonValue* id = nullptr;
  const JsonValue* raw_id = nullptr;  // null if absent
  const JsonValue* response = nullptr;
  const JsonValue* client_data_json = nullptr;
  const JsonValue* authenticator_attachment = nullptr;  // null if absent
  const JsonValue* client_extension_results = nullptr;  // null if absent
};

Result<Envelope> read_envelope(const JsonValue& json) {
  if (!json.is_object()) {
    return ErrorCode::response_malformed;
  }
  Envelope envelope;
  envelope.id = json.find("id");
  envelope.raw_id = json.find("rawId");
  envelope.response = json.find("response");
  envelope.authenticator_attachment = json.find("authenticatorAttachment");
  envelope.client_extension_results = json.find("clientExtensionResults");
  const JsonValue* type = json.find("type");
  // The conformance API's name of clientExtensionResults.
  const JsonValue* conformance_results = json.find("getClientExtensionResults");
  if (!is_text(envelope.id) || (envelope.raw_id != nullptr && !is_text(envelope.raw_id)) ||
      type == nullptr || !type->is_string() || envelope.response == nullptr ||
      !envelope.response->is_object() || !is_text_or_nothing(envelope.authenticator_attachment) ||
      !is_object_or_absent(envelope.client_extension_results) ||
      !is_object_or_absent(conformance_results)) {
    return ErrorCode::response_malformed;
  }
  if (envelope.client_extension_results == nullptr) {
    envelope.client_extension_results = conformance_results;
  }
  envelope.client_data_json = envelope.response->find("clientDataJSON");
  if (!is_text(envelope.client_data_json)) {
    return ErrorCode::response_malformed;
  }
  if (type->string != "public-key") {
    return ErrorCode::response_type_invalid;
  }
  return envelope;
}

Result<CredentialId> decode_id(const Envelope& envelope) {
  CS_ASSIGN(ByteVector id, parse_base64url(envelope.id->string));
  // Strict base64url has one text for each value, so the texts can be compared.
  if (envelope.raw_id != nullptr) {
    CS_TRY(parse_base64url(envelope.raw_id->string));
    if (envelope.raw_id->string != envelope.id->string) {
      return ErrorCode::response_id_mismatch;
    }
  }
  return CredentialId(std::move(id));
}

std::optional<std::string> text_or_nothing(const JsonValue* member) {
  if (member == nullptr || !member->is_string()) {
    return std::nullopt;
  }
  return member->string;
}

JsonValue object_or_empty(const JsonValue* member) {
  if (member != nullptr) {
    return *member;
  }
  JsonValue empty;
  empty.type = JsonValue::Type::object;
  return empty;
}

bool is_list_of_transports(const JsonValue* member) {
  if (member == nullptr) {
    return true;
  }
  if (!member->is_array() || member->items.size() > limits::kMaxTransports) {
    return false;
  }
  for (const JsonValue& item : member->items) {
    if (!item.is_string() || item.string.size() > limits::kMaxTransportBytes) {
      return false;
    }
  }
  return true;
}

std::vector<std::string> sorted_unique(const JsonValue* list) {
  std::vector<std::string> out;
  if (list == nullptr) {
    return out;
  }
  for (const JsonValue& item : list->items) {
    out.push_back(item.string);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<std::optional<UserHandle>> decode_user_handle(const JsonValue* member) {
  std::optional<UserHandle> user_handle;
  if (!is_text(member)) {
    return user_handle;
  }
  CS_ASSIGN(ByteVector bytes, parse_base64url(member->string));
  // WebAuthn L3 §5.4.3: "The user handle … a maximum size of 64 bytes".
  if (bytes.size() > limits::kMaxUserHandleBytes) {
    return ErrorCode::response_malformed;
  }
  user_handle = UserHandle(std::move(bytes));
  return user_handle;
}

Result<RegistrationResponse> read_registration_response(const JsonValue& json) {
  CS_ASSIGN(const Envelope envelope, read_envelope(json));
  const JsonValue* attestation_object = envelope.response->find("attestationObject");
  const JsonValue* transports = envelope.response->find("transports");
  if (!is_text(attestation_object) || !is_list_of_transports(transports)) {
    return ErrorCode::response_malformed;
  }
  RegistrationResponse response;
  CS_ASSIGN(response.id, decode_id(envelope));
  CS_ASSIGN(response.client_data_json, parse_base64url(envelope.client_data_json->string));
  CS_ASSIGN(response.attestation_object, parse_base64url(attestation_object->string));
  response.transports = sorted_unique(transports);
  response.authenticator_attachment = text_or_nothing(envelope.authenticator_attachment);
  response.client_extension_results = object_or_empty(envelope.client_extension_results);
  return response;
}

Result<AuthenticationResponse> read_authentication_response(const JsonValue& json) {
  CS_ASSIGN(const Envelope envelope, read_envelope(json));
  const JsonValue* authenticator_data = envelope.response->find("authenticatorData");
  const JsonValue* signature = envelope.response->find("signature");
  const JsonValue* user_handle = envelope.response->find("userHandle");
  if (!is_text(authenticator_data) || !is_text(signature) || !is_text_or_nothing(user_handle)) {
    return ErrorCode::response_malformed;
  }
  AuthenticationResponse response;
  CS_ASSIGN(response.id, decode_id(envelope));
  CS_ASSIGN(response.client_data_json, parse_base64url(envelope.client_data_json->string));
  CS_ASSIGN(response.authenticator_data, parse_base64url(authenticator_data->string));
  CS_ASSIGN(response.signature, parse_base64url(signature->string));
  CS_ASSIGN(response.user_handle, decode_user_handle(user_handle));
  response.authenticator_attachment = text_or_nothing(envelope.authenticator_attachment);
  response.client_extension_results = object_or_empty(envelope.client_extension_results);
  return response;
}

template <class Response>
Result<Response> as_response(Result<Response> response) {
  if (!response.has_value()) {
    Error error = response.error();
    error.check = Check::response_parses;
    return error;
  }
  return response;
}

}  // namespace

Result<RegistrationResponse> parse_registration_response(const JsonValue& json) {
  return as_response(read_registration_response(json));
}

Result<AuthenticationResponse> parse_authentication_response(const JsonValue& json) {
  return as_response(read_authentication_response(json));
}

}  // namespace countersign
