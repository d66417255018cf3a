#include "metadata/registry.h"

namespace countersign {
namespace {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

template <class Value, std::size_t size>
std::optional<Value> find_in(const Named<Value> (&table)[size], std::string_view name) {
  for (const Named<Value>& row : table) {
    if (row.name == name) {
      return row.value;
    }
  }
  return std::nullopt;
}

constexpr Named<AuthenticatorStatus> kStatuses[] = {
    {"NOT_FIDO_CERTIFIED", AuthenticatorStatus::not_fido_certified},
    {"SELF_ASSERTION_SUBMITTED", AuthenticatorStatus::self_assertion_submitted},
    {"FIDO_CERTIFIED", AuthenticatorStatus::fido_certified},
    {"FIDO_CERTIFIED_L1", AuthenticatorStatus::fido_certified_l1},
    {"FIDO_CERTIFIED_L1plus", AuthenticatorStatus::fido_certified_l1plus},
    {"FIDO_CERTIFIED_L2", AuthenticatorStatus::fido_certified_l2},
    {"FIDO_CERTIFIED_L2plus", AuthenticatorStatus::fido_certified_l2plus},
    {"FIDO_CERTIFIED_L3", AuthenticatorStatus::fido_certified_l3},
    {"FIDO_CERTIFIED_L3plus", AuthenticatorStatus::fido_certified_l3plus},
    {"FIPS140_CERTIFIED_L1", AuthenticatorStatus::fips140_certified_l1},
    {"FIPS140_CERTIFIED_L2", AuthenticatorStatus::fips140_certified_l2},
    {"FIPS140_CERTIFIED_L3", AuthenticatorStatus::fips140_certified_l3},
    {"FIPS140_CERTIFIED_L4", AuthenticatorStatus::fips140_certified_l4},
    {"USER_VERIFICATION_BYPASS", AuthenticatorStatus::user_verification_bypass},
    {"ATTESTATION_KEY_COMPROMISE", AuthenticatorStatus::attestation_key_compromise},
    {"USER_KEY_REMOTE_COMPROMISE", AuthenticatorStatus::user_key_remote_compromise},
    {"USER_KEY_PHYSICAL_COMPROMISE", AuthenticatorStatus::user_key_physical_compromise},
    {"UPDATE_AVAILABLE", AuthenticatorStatus::update_available},
    {"REVOKED", AuthenticatorStatus::revoked},
    {"RETIRED", AuthenticatorStatus::retired},
};

constexpr Named<MetadataAttestationType> kAttestationTypes[] = {
    {"basic_full", MetadataAttestationType::basic_full},
    {"basic_surrogate", MetadataAttestationType::basic_surrogate},
    {"attca", MetadataAttestationType::attca},
    {"anonca", MetadataAttestationType::anonca},
    {"ecdaa", MetadataAttestationType::ecdaa},
    {"none", MetadataAttestationType::none},
};

// "raw" and "der" tell how a UAF authenticator encodes a signature; WebAuthn fixes the encoding
// itself, and authenticators whose metadata list one alone send the other.
constexpr Named<CoseAlgorithm> kAlgorithms[] = {
    {"secp256r1_ecdsa_sha256_raw", CoseAlgorithm::es256},
    {"secp256r1_ecdsa_sha256_der", CoseAlgorithm::es256},
    {"rsassa_pss_sha256_raw", CoseAlgorithm::ps256},
    {"rsassa_pss_sha256_der", CoseAlgorithm::ps256},
    {"secp256k1_ecdsa_sha256_raw", CoseAlgorithm::es256k},
    {"secp256k1_ecdsa_sha256_der", CoseAlgorithm::es256k},
    // EMSA-PKCS1-v1_5 is the padding of RSASSA-PKCS1-v1_5: the signature is the same.
    {"rsa_emsa_pkcs1_sha256_raw", CoseAlgorithm::rs256},
    {"rsa_emsa_pkcs1_sha256_der", CoseAlgorithm::rs256},
    {"rsassa_pss_sha384_raw", CoseAlgorithm::ps384},
    {"rsassa_pss_sha512_raw", CoseAlgorithm::ps512},
    {"rsassa_pkcsv15_sha256_raw", CoseAlgorithm::rs256},
    {"rsassa_pkcsv15_sha384_raw", CoseAlgorithm::rs384},
    {"rsassa_pkcsv15_sha512_raw", CoseAlgorithm::rs512},
    {"rsassa_pkcsv15_sha1_raw", CoseAlgorithm::rs1},
    {"secp384r1_ecdsa_sha384_raw", CoseAlgorithm::es384},
    {"secp521r1_ecdsa_sha512_raw", CoseAlgorithm::es512},
    // Earlier editions' names of 0x0011; there is no curve of that name.
    {"secp512r1_ecdsa_sha256_raw", CoseAlgorithm::es512},
    {"secp512r1_ecdsa_sha512_raw", CoseAlgorithm::es512},
    {"ed25519_eddsa_sha512_raw", CoseAlgorithm::eddsa},
    {"ed25519_eddsa_sha256_raw", CoseAlgorithm::eddsa},  // an earlier edition's name of 0x0012
    {"ed448_eddsa_sha512_raw", CoseAlgorithm::ed448},
};

}  // namespace

AuthenticatorStatus find_authenticator_status(std::string_view name) {
  return find_in(kStatuses, name).value_or(AuthenticatorStatus::unknown);
}

std::optional<MetadataAttestationType> find_attestation_type(std::string_view name) {
  return find_in(kAttestationTypes, name);
}

std::optional<CoseAlgorithm> find_authentication_algorithm(std::string_view name) {
  return find_in(kAlgorithms, name);
}

std::string_view authenticator_status_name(AuthenticatorStatus status) {
  for (const Named<AuthenticatorStatus>& row : kStatuses) {
    if (row.value == status) {
      return row.name;
    }
  }
  return {};
}

std::optional<CertificationLevel> find_certification_level(std::string_view name) {
  for (const CertificationLevel level :
       {CertificationLevel::none, CertificationLevel::l1, CertificationLevel::l1plus,
        CertificationLevel::l2, CertificationLevel::l2plus, CertificationLevel::l3,
        CertificationLevel::l3plus}) {
    if (certification_level_name(level) == name) {
      return level;
    }
  }
  return std::nullopt;
}

std::string_view certification_level_name(CertificationLevel level) {
  switch (level) {
    case CertificationLevel::none:
      return "none";
    case CertificationLevel::l1:
      return "L1";
    case CertificationLevel::l1plus:
      return "L1+";
    case CertificationLevel::l2:
      return "L2";
    case CertificationLevel::l2plus:
      return "L2+";
    case CertificationLevel::l3:
      return "L3";
    case CertificationLevel::l3plus:
      return "L3+";
  }
  return "none";
}

}  // namespace countersign
