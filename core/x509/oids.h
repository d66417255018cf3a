#pragma once
// Object identifiers, as the content octets of their DER encoding.

#include <array>
#include <cstdint>

namespace countersign::oid {

// Name attributes
/// 2.5.4.3
inline constexpr std::array<std::uint8_t, 3> kCommonName{0x55, 0x04, 0x03};
/// 2.5.4.6
inline constexpr std::array<std::uint8_t, 3> kCountryName{0x55, 0x04, 0x06};
/// 2.5.4.10
inline constexpr std::array<std::uint8_t, 3> kOrganizationName{0x55, 0x04, 0x0a};
/// 2.5.4.11
inline constexpr std::array<std::uint8_t, 3> kOrganizationalUnitName{0x55, 0x04, 0x0b};

// Certificate extensions (RFC 5280 §4.2.1)
/// 2.5.29.14
inline constexpr std::array<std::uint8_t, 3> kSubjectKeyIdentifier{0x55, 0x1d, 0x0e};
/// 2.5.29.15
inline constexpr std::array<std::uint8_t, 3> kKeyUsage{0x55, 0x1d, 0x0f};
/// 2.5.29.17
inline constexpr std::array<std::uint8_t, 3> kSubjectAlternativeName{0x55, 0x1d, 0x11};
/// 2.5.29.19
inline constexpr std::array<std::uint8_t, 3> kBasicConstraints{0x55, 0x1d, 0x13};
/// 2.5.29.30
inline constexpr std::array<std::uint8_t, 3> kNameConstraints{0x55, 0x1d, 0x1e};
/// 2.5.29.31
inline constexpr std::array<std::uint8_t, 3> kCrlDistributionPoints{0x55, 0x1d, 0x1f};
/// 2.5.29.32
inline constexpr std::array<std::uint8_t, 3> kCertificatePolicies{0x55, 0x1d, 0x20};
/// 2.5.29.33
inline constexpr std::array<std::uint8_t, 3> kPolicyMappings{0x55, 0x1d, 0x21};
/// 2.5.29.35
inline constexpr std::array<std::uint8_t, 3> kAuthorityKeyIdentifier{0x55, 0x1d, 0x23};
/// 2.5.29.36
inline constexpr std::array<std::uint8_t, 3> kPolicyConstraints{0x55, 0x1d, 0x24};
/// 2.5.29.37
inline constexpr std::array<std::uint8_t, 3> kExtendedKeyUsage{0x55, 0x1d, 0x25};
/// 2.5.29.37.0
inline constexpr std::array<std::uint8_t, 4> kAnyExtendedKeyUsage{0x55, 0x1d, 0x25, 0x00};
/// 1.3.6.1.5.5.7.3.1
inline constexpr std::array<std::uint8_t, 8> kServerAuth{0x2b, 0x06, 0x01, 0x05,
                                                         0x05, 0x07, 0x03, 0x01};
/// 2.5.29.54
inline constexpr std::array<std::uint8_t, 3> kInhibitAnyPolicy{0x55, 0x1d, 0x36};

// CRL and CRL entry extensions (RFC 5280 §5.2, §5.3)
/// 2.5.29.20
inline constexpr std::array<std::uint8_t, 3> kCrlNumber{0x55, 0x1d, 0x14};
/// 2.5.29.21
inline constexpr std::array<std::uint8_t, 3> kReasonCode{0x55, 0x1d, 0x15};
/// 2.5.29.24
inline constexpr std::array<std::uint8_t, 3> kInvalidityDate{0x55, 0x1d, 0x18};
/// 2.5.29.27
inline constexpr std::array<std::uint8_t, 3> kDeltaCrlIndicator{0x55, 0x1d, 0x1b};
/// 2.5.29.28
inline constexpr std::array<std::uint8_t, 3> kIssuingDistributionPoint{0x55, 0x1d, 0x1c};
/// 2.5.29.29
inline constexpr std::array<std::uint8_t, 3> kCertificateIssuer{0x55, 0x1d, 0x1d};

// Keys and curves
/// 1.2.840.113549.1.1.1
inline constexpr std::array<std::uint8_t, 9> kRsaEncryption{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                            0x0d, 0x01, 0x01, 0x01};
/// 1.2.840.10045.2.1
inline constexpr std::array<std::uint8_t, 7> kEcPublicKey{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
/// 1.2.840.10045.3.1.7
inline constexpr std::array<std::uint8_t, 8> kCurveP256{0x2a, 0x86, 0x48, 0xce,
                                                        0x3d, 0x03, 0x01, 0x07};
/// 1.3.132.0.34
inline constexpr std::array<std::uint8_t, 5> kCurveP384{0x2b, 0x81, 0x04, 0x00, 0x22};
/// 1.3.132.0.35
inline constexpr std::array<std::uint8_t, 5> kCurveP521{0x2b, 0x81, 0x04, 0x00, 0x23};
/// 1.3.132.0.10
inline constexpr std::array<std::uint8_t, 5> kCurveSecp256k1{0x2b, 0x81, 0x04, 0x00, 0x0a};
/// 1.3.101.112
inline constexpr std::array<std::uint8_t, 3> kEd25519{0x2b, 0x65, 0x70};
/// 1.3.101.113
inline constexpr std::array<std::uint8_t, 3> kEd448{0x2b, 0x65, 0x71};

// Signature algorithms and hashes
/// 1.2.840.113549.1.1.10
inline constexpr std::array<std::uint8_t, 9> kRsaPss{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                     0x0d, 0x01, 0x01, 0x0a};
/// 1.2.840.113549.1.1.8
inline constexpr std::array<std::uint8_t, 9> kMgf1{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                   0x0d, 0x01, 0x01, 0x08};
/// 1.2.840.113549.1.1.11
inline constexpr std::array<std::uint8_t, 9> kSha256WithRsa{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                            0x0d, 0x01, 0x01, 0x0b};
/// 1.2.840.113549.1.1.12
inline constexpr std::array<std::uint8_t, 9> kSha384WithRsa{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                            0x0d, 0x01, 0x01, 0x0c};
/// 1.2.840.113549.1.1.13
inline constexpr std::array<std::uint8_t, 9> kSha512WithRsa{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                            0x0d, 0x01, 0x01, 0x0d};
/// 1.2.840.10045.4.3.2
inline constexpr std::array<std::uint8_t, 8> kEcdsaWithSha256{0x2a, 0x86, 0x48, 0xce,
                                                              0x3d, 0x04, 0x03, 0x02};
/// 1.2.840.10045.4.3.3
inline constexpr std::array<std::uint8_t, 8> kEcdsaWithSha384{0x2a, 0x86, 0x48, 0xce,
                                                              0x3d, 0x04, 0x03, 0x03};
/// 1.2.840.10045.4.3.4
inline constexpr std::array<std::uint8_t, 8> kEcdsaWithSha512{0x2a, 0x86, 0x48, 0xce,
                                                              0x3d, 0x04, 0x03, 0x04};
/// 2.16.840.1.101.3.4.2.1
inline constexpr std::array<std::uint8_t, 9> kSha256{0x60, 0x86, 0x48, 0x01, 0x65,
                                                     0x03, 0x04, 0x02, 0x01};
/// 2.16.840.1.101.3.4.2.2
inline constexpr std::array<std::uint8_t, 9> kSha384{0x60, 0x86, 0x48, 0x01, 0x65,
                                                     0x03, 0x04, 0x02, 0x02};
/// 2.16.840.1.101.3.4.2.3
inline constexpr std::array<std::uint8_t, 9> kSha512{0x60, 0x86, 0x48, 0x01, 0x65,
                                                     0x03, 0x04, 0x02, 0x03};

// Attestation
/// 1.3.6.1.4.1.45724.1.1.4
inline constexpr std::array<std::uint8_t, 11> kFidoAaguid{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
                                                          0xe5, 0x1c, 0x01, 0x01, 0x04};
/// 1.2.840.113635.100.8.2
inline constexpr std::array<std::uint8_t, 9> kAppleNonce{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                         0x63, 0x64, 0x08, 0x02};
/// 1.3.6.1.4.1.11129.2.1.17
inline constexpr std::array<std::uint8_t, 10> kAndroidKeyDescription{0x2b, 0x06, 0x01, 0x04, 0x01,
                                                                     0xd6, 0x79, 0x02, 0x01, 0x11};
/// 2.23.133.2.1
inline constexpr std::array<std::uint8_t, 5> kTpmManufacturer{0x67, 0x81, 0x05, 0x02, 0x01};
/// 2.23.133.2.2
inline constexpr std::array<std::uint8_t, 5> kTpmModel{0x67, 0x81, 0x05, 0x02, 0x02};
/// 2.23.133.2.3
inline constexpr std::array<std::uint8_t, 5> kTpmVersion{0x67, 0x81, 0x05, 0x02, 0x03};
/// 2.23.133.8.3
inline constexpr std::array<std::uint8_t, 5> kTcgKeyPurposeAik{0x67, 0x81, 0x05, 0x08, 0x03};

}  // namespace countersign::oid
