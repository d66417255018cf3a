#include "tests/support/android_builder.h"

namespace countersign::testing {

ByteVector android_purposes(const std::vector<std::int64_t>& purposes) {
  ByteVector content;
  for (const std::int64_t purpose : purposes) {
    content = concat({content, der::integer(purpose)});
  }
  return der::context(1, der::element(0x31, content));
}

ByteVector android_all_applications() { return der::context(600, der::null()); }

ByteVector android_origin(std::int64_t origin) { return der::context(702, der::integer(origin)); }

ByteVector make_key_description(Bytes client_data_hash, const KeyDescriptionOptions& options) {
  return der::sequence(
      {options.attestation_version, options.attestation_security_level, options.keymaster_version,
       options.keymaster_security_level,
       der::octet_string(options.challenge.value_or(to_vector(client_data_hash))),
       der::octet_string(options.unique_id),
       options.raw_software_enforced.value_or(der::sequence(options.software_enforced)),
       options.raw_tee_enforced.value_or(der::sequence(options.tee_enforced)), options.trailer});
}

BuiltStatement make_android_key_statement(const Attested& attested,
                                          const AndroidKeyStatementOptions& options) {
  CertificateOptions leaf;
  leaf.key = options.leaf_key.value_or(attested.key);
  leaf.subject = make_name({{oids::kCommonName, "Android Keystore Key"}});
  leaf.has_basic_constraints = false;
  if (options.has_description) {
    leaf.extensions.push_back({kAndroidKeyDescriptionOid, false,
                               options.raw_description.value_or(make_key_description(
                                   attested.client_data_hash, options.description))});
  }
  if (options.edit_leaf) {
    options.edit_leaf(leaf);
  }
  BuiltStatement built;
  built.chain = make_chain(leaf, options.intermediates);

  const ByteVector signature =
      options.raw_signature.value_or(leaf.key.sign_cose(options.algorithm, attested.message()));
  std::vector<ByteVector> x5c;
  for (const ByteVector& certificate : built.chain.x5c()) {
    x5c.push_back(cbor::byte_string(certificate));
  }
  built.members = {{cbor::text("alg"), cbor::integer(options.algorithm)},
                   {cbor::text("sig"), cbor::byte_string(signature)},
                   {cbor::text("x5c"), cbor::array(x5c)}};
  return built;
}

}  // namespace countersign::testing
