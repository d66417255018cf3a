#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "backends/openssl/openssl_backend.h"
#include "backends/openssl/openssl_handles.h"

namespace countersign {
namespace {

using openssl::Key;
using openssl::KeyContext;
using openssl::MdContext;

// A parsed key and, for ECDSA, a verification context that is ready.
struct ParsedKey {
  explicit ParsedKey(Key parsed) : key(std::move(parsed)) {}
  EVP_PKEY* get() const { return key.get(); }

  Key key;
  openssl::Spare<KeyContext> spare;  // goes before the key
};

// Keys that were used most recently stand first. The shards keep threads from waiting for each
// other; an attacker who makes keys collide in the hash table gains a walk over one shard.
class KeyCache {
 public:
  explicit KeyCache(std::size_t capacity)
      : capacity_of_shard_((capacity + kShards - 1) / kShards) {}

  std::shared_ptr<ParsedKey> find(const std::string& id) {
    Shard& shard = shard_of(id);
    const std::lock_guard<std::mutex> lock(shard.mutex);
    const auto found = shard.index.find(id);
    if (found == shard.index.end()) {
      return nullptr;
    }
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return found->second->second;
  }

  void insert(const std::string& id, const std::shared_ptr<ParsedKey>& key) {
    if (capacity_of_shard_ == 0) {
      return;
    }
    Shard& shard = shard_of(id);
    std::shared_ptr<ParsedKey> dropped;  // freed after the lock
    const std::lock_guard<std::mutex> lock(shard.mutex);
    if (shard.index.contains(id)) {
      return;
    }
    if (shard.entries.size() == capacity_of_shard_) {
      dropped = std::move(shard.entries.back().second);
      shard.index.erase(shard.entries.back().first);
      shard.entries.pop_back();
    }
    shard.entries.emplace_front(id, key);
    shard.index.emplace(id, shard.entries.begin());
  }

  std::size_t size() {
    std::size_t total = 0;
    for (Shard& shard : shards_) {
      const std::lock_guard<std::mutex> lock(shard.mutex);
      total += shard.entries.size();
    }
    return total;
  }

 private:
  static constexpr std::size_t kShards = 16;

  using Entries = std::list<std::pair<std::string, std::shared_ptr<ParsedKey>>>;
  struct Shard {
    std::mutex mutex;
    Entries entries;
    std::unordered_map<std::string, Entries::iterator> index;
  };

  Shard& shard_of(const std::string& id) {
    // An octet from the middle of x or of the modulus: as good as random.
    return shards_[static_cast<std::uint8_t>(id[id.size() / 2 - 2]) % kShards];
  }

  std::size_t capacity_of_shard_;
  std::array<Shard, kShards> shards_;
};

// All that a key is, unambiguously.
std::string id_of(const PublicKey& key) {
  const Bytes first = key.x();   // or the modulus
  const Bytes second = key.y();  // or the exponent, or nothing
  std::string id;
  id.reserve(4 + first.size() + second.size());
  id += static_cast<char>(key.type());
  id += static_cast<char>(key.curve());
  id += static_cast<char>(second.size() >> 8);
  id += static_cast<char>(second.size());
  id += text_of(first);
  id += text_of(second);
  return id;
}

Key make_from_parameters(const char* type, OSSL_PARAM* parameters) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || parameters == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    EVP_PKEY_free(key);
    return nullptr;
  }
  return Key(key);
}

const char* group_name(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return "P-256";
    case Curve::p384:
      return "P-384";
    case Curve::p521:
      return "P-521";
    case Curve::secp256k1:
      return "secp256k1";
    case Curve::none:
    case Curve::ed25519:
    case Curve::ed448:
      return nullptr;
  }
  return nullptr;
}

Key make_ec_key(const PublicKey& key) {
  const char* group = group_name(key.curve());
  if (group == nullptr) {
    return nullptr;
  }
  std::string group_text = group;
  ByteVector point;
  point.reserve(1 + 2 * key.x().size());
  point.push_back(4);  // SEC 1 §2.3.3: uncompressed
  point.insert(point.end(), key.x().begin(), key.x().end());
  point.insert(point.end(), key.y().begin(), key.y().end());
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group_text.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  return make_from_parameters("EC", parameters.data());
}

Key make_okp_key(const PublicKey& key) {
  const char* type = key.curve() == Curve::ed25519 ? "ED25519" : "ED448";
  return Key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr, key.x().data(), key.x().size()));
}

Key make_rsa_key(const PublicKey& key) {
  // OSSL_PARAM wants integers in the byte order of the machine: let the builder do that.
  BIGNUM* n = BN_bin2bn(key.modulus().data(), static_cast<int>(key.modulus().size()), nullptr);
  BIGNUM* e = BN_bin2bn(key.exponent().data(), static_cast<int>(key.exponent().size()), nullptr);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM* parameters = nullptr;
  if (n != nullptr && e != nullptr && builder != nullptr &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
    parameters = OSSL_PARAM_BLD_to_param(builder);
  }
  Key made = make_from_parameters("RSA", parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(n);
  return made;
}

Key make_evp_key(const PublicKey& key) {
  switch (key.type()) {
    case KeyType::ec2:
      return make_ec_key(key);
    case KeyType::okp:
      return make_okp_key(key);
    case KeyType::rsa:
      return make_rsa_key(key);
  }
  return nullptr;
}

// Ecdsa-Sig-Value of r ‖ s. The longest (P-521: 3 + 2 * 68 octets) fits.
struct EcdsaDer {
  std::array<std::uint8_t, 144> bytes;
  std::size_t size = 0;

  void push(std::size_t byte) { bytes[size++] = static_cast<std::uint8_t>(byte); }
};

Bytes without_leading_zeros(Bytes number) {
  while (number.size() > 1 && number[0] == 0) {
    number = number.subspan(1);
  }
  return number;
}

void push_integer(EcdsaDer& out, Bytes number) {
  const bool has_sign_octet = (number[0] & 0x80) != 0;
  out.push(0x02);
  out.push(number.size() + (has_sign_octet ? 1 : 0));
  if (has_sign_octet) {
    out.push(0);
  }
  std::copy(number.begin(), number.end(),
            out.bytes.begin() + static_cast<std::ptrdiff_t>(out.size));
  out.size += number.size();
}

EcdsaDer encode_ecdsa(Bytes fixed) {
  const Bytes r = without_leading_zeros(fixed.first(fixed.size() / 2));
  const Bytes s = without_leading_zeros(fixed.last(fixed.size() / 2));
  const std::size_t content = 4 + r.size() + (r[0] >> 7) + s.size() + (s[0] >> 7);
  EcdsaDer out;
  out.push(0x30);
  if (content > 127) {
    out.push(0x81);
  }
  out.push(content);
  push_integer(out, r);
  push_integer(out, s);
  return out;
}

}  // namespace

struct OpenSslVerifier::State {
  explicit State(std::size_t cached_keys) : cache(cached_keys) {}

  openssl::Digests digests;
  KeyCache cache;

  std::shared_ptr<ParsedKey> parsed(const PublicKey& key) {
    const std::string id = id_of(key);
    if (std::shared_ptr<ParsedKey> found = cache.find(id)) {
      return found;
    }
    Key made = make_evp_key(key);
    if (made == nullptr) {
      return nullptr;
    }
    auto parsed_key = std::make_shared<ParsedKey>(std::move(made));
    cache.insert(id, parsed_key);
    return parsed_key;
  }

  bool verify_ecdsa(HashAlgorithm hash, ParsedKey& key, Bytes message, Bytes signature) const {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
    digests.digest(hash, {message}, digest.data());
    KeyContext context = key.spare.take();
    if (context == nullptr) {
      context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
      if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1) {
        return false;
      }
    }
    const EcdsaDer der = encode_ecdsa(signature);
    const int verdict = EVP_PKEY_verify(context.get(), der.bytes.data(), der.size, digest.data(),
                                        digest_size(hash));
    key.spare.put(std::move(context));
    return verdict == 1;
  }

  bool verify_rsa(SignatureAlgorithm algorithm, ParsedKey& key, Bytes message,
                  Bytes signature) const {
    const EVP_MD* md = digests.of(algorithm.hash);
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    const bool is_pss = algorithm.scheme == SignatureScheme::rsa_pss;
    digests.digest(algorithm.hash, {message}, digest.data());
    if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(),
                                     is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context.get(), md) != 1) {
      return false;
    }
    // RFC 8230 §2: "The salt length is the same length as the hash function output", and MGF1 uses
    // the same hash.
    if (is_pss && (EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) != 1 ||
                   EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md) != 1)) {
      return false;
    }
    return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(),
                           digest_size(algorithm.hash)) == 1;
  }

  static bool verify_eddsa(ParsedKey& key, Bytes message, Bytes signature) {
    const MdContext context(EVP_MD_CTX_new());
    return context != nullptr &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                   nullptr) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
  }

  bool verify(SignatureAlgorithm algorithm, const PublicKey& key, Bytes message, Bytes signature) {
    const std::shared_ptr<ParsedKey> found = parsed(key);
    if (found == nullptr) {
      return false;
    }
    switch (algorithm.scheme) {
      case SignatureScheme::ecdsa:
        return key.type() == KeyType::ec2 && signature.size() == 2 * key.x().size() &&
               verify_ecdsa(algorithm.hash, *found, message, signature);
      case SignatureScheme::eddsa:
        return key.type() == KeyType::okp && verify_eddsa(*found, message, signature);
      case SignatureScheme::rsa_pkcs1:
      case SignatureScheme::rsa_pss:
        return key.type() == KeyType::rsa && verify_rsa(algorithm, *found, message, signature);
    }
    return false;
  }
};

OpenSslVerifier::OpenSslVerifier(std::size_t cached_keys)
    : state_(std::make_unique<State>(cached_keys)) {}
OpenSslVerifier::~OpenSslVerifier() = default;

SignatureVerdict OpenSslVerifier::verify(SignatureAlgorithm algorithm, const PublicKey& key,
                                         Bytes message, Bytes signature) const {
  const bool is_valid = state_->verify(algorithm, key, message, signature);
  if (!is_valid) {
    ERR_clear_error();  // the queue belongs to the thread: nobody else must read our refusal
  }
  return is_valid ? SignatureVerdict::valid : SignatureVerdict::invalid;
}

std::size_t OpenSslVerifier::cached_keys() const { return state_->cache.size(); }

}  // namespace countersign
