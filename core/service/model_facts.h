#pragma once
// What is kept of a credential's authenticator model, and what metadata hold against it now.

#include <optional>

#include "ceremony/registration.h"
#include "service/context.h"

namespace countersign {

/// The facts of a registration that later reports on its model are held against. For compound: of
/// all its statements together.
RegisteredModel registered_model(const VerifiedRegistration& registration, const Hasher& hasher);

/// What is recorded at registration; `models` may be null.
CredentialModel make_credential_model(const VerifiedRegistration& registration,
                                      const MetadataModels* models, UnixSeconds now,
                                      const Hasher& hasher);

/// Brings `credential.model` up to date: metadata are looked up at once, so that nobody waits for
/// the review; without an objection of theirs the one that the last review left stands.
void update_objection(const MetadataModels* models, UnixSeconds now, StoredCredential& credential);

}  // namespace countersign
