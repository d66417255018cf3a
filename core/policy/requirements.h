#pragma once
// What a rule can demand, and how demands join: to the strictest in each dimension.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "ceremony/ceremony.h"
#include "metadata/entry.h"

namespace countersign {

class PolicyDocument;

enum class ResidentKey : std::uint8_t { discouraged, preferred, required };
enum class AttestationConveyance : std::uint8_t { none, indirect, direct, enterprise };
enum class KeyBinding : std::uint8_t { any, device_bound_claimed, device_bound_attested };

/// One bit a value of the input credential.algorithm, credential.transports; one a hint.
using AlgorithmMask = std::uint32_t;
using TransportMask = std::uint8_t;
using HintMask = std::uint8_t;
inline constexpr AlgorithmMask kAnyAlgorithm = 0xffff;
inline constexpr TransportMask kAnyTransport = 0x7f;
/// `cable` is what `hybrid` was called before; nothing reports it any more.
inline constexpr TransportMask kRealTransports = 0x3f;
/// In the order in which they are offered.
inline constexpr std::array<std::string_view, 3> kPolicyHints = {"security-key", "client-device",
                                                                 "hybrid"};
/// No upper limit.
inline constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// The default demands nothing. Allow-lists and deny-lists are bits of the document's lists: a
/// model must be on every allow-list and on no deny-list.
struct Requirements {
  UserVerification user_verification = UserVerification::discouraged;
  ResidentKey resident_key = ResidentKey::discouraged;
  AttestationConveyance attestation = AttestationConveyance::none;
  KeyBinding binding = KeyBinding::any;
  CertificationLevel minimum_certification = CertificationLevel::none;
  std::uint8_t display_tier = 0;
  std::uint8_t approvals = 0;  // people or steps beside each other; 0: nothing said
  bool has_distinct_approvers = false;
  TransportMask transports = kAnyTransport;
  HintMask hints = 0;  // advice, never security
  AlgorithmMask algorithms = kAnyAlgorithm;
  std::uint64_t allow_lists = 0;
  std::uint64_t deny_lists = 0;
  std::int64_t cooling_off = 0;                  // seconds a credential must be old
  std::int64_t authentication_age = kUnlimited;  // seconds
  std::int64_t credential_age = kUnlimited;      // seconds
  std::int64_t timeout = kUnlimited;             // seconds

  friend bool operator==(const Requirements&, const Requirements&) = default;
};

/// The strictest of both in each dimension: commutative, associative, idempotent.
void join(Requirements& into, const Requirements& other);

/// One dimension of them, for comparing and for saying which is not met.
enum class RequirementKind : std::uint8_t {
  user_verification,
  resident_key,
  attestation,
  binding,
  minimum_certification,
  authenticators,
  algorithms,
  transports,
  display_tier,
  approvals,
  cooling_off,
  authentication_age,
  credential_age,
  timeout,
};
inline constexpr std::size_t kRequirementKinds = 14;
/// One bit a kind.
constexpr std::uint32_t mask_of(RequirementKind kind) {
  return std::uint32_t{1} << static_cast<unsigned>(kind);
}
/// The member's name: "userVerification", …
std::string_view requirement_name(RequirementKind kind);

/// One bit a kind in which `a` demands less than `b`. Lists are compared by what is on them, so the
/// two may be of different documents. Hints do not count.
std::uint32_t less_demanding(const PolicyDocument& a_document, const Requirements& a,
                             const PolicyDocument& b_document, const Requirements& b);

/// Whether a model (AAGUID as text) is on every allow-list and on no deny-list.
bool is_model_allowed(const PolicyDocument& document, const Requirements& requirements,
                      std::string_view aaguid);

/// The documents' words, in the order of the values.
inline constexpr std::string_view kUserVerificationWords[] = {"required", "preferred",
                                                              "discouraged"};
inline constexpr std::string_view kResidentKeyWords[] = {"discouraged", "preferred", "required"};
inline constexpr std::string_view kAttestationWords[] = {"none", "indirect", "direct",
                                                         "enterprise"};
inline constexpr std::string_view kBindingWords[] = {"any", "device-bound-claimed",
                                                     "device-bound-attested"};

/// "required", "device-bound-attested", …: the documents' words.
std::string_view policy_verification_name(UserVerification value);
std::string_view resident_key_name(ResidentKey value);
std::string_view attestation_name(AttestationConveyance value);
std::string_view binding_name(KeyBinding value);
/// "L1+", …
std::string_view policy_level_name(CertificationLevel value);

}  // namespace countersign
