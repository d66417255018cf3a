#pragma once
// A software authenticator with its browser: makes RegistrationResponseJSON and
// AuthenticationResponseJSON as a real pair would, with a knob for every way to be wrong. With the
// options left alone the messages are valid; each knob changes one thing and everything that
// depends on it (signatures are made last), so that a test sees the one rule it is about.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/android_builder.h"
#include "tests/support/cbor.h"
#include "tests/support/encoding.h"
#include "tests/support/jws_builder.h"
#include "tests/support/keys.h"
#include "tests/support/pki.h"
#include "tests/support/tpm_builder.h"

namespace countersign::testing {

/// A JSON member replaced or added (raw JSON text), or removed (nothing). A path into an inner
/// object is written with dots: "response.signature".
struct JsonEdit {
  std::string path;
  std::optional<std::string> raw;
};

/// A member of a CBOR map with text keys replaced or added (an encoded item), or removed.
struct CborEdit {
  std::string member;
  std::optional<ByteVector> raw;
};

inline constexpr std::uint8_t kUserPresent = 0x01;
inline constexpr std::uint8_t kUserVerified = 0x04;
inline constexpr std::uint8_t kBackupEligible = 0x08;
inline constexpr std::uint8_t kBackedUp = 0x10;
inline constexpr std::uint8_t kAttestedData = 0x40;
inline constexpr std::uint8_t kExtensionData = 0x80;

enum class SignatureFault : std::uint8_t {
  none,
  wrong_key,       // a stranger's key of the same kind
  credential_key,  // packed with x5c, fido-u2f: the credential's key instead of the certificate's
  flipped_bit,     // lowest bit of the last octet
  other_message,   // over the message with one more octet
  trailing_byte,
  empty,
};

struct ClientDataOptions {
  std::optional<std::string> type;      // nothing: webauthn.create or webauthn.get
  std::optional<ByteVector> challenge;  // nothing: the ceremony's
  std::string origin = "https://example.org";
  std::optional<bool> cross_origin = false;
  std::optional<std::string> top_origin;
  std::vector<JsonEdit> edits;
  bool has_byte_order_mark = false;
  std::optional<ByteVector> raw;  // instead of all of the above
};

/// A key of the browser's beside the passkey (Secure Payment Confirmation): its signature over the
/// client data stands in the client extension results. The client data name it by an edit.
struct BrowserBoundSigner {
  TestKey key = TestKey::make(KeyKind::p256, "browser-bound");
  std::int64_t algorithm = -7;
  SignatureFault fault = SignatureFault::none;
};

/// What both ceremonies share.
struct CeremonyOptions {
  std::string rp_id = "example.org";
  ByteVector challenge = seeded_bytes("challenge", 32);
  ClientDataOptions client_data;

  /// The bits AT and ED are added as the content demands.
  std::uint8_t flags = kUserPresent | kUserVerified;
  std::optional<std::uint8_t> raw_flags;  // the whole octet instead
  std::uint32_t sign_count = 0;
  std::optional<ByteVector> rp_id_hash;      // instead of SHA-256(rp_id)
  std::optional<cbor::Members> extensions;   // authenticator extension outputs
  std::optional<ByteVector> raw_extensions;  // encoded, as they stand
  ByteVector authenticator_data_trailer;     // after everything else, signed
  std::optional<ByteVector> raw_authenticator_data;

  SignatureFault signature_fault = SignatureFault::none;
  std::optional<ByteVector> raw_signature;
  std::optional<BrowserBoundSigner> browser_bound;
  std::vector<JsonEdit> json_edits;  // on the response's JSON, made last
};

enum class Format : std::uint8_t {
  none,
  packed_self,
  packed_x5c,
  fido_u2f,
  apple,
  tpm,  // RSA or ECC as the credential's key is
  android_key,
  android_safetynet,
  compound,
};
/// All of them, compound last.
const std::vector<Format>& all_formats();
/// The identifier as it stands in `fmt`.
std::string_view format_identifier(Format format);

struct RegistrationOptions : CeremonyOptions {
  std::int64_t algorithm = -7;         // of the credential
  std::optional<TestKey> key;          // nothing: for_algorithm(algorithm, "credential")
  std::optional<ByteVector> cose_key;  // encoded, instead of the key's
  std::optional<ByteVector> aaguid;    // nothing: a fixed one; zero for fido-u2f
  ByteVector credential_id = seeded_bytes("credential id", 32);
  std::optional<std::uint16_t> credential_id_length;  // instead of the true one
  std::optional<ByteVector>
      raw_attested_data;  // aaguid, length, id and key: instead of those above
  bool has_attested_data = true;
  ByteVector user_handle = seeded_bytes("user handle", 32);

  Format format = Format::none;
  std::vector<Format> compound_formats = {Format::packed_self, Format::packed_x5c};
  std::optional<std::string> format_name;  // instead of the format's own identifier
  /// attStmt.alg; the attestation key follows from it unless `leaf.key` was set.
  std::int64_t attestation_algorithm = -7;
  std::optional<TestKey> attestation_key;
  std::size_t intermediates = 0;
  KeyKind authority_kind = KeyKind::p256;
  std::function<void(CertificateOptions&)> edit_leaf;  // last, before the leaf is made
  std::function<void(ChainOptions&)> edit_chain;       // last, before the chain is made
  std::optional<std::vector<ByteVector>> x5c;          // instead of the chain's
  // Knobs of the formats that have structures of their own. These have their own attestation
  // algorithm; intermediates and edit_leaf above count for them too.
  TpmStatementOptions tpm;
  AndroidKeyStatementOptions android_key;
  SafetyNetStatementOptions safetynet;

  std::vector<CborEdit> statement_edits;
  std::optional<ByteVector> raw_statement;  // encoded attStmt
  cbor::KeyOrder key_order = cbor::KeyOrder::canonical;
  std::vector<CborEdit> attestation_object_edits;
  ByteVector attestation_object_trailer;
  std::optional<ByteVector> raw_attestation_object;
};

/// What the authenticator keeps.
struct SoftCredential {
  TestKey key = TestKey::make(KeyKind::p256, "credential");
  std::int64_t algorithm = -7;
  ByteVector id;
  ByteVector cose_key;  // encoded
  ByteVector aaguid;
  std::uint32_t sign_count = 0;
  bool is_backup_eligible = false;
  bool is_backed_up = false;
  ByteVector user_handle;
};

struct Registration {
  std::string json;
  ByteVector client_data;
  ByteVector attestation_object;
  ByteVector authenticator_data;
  ByteVector statement;  // encoded attStmt
  SoftCredential credential;
  std::optional<TestChain> chain;
  RegistrationOptions options;

  /// The chain's root, DER; empty for none and self.
  std::vector<ByteVector> anchors() const;
};
Registration make_registration(const RegistrationOptions& options = {});

struct AssertionOptions : CeremonyOptions {
  /// Nothing: the member is absent.
  std::optional<ByteVector> user_handle;
  bool has_attested_data = false;
};

struct Assertion {
  std::string json;
  ByteVector client_data;
  ByteVector authenticator_data;
  ByteVector signature;
  AssertionOptions options;
};
Assertion make_assertion(const SoftCredential& credential, const AssertionOptions& options = {});

/// The JSON text of an object after edits; `members` hold raw JSON.
using JsonMembers = std::vector<std::pair<std::string, std::string>>;
std::string make_json(const JsonMembers& members);
void edit_json(JsonMembers& members, const JsonEdit& edit);

}  // namespace countersign::testing
