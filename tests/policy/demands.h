#pragma once
// A demand of each kind alone, and a passkey that meets what a passkey can of them.

#include "policy/enforcement.h"
#include "policy/lockout.h"
#include "tests/policy/policies.h"

namespace countersign::testing {

inline constexpr const char* kListedModel = "ee882879-721c-4913-9775-3dfcce97072a";

inline Json keys_list(const std::string& model = kListedModel) {
  return {{"keys", Json::array({model})}};
}

/// Demands of that kind and of no other; a list is `keys`.
inline Json demand_of(RequirementKind kind) {
  switch (kind) {
    case RequirementKind::user_verification:
      return {{"userVerification", "required"}};
    case RequirementKind::resident_key:
      return {{"residentKey", "required"}};
    case RequirementKind::attestation:
      return {{"attestation", "direct"}};
    case RequirementKind::binding:
      return {{"binding", "device-bound-claimed"}};
    case RequirementKind::minimum_certification:
      return {{"minimumCertification", "L1"}};
    case RequirementKind::authenticators:
      return {{"authenticators", {{"allow", "keys"}}}};
    case RequirementKind::algorithms:
      return {{"algorithms", Json::array({"ES256"})}};
    case RequirementKind::transports:
      return {{"transports", Json::array({"internal", "hybrid"})}};
    case RequirementKind::display_tier:
      return {{"displayTier", 1}};
    case RequirementKind::approvals:
      return {{"approvals", {{"count", 2}, {"distinctUsers", true}}}};
    case RequirementKind::cooling_off:
      return {{"coolingOff", "P1D"}};
    case RequirementKind::authentication_age:
      return {{"authenticationAge", "PT5M"}};
    case RequirementKind::credential_age:
      return {{"credentialAge", "P30D"}};
    case RequirementKind::timeout:
      return {{"timeout", "PT1M"}};
  }
  return Json::object();
}

/// No credential can meet them; of documents without lists.
inline bool is_unsatisfiable(const Requirements& demanded) {
  return demanded.algorithms == 0 || demanded.transports == 0 ||
         demanded.cooling_off > demanded.credential_age;
}

inline EnrolledCredential well_equipped() {
  EnrolledCredential one;
  one.user = "ada";
  one.known.facts.aaguid = kListedModel;
  one.known.facts.is_model_proved = true;
  one.known.facts.attestation = AttestationConveyance::direct;
  one.known.facts.certification = CertificationLevel::l1;
  one.known.facts.algorithm = AlgorithmMask{1}
                              << *find_choice(row_of(PolicyInput::credential_algorithm), "ES256");
  one.known.facts.transports = static_cast<TransportMask>(
      1U << *find_choice(row_of(PolicyInput::credential_transports), "internal"));
  one.known.facts.age = 10 * 86400;
  one.known.format = "packed";
  one.known.metadata_status = "current";
  one.known.is_backed_up = false;
  one.known.is_recovered = false;
  one.known.last_used_age = 86400;
  return one;
}

}  // namespace countersign::testing
