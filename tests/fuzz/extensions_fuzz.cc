// Extension outputs of the client (JSON) and of the authenticator (CBOR).

#include "codec/cbor_reader.h"
#include "model/extensions.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  if (const Result<JsonValue> json = parse_json(text_of(input))) {
    const Result<ClientExtensions> client = parse_client_extensions(*json);
    require(client.has_value() || client.error().code == ErrorCode::client_extension_malformed);
    require(!client.has_value() || json->is_object());
    require(!client.has_value() || client->has_payment == (json->find("payment") != nullptr));
  }
  const Result<AuthenticatorExtensions> authenticator = parse_authenticator_extensions(input);
  if (!authenticator) {
    fuzz::require_honest(authenticator.error(), size);
    return 0;
  }
  require(input.empty() || parse_cbor(input).has_value());
  require(!authenticator->credential_blob || authenticator->credential_blob->size() < size);
  return 0;
}
