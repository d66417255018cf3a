#include "tests/support/soft_authenticator.h"

#include <algorithm>
#include <cstdlib>

namespace countersign::testing {
namespace {

// The part of a path before its first dot, and what follows the dot.
std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t dot = path.find('.');
  return dot == std::string::npos ? std::pair(path, std::string())
                                  : std::pair(path.substr(0, dot), path.substr(dot + 1));
}

// Edits whose path begins with `prefix.`, with that taken away.
std::vector<JsonEdit> edits_below(const std::vector<JsonEdit>& edits, const std::string& prefix) {
  std::vector<JsonEdit> out;
  for (const JsonEdit& edit : edits) {
    const auto [first, rest] = split_path(edit.path);
    if (first == prefix && !rest.empty()) {
      out.push_back({rest, edit.raw});
    }
  }
  return out;
}

void apply_edits(JsonMembers& members, const std::vector<JsonEdit>& edits) {
  for (const JsonEdit& edit : edits) {
    if (edit.path.find('.') == std::string::npos) {
      edit_json(members, edit);
    }
  }
}

std::string quoted_base64url(Bytes bytes) { return '"' + to_base64url(bytes) + '"'; }

ByteVector make_client_data(const CeremonyOptions& ceremony, std::string_view usual_type) {
  const ClientDataOptions& options = ceremony.client_data;
  if (options.raw) {
    return *options.raw;
  }
  JsonMembers members;
  members.emplace_back("type", json_string(options.type.value_or(std::string(usual_type))));
  members.emplace_back("challenge",
                       quoted_base64url(options.challenge.value_or(ceremony.challenge)));
  members.emplace_back("origin", json_string(options.origin));
  if (options.cross_origin) {
    members.emplace_back("crossOrigin", *options.cross_origin ? "true" : "false");
  }
  if (options.top_origin) {
    members.emplace_back("topOrigin", json_string(*options.top_origin));
  }
  apply_edits(members, options.edits);
  return bytes((options.has_byte_order_mark ? "\xef\xbb\xbf" : "") + make_json(members));
}

ByteVector make_authenticator_data(const CeremonyOptions& options, Bytes attested_data) {
  if (options.raw_authenticator_data) {
    return *options.raw_authenticator_data;
  }
  ByteVector extensions;
  if (options.raw_extensions) {
    extensions = *options.raw_extensions;
  } else if (options.extensions) {
    extensions = cbor::map(*options.extensions);
  }
  const unsigned flags = options.flags | (attested_data.empty() ? 0U : kAttestedData) |
                         (extensions.empty() ? 0U : kExtensionData);
  return concat({options.rp_id_hash.value_or(sha256(bytes(options.rp_id))),
                 big_endian(options.raw_flags.value_or(static_cast<std::uint8_t>(flags)), 1),
                 big_endian(options.sign_count, 4), attested_data, extensions,
                 options.authenticator_data_trailer});
}

ByteVector make_signature(SignatureFault fault, const TestKey& key, const TestKey& credential_key,
                          std::int64_t algorithm, Bytes message) {
  switch (fault) {
    case SignatureFault::none:
      return key.sign_cose(algorithm, message);
    case SignatureFault::wrong_key:
      return TestKey::make(key.kind(), "other").sign_cose(algorithm, message);
    case SignatureFault::credential_key:
      return credential_key.sign_cose(algorithm, message);
    case SignatureFault::flipped_bit: {
      const ByteVector signature = key.sign_cose(algorithm, message);
      return with_flipped_bit(signature, (signature.size() - 1) * 8);
    }
    case SignatureFault::other_message:
      return key.sign_cose(algorithm, concat({message, big_endian(0, 1)}));
    case SignatureFault::trailing_byte:
      return concat({key.sign_cose(algorithm, message), big_endian(0, 1)});
    case SignatureFault::empty:
      return {};
  }
  std::abort();
}

ByteVector make_signature(const CeremonyOptions& options, const TestKey& key,
                          const TestKey& credential_key, std::int64_t algorithm, Bytes message) {
  if (options.raw_signature) {
    return *options.raw_signature;
  }
  return make_signature(options.signature_fault, key, credential_key, algorithm, message);
}

std::string make_extension_results(const CeremonyOptions& options, Bytes client_data) {
  if (!options.browser_bound) {
    return "{}";
  }
  const BrowserBoundSigner& signer = *options.browser_bound;
  const ByteVector signature =
      make_signature(signer.fault, signer.key, signer.key, signer.algorithm, client_data);
  return make_json(
      {{"payment", make_json({{"browserBoundSignature",
                               make_json({{"signature", quoted_base64url(signature)}})}})}});
}

ByteVector encode_x5c(const std::vector<ByteVector>& certificates) {
  std::vector<ByteVector> items;
  for (const ByteVector& certificate : certificates) {
    items.push_back(cbor::byte_string(certificate));
  }
  return cbor::array(items);
}

// What is in an encoded byte string.
ByteVector byte_string_content(Bytes item) {
  const unsigned information = item[0] & 0x1fU;
  const std::size_t header = information < 24 ? 1 : information == 24 ? 2 : 3;
  return to_vector(item.subspan(header));
}

// Makes the statement of one format over what is known by then.
class StatementMaker {
 public:
  StatementMaker(const RegistrationOptions& options, const SoftCredential& credential,
                 Bytes authenticator_data, Bytes client_data)
      : options_(options),
        credential_(credential),
        authenticator_data_(authenticator_data),
        client_data_hash_(sha256(client_data)) {}

  /// The encoded statement, edits applied.
  ByteVector make(Format format) {
    cbor::Members members;
    switch (format) {
      case Format::none:
        break;
      case Format::packed_self:
        members = packed_self();
        break;
      case Format::packed_x5c:
        members = packed_x5c();
        break;
      case Format::fido_u2f:
        members = fido_u2f();
        break;
      case Format::apple:
        members = apple();
        break;
      case Format::tpm:
        members = tpm();
        break;
      case Format::android_key:
        members = android_key();
        break;
      case Format::android_safetynet:
        members = android_safetynet();
        break;
      case Format::compound:
        return compound();
    }
    for (const CborEdit& edit : options_.statement_edits) {
      cbor::edit(members, edit.member, edit.raw);
    }
    return cbor::map(std::move(members), options_.key_order);
  }

  std::optional<TestChain> chain;

 private:
  ByteVector signed_data() const { return concat({authenticator_data_, client_data_hash_}); }

  TestKey attestation_key() const {
    return options_.attestation_key.value_or(
        TestKey::for_algorithm(options_.attestation_algorithm, "attestation"));
  }

  // Makes the chain of the statement around the leaf and returns its x5c.
  ByteVector certify(CertificateOptions leaf) {
    if (options_.edit_leaf) {
      options_.edit_leaf(leaf);
    }
    ChainOptions chain_options;
    chain_options.leaf = leaf;
    chain_options.intermediates = options_.intermediates;
    chain_options.authority_kind = options_.authority_kind;
    if (options_.edit_chain) {
      options_.edit_chain(chain_options);
    }
    chain = make_chain(chain_options);
    return encode_x5c(options_.x5c.value_or(chain->x5c()));
  }

  cbor::Members packed_self() const {
    return {{cbor::text("alg"), cbor::integer(credential_.algorithm)},
            {cbor::text("sig"),
             cbor::byte_string(make_signature(options_, credential_.key, credential_.key,
                                              credential_.algorithm, signed_data()))}};
  }

  cbor::Members packed_x5c() {
    CertificateOptions leaf;
    leaf.key = attestation_key();
    leaf.aaguid = credential_.aaguid;
    const ByteVector x5c = certify(leaf);
    return {{cbor::text("alg"), cbor::integer(options_.attestation_algorithm)},
            {cbor::text("sig"),
             cbor::byte_string(make_signature(options_, chain->leaf->key, credential_.key,
                                              options_.attestation_algorithm, signed_data()))},
            {cbor::text("x5c"), x5c}};
  }

  cbor::Members fido_u2f() {
    CertificateOptions leaf;
    leaf.key = attestation_key();
    const ByteVector x5c = certify(leaf);
    // U2F raw message formats: 00, application, challenge, key handle, user public key.
    const ByteVector message =
        concat({big_endian(0, 1), authenticator_data_.first(32), client_data_hash_, credential_.id,
                big_endian(4, 1), credential_.key.x(), credential_.key.y()});
    return {{cbor::text("sig"), cbor::byte_string(make_signature(options_, chain->leaf->key,
                                                                 credential_.key, -7, message))},
            {cbor::text("x5c"), x5c}};
  }

  cbor::Members apple() {
    CertificateOptions leaf;
    leaf.key = credential_.key;
    leaf.extensions.push_back(
        {oids::kAppleNonce, false,
         der::sequence({der::context(1, der::octet_string(sha256(signed_data())))})});
    return {{cbor::text("x5c"), certify(leaf)}};
  }

  Attested attested() const {
    return {credential_.key, to_vector(authenticator_data_), client_data_hash_};
  }

  // Runs our edit of the leaf after the format's own.
  template <class Options>
  Options with_shared_knobs(Options options) const {
    if (options_.intermediates != 0) {
      options.intermediates = options_.intermediates;
    }
    if (options_.edit_leaf) {
      options.edit_leaf = [own = options.edit_leaf,
                           shared = options_.edit_leaf](CertificateOptions& leaf) {
        if (own) {
          own(leaf);
        }
        shared(leaf);
      };
    }
    return options;
  }

  // Takes over what a builder made; `message` is what its signature is over.
  cbor::Members adopt(BuiltStatement built, std::int64_t algorithm, Bytes message) {
    chain = built.chain;
    if (options_.x5c) {
      cbor::edit(built.members, "x5c", encode_x5c(*options_.x5c));
    }
    if (options_.signature_fault != SignatureFault::none || options_.raw_signature) {
      cbor::edit(built.members, "sig",
                 cbor::byte_string(make_signature(options_, built.chain.leaf->key, credential_.key,
                                                  algorithm, message)));
    }
    return built.members;
  }

  cbor::Members tpm() {
    BuiltStatement built = make_tpm_statement(attested(), with_shared_knobs(options_.tpm));
    const ByteVector certify_info = byte_string_content(*cbor::find(built.members, "certInfo"));
    return adopt(std::move(built), options_.tpm.algorithm, certify_info);
  }

  cbor::Members android_key() {
    AndroidKeyStatementOptions options = with_shared_knobs(options_.android_key);
    return adopt(make_android_key_statement(attested(), options), options.algorithm, signed_data());
  }

  cbor::Members android_safetynet() {
    BuiltStatement built =
        make_safetynet_statement(attested(), with_shared_knobs(options_.safetynet));
    chain = built.chain;
    if (options_.signature_fault != SignatureFault::none) {
      const ByteVector response = byte_string_content(*cbor::find(built.members, "response"));
      const std::string text(response.begin(), response.end());
      const std::string input = text.substr(0, text.rfind('.'));
      const ByteVector signature = make_signature(options_, chain->leaf->key, credential_.key,
                                                  options_.safetynet.algorithm, bytes(input));
      cbor::edit(built.members, "response",
                 cbor::byte_string(bytes(input + "." + to_base64url(signature))));
    }
    return built.members;
  }

  ByteVector compound() {
    std::vector<ByteVector> items;
    for (const Format format : options_.compound_formats) {
      const ByteVector statement = make(format);
      items.push_back(cbor::map({{cbor::text("fmt"), cbor::text(format_identifier(format))},
                                 {cbor::text("attStmt"), statement}},
                                options_.key_order));
    }
    return cbor::array(items);
  }

  const RegistrationOptions& options_;
  const SoftCredential& credential_;
  Bytes authenticator_data_;
  ByteVector client_data_hash_;
};

}  // namespace

std::string_view format_identifier(Format format) {
  switch (format) {
    case Format::none:
      return "none";
    case Format::packed_self:
    case Format::packed_x5c:
      return "packed";
    case Format::fido_u2f:
      return "fido-u2f";
    case Format::apple:
      return "apple";
    case Format::tpm:
      return "tpm";
    case Format::android_key:
      return "android-key";
    case Format::android_safetynet:
      return "android-safetynet";
    case Format::compound:
      return "compound";
  }
  std::abort();
}

const std::vector<Format>& all_formats() {
  static const std::vector<Format> kFormats{
      Format::none, Format::packed_self, Format::packed_x5c,        Format::fido_u2f, Format::apple,
      Format::tpm,  Format::android_key, Format::android_safetynet, Format::compound};
  return kFormats;
}

std::string make_json(const JsonMembers& members) {
  std::string out = "{";
  for (const auto& [name, raw] : members) {
    if (out.size() > 1) {
      out += ',';
    }
    out += json_string(name) + ':' + raw;
  }
  return out + '}';
}

void edit_json(JsonMembers& members, const JsonEdit& edit) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const auto& member) { return member.first == edit.path; });
  if (!edit.raw) {
    if (found != members.end()) {
      members.erase(found);
    }
  } else if (found != members.end()) {
    found->second = *edit.raw;
  } else {
    members.emplace_back(edit.path, *edit.raw);
  }
}

std::vector<ByteVector> Registration::anchors() const {
  return chain ? std::vector<ByteVector>{chain->root->der} : std::vector<ByteVector>{};
}

Registration make_registration(const RegistrationOptions& options) {
  Registration out;
  out.options = options;
  out.credential.key =
      options.key.value_or(TestKey::for_algorithm(options.algorithm, "credential"));
  out.credential.algorithm = options.algorithm;
  out.credential.id = options.credential_id;
  out.credential.cose_key =
      options.cose_key.value_or(out.credential.key.cose_key(options.algorithm));
  out.credential.aaguid = options.aaguid.value_or(
      options.format == Format::fido_u2f ? ByteVector(16, 0) : seeded_bytes("aaguid", 16));
  out.credential.sign_count = options.sign_count;
  out.credential.is_backup_eligible = (options.flags & kBackupEligible) != 0;
  out.credential.is_backed_up = (options.flags & kBackedUp) != 0;
  out.credential.user_handle = options.user_handle;

  ByteVector attested_data;
  if (options.raw_attested_data) {
    attested_data = *options.raw_attested_data;
  } else if (options.has_attested_data) {
    attested_data =
        concat({out.credential.aaguid,
                big_endian(options.credential_id_length.value_or(
                               static_cast<std::uint16_t>(options.credential_id.size())),
                           2),
                options.credential_id, out.credential.cose_key});
  }
  out.authenticator_data = make_authenticator_data(options, attested_data);
  out.client_data = make_client_data(options, "webauthn.create");

  StatementMaker maker(options, out.credential, out.authenticator_data, out.client_data);
  if (options.raw_statement) {
    out.statement = *options.raw_statement;
  } else {
    out.statement = maker.make(options.format);
    out.chain = maker.chain;
  }
  cbor::Members members{
      {cbor::text("fmt"),
       cbor::text(options.format_name.value_or(std::string(format_identifier(options.format))))},
      {cbor::text("attStmt"), out.statement},
      {cbor::text("authData"), cbor::byte_string(out.authenticator_data)}};
  for (const CborEdit& edit : options.attestation_object_edits) {
    cbor::edit(members, edit.member, edit.raw);
  }
  out.attestation_object = options.raw_attestation_object.value_or(
      concat({cbor::map(members, options.key_order), options.attestation_object_trailer}));

  JsonMembers response;
  response.emplace_back("clientDataJSON", quoted_base64url(out.client_data));
  response.emplace_back("attestationObject", quoted_base64url(out.attestation_object));
  response.emplace_back("transports", R"(["internal","hybrid"])");
  response.emplace_back("authenticatorData", quoted_base64url(out.authenticator_data));
  response.emplace_back("publicKey", quoted_base64url(out.credential.key.spki()));
  response.emplace_back("publicKeyAlgorithm", std::to_string(options.algorithm));
  apply_edits(response, edits_below(options.json_edits, "response"));
  JsonMembers outer;
  outer.emplace_back("id", quoted_base64url(options.credential_id));
  outer.emplace_back("rawId", quoted_base64url(options.credential_id));
  outer.emplace_back("type", "\"public-key\"");
  outer.emplace_back("authenticatorAttachment", "\"platform\"");
  outer.emplace_back("response", make_json(response));
  outer.emplace_back("clientExtensionResults", make_extension_results(options, out.client_data));
  apply_edits(outer, options.json_edits);
  out.json = make_json(outer);
  return out;
}

Assertion make_assertion(const SoftCredential& credential, const AssertionOptions& options) {
  Assertion out;
  out.options = options;
  ByteVector attested_data;
  if (options.has_attested_data) {
    attested_data = concat({credential.aaguid, big_endian(credential.id.size(), 2), credential.id,
                            credential.cose_key});
  }
  out.authenticator_data = make_authenticator_data(options, attested_data);
  out.client_data = make_client_data(options, "webauthn.get");
  out.signature = make_signature(options, credential.key, credential.key, credential.algorithm,
                                 concat({out.authenticator_data, sha256(out.client_data)}));

  JsonMembers response;
  response.emplace_back("clientDataJSON", quoted_base64url(out.client_data));
  response.emplace_back("authenticatorData", quoted_base64url(out.authenticator_data));
  response.emplace_back("signature", quoted_base64url(out.signature));
  if (options.user_handle) {
    response.emplace_back("userHandle", quoted_base64url(*options.user_handle));
  }
  apply_edits(response, edits_below(options.json_edits, "response"));
  JsonMembers outer;
  outer.emplace_back("id", quoted_base64url(credential.id));
  outer.emplace_back("rawId", quoted_base64url(credential.id));
  outer.emplace_back("type", "\"public-key\"");
  outer.emplace_back("authenticatorAttachment", "\"platform\"");
  outer.emplace_back("response", make_json(response));
  outer.emplace_back("clientExtensionResults", make_extension_results(options, out.client_data));
  apply_edits(outer, options.json_edits);
  out.json = make_json(outer);
  return out;
}

}  // namespace countersign::testing
