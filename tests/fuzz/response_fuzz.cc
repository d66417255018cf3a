// RegistrationResponseJSON and AuthenticationResponseJSON: ids agree, required parts are not empty.

#include "base/limits.h"
#include "codec/base64url.h"
#include "model/response.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<JsonValue> json = parse_json({reinterpret_cast<const char*>(data), size});
  if (!json) {
    return 0;
  }
  const Result<RegistrationResponse> registration = parse_registration_response(*json);
  if (registration) {
    require(json->find("id")->string == encode_base64url(registration->id.value));
    require(!registration->id.value.empty());
    require(!registration->client_data_json.empty() && !registration->attestation_object.empty());
    for (std::size_t i = 1; i < registration->transports.size(); ++i) {
      require(registration->transports[i - 1] < registration->transports[i]);
    }
    require(registration->client_extension_results.is_object());
  } else {
    fuzz::require_honest(registration.error(), size);
  }
  const Result<AuthenticationResponse> authentication = parse_authentication_response(*json);
  if (authentication) {
    require(json->find("id")->string == encode_base64url(authentication->id.value));
    require(!authentication->client_data_json.empty());
    require(!authentication->authenticator_data.empty() && !authentication->signature.empty());
    require(!authentication->user_handle ||
            (!authentication->user_handle->value.empty() &&
             authentication->user_handle->value.size() <= limits::kMaxUserHandleBytes));
    require(authentication->client_extension_results.is_object());
  } else {
    fuzz::require_honest(authentication.error(), size);
  }
  return 0;
}
