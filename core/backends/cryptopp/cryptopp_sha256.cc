#include <cryptopp/sha.h>

#include <algorithm>
#include <cstdlib>

#include "backends/cryptopp/cryptopp_backend.h"

namespace countersign {
namespace {

constexpr std::size_t kBlock = 64;

// Crypto++'s compression function under padding of our own (FIPS 180-4 §5.1.1): its hash objects
// bring 4 KB of virtual functions and exceptions.
class Sha256 {
 public:
  Sha256() { CryptoPP::SHA256::InitState(state_); }

  void update(Bytes message) {
    size_ += message.size();
    while (!message.empty()) {
      const std::size_t taken = std::min(kBlock - used_, message.size());
      std::copy_n(message.begin(), taken, block_ + used_);
      message = message.subspan(taken);
      used_ += taken;
      if (used_ == kBlock) {
        compress();
      }
    }
  }

  Digest256 finish() {
    constexpr std::size_t kLengthAt = 56;
    std::uint64_t bits = size_ * 8;
    block_[used_++] = 0x80;
    if (used_ > kLengthAt) {
      std::fill(block_ + used_, block_ + kBlock, std::uint8_t{0});
      compress();
    }
    std::fill(block_ + used_, block_ + kLengthAt, std::uint8_t{0});
    for (std::size_t i = kBlock; i > kLengthAt; --i) {
      block_[i - 1] = static_cast<std::uint8_t>(bits);
      bits >>= 8U;
    }
    compress();
    Digest256 digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
      digest[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
  }

 private:
  void compress() {
    CryptoPP::word32 words[kBlock / 4];
    for (std::size_t i = 0; i < std::size(words); ++i) {
      words[i] = CryptoPP::word32{block_[4 * i]} << 24U |
                 CryptoPP::word32{block_[4 * i + 1]} << 16U |
                 CryptoPP::word32{block_[4 * i + 2]} << 8U | block_[4 * i + 3];
    }
    CryptoPP::SHA256::Transform(state_, words);
    used_ = 0;
  }

  CryptoPP::word32 state_[8];
  std::uint8_t block_[kBlock];
  std::size_t used_ = 0;  // of the block; below its size
  std::uint64_t size_ = 0;
};

}  // namespace

Digest256 CryptoppSha256::sha256(std::initializer_list<Bytes> parts) const {
  Sha256 hash;
  for (const Bytes part : parts) {
    hash.update(part);
  }
  return hash.finish();
}

ByteVector CryptoppSha256::digest(HashAlgorithm hash, Bytes message) const {
  if (hash != HashAlgorithm::sha256) {
    std::abort();
  }
  const Digest256 digest = sha256({message});
  return {digest.begin(), digest.end()};
}

}  // namespace countersign
