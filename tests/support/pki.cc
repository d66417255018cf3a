#include "tests/support/pki.h"

#include <cstdlib>

namespace countersign::testing {
namespace {

ByteVector encode_attribute(const NameAttribute& attribute) {
  return der::sequence({der::oid(attribute.oid), attribute.oid == oids::kCountry
                                                     ? der::printable_string(attribute.text)
                                                     : der::utf8_string(attribute.text)});
}

ByteVector encode_extension(const Extension& extension) {
  return der::sequence({der::oid(extension.oid),
                        extension.is_critical ? der::boolean(true) : ByteVector{},
                        der::octet_string(extension.value)});
}

ByteVector encode_all(const std::vector<Extension>& extensions) {
  std::vector<ByteVector> encoded;
  for (const Extension& extension : extensions) {
    encoded.push_back(encode_extension(extension));
  }
  return der::sequence(encoded);
}

// KeyUsage is a named BIT STRING: trailing zero bits are left out, bit 0 is the highest.
ByteVector encode_key_usage(std::uint16_t bits) {
  ByteVector octets(2, 0);
  unsigned last = 0;
  for (unsigned bit = 0; bit < 16; ++bit) {
    if (((bits >> bit) & 1U) != 0) {
      octets[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
      last = bit + 1;
    }
  }
  octets.resize((last + 7) / 8);
  return der::bit_string(octets, static_cast<unsigned>(octets.size() * 8 - last));
}

ByteVector key_identifier(const TestKey& key) { return digest(Hash::sha1, key.public_octets()); }

ByteVector hash_oid(Hash hash) {
  switch (hash) {
    case Hash::sha1:
      return der::oid("1.3.14.3.2.26");
    case Hash::sha256:
      return der::oid("2.16.840.1.101.3.4.2.1");
    case Hash::sha384:
      return der::oid("2.16.840.1.101.3.4.2.2");
    case Hash::sha512:
      return der::oid("2.16.840.1.101.3.4.2.3");
  }
  std::abort();
}

// Signs with the issuer's key, with a stranger's, or spoils the outcome.
ByteVector sign_with_fault(const TestKey& key, CertificateSignature algorithm, Bytes message,
                           bool is_stranger, bool is_flipped) {
  const TestKey signer = is_stranger ? TestKey::make(key.kind(), "other") : key;
  const ByteVector signature = signer.sign(algorithm.scheme, algorithm.hash, message);
  // The lowest bit of the last octet: every encoding stays well-formed.
  return is_flipped ? with_flipped_bit(signature, (signature.size() - 1) * 8) : signature;
}

}  // namespace

ByteVector make_multi_valued_name(const std::vector<std::vector<NameAttribute>>& rdns) {
  std::vector<ByteVector> sets;
  for (const std::vector<NameAttribute>& rdn : rdns) {
    ByteVector content;
    for (const NameAttribute& attribute : rdn) {
      content = concat({content, encode_attribute(attribute)});
    }
    sets.push_back(der::element(0x31, content));
  }
  return der::sequence(sets);
}

ByteVector make_name(const std::vector<NameAttribute>& attributes) {
  std::vector<std::vector<NameAttribute>> rdns;
  for (const NameAttribute& attribute : attributes) {
    rdns.push_back({attribute});
  }
  return make_multi_valued_name(rdns);
}

ByteVector attestation_subject(std::string_view common_name) {
  return make_name({{oids::kCountry, "SE"},
                    {oids::kOrganization, "Countersign Tests"},
                    {oids::kOrganizationalUnit, "Authenticator Attestation"},
                    {oids::kCommonName, std::string(common_name)}});
}

ByteVector authority_subject(std::string_view common_name) {
  return make_name(
      {{oids::kOrganization, "Countersign Tests"}, {oids::kCommonName, std::string(common_name)}});
}

ByteVector signature_algorithm_identifier(CertificateSignature algorithm) {
  const std::size_t hash = static_cast<std::size_t>(algorithm.hash);
  switch (algorithm.scheme) {
    case Scheme::ecdsa: {
      constexpr std::string_view kOids[] = {"1.2.840.10045.4.1", "1.2.840.10045.4.3.2",
                                            "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"};
      return der::sequence({der::oid(kOids[hash])});
    }
    case Scheme::rsa_pkcs1: {
      constexpr std::string_view kOids[] = {"1.2.840.113549.1.1.5", "1.2.840.113549.1.1.11",
                                            "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"};
      return der::sequence({der::oid(kOids[hash]), der::null()});
    }
    case Scheme::rsa_pss: {
      const ByteVector identifier = der::sequence({hash_oid(algorithm.hash), der::null()});
      const std::int64_t salt = static_cast<std::int64_t>(digest(algorithm.hash, {}).size());
      const ByteVector mgf = der::sequence({der::oid("1.2.840.113549.1.1.8"), identifier});
      return der::sequence({der::oid("1.2.840.113549.1.1.10"),
                            der::sequence({der::context(0, identifier), der::context(1, mgf),
                                           der::context(2, der::integer(salt))})});
    }
    case Scheme::eddsa:
      // The curve is told by the hash, which EdDSA does not use: SHA-512 for Ed25519, SHA-384 for
      // Ed448.
      return der::sequence(
          {der::oid(algorithm.hash == Hash::sha384 ? "1.3.101.113" : "1.3.101.112")});
  }
  std::abort();
}

CertificateSignature usual_signature(const TestKey& key) {
  switch (key.kind()) {
    case KeyKind::p256:
    case KeyKind::secp256k1:
      return {Scheme::ecdsa, Hash::sha256};
    case KeyKind::p384:
      return {Scheme::ecdsa, Hash::sha384};
    case KeyKind::p521:
      return {Scheme::ecdsa, Hash::sha512};
    case KeyKind::rsa1024:
    case KeyKind::rsa2048:
    case KeyKind::rsa3072:
    case KeyKind::rsa4096:
      return {Scheme::rsa_pkcs1, Hash::sha256};
    case KeyKind::ed25519:
      return {Scheme::eddsa, Hash::sha512};
    case KeyKind::ed448:
      return {Scheme::eddsa, Hash::sha384};
  }
  std::abort();
}

TestCertificate make_certificate(const CertificateOptions& options, const TestCertificate* issuer) {
  const TestKey signing_key = issuer != nullptr ? issuer->key : options.key;
  const CertificateSignature algorithm = options.signature.value_or(usual_signature(signing_key));
  const ByteVector own_identifier = key_identifier(options.key);
  const ByteVector issuer_name =
      options.issuer.value_or(issuer != nullptr ? issuer->subject : options.subject);

  std::vector<Extension> extensions;
  if (options.has_basic_constraints) {
    extensions.push_back(
        {oids::kBasicConstraints, options.is_basic_constraints_critical,
         der::sequence({options.is_ca ? der::boolean(true) : ByteVector{},
                        options.path_length ? der::integer(*options.path_length) : ByteVector{}})});
  }
  if (options.key_usage) {
    extensions.push_back({oids::kKeyUsage, true, encode_key_usage(*options.key_usage)});
  }
  if (!options.extended_key_usage.empty()) {
    std::vector<ByteVector> purposes;
    for (const std::string_view purpose : options.extended_key_usage) {
      purposes.push_back(der::oid(purpose));
    }
    extensions.push_back({oids::kExtendedKeyUsage, false, der::sequence(purposes)});
  }
  if (options.has_subject_key_identifier) {
    extensions.push_back({oids::kSubjectKeyIdentifier, false, der::octet_string(own_identifier)});
  }
  if (options.has_authority_key_identifier || options.authority_key_identifier) {
    const ByteVector identifier = options.authority_key_identifier.value_or(
        issuer != nullptr ? issuer->subject_key_identifier : own_identifier);
    extensions.push_back(
        {oids::kAuthorityKeyIdentifier, false, der::sequence({der::element(0x80, identifier)})});
  }
  if (options.aaguid) {
    extensions.push_back(
        {oids::kFidoAaguid, options.is_aaguid_critical, der::octet_string(*options.aaguid)});
  }
  if (options.subject_alt_name) {
    extensions.push_back(
        {oids::kSubjectAltName, options.is_subject_alt_name_critical, *options.subject_alt_name});
  }
  extensions.insert(extensions.end(), options.extensions.begin(), options.extensions.end());
  if (options.fault == CertificateFault::duplicate_extension) {
    extensions.push_back(extensions.at(0));
  }

  const ByteVector version =
      options.version == 1 ? ByteVector{} : der::context(0, der::integer(options.version - 1));
  const ByteVector extension_field = options.version < 3 || extensions.empty()
                                         ? ByteVector{}
                                         : der::context(3, encode_all(extensions));
  const ByteVector tbs = der::sequence(
      {version, der::unsigned_integer(options.serial), signature_algorithm_identifier(algorithm),
       issuer_name, der::sequence({der::time(options.not_before), der::time(options.not_after)}),
       options.subject, options.spki.value_or(options.key.spki()), extension_field});

  CertificateSignature outer = algorithm;
  if (options.fault == CertificateFault::algorithm_mismatch) {
    outer.hash = algorithm.hash == Hash::sha512 ? Hash::sha384 : Hash::sha512;
  }
  const ByteVector signature = sign_with_fault(
      signing_key, algorithm, tbs, options.fault == CertificateFault::wrong_signature,
      options.fault == CertificateFault::flipped_signature);
  ByteVector der =
      der::sequence({tbs, signature_algorithm_identifier(outer), der::bit_string(signature)});
  if (options.fault == CertificateFault::trailing_bytes) {
    der.push_back(0);
  }
  return {std::move(der), options.key, options.subject, own_identifier};
}

CertificateOptions authority_options(std::string_view common_name, const TestKey& key) {
  CertificateOptions options;
  options.key = key;
  options.subject = authority_subject(common_name);
  options.is_ca = true;
  options.key_usage = 0x60;
  options.serial = {0x0a};
  return options;
}

std::vector<ByteVector> TestChain::x5c() const {
  std::vector<ByteVector> out;
  if (leaf) {
    out.push_back(leaf->der);
  }
  for (const TestCertificate& intermediate : intermediates) {
    out.push_back(intermediate.der);
  }
  return out;
}

TestChain make_chain(const ChainOptions& options) {
  TestChain chain;
  CertificateOptions root = options.root;
  if (root.key.kind() != options.authority_kind) {
    root.key = TestKey::make(options.authority_kind, "root");
  }
  chain.root = make_certificate(root, nullptr);
  const TestCertificate* issuer = &*chain.root;
  chain.intermediates.reserve(options.intermediates);
  for (std::size_t i = options.intermediates; i-- > 0;) {
    const bool is_rsa =
        options.authority_kind >= KeyKind::rsa1024 && options.authority_kind <= KeyKind::rsa4096;
    const std::string label = is_rsa && i == 0 ? "intermediate"
                              : is_rsa         ? std::to_string(i)
                                               : "intermediate " + std::to_string(i);
    CertificateOptions intermediate = authority_options(
        "Intermediate " + std::to_string(i), TestKey::make(options.authority_kind, label));
    intermediate.serial = {static_cast<std::uint8_t>(0x10 + i)};
    if (options.edit_intermediate != nullptr) {
      options.edit_intermediate(intermediate, i);
    }
    chain.intermediates.insert(chain.intermediates.begin(), make_certificate(intermediate, issuer));
    issuer = &chain.intermediates.front();
  }
  chain.leaf = make_certificate(options.leaf, issuer);
  return chain;
}

TestChain make_chain(const CertificateOptions& leaf, std::size_t intermediates) {
  ChainOptions options;
  options.leaf = leaf;
  options.intermediates = intermediates;
  return make_chain(options);
}

ByteVector make_crl(const CrlOptions& options, const TestCertificate& issuer) {
  const CertificateSignature algorithm = options.signature.value_or(usual_signature(issuer.key));
  std::vector<CrlEntry> entries;
  for (const ByteVector& serial : options.revoked_serials) {
    entries.push_back({serial, {}});
  }
  entries.insert(entries.end(), options.entries.begin(), options.entries.end());
  std::vector<ByteVector> revoked;
  for (const CrlEntry& entry : entries) {
    revoked.push_back(
        der::sequence({der::unsigned_integer(entry.serial), der::time(options.this_update),
                       entry.extensions.empty() ? ByteVector{} : encode_all(entry.extensions)}));
  }

  std::vector<Extension> extensions;
  if (options.has_authority_key_identifier) {
    const ByteVector identifier =
        options.authority_key_identifier.value_or(issuer.subject_key_identifier);
    extensions.push_back(
        {oids::kAuthorityKeyIdentifier, false, der::sequence({der::element(0x80, identifier)})});
  }
  extensions.push_back({oids::kCrlNumber, false, der::integer(1)});
  extensions.insert(extensions.end(), options.extensions.begin(), options.extensions.end());
  if (options.fault == CrlFault::duplicate_extension) {
    extensions.push_back(extensions.at(0));
  }

  const ByteVector tbs = der::sequence(
      {options.version == 1 ? ByteVector{} : der::integer(options.version - 1),
       signature_algorithm_identifier(algorithm), options.issuer.value_or(issuer.subject),
       der::time(options.this_update),
       options.next_update ? der::time(*options.next_update) : ByteVector{},
       options.revoked ? *options.revoked
                       : (revoked.empty() ? ByteVector{} : der::sequence(revoked)),
       options.version == 1 ? ByteVector{} : der::context(0, encode_all(extensions))});
  CertificateSignature outer = algorithm;
  if (options.fault == CrlFault::algorithm_mismatch) {
    outer.hash = algorithm.hash == Hash::sha512 ? Hash::sha384 : Hash::sha512;
  }
  ByteVector der = der::sequence(
      {tbs, signature_algorithm_identifier(outer),
       der::bit_string(sign_with_fault(issuer.key, algorithm, tbs,
                                       options.fault == CrlFault::wrong_signature, false))});
  if (options.fault == CrlFault::trailing_bytes) {
    der.push_back(0);
  }
  return der;
}

ByteVector distribution_point(std::string_view url) {
  return der::sequence({der::context(0, der::context(0, der::element(0x86, bytes(url))))});
}

}  // namespace countersign::testing
