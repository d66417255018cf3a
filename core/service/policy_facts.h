#pragma once
// What policies may know of a credential and of a session: what is recorded, held against current
// metadata.

#include <string_view>

#include "ceremony/authentication.h"
#include "policy/credential_inputs.h"
#include "service/context.h"

namespace countersign {

/// Absent inputs are unknown to the policy, which counts against the customer: a value that the
/// input's row does not have stays absent.
void put_input(PolicyInputs& inputs, PolicyInput input, std::string_view text);
void put_input(PolicyInputs& inputs, PolicyInput input, std::int64_t number);

/// Not below zero: clocks step back.
std::int64_t seconds_between(UnixSeconds earlier, UnixSeconds later);

/// What was recorded at registration counts as far as the metadata of now stand by it: a model that
/// they object to, or do not know any more, is not proved, and its certification is what they say
/// now. Without metadata (`models` is null) the record stands. An AAGUID that nothing signs
/// (fido-u2f) proves no model. It has no past: the credential may be one that is being registered.
KnownCredential review_credential(const StoredCredential& credential, const MetadataModels* models,
                                  UnixSeconds now, const Hasher& hasher);
/// The same of one that somebody signs with, with its ages and whether it came by a recovery.
KnownCredential review_signer(const StoredCredential& credential, const MetadataModels* models,
                              UnixSeconds now, const Hasher& hasher);

/// Of its name in metadata ("L1+"); none of any other.
CertificationLevel certification_level_of(std::string_view name);
/// The bit of a COSE algorithm; none where policies have no word for it.
AlgorithmMask algorithm_bit(std::int64_t algorithm);
/// Whether an attestation proved the model, as far as the registration says. An AAGUID that nothing
/// signs proves none.
bool has_proved_model(std::string_view attestation_trust, const RegisteredModel& registered);

/// How its next assertion will count, if nothing is amiss.
CounterOutcome likely_counter(const StoredCredential& credential);

/// What a registration got: attestation counts as conveyed when it led to an anchor; what the
/// client attests about itself, or by a chain of its own making, is none.
AttestationConveyance conveyed_attestation(AttestationTrust trust, AttestationConveyance asked);

/// session.strength: "presence" (nobody was verified), "sca" (the user was), "sca-hardware" (and
/// the key is bound to a device, as an attestation proves).
std::string_view session_strength(const Session& session, const KnownCredential& credential);

}  // namespace countersign
