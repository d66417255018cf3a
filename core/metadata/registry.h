#pragma once
// Names that metadata take from FIDO's registries, and what they are here (FIDO Registry of
// Predefined Values v2.2 §3.6, Metadata Service v3.1 §3.1.4).

#include <optional>
#include <string_view>

#include "crypto/algorithm.h"
#include "metadata/entry.h"

namespace countersign {

/// `unknown` for a name of a later edition.
AuthenticatorStatus find_authenticator_status(std::string_view name);

/// "none", "L1", "L1+", …; nothing for another text.
std::optional<CertificationLevel> find_certification_level(std::string_view name);

/// Nothing for a name of a later edition.
std::optional<MetadataAttestationType> find_attestation_type(std::string_view name);

/// Nothing where WebAuthn has no such algorithm (SM2) and for names of a later edition.
std::optional<CoseAlgorithm> find_authentication_algorithm(std::string_view name);

}  // namespace countersign
