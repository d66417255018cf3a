#include "wasm/abi.h"

#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/error_tables.h"
#include "base/limits.h"
#include "codec/json_writer.h"
#include "wasm/boundary.h"
#ifndef COUNTERSIGN_CEREMONIES_ONLY
#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/unicode.h"
#endif

namespace countersign::abi {
namespace {

struct Block {
  std::uint8_t* pointer = nullptr;
  std::size_t size = 0;
};

struct Boundary {
  std::array<Block, CS_MAX_BLOCKS> blocks{};
  std::string result;
#ifndef __EMSCRIPTEN__
  ~Boundary() {
    for (const Block& block : blocks) {
      std::free(block.pointer);
    }
  }
#endif
};

// State is kept at the boundary alone: the core below is pure.
CS_INSTANCE_STATE Boundary boundary;

struct NamedError {
  int number;
  ErrorCode code;
};

constexpr NamedError kErrors[] = {
#define CS_ERROR(number, name, error_class, message) {number, ErrorCode::name},
#include CS_ERRORS_DEF
#undef CS_ERROR
};

constexpr Check kChecks[] = {
    Check::none,
#define CS_CHECK(number, name) Check::name,
#include CS_CHECKS_DEF
#undef CS_CHECK
};

}  // namespace

std::optional<std::string_view> checked_text(const std::uint8_t* pointer, std::size_t size) {
  if (pointer == nullptr && size == 0) {
    return std::string_view();
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(pointer);
  for (const Block& block : boundary.blocks) {
    const auto start = reinterpret_cast<std::uintptr_t>(block.pointer);
    if (block.pointer != nullptr && begin >= start && begin - start <= block.size &&
        size <= block.size - (begin - start)) {
      return std::string_view(reinterpret_cast<const char*>(pointer), size);
    }
  }
  return std::nullopt;
}

void set_result(std::string&& text) { boundary.result = std::move(text); }

void clear_result() { boundary.result = std::string(); }

}  // namespace countersign::abi

using countersign::JsonWriter;
using countersign::abi::boundary;
using countersign::abi::guarded;
using countersign::abi::set_result;

extern "C" {

cs_status cs_version(void) {
  return guarded([]() -> cs_status {
    JsonWriter json;
    json.begin_object();
    json.member("version").string(COUNTERSIGN_VERSION);
    json.member("abi").integer(CS_ABI);
    json.member("maxCaseBytes")
        .integer(static_cast<std::int64_t>(countersign::limits::kMaxCaseBytes));
#ifndef COUNTERSIGN_CEREMONIES_ONLY
    json.member("unicode").string(countersign::unicode_edition());
    json.member("currencies").string(countersign::currency_edition());
    json.member("ibans").string(countersign::iban_edition());
#endif
    json.end_object();
    set_result(std::move(json).take());
    return CS_OK;
  });
}

cs_status cs_errors(void) {
  return guarded([]() -> cs_status {
    JsonWriter json;
    json.begin_object();
    json.member("errors").begin_array();
    for (const auto& error : countersign::abi::kErrors) {
      json.begin_object();
      json.member("number").integer(error.number);
      json.member("code").string(countersign::error_name(error.code));
      json.member("class").string(
          countersign::error_class_name(countersign::error_class(error.code)));
      json.member("message").string(countersign::error_message(error.code));
      json.end_object();
    }
    json.end_array();
    json.member("checks").begin_array();
    for (const countersign::Check check : countersign::abi::kChecks) {
      if (check != countersign::Check::none) {
        json.string(countersign::check_name(check));
      }
    }
    json.end_array();
    json.end_object();
    set_result(std::move(json).take());
    return CS_OK;
  });
}

uint8_t* cs_alloc(size_t size) {
  if (size == 0 || size > CS_MAX_BLOCK_SIZE) {
    return nullptr;
  }
  for (auto& block : boundary.blocks) {
    if (block.pointer == nullptr) {
      block.pointer = static_cast<std::uint8_t*>(std::malloc(size));
      block.size = block.pointer == nullptr ? 0 : size;
      return block.pointer;
    }
  }
  return nullptr;
}

cs_status cs_free(uint8_t* pointer) {
  for (auto& block : boundary.blocks) {
    if (pointer != nullptr && block.pointer == pointer) {
      std::free(block.pointer);
      block = {};
      return CS_OK;
    }
  }
  return CS_BAD_ARGUMENT;
}

const uint8_t* cs_result_data(void) {
  return reinterpret_cast<const std::uint8_t*>(boundary.result.data());
}

size_t cs_result_size(void) { return boundary.result.size(); }

}  // extern "C"
