#pragma once
// The certificate of a TPM's attestation identity key (WebAuthn L3 §8.3.1), one rule a function.

#include <string_view>

#include "attestation/attestation.h"
#include "base/result.h"
#include "x509/certificate.h"

namespace countersign {

/// Whose TPM it is, from the subject alternative name (TCG EK Credential Profile §3.2.9). Borrows
/// from the certificate.
struct TpmIdentity {
  std::string_view manufacturer;  // "id:" and eight hexadecimal digits
  std::string_view model;
  std::string_view version;
};

/// "Version MUST be set to 3." Error: attestation_certificate_requirements.
Status check_aik_version(const Certificate& certificate);

/// "Subject field MUST be set to empty." Error: attestation_certificate_requirements.
Status check_aik_subject_empty(const Certificate& certificate);

/// TCG EK Credential Profile §3.2.9, RFC 5280 §4.2.1.6: the subject being empty, the extension must
/// be there and critical. Error: attestation_certificate_requirements.
Status check_aik_name_critical(const Certificate& certificate);

/// "The Subject Alternative Name extension MUST be set as defined in [TPMv2-EK-Profile] section
/// 3.2.9.": directory names that together carry manufacturer, model and version, each once, in one
/// relative distinguished name or in several. Other names and attributes are passed over.
/// Error: tpm_certificate_name_malformed.
Result<TpmIdentity> read_tpm_identity(const Certificate& certificate);

/// The manufacturer is in the TCG TPM Vendor ID Registry (or the settings say otherwise).
/// Error: tpm_vendor_unknown.
Status check_tpm_vendor(std::string_view manufacturer, const AttestationSettings& settings);

/// "The Extended Key Usage extension MUST contain the OID 2.23.133.8.3." Others may stand beside
/// it. Error: attestation_certificate_requirements.
Status check_aik_extended_key_usage(const Certificate& certificate);

/// "The Basic Constraints extension MUST have the CA component set to false."
/// Error: attestation_certificate_requirements.
Status check_aik_not_ca(const Certificate& certificate);

}  // namespace countersign
