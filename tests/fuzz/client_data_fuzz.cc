// Second opinion: nlohmann's document of the same text has the same members.

#include <nlohmann/json.hpp>

#include "codec/base64url.h"
#include "model/client_data.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<ClientData> client_data = parse_client_data(input);
  if (!client_data) {
    fuzz::require_honest(client_data.error(), size);
    return 0;
  }
  require(equal(client_data->encoded, input));
  // nlohmann skips a byte order mark itself.
  const nlohmann::json document = nlohmann::json::parse(text_of(input), nullptr, false);
  require(document.is_object());
  require(document.at("type").get<std::string>() == client_data->type);
  require(document.at("origin").get<std::string>() == client_data->origin);
  require(document.at("challenge").get<std::string>() == encode_base64url(client_data->challenge));
  require(!client_data->challenge.empty());
  require(document.contains("crossOrigin") == client_data->cross_origin.has_value());
  require(document.value("crossOrigin", false) == client_data->cross_origin.value_or(false));
  require(document.contains("topOrigin") == client_data->top_origin.has_value());
  require(document.value("topOrigin", std::string()) == client_data->top_origin.value_or(""));
  return 0;
}
