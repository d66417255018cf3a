#include "native/metadata/pem.h"

#include "codec/base64url.h"

namespace countersign {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";

struct Block {
  std::string_view label;
  ByteVector der;
};

// Takes the next block off `text`; nothing when there is none left.
Result<std::optional<Block>> consume_block(std::string_view& text) {
  constexpr ErrorCode kMalformed = ErrorCode::pem_malformed;
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) {
    return std::optional<Block>();
  }
  std::string_view rest = text.substr(begin + kBegin.size());
  const std::size_t label_end = rest.find(kDashes);
  if (label_end == std::string_view::npos ||
      rest.substr(0, label_end).find('\n') != std::string_view::npos) {
    return kMalformed;
  }
  Block block;
  block.label = rest.substr(0, label_end);
  rest = rest.substr(label_end + kDashes.size());
  const std::string footer = "-----END " + std::string(block.label) + "-----";
  const std::size_t end = rest.find(footer);
  if (end == std::string_view::npos) {
    return kMalformed;
  }
  std::string base64;
  for (const char c : rest.substr(0, end)) {
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
      base64 += c;
    }
  }
  Result<ByteVector> der = parse_base64(base64);
  if (!der.has_value() || der->empty()) {
    return kMalformed;
  }
  block.der = std::move(*der);
  text = rest.substr(end + footer.size());
  return std::optional<Block>(std::move(block));
}

}  // namespace

Result<std::vector<Certificate>> parse_pem_certificates(std::string_view text) {
  std::vector<Certificate> out;
  while (true) {
    CS_ASSIGN(const std::optional<Block> block, consume_block(text));
    if (!block) {
      break;
    }
    if (block->label != "CERTIFICATE") {
      return ErrorCode::pem_malformed;
    }
    CS_ASSIGN(Certificate certificate, parse_certificate(block->der));
    out.push_back(std::move(certificate));
  }
  return out.empty() ? Result<std::vector<Certificate>>(ErrorCode::pem_malformed)
                     : Result<std::vector<Certificate>>(std::move(out));
}

Result<ByteVector> parse_pem_or_der(std::string_view text, std::string_view label) {
  if (text.find(kBegin) == std::string_view::npos) {
    return to_vector(bytes_of(text));
  }
  CS_ASSIGN(std::optional<Block> block, consume_block(text));
  if (!block || block->label != label) {
    return ErrorCode::pem_malformed;
  }
  return std::move(block->der);
}

}  // namespace countersign
