#include "service/model_facts.h"

namespace countersign {
namespace {

void add_chain(std::span<const Certificate> certificates, const Hasher& hasher,
               RegisteredModel& out) {
  const std::vector<Digest256> digests = chain_digests(certificates, nullptr, hasher);
  out.chain.insert(out.chain.end(), digests.begin(), digests.end());
}

void add_facts(const AttestationStatementResult& statement, const Hasher& hasher,
               RegisteredModel& out) {
  for (const AttestationStatementResult& part : statement.compound) {
    add_facts(part, hasher, out);
  }
  add_chain(statement.trust_path, hasher, out);
  if (statement.format == "fido-u2f") {
    out.key_identifiers.push_back(key_identifier_of(statement.trust_path.front(), hasher));
  } else if (statement.compound.empty() && statement.type != AttestationType::none) {
    out.is_aaguid_signed = true;
  }
}

}  // namespace

RegisteredModel registered_model(const VerifiedRegistration& registration, const Hasher& hasher) {
  RegisteredModel out;
  out.aaguid = registration.record().aaguid;
  add_facts(registration.statement(), hasher, out);
  add_chain(registration.anchors(), hasher, out);
  return out;
}

CredentialModel make_credential_model(const VerifiedRegistration& registration,
                                      const MetadataModels* models, UnixSeconds now,
                                      const Hasher& hasher) {
  CredentialModel out;
  out.registered = registered_model(registration, hasher);
  out.at_registration = registration.model().value_or(ModelAssessment());
  if (models != nullptr) {
    out.evaluated_at = now;
  }
  return out;
}

void update_objection(const MetadataModels* models, UnixSeconds now, StoredCredential& credential) {
  if (models == nullptr) {
    return;
  }
  const std::optional<Error> objection = models->objection_to(credential.model.registered, now);
  if (objection) {
    credential.model.objection = objection->code;
    credential.model.evaluated_at = now;
  }
}

}  // namespace countersign
