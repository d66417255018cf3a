#include "tests/support/tpm_builder.h"

#include <cstdlib>

namespace countersign::testing {
namespace {

bool is_rsa(const TestKey& key) { return !key.modulus().empty(); }

std::uint16_t tpm_curve(const TestKey& key) {
  switch (key.kind()) {
    case KeyKind::p256:
      return 0x0003;
    case KeyKind::p384:
      return 0x0004;
    case KeyKind::p521:
      return 0x0005;
    case KeyKind::secp256k1:
    case KeyKind::rsa1024:
    case KeyKind::rsa2048:
    case KeyKind::rsa3072:
    case KeyKind::rsa4096:
    case KeyKind::ed25519:
    case KeyKind::ed448:
      break;
  }
  return 0;
}

Hash hash_of_tpm_id(std::uint16_t id) {
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512}) {
    if (tpm_hash_id(hash) == id) {
      return hash;
    }
  }
  return Hash::sha256;
}

}  // namespace

ByteVector tpm_sized(Bytes content) { return concat({big_endian(content.size(), 2), content}); }

std::uint16_t tpm_hash_id(Hash hash) {
  switch (hash) {
    case Hash::sha1:
      return 0x0004;
    case Hash::sha256:
      return 0x000b;
    case Hash::sha384:
      return 0x000c;
    case Hash::sha512:
      return 0x000d;
  }
  std::abort();
}

ByteVector make_tpm_public(const TestKey& key, const TpmPublicOptions& options) {
  const std::uint16_t type = options.type.value_or(is_rsa(key) ? 0x0001 : 0x0023);
  const ByteVector head =
      concat({big_endian(type, 2), big_endian(options.name_algorithm, 2),
              big_endian(options.object_attributes, 4), tpm_sized(options.authorization_policy),
              options.symmetric, options.scheme});
  if (is_rsa(key)) {
    const ByteVector modulus = options.modulus.value_or(key.modulus());
    return concat({head, big_endian(options.key_bits.value_or(key.modulus().size() * 8), 2),
                   big_endian(options.exponent, 4), tpm_sized(modulus), options.trailer});
  }
  return concat({head, big_endian(options.curve.value_or(tpm_curve(key)), 2), options.kdf,
                 tpm_sized(options.x.value_or(key.x())), tpm_sized(options.y.value_or(key.y())),
                 options.trailer});
}

ByteVector make_tpm_name(std::uint16_t name_algorithm, Hash hash, Bytes public_area) {
  return concat({big_endian(name_algorithm, 2), digest(hash, public_area)});
}

ByteVector make_tpm_attest(Bytes extra_data, Bytes name, const TpmAttestOptions& options) {
  return concat({big_endian(options.magic, 4), big_endian(options.type, 2),
                 tpm_sized(options.qualified_signer),
                 tpm_sized(options.extra_data.value_or(to_vector(extra_data))),
                 big_endian(options.clock, 8), big_endian(options.reset_count, 4),
                 big_endian(options.restart_count, 4), big_endian(options.safe, 1),
                 big_endian(options.firmware_version, 8),
                 tpm_sized(options.name.value_or(to_vector(name))),
                 tpm_sized(options.qualified_name), options.trailer});
}

ByteVector make_tpm_alternative_name(const TpmIdentityOptions& options) {
  std::vector<NameAttribute> attributes;
  const auto add = [&](std::string_view oid, const std::optional<std::string>& text) {
    if (text.has_value()) {
      attributes.push_back({oid, *text});
    }
  };
  add("2.23.133.2.1", options.manufacturer);
  add("2.23.133.2.2", options.model);
  add("2.23.133.2.3", options.version);
  switch (options.shape) {
    case TpmNameShape::three_rdns:
      return der::sequence({der::context(4, make_name(attributes))});
    case TpmNameShape::one_rdn:
      return der::sequence({der::context(4, make_multi_valued_name({attributes}))});
    case TpmNameShape::three_directory_names: {
      std::vector<ByteVector> names;
      for (const NameAttribute& attribute : attributes) {
        names.push_back(der::context(4, make_name({attribute})));
      }
      return der::sequence(names);
    }
  }
  std::abort();
}

CertificateOptions tpm_leaf_options(const TpmStatementOptions& options) {
  CertificateOptions leaf;
  leaf.key = options.attestation_key.value_or(TestKey::for_algorithm(
      options.algorithm == -65535 ? -257 : options.algorithm, "attestation"));
  leaf.subject = make_name({});
  leaf.extended_key_usage = {oids::kTcgAikCertificate};
  leaf.subject_alt_name = make_tpm_alternative_name(options.identity);
  leaf.is_subject_alt_name_critical = true;
  if (options.edit_leaf) {
    options.edit_leaf(leaf);
  }
  return leaf;
}

BuiltStatement make_tpm_statement(const Attested& attested, const TpmStatementOptions& options) {
  const CertificateOptions leaf = tpm_leaf_options(options);
  BuiltStatement built;
  built.chain = make_chain(leaf, options.intermediates);

  const ByteVector public_area =
      options.raw_public_area.value_or(make_tpm_public(attested.key, options.public_area));
  const std::uint16_t name_algorithm = options.public_area.name_algorithm;
  const ByteVector name =
      make_tpm_name(name_algorithm, hash_of_tpm_id(name_algorithm), public_area);
  const ByteVector certify_info = options.raw_certify_info.value_or(make_tpm_attest(
      digest(cose_meaning(options.algorithm).hash, attested.message()), name, options.attest));
  const ByteVector signature =
      options.raw_signature.value_or(leaf.key.sign_cose(options.algorithm, certify_info));

  std::vector<ByteVector> x5c;
  for (const ByteVector& certificate : built.chain.x5c()) {
    x5c.push_back(cbor::byte_string(certificate));
  }
  built.members = {{cbor::text("ver"), cbor::text(options.version)},
                   {cbor::text("alg"), cbor::integer(options.algorithm)},
                   {cbor::text("x5c"), cbor::array(x5c)},
                   {cbor::text("sig"), cbor::byte_string(signature)},
                   {cbor::text("certInfo"), cbor::byte_string(certify_info)},
                   {cbor::text("pubArea"), cbor::byte_string(public_area)}};
  return built;
}

}  // namespace countersign::testing
