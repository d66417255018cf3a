#pragma once
// Every cap of the core, with the reason in brackets. A cap is checked before anything is
// allocated.

#include <cstddef>
#include <cstdint>

namespace countersign::limits {

// [a 1023-byte credential id, two 8192-bit keys and a chain of five certificates stay below 64 KiB;
//  cpp-httplib hands us whole bodies]
inline constexpr std::size_t kMaxCaseBytes = 262144;
// [a case, with the anchors and revocation lists of a BLOB: public CAs have lists of some 100 KB]
inline constexpr std::size_t kMaxMetadataRequestBytes = 4194304;
inline constexpr std::size_t kMaxJsonBytes = kMaxCaseBytes;
// [our deepest document, a case with a response with extension outputs, has 6 levels]
inline constexpr std::size_t kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxJsonNodes = 20000;  // [bounds memory per input to a few MB]
// Of documents that are read in slices. [passing over costs a byte a level; what is below
// kMaxJsonDepth is refused with its slice, not with the document]
inline constexpr std::size_t kMaxJsonSliceDepth = 1024;
// [browsers write about 200 bytes; extraData of the standard's vectors adds 100]
inline constexpr std::size_t kMaxClientDataBytes = 16384;
inline constexpr std::size_t kMaxAttestationObjectBytes = 131072;  // [compound of TPM chains]
// [37 bytes and extensions; with attested data a 1023-byte id and an RSA-8192 key]
inline constexpr std::size_t kMaxAuthenticatorDataBytes = 16384;

// [CTAP2 allows 4 levels; compound attestation needs one more, extension outputs may nest in it]
inline constexpr std::size_t kMaxCborDepth = 8;
inline constexpr std::size_t kMaxCborItems =
    4096;  // [bounds memory: an item costs about 100 bytes]

// What is bound in canonical form. [a policy's conditions nest 16 levels of map and array; a batch
// of 5,000 payees or a policy of 1,000 rules has below 100,000 items]
inline constexpr std::size_t kMaxCanonicalDepth = 48;
inline constexpr std::size_t kMaxCanonicalItems = 131072;

inline constexpr std::size_t kMaxDerDepth = 32;  // [X.509 with Android key description: 9]

// WebAuthn L3 §7.1 step 25.
inline constexpr std::size_t kMaxCredentialIdBytes = 1023;
inline constexpr std::size_t kMinUserHandleBytes = 1;  // WebAuthn L3 §5.4.3
inline constexpr std::size_t kMaxUserHandleBytes = 64;
// [the standard names 6 of at most 10 bytes; a record keeps them and every login sends them back]
inline constexpr std::size_t kMaxTransports = 16;
inline constexpr std::size_t kMaxTransportBytes = 32;
inline constexpr std::size_t kMinChallengeBytes = 16;  // WebAuthn L3 §13.4.3
// [a hash of 64 bytes is the largest a relying party has reason to use; recorded ceremonies have
// 37]
inline constexpr std::size_t kMaxChallengeBytes = 1024;

inline constexpr std::size_t kMinRsaBits = 2048;  // [NIST SP 800-131A]
inline constexpr std::size_t kMaxRsaBits = 8192;  // [cost of one verification; BoringSSL's cap]
inline constexpr std::uint64_t kMaxRsaExponent = 0xffffffff;  // [engines refuse above 2^32 or 2^33]

inline constexpr std::size_t kMaxCertificateBytes = 16384;  // [largest in MDS: about 3 KB]
// [RFC 5280 §4.1.2.2 allows 20; roots in MDS have up to 22]
inline constexpr std::size_t kMaxSerialNumberBytes = 32;
// [certificates in the field have up to 15; duplicates are found pair by pair]
inline constexpr std::size_t kMaxCertificateExtensions = 64;
inline constexpr std::size_t kMaxCertificatesInChain = 8;  // [Android sends 4 or 5]
inline constexpr std::size_t kMaxTrustAnchors = 1024;  // [all anchors of an MDS BLOB: about 400]
// Path building tries at most this many paths of at most this many certificates.
inline constexpr std::size_t kMaxCandidatePaths = 8;
inline constexpr std::size_t kMaxPathLength = 8;
// [lists of public CAs have some hundred KB; GlobalSign's largest grew to 4.7 MB when Heartbleed
// had many certificates revoked]
inline constexpr std::size_t kMaxCrlBytes = 8388608;
// [a path has up to 7 lists; old and new ones of each of two roots]
inline constexpr std::size_t kMaxCrls = 32;
// Signed bytes of all lists that one decision verifies. [bounds memory: a list that could be of
// several keys of one name is an obligation for each]
inline constexpr std::size_t kMaxCrlObligationBytes = 67108864;
// [an assertion has 1; compound of 4 statements with chains of 5 and 8 candidate paths stay below]
inline constexpr std::size_t kMaxObligations = 64;
inline constexpr std::size_t kMaxCompoundStatements =
    8;  // [the standard names no cap; 2 are usual]

// [production BLOBs have 3 to 10 MB, most of it icons, and grew threefold in three years]
inline constexpr std::size_t kMaxBlobBytes = 33554432;
// [its payload has 4 members; later editions may add some]
inline constexpr std::size_t kMaxBlobMembers = 64;
inline constexpr std::size_t kMaxBlobEntries = 4096;  // [277 in 2026]
// Of the payload's beginning, in which its number is looked for. [legalHeader, which stands in
// front, has about 400 characters]
inline constexpr std::size_t kMaxBlobPeekCharacters = 8192;

inline constexpr std::size_t kMaxOrigins = 64;        // [related origins: 5 labels times hosts]
inline constexpr std::size_t kMaxOriginBytes = 2048;  // [URL limit of common browsers]
inline constexpr std::size_t kMaxAllowedAlgorithms = 32;

// [an entry of a real BLOB has up to 108 KB: an icon and 39 certificates; edition 3.1 has four
// icons]
inline constexpr std::size_t kMaxMetadataEntryBytes = 1048576;
inline constexpr std::size_t kMaxMetadataAnchors = 256;  // [one model in the field has 39]
// [models in the field have up to 6; each registration reads them all]
inline constexpr std::size_t kMaxStatusReports = 256;
// [the schema allows 200 characters; a description is kept with each credential]
inline constexpr std::size_t kMaxModelDescriptionBytes = 800;

// Policy documents. [200 rules are a large bank's; 1,000 of them with four conditions have 350 KB]
inline constexpr std::size_t kMaxPolicyBytes = 1048576;
inline constexpr std::size_t kMaxPolicyRules = 1000;
inline constexpr std::size_t kMaxPolicyConditions = 64;      // comparisons and groups of one rule
inline constexpr std::size_t kMaxPolicyConditionDepth = 16;  // [people read it]
inline constexpr std::size_t kMaxPolicyLists = 64;           // [a set of them is one word]
inline constexpr std::size_t kMaxPolicyListValues = 1024;  // [all models of FIDO's MDS: about 400]
inline constexpr std::size_t kMaxPolicyStrengths = 64;
inline constexpr std::size_t kMaxPolicyNameBytes = 64;
inline constexpr std::size_t kMaxPolicyValues = 256;     // of one `in`
inline constexpr std::size_t kMaxPolicySetMembers = 64;  // of one input; [a set is one word]
// [devices of one person; every sign-in by name lists them all, and options stay below 50 KB]
inline constexpr std::size_t kMaxCredentialsPerAccount = 32;
// Of one decision's inputs as JSON. [every input with long roles and signals: below 4 KB]
inline constexpr std::size_t kMaxPolicyInputsBytes = 16384;
// Boxes of inputs that one question of lint or diff may look at, and all of them together: what is
// beyond is undecided. [a rule of a 200-rule corpus needs about 100; a box costs about 2 us]
inline constexpr std::size_t kMaxPolicyQuestionBoxes = 20000;
inline constexpr std::size_t kMaxPolicyBoxes = 2000000;

// Transactions. [a batch of 5,000 lines, as many as web banks take of a file, has 1 MB; its view
// as much]
inline constexpr std::size_t kMaxTransactionCaseBytes = 4194304;
inline constexpr std::size_t kMaxTransactionNodes = 262144;  // [12 values a line, 15 of its view]
inline constexpr std::size_t kMaxBatchLines = 5000;
inline constexpr std::size_t kMaxBatchCurrencies = 16;     // [each is a row of the view]
inline constexpr std::size_t kMaxTemplateBytes = 262144;   // [13 locales: about 10 KB]
inline constexpr std::size_t kMaxTemplateFields = 64;      // [people read what they sign]
inline constexpr std::size_t kMaxTemplateLocales = 128;    // [CLDR's modern locales: about 100]
inline constexpr std::size_t kMaxTemplateGraphemes = 500;  // of one text field
inline constexpr std::size_t kMaxTemplateNameBytes = 64;
inline constexpr std::size_t kMaxTitleGraphemes = 50;   // EUDI TS12
inline constexpr std::size_t kMaxActionGraphemes = 30;  // EUDI TS12
inline constexpr std::size_t kMaxLabelGraphemes = 50;
inline constexpr std::size_t kMaxLocalePackBytes = 16384;  // [twelve names of months: below 1 KB]
// [a grapheme of display-safe text has at most a base and two marks; conjoining jamo more]
inline constexpr std::size_t kMaxTextBytes = 8192;
inline constexpr std::size_t kMaxAccountIdBytes = 64;      // [the longest IBAN has 34]
inline constexpr std::size_t kMaxAccountSchemeBytes = 32;  // ISO 20022 Max35Text
inline constexpr std::size_t kMaxTransactionIdBytes = 64;  // [a UUID has 36]
inline constexpr std::size_t kMaxTenantIdBytes = 64;
inline constexpr std::size_t kMaxSessionHandleBytes = 1024;
inline constexpr std::int64_t kMaxApprovalSteps = 16;  // [two or three pairs of eyes]
inline constexpr std::int64_t kMaxDisplayTier = 4;

// Secure Payment Confirmation. [browsers show two logos: the network's and the bank's]
inline constexpr std::size_t kMaxPaymentLogos = 8;
inline constexpr std::size_t kMaxPaymentUrlBytes = 1024;         // [signed as a whole each time]
inline constexpr std::size_t kMaxInstrumentNameGraphemes = 100;  // [one line of a dialog]
// [a browser on each of a person's devices, some with several profiles]
inline constexpr std::size_t kMaxBrowserBoundKeys = 32;

}  // namespace countersign::limits
