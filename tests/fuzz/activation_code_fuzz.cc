// Codes as people type them: what is accepted is twelve symbols, and reads as itself.

#include "service/activation_service.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view typed(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> code = normalize_activation_code(typed);
  if (code) {
    require(code->size() == kActivationCodeSymbols);
    require(code->find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos);
    require(normalize_activation_code(*code) == code);
  }
  return 0;
}
