#include "attestation/tpm_certificate.h"

#include <cstdint>

#include "codec/der_reader.h"
#include "codec/utf8.h"
#include "x509/oids.h"

namespace countersign {
namespace {

// TCG TPM Vendor ID Registry Family 1.2 and 2.0, version 1.08 (2026-07-20), table 2 (TPM
// Capabilities Vendor ID), sorted. Table 3 (simulators and tests) is left out on purpose.
constexpr std::uint32_t kVendors[] = {
    0x414d4400,  // AMD
    0x414e5400,  // ANT, Ant Group
    0x41524d00,  // ARM
    0x41544d4c,  // ATML, Atmel
    0x4252434d,  // BRCM, Broadcom
    0x4353434f,  // CSCO, Cisco
    0x464c5953,  // FLYS, Flyslice Technologies
    0x474f4f47,  // GOOG, Google
    0x48495349,  // HISI, Huawei
    0x48504500,  // HPE
    0x48504900,  // HPI
    0x49424d00,  // IBM
    0x49465800,  // IFX, Infineon
    0x494e5443,  // INTC, Intel
    0x4c454e00,  // LEN, Lenovo
    0x4d534654,  // MSFT, Microsoft
    0x4e534700,  // NSG, NSING
    0x4e534d20,  // NSM, National Semiconductor
    0x4e544300,  // NTC, Nuvoton Technology
    0x4e545a00,  // NTZ, Nationz
    0x51434f4d,  // QCOM, Qualcomm
    0x524f4343,  // ROCC, Fuzhou Rockchip
    0x53454345,  // SECE, SecEdge
    0x5345414c,  // SEAL, Wisekey
    0x534d5343,  // SMSC
    0x534d534e,  // SMSN, Samsung
    0x534e5300,  // SNS, Sinosun
    0x53544d20,  // STM, STMicroelectronics
    0x54584e00,  // TXN, Texas Instruments
    0x57454300,  // WEC, Winbond
};

// FIDO's conformance test data.
constexpr std::uint32_t kTestVendor = 0xfffff1d0;

constexpr std::uint32_t kDirectoryName = 4;  // GeneralName, RFC 5280 §4.2.1.6

bool is_text(DerTag tag) {
  return tag == der::kUtf8String || tag == der::kPrintableString || tag == der::kIa5String;
}

/// AttributeTypeAndValue: keeps the value when it is one of the three.
Status read_attribute(const DerElement& attribute, TpmIdentity& identity) {
  DerReader reader(attribute.content);
  CS_ASSIGN(const DerElement type, reader.next(der::kObjectIdentifier));
  CS_ASSIGN(const DerElement value, reader.next());
  CS_TRY(reader.finish());

  std::string_view* member = nullptr;
  if (equal(type.content, oid::kTpmManufacturer)) {
    member = &identity.manufacturer;
  } else if (equal(type.content, oid::kTpmModel)) {
    member = &identity.model;
  } else if (equal(type.content, oid::kTpmVersion)) {
    member = &identity.version;
  } else {
    return ok();
  }
  // Given twice: a reader that keeps the first and one that keeps the last would disagree.
  if (!member->empty() || value.content.empty() || !is_text(value.tag)) {
    return ErrorCode::tpm_certificate_name_malformed;
  }
  CS_TRY(check_utf8(value.content));
  *member = text_of(value.content);
  return ok();
}

/// Name: SEQUENCE OF RelativeDistinguishedName, each a SET OF AttributeTypeAndValue.
Status read_directory_name(Bytes content, TpmIdentity& identity) {
  CS_ASSIGN(const DerElement name, parse_der(content, der::kSequence));
  DerReader names(name.content);
  while (!names.is_done()) {
    CS_ASSIGN(const DerElement relative_name, names.next(der::kSet));
    DerReader attributes(relative_name.content);
    while (!attributes.is_done()) {
      CS_ASSIGN(const DerElement attribute, attributes.next(der::kSequence));
      CS_TRY(read_attribute(attribute, identity));
    }
  }
  return ok();
}

Status read_general_names(Bytes value, TpmIdentity& identity) {
  CS_ASSIGN(const DerElement names, parse_der(value, der::kSequence));
  DerReader reader(names.content);
  while (!reader.is_done()) {
    CS_ASSIGN(const DerElement name, reader.next());
    if (name.tag == der::context_constructed(kDirectoryName)) {
      CS_TRY(read_directory_name(name.content, identity));
    }
  }
  return ok();
}

/// "id:" and eight hexadecimal digits of either case (both occur in the field).
bool read_vendor(std::string_view text, std::uint32_t& out) {
  constexpr std::string_view kPrefix = "id:";
  constexpr std::size_t kDigits = 8;
  if (text.size() != kPrefix.size() + kDigits || text.substr(0, kPrefix.size()) != kPrefix) {
    return false;
  }
  std::uint32_t value = 0;
  for (const char digit : text.substr(kPrefix.size())) {
    std::uint32_t nibble = 0;
    if (digit >= '0' && digit <= '9') {
      nibble = static_cast<std::uint32_t>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      nibble = static_cast<std::uint32_t>(digit - 'a') + 10;
    } else if (digit >= 'A' && digit <= 'F') {
      nibble = static_cast<std::uint32_t>(digit - 'A') + 10;
    } else {
      return false;
    }
    value = (value << 4) | nibble;
  }
  out = value;
  return true;
}

}  // namespace

Status check_aik_version(const Certificate& certificate) {
  return certificate.version() == 3 ? ok() : ErrorCode::attestation_certificate_requirements;
}

Status check_aik_subject_empty(const Certificate& certificate) {
  return certificate.is_subject_empty() ? ok() : ErrorCode::attestation_certificate_requirements;
}

Status check_aik_name_critical(const Certificate& certificate) {
  const CertificateExtension* extension = certificate.find_extension(oid::kSubjectAlternativeName);
  if (extension == nullptr || !extension->is_critical) {
    return ErrorCode::attestation_certificate_requirements;
  }
  return ok();
}

Result<TpmIdentity> read_tpm_identity(const Certificate& certificate) {
  const CertificateExtension* extension = certificate.find_extension(oid::kSubjectAlternativeName);
  TpmIdentity identity;
  if (extension == nullptr || !read_general_names(extension->value, identity).has_value() ||
      identity.manufacturer.empty() || identity.model.empty() || identity.version.empty()) {
    return ErrorCode::tpm_certificate_name_malformed;
  }
  return identity;
}

Status check_tpm_vendor(std::string_view manufacturer, const AttestationSettings& settings) {
  if (settings.is_any_tpm_vendor_accepted) {
    return ok();
  }
  std::uint32_t id = 0;
  if (!read_vendor(manufacturer, id)) {
    return ErrorCode::tpm_vendor_unknown;
  }
  for (const std::uint32_t vendor : kVendors) {
    if (id == vendor) {
      return ok();
    }
  }
  if (settings.are_test_tpm_vendors_accepted && id == kTestVendor) {
    return ok();
  }
  return ErrorCode::tpm_vendor_unknown;
}

Status check_aik_extended_key_usage(const Certificate& certificate) {
  if (certificate.extended_key_usage().has_value()) {
    for (const Bytes purpose : *certificate.extended_key_usage()) {
      if (equal(purpose, oid::kTcgKeyPurposeAik)) {
        return ok();
      }
    }
  }
  return ErrorCode::attestation_certificate_requirements;
}

Status check_aik_not_ca(const Certificate& certificate) {
  const std::optional<BasicConstraints>& constraints = certificate.basic_constraints();
  if (!constraints.has_value() || constraints->is_ca) {
    return ErrorCode::attestation_certificate_requirements;
  }
  return ok();
}

}  // namespace countersign
