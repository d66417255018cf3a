#include "model/response.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace countersign {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;  // name, value as JSON

std::string object(const Members& members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    out += (out.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
  }
  return out + "}";
}

// Members of the response; every test changes one thing.
struct Message {
  Members top{{"id", "\"AQID\""}, {"rawId", "\"AQID\""}, {"type", "\"public-key\""}};
  Members response;

  Message with(std::string_view name, std::string_view value) const {
    Message changed = *this;
    changed.edit(changed.top, name, value);
    return changed;
  }
  Message with_inner(std::string_view name, std::string_view value) const {
    Message changed = *this;
    changed.edit(changed.response, name, value);
    return changed;
  }
  Message without(std::string_view name) const {
    Message changed = *this;
    const auto has_name = [name](const auto& member) { return member.first == name; };
    changed.top.erase(std::remove_if(changed.top.begin(), changed.top.end(), has_name),
                      changed.top.end());
    changed.response.erase(
        std::remove_if(changed.response.begin(), changed.response.end(), has_name),
        changed.response.end());
    return changed;
  }
  std::string json() const {
    Members all = top;
    all.emplace_back("response", object(response));
    return object(all);
  }

 private:
  static void edit(Members& members, std::string_view name, std::string_view value) {
    for (auto& member : members) {
      if (member.first == name) {
        member.second = value;
        return;
      }
    }
    members.emplace_back(name, value);
  }
};

Message registration() {
  Message message;
  message.response = {{"clientDataJSON", "\"BAUG\""}, {"attestationObject", "\"BwgJ\""}};
  return message;
}

Message authentication() {
  Message message;
  message.response = {
      {"clientDataJSON", "\"BAUG\""}, {"authenticatorData", "\"CgsM\""}, {"signature", "\"DQ4P\""}};
  return message;
}

JsonValue json(const std::string& text) {
  const Result<JsonValue> value = parse_json(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.has_value() ? *value : JsonValue{};
}

RegistrationResponse registered(const Message& message) {
  const Result<RegistrationResponse> response = parse_registration_response(json(message.json()));
  EXPECT_TRUE(response.has_value()) << message.json();
  return response.has_value() ? *response : RegistrationResponse{};
}

AuthenticationResponse authenticated(const Message& message) {
  const Result<AuthenticationResponse> response =
      parse_authentication_response(json(message.json()));
  EXPECT_TRUE(response.has_value()) << message.json();
  return response.has_value() ? *response : AuthenticationResponse{};
}

void expect_registration_refused(const std::string& text, ErrorCode code) {
  const Result<RegistrationResponse> response = parse_registration_response(json(text));
  ASSERT_FALSE(response.has_value()) << text;
  EXPECT_EQ(error_name(response.error().code), error_name(code)) << text;
}

void expect_authentication_refused(const std::string& text, ErrorCode code) {
  const Result<AuthenticationResponse> response = parse_authentication_response(json(text));
  ASSERT_FALSE(response.has_value()) << text;
  EXPECT_EQ(error_name(response.error().code), error_name(code)) << text;
}

// A change that both kinds of response refuse alike.
template <class Change>
void expect_both_refused(Change change, ErrorCode code) {
  expect_registration_refused(change(registration()).json(), code);
  expect_authentication_refused(change(authentication()).json(), code);
}

// What a string member must not be. 1469 is also a base64url text: it must not be taken as one.
const char* const kNoStrings[] = {"{}", "[]", "true", "false", "1469", "1.5", "[\"AQID\"]"};

TEST(RegistrationResponse, ReadsWhatBrowsersSend) {
  const RegistrationResponse response =
      registered(registration()
                     .with("authenticatorAttachment", "\"platform\"")
                     .with("clientExtensionResults", R"({"credProps":{"rk":true,"unknown":[1]}})")
                     .with_inner("transports", R"(["usb","internal","usb","warp"])"));
  EXPECT_EQ(response.id.value, (ByteVector{1, 2, 3}));
  EXPECT_EQ(response.client_data_json, (ByteVector{4, 5, 6}));
  EXPECT_EQ(response.attestation_object, (ByteVector{7, 8, 9}));
  EXPECT_EQ(response.transports, (std::vector<std::string>{"internal", "usb", "warp"}));
  EXPECT_EQ(response.authenticator_attachment, "platform");
  EXPECT_TRUE(response.client_extension_results.find("credProps")->find("rk")->boolean);
}

TEST(AuthenticationResponse, ReadsWhatBrowsersSend) {
  const AuthenticationResponse response =
      authenticated(authentication()
                        .with("authenticatorAttachment", "\"cross-platform\"")
                        .with("clientExtensionResults", R"({"appid":true})")
                        .with_inner("userHandle", "\"EBES\""));
  EXPECT_EQ(response.id.value, (ByteVector{1, 2, 3}));
  EXPECT_EQ(response.client_data_json, (ByteVector{4, 5, 6}));
  EXPECT_EQ(response.authenticator_data, (ByteVector{10, 11, 12}));
  EXPECT_EQ(response.signature, (ByteVector{13, 14, 15}));
  ASSERT_TRUE(response.user_handle.has_value());
  EXPECT_EQ(response.user_handle->value, (ByteVector{16, 17, 18}));
  EXPECT_EQ(response.authenticator_attachment, "cross-platform");
  EXPECT_TRUE(response.client_extension_results.find("appid")->boolean);
}

TEST(Response, OptionalMembersMayBeAbsent) {
  const RegistrationResponse registered_response = registered(registration());
  EXPECT_TRUE(registered_response.transports.empty());
  EXPECT_EQ(registered_response.authenticator_attachment, std::nullopt);
  EXPECT_TRUE(registered_response.client_extension_results.is_object());
  EXPECT_TRUE(registered_response.client_extension_results.members.empty());
  const AuthenticationResponse authenticated_response = authenticated(authentication());
  EXPECT_EQ(authenticated_response.user_handle, std::nullopt);
  EXPECT_TRUE(authenticated_response.client_extension_results.is_object());
}

TEST(Response, FailsIfItIsNoObject) {
  for (const char* text : {"[]", "null", "\"x\"", "1469", "true"}) {
    expect_registration_refused(text, ErrorCode::response_malformed);
    expect_authentication_refused(text, ErrorCode::response_malformed);
  }
}

TEST(Response, FailsIfIdIsMissingNotAStringOrEmpty) {
  expect_both_refused([](const Message& m) { return m.without("id"); },
                      ErrorCode::response_malformed);
  expect_both_refused([](const Message& m) { return m.without("id").without("rawId"); },
                      ErrorCode::response_malformed);
  for (const char* value : kNoStrings) {
    expect_both_refused([value](const Message& m) { return m.with("id", value); },
                        ErrorCode::response_malformed);
    expect_both_refused(
        [value](const Message& m) { return m.with("id", value).with("rawId", value); },
        ErrorCode::response_malformed);
  }
  for (const char* value : {"null", "\"\""}) {
    expect_both_refused([value](const Message& m) { return m.with("id", value); },
                        ErrorCode::response_malformed);
  }
}

TEST(Response, FailsIfIdIsNotBase64Url) {
  for (const char* value : {"\"AQID==\"", "\"AQI+\"", "\"A\"", "\"AQ\\n\"", "\"AR\"", "\"!\""}) {
    expect_both_refused([value](const Message& m) { return m.with("id", value); },
                        ErrorCode::base64url_invalid);
    expect_both_refused([value](const Message& m) { return m.with("id", value).without("rawId"); },
                        ErrorCode::base64url_invalid);
    expect_both_refused([value](const Message& m) { return m.with("rawId", value); },
                        ErrorCode::base64url_invalid);
  }
}

TEST(Response, RawIdMayBeAbsent) {
  EXPECT_EQ(registered(registration().without("rawId")).id.value, (ByteVector{1, 2, 3}));
  EXPECT_EQ(authenticated(authentication().without("rawId")).id.value, (ByteVector{1, 2, 3}));
}

TEST(Response, FailsIfRawIdIsNotAStringOrEmpty) {
  for (const char* value : kNoStrings) {
    expect_both_refused([value](const Message& m) { return m.with("rawId", value); },
                        ErrorCode::response_malformed);
  }
  for (const char* value : {"null", "\"\""}) {
    expect_both_refused([value](const Message& m) { return m.with("rawId", value); },
                        ErrorCode::response_malformed);
  }
}

TEST(Response, FailsIfIdIsNotTheBase64UrlOfRawId) {
  expect_both_refused([](const Message& m) { return m.with("id", "\"AQIE\""); },
                      ErrorCode::response_id_mismatch);
  expect_both_refused([](const Message& m) { return m.with("rawId", "\"AQIDBA\""); },
                      ErrorCode::response_id_mismatch);
}

TEST(Response, FailsIfTypeIsMissingOrNotAString) {
  expect_both_refused([](const Message& m) { return m.without("type"); },
                      ErrorCode::response_malformed);
  for (const char* value : kNoStrings) {
    expect_both_refused([value](const Message& m) { return m.with("type", value); },
                        ErrorCode::response_malformed);
  }
  expect_both_refused([](const Message& m) { return m.with("type", "null"); },
                      ErrorCode::response_malformed);
}

TEST(Response, FailsIfTypeIsNotPublicKey) {
  for (const char* value : {"\"\"", "\"Public-Key\"", "\"public-key \"", "\"password\""}) {
    expect_both_refused([value](const Message& m) { return m.with("type", value); },
                        ErrorCode::response_type_invalid);
  }
}

TEST(Response, FailsIfResponseIsMissingOrNoObject) {
  for (const char* inner : {"null", "[]", "\"x\"", "1469", "true"}) {
    const std::string text = R"({"id":"AQID","type":"public-key","response":)" + std::string(inner);
    expect_registration_refused(text + "}", ErrorCode::response_malformed);
    expect_authentication_refused(text + "}", ErrorCode::response_malformed);
  }
  expect_registration_refused(R"({"id":"AQID","type":"public-key"})",
                              ErrorCode::response_malformed);
  expect_authentication_refused(R"({"id":"AQID","type":"public-key"})",
                                ErrorCode::response_malformed);
}

TEST(Response, FailsIfARequiredMemberIsMissingNotAStringOrEmpty) {
  const auto refused = [](const Message& message, std::string_view name, bool is_registration) {
    const auto expect =
        is_registration ? expect_registration_refused : expect_authentication_refused;
    expect(message.without(name).json(), ErrorCode::response_malformed);
    for (const char* value : kNoStrings) {
      expect(message.with_inner(name, value).json(), ErrorCode::response_malformed);
    }
    expect(message.with_inner(name, "null").json(), ErrorCode::response_malformed);
    expect(message.with_inner(name, "\"\"").json(), ErrorCode::response_malformed);
    for (const char* value : {"\"BAUG=\"", "\"BAU/\"", "\"B\"", "\"BB\"", "\"BA UG\""}) {
      expect(message.with_inner(name, value).json(), ErrorCode::base64url_invalid);
    }
  };
  refused(registration(), "clientDataJSON", true);
  refused(registration(), "attestationObject", true);
  refused(authentication(), "clientDataJSON", false);
  refused(authentication(), "authenticatorData", false);
  refused(authentication(), "signature", false);
}

TEST(Response, WrongTypesAreRefusedBeforeAnythingIsDecoded) {
  expect_registration_refused(
      registration().with("id", "\"!\"").with_inner("attestationObject", "1469").json(),
      ErrorCode::response_malformed);
  expect_registration_refused(
      registration().with_inner("clientDataJSON", "\"!\"").with_inner("transports", "1").json(),
      ErrorCode::response_malformed);
  expect_authentication_refused(
      authentication().with_inner("clientDataJSON", "\"!\"").with_inner("userHandle", "1").json(),
      ErrorCode::response_malformed);
}

TEST(AuthenticationResponse, AnEmptyNullOrAbsentUserHandleIsNothing) {
  EXPECT_EQ(authenticated(authentication().with_inner("userHandle", "\"\"")).user_handle,
            std::nullopt);
  EXPECT_EQ(authenticated(authentication().with_inner("userHandle", "null")).user_handle,
            std::nullopt);
}

TEST(AuthenticationResponse, FailsIfUserHandleIsNotAString) {
  for (const char* value : kNoStrings) {
    expect_authentication_refused(authentication().with_inner("userHandle", value).json(),
                                  ErrorCode::response_malformed);
  }
}

TEST(AuthenticationResponse, FailsIfUserHandleIsNotBase64Url) {
  for (const char* value : {"\"EBES=\"", "\" \"", "\"E\"", "\"EB\""}) {
    expect_authentication_refused(authentication().with_inner("userHandle", value).json(),
                                  ErrorCode::base64url_invalid);
  }
}

TEST(AuthenticationResponse, FailsIfUserHandleIsLongerThan64Bytes) {
  const std::string of_64 = "\"" + std::string(85, 'A') + "A\"";
  EXPECT_EQ(authenticated(authentication().with_inner("userHandle", of_64)).user_handle->value,
            ByteVector(64, 0));
  const std::string of_65 = "\"" + std::string(87, 'A') + "\"";
  expect_authentication_refused(authentication().with_inner("userHandle", of_65).json(),
                                ErrorCode::response_malformed);
}

TEST(RegistrationResponse, FailsIfTransportsIsNoListOfStrings) {
  for (const char* value :
       {"null", "\"usb\"", "{}", "1469", "true", "[1]", "[\"usb\",null]", "[[\"usb\"]]"}) {
    expect_registration_refused(registration().with_inner("transports", value).json(),
                                ErrorCode::response_malformed);
  }
  EXPECT_TRUE(registered(registration().with_inner("transports", "[]")).transports.empty());
}

// They are kept and sent back to whoever asks for options: a client must not fill the store.
TEST(RegistrationResponse, FailsIfTransportsAreTooManyOrTooLong) {
  const auto list = [](std::size_t count, std::size_t size) {
    std::string json = "[";
    for (std::size_t i = 0; i < count; ++i) {
      std::string name = std::to_string(i);
      name.resize(size, 'x');
      json += (i == 0 ? "\"" : ",\"") + name + '"';
    }
    return json + ']';
  };
  EXPECT_EQ(registered(registration().with_inner("transports", list(16, 32))).transports.size(),
            limits::kMaxTransports);
  for (const std::string& value : {list(17, 4), list(1, 33), list(16, 33)}) {
    expect_registration_refused(registration().with_inner("transports", value).json(),
                                ErrorCode::response_malformed);
  }
}

TEST(Response, AuthenticatorAttachmentIsAStringOrNull) {
  EXPECT_EQ(
      registered(registration().with("authenticatorAttachment", "null")).authenticator_attachment,
      std::nullopt);
  EXPECT_EQ(registered(registration().with("authenticatorAttachment", "\"future\""))
                .authenticator_attachment,
            "future");
  for (const char* value : kNoStrings) {
    expect_both_refused(
        [value](const Message& m) { return m.with("authenticatorAttachment", value); },
        ErrorCode::response_malformed);
  }
}

TEST(Response, ExtensionResultsAreAnObjectUnderEitherName) {
  EXPECT_EQ(registered(registration().with("getClientExtensionResults", R"({"a":1})"))
                .client_extension_results.find("a")
                ->integer,
            1);
  EXPECT_EQ(registered(registration()
                           .with("getClientExtensionResults", R"({"a":1})")
                           .with("clientExtensionResults", R"({"a":2})"))
                .client_extension_results.find("a")
                ->integer,
            2);
  for (const char* name : {"clientExtensionResults", "getClientExtensionResults"}) {
    for (const char* value : {"null", "[]", "\"x\"", "1469", "true"}) {
      expect_both_refused([name, value](const Message& m) { return m.with(name, value); },
                          ErrorCode::response_malformed);
    }
  }
}

TEST(Response, IgnoresTheConvenienceMembersWhateverTheyAre) {
  for (const char* value : {"null", "\"AQID\"", "1469", "{}", "[]", "\"!\"", "-7"}) {
    EXPECT_EQ(registered(registration()
                             .with_inner("publicKey", value)
                             .with_inner("publicKeyAlgorithm", value)
                             .with_inner("authenticatorData", value)
                             .with("unknown", value))
                  .attestation_object,
              (ByteVector{7, 8, 9}));
    EXPECT_EQ(
        authenticated(
            authentication().with_inner("attestationObject", value).with_inner("unknown", value))
            .signature,
        (ByteVector{13, 14, 15}));
  }
}

}  // namespace
}  // namespace countersign
