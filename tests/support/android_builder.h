#pragma once
// Statements of format android-key (WebAuthn L3 §8.4) and the KeyDescription in their certificate,
// with a knob for every field.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/support/attested.h"

namespace countersign::testing {

inline constexpr std::string_view kAndroidKeyDescriptionOid = "1.3.6.1.4.1.11129.2.1.17";

// Members of an AuthorizationList.
ByteVector android_purposes(const std::vector<std::int64_t>& purposes);  // [1]
ByteVector android_all_applications();                                   // [600]
ByteVector android_origin(std::int64_t origin);                          // [702]

struct KeyDescriptionOptions {
  ByteVector attestation_version = der::integer(300);
  ByteVector attestation_security_level = der::enumerated(1);
  ByteVector keymaster_version = der::integer(300);
  ByteVector keymaster_security_level = der::enumerated(1);
  std::optional<ByteVector> challenge;  // nothing: the client data hash
  ByteVector unique_id;
  /// Encoded members: creationDateTime [701] and attestationApplicationId [709].
  std::vector<ByteVector> software_enforced = {
      der::context(701, der::integer(1767225600000)),
      der::context(709, der::octet_string(der::sequence({der::integer(1)})))};
  /// purpose {SIGN, VERIFY}, algorithm EC, keySize, digest, curve, noAuthRequired, origin
  /// GENERATED, rootOfTrust, osVersion.
  std::vector<ByteVector> tee_enforced = {
      android_purposes({2, 3}),
      der::context(2, der::integer(3)),
      der::context(3, der::integer(256)),
      der::context(5, der::set({der::integer(4)})),
      der::context(10, der::integer(1)),
      der::context(503, der::null()),
      android_origin(0),
      der::context(704, der::sequence({der::octet_string(seeded_bytes("boot key", 32)),
                                       der::boolean(true), der::enumerated(0),
                                       der::octet_string(seeded_bytes("boot hash", 32))})),
      der::context(705, der::integer(150000))};
  std::optional<ByteVector> raw_software_enforced;  // an encoded element instead of the list
  std::optional<ByteVector> raw_tee_enforced;
  ByteVector trailer;  // encoded elements after the lists
};
ByteVector make_key_description(Bytes client_data_hash, const KeyDescriptionOptions& options = {});

struct AndroidKeyStatementOptions {
  std::int64_t algorithm = -7;
  std::optional<TestKey> leaf_key;  // nothing: the credential's
  KeyDescriptionOptions description;
  std::optional<ByteVector> raw_description;  // instead of all of that
  bool has_description = true;
  std::optional<ByteVector> raw_signature;
  std::size_t intermediates = 0;
  std::function<void(CertificateOptions&)> edit_leaf;  // last, before the leaf is made
};
BuiltStatement make_android_key_statement(const Attested& attested,
                                          const AndroidKeyStatementOptions& options = {});

}  // namespace countersign::testing
