#pragma once
// The ceremonies of others: the standard's test vectors and recorded ones, as messages that
// browsers would send. They lie outside this repository; what reads them copes with their absence.

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_reader.h"
#include "tests/support/encoding.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

/// The file's text, or nothing.
inline std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A JSON file of the vectors' folder, or nothing where it is absent.
inline std::optional<JsonValue> read_vectors(const std::string& folder, const std::string& name) {
  const std::optional<std::string> text = read_file(folder + "/" + name);
  if (!text) {
    return std::nullopt;
  }
  JsonOptions options;
  options.max_bytes = std::size_t{1} << 24;
  options.max_nodes = 1000000;
  return parse_json(*text, options).value();
}

/// A member that is known to be there.
inline const JsonValue& member_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  if (member == nullptr) {
    std::abort();
  }
  return *member;
}
inline const std::string& text_of_member(const JsonValue& object, std::string_view name) {
  return member_of(object, name).string;
}

/// JSON text of a parsed value (its strings hold no controls).
inline std::string write_json(const JsonValue& value) {
  switch (value.type) {
    case JsonValue::Type::null:
      return "null";
    case JsonValue::Type::boolean:
      return value.boolean ? "true" : "false";
    case JsonValue::Type::integer:
      return std::to_string(value.integer);
    case JsonValue::Type::number:
      return value.string;
    case JsonValue::Type::string:
      return json_string(value.string);
    case JsonValue::Type::array: {
      std::string out = "[";
      for (const JsonValue& item : value.items) {
        out += (out.size() > 1 ? "," : "") + write_json(item);
      }
      return out + "]";
    }
    case JsonValue::Type::object: {
      JsonMembers members;
      for (const auto& [name, member] : value.members) {
        members.emplace_back(name, write_json(member));
      }
      return make_json(members);
    }
  }
  std::abort();
}

/// One ceremony: what was asked and what came back.
struct RecordedRegistration {
  ByteVector challenge;
  ByteVector credential_id;
  ByteVector client_data;
  ByteVector attestation_object;
  std::string json(const ByteVector& client_data_json, const ByteVector& object) const {
    return R"({"id":")" + to_base64url(credential_id) + R"(","rawId":")" +
           to_base64url(credential_id) + R"(","type":"public-key","response":{"clientDataJSON":")" +
           to_base64url(client_data_json) + R"(","attestationObject":")" + to_base64url(object) +
           R"("},"clientExtensionResults":{}})";
  }
  std::string json() const { return json(client_data, attestation_object); }
};

struct RecordedAuthentication {
  ByteVector challenge;
  ByteVector credential_id;
  ByteVector client_data;
  ByteVector authenticator_data;
  ByteVector signature;
  std::optional<ByteVector> user_handle;
  std::string json() const {
    return R"({"id":")" + to_base64url(credential_id) + R"(","rawId":")" +
           to_base64url(credential_id) + R"(","type":"public-key","response":{"clientDataJSON":")" +
           to_base64url(client_data) + R"(","authenticatorData":")" +
           to_base64url(authenticator_data) + R"(","signature":")" + to_base64url(signature) + '"' +
           (user_handle ? R"(,"userHandle":")" + to_base64url(*user_handle) + '"' : "") +
           R"(},"clientExtensionResults":{}})";
  }
};

struct RecordedCeremony {
  std::string id;
  std::string rp_id;
  std::string origin;
  ByteVector aaguid;  // the standard's vectors only
  RecordedRegistration registration;
  std::optional<RecordedAuthentication> authentication;
};

struct StandardVectors {
  ByteVector attestation_ca;  // DER
  std::string top_origin;
  std::vector<RecordedCeremony> ceremonies;
};

/// webauthn-l3/vectors.json.
inline std::optional<StandardVectors> read_standard_vectors(const std::string& folder) {
  const std::optional<JsonValue> file = read_vectors(folder, "webauthn-l3/vectors.json");
  if (!file) {
    return std::nullopt;
  }
  StandardVectors out;
  out.attestation_ca = from_hex(text_of_member(*file, "attestation_ca_cert"));
  out.top_origin = text_of_member(*file, "topOrigin");
  for (const JsonValue& vector : member_of(*file, "vectors").items) {
    const JsonValue& registration = member_of(vector, "registration");
    const JsonValue& authentication = member_of(vector, "authentication");
    const auto hex = [](const JsonValue& object, std::string_view name) {
      return from_hex(text_of_member(object, name));
    };
    RecordedCeremony ceremony;
    ceremony.id = text_of_member(vector, "id");
    ceremony.rp_id = text_of_member(*file, "rpId");
    ceremony.origin = text_of_member(*file, "origin");
    ceremony.aaguid = hex(registration, "aaguid");
    ceremony.registration = {hex(registration, "challenge"), hex(registration, "credential_id"),
                             hex(registration, "clientDataJSON"),
                             hex(registration, "attestationObject")};
    ceremony.authentication = {
        hex(authentication, "challenge"),      hex(registration, "credential_id"),
        hex(authentication, "clientDataJSON"), hex(authentication, "authenticatorData"),
        hex(authentication, "signature"),      std::nullopt};
    out.ceremonies.push_back(std::move(ceremony));
  }
  return out;
}

inline constexpr std::string_view kRecordedCeremonies[] = {
    "device-none",         "device-packed",    "device-tpm",
    "single-apple-es256",  "single-fido-u2f",  "single-none",
    "single-packed-rs256", "single-tpm-es256", "single-tpm-rs256"};

/// ceremonies/NAME.json.
inline std::optional<RecordedCeremony> read_recorded_ceremony(const std::string& folder,
                                                              std::string_view name) {
  const std::optional<JsonValue> file =
      read_vectors(folder, "ceremonies/" + std::string(name) + ".json");
  if (!file) {
    return std::nullopt;
  }
  const auto base64 = [](const JsonValue& object, std::string_view member) {
    return from_base64(text_of_member(object, member));
  };
  RecordedCeremony out;
  out.id = std::string(name);
  out.rp_id = text_of_member(*file, "rpId");
  out.origin = text_of_member(*file, "origin");
  const JsonValue& registration = member_of(*file, "registration");
  const JsonValue& credential = member_of(registration, "response");
  const JsonValue& response = member_of(credential, "response");
  out.registration = {base64(registration, "challenge"), base64(credential, "rawId"),
                      base64(response, "clientDataJSON"), base64(response, "attestationObject")};
  if (const JsonValue* authentication = file->find("authentication")) {
    const JsonValue& outer = member_of(*authentication, "response");
    const JsonValue& inner = member_of(outer, "response");
    RecordedAuthentication assertion{
        base64(*authentication, "challenge"), base64(outer, "rawId"),
        base64(inner, "clientDataJSON"),      base64(inner, "authenticatorData"),
        base64(inner, "signature"),           std::nullopt};
    if (const JsonValue* handle = inner.find("userHandle");
        handle != nullptr && handle->is_string()) {
      assertion.user_handle = from_base64(handle->string);
    }
    out.authentication = std::move(assertion);
  }
  return out;
}

}  // namespace countersign::testing
