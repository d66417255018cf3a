#include "crypto/signature.h"

#include <algorithm>

#include "codec/der_reader.h"
#include "crypto/curve.h"

namespace countersign {
namespace {

KeyType key_type_of(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::ecdsa:
      return KeyType::ec2;
    case SignatureScheme::eddsa:
      return KeyType::okp;
    case SignatureScheme::rsa_pkcs1:
    case SignatureScheme::rsa_pss:
      return KeyType::rsa;
  }
  return KeyType::rsa;
}

// Both big-endian and of the same size.
bool is_below(Bytes a, Bytes b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

// Reads one INTEGER, 0 < value < order, into a field of fixed size.
bool read_scalar(DerReader& reader, Bytes order, std::span<std::uint8_t> out) {
  const Result<DerElement> element = reader.next(der::kInteger);
  if (!element) {
    return false;
  }
  const Result<Bytes> magnitude = der_unsigned(*element);
  if (!magnitude || magnitude->empty() || magnitude->size() > out.size()) {
    return false;
  }
  std::copy(magnitude->begin(), magnitude->end(),
            out.end() - static_cast<std::ptrdiff_t>(magnitude->size()));
  const bool is_zero = std::all_of(out.begin(), out.end(), [](std::uint8_t b) { return b == 0; });
  return !is_zero && is_below(out, order);
}

// RFC 3279 §2.2.3: Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
Result<ByteVector> make_fixed_ecdsa(Curve curve, Bytes wire) {
  const std::size_t size = coordinate_size(curve);
  const Bytes order = group_order(curve);
  const Result<DerElement> sequence = parse_der(wire, der::kSequence);
  if (!sequence) {
    return ErrorCode::signature_malformed;
  }
  ByteVector fixed(2 * size);
  const std::span<std::uint8_t> scalars(fixed);
  DerReader reader(sequence->content);
  if (!read_scalar(reader, order, scalars.first(size)) ||
      !read_scalar(reader, order, scalars.last(size)) || !reader.is_done()) {
    return ErrorCode::signature_malformed;
  }
  return fixed;
}

// RFC 8032 §5.1.7, §5.2.7: R ‖ S, S little-endian in the range 0 <= S < L.
Result<ByteVector> make_fixed_eddsa(Curve curve, Bytes wire) {
  const std::size_t size = coordinate_size(curve);
  if (wire.size() != 2 * size || !is_canonical_edwards(curve, wire.first(size))) {
    return ErrorCode::signature_malformed;
  }
  const Bytes s = wire.last(size);
  const Bytes order = group_order(curve);
  if (!std::lexicographical_compare(s.rbegin(), s.rend(), order.rbegin(), order.rend())) {
    return ErrorCode::signature_malformed;
  }
  return to_vector(wire);
}

void append_u32(ByteVector& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void append_field(ByteVector& out, Bytes value) {
  append_u32(out, value.size());
  out.insert(out.end(), value.begin(), value.end());
}

}  // namespace

Result<ByteVector> make_fixed_signature(SignatureAlgorithm algorithm, const PublicKey& key,
                                        Bytes wire_signature) {
  if (key.type() != key_type_of(algorithm.scheme)) {
    return ErrorCode::cose_key_type_mismatch;
  }
  switch (algorithm.scheme) {
    case SignatureScheme::ecdsa:
      return make_fixed_ecdsa(key.curve(), wire_signature);
    case SignatureScheme::eddsa:
      return make_fixed_eddsa(key.curve(), wire_signature);
    case SignatureScheme::rsa_pkcs1:
    case SignatureScheme::rsa_pss:
      // RFC 8017 §8.1.2, §8.2.2: length k; RSAVP1: the representative is below n.
      if (wire_signature.size() != key.modulus().size() ||
          !is_below(wire_signature, key.modulus())) {
        return ErrorCode::signature_malformed;
      }
      return to_vector(wire_signature);
  }
  return ErrorCode::signature_malformed;
}

// Every field has a fixed size or its length before it, so that no two obligations share bytes.
Digest256 obligation_digest(const SignatureObligation& obligation, const Hasher& hasher) {
  constexpr std::string_view kDomain = "countersign/signature-obligation/v1";
  const PublicKey& key = obligation.key;
  const Bytes first = key.x();   // or the modulus
  const Bytes second = key.y();  // or the exponent, or nothing
  ByteVector head;
  head.reserve(kDomain.size() + 32 + first.size() + second.size());
  append_field(head, bytes_of(kDomain));
  const auto check = static_cast<std::uint16_t>(obligation.check);
  head.push_back(static_cast<std::uint8_t>(check >> 8));
  head.push_back(static_cast<std::uint8_t>(check));
  head.push_back(static_cast<std::uint8_t>(obligation.algorithm.scheme));
  head.push_back(static_cast<std::uint8_t>(obligation.algorithm.hash));
  head.push_back(static_cast<std::uint8_t>(key.type()));
  head.push_back(static_cast<std::uint8_t>(key.curve()));
  append_field(head, first);
  append_field(head, second);
  append_u32(head, obligation.message.size());
  ByteVector signature;
  append_field(signature, obligation.signature);
  return hasher.sha256({head, obligation.message, signature});
}

std::vector<SignatureVerdict> discharge(std::span<const SignatureObligation> obligations,
                                        const SignatureVerifier& verifier) {
  std::vector<SignatureVerdict> verdicts;
  verdicts.reserve(obligations.size());
  for (const SignatureObligation& obligation : obligations) {
    verdicts.push_back(verifier.verify(obligation.algorithm, obligation.key, obligation.message,
                                       obligation.signature));
  }
  return verdicts;
}

}  // namespace countersign
