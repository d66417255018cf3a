#include "metadata/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "tests/metadata/metadata_json.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kDay2021 = 1609459200;  // 2021-01-01

Result<std::optional<MetadataEntry>> parse(const EntryJson& json) {
  return parse_metadata_entry(entry_json(json));
}

MetadataEntry entry_of(const EntryJson& json) {
  const Result<std::optional<MetadataEntry>> entry = parse(json);
  EXPECT_TRUE(entry.has_value()) << entry_json(json);
  if (!entry.has_value() || !*entry) {
    ADD_FAILURE() << "no entry: " << entry_json(json);
    return {};
  }
  return **entry;
}

MetadataStatement entry_statement(const std::string& json) {
  EntryJson entry;
  entry.statement = json;
  return entry_of(entry).statement.value_or(MetadataStatement{});
}

StatusReport report_of(const std::string& json) {
  EntryJson entry;
  entry.reports = "[" + json + "]";
  const MetadataEntry out = entry_of(entry);
  return out.reports.empty() ? StatusReport{} : out.reports.front();
}

ErrorCode error_of(const EntryJson& json) {
  const Result<std::optional<MetadataEntry>> entry = parse(json);
  EXPECT_FALSE(entry.has_value()) << entry_json(json);
  return entry.has_value() ? ErrorCode::internal_error : entry.error().code;
}

/// Of the statement in an entry that is sound otherwise: the reports are kept.
ErrorCode statement_error_of(const EntryJson& json) {
  const MetadataEntry entry = entry_of(json);
  EXPECT_FALSE(entry.statement.has_value());
  EXPECT_EQ(entry.reports.empty(), json.reports == "[]");
  return entry.statement_error ? entry.statement_error->code : ErrorCode::internal_error;
}

std::string certificate_text() {
  static const std::string text = to_base64(make_certificate({}, nullptr).der);
  return text;
}

// ---- names of the model

TEST(MetadataEntry, ReadsAnAaguidOfEitherCase) {
  const Aaguid expected{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                        0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
  EntryJson json;
  EXPECT_EQ(entry_of(json).aaguid, expected);
  json.aaguid = R"("00112233-4455-6677-8899-AABBCCDDEEFF")";
  EXPECT_EQ(entry_of(json).aaguid, expected);
  EXPECT_THAT(entry_of(json).key_identifiers, IsEmpty());
}

TEST(MetadataEntry, FailsIfTheAaguidIsMalformed) {
  for (const char* aaguid :
       {R"("")", R"("00112233445566778899aabbccddeeff")",
        R"("00112233-4455-6677-8899-aabbccddeef")", R"("00112233-4455-6677-8899-aabbccddeefff")",
        R"("0011223-34455-6677-8899-aabbccddeeff")", R"("00112233-4455-6677-8899-aabbccddeefg")",
        R"("{0112233-4455-6677-8899-aabbccddeef}")", R"("-0112233-4455-6677-8899-aabbccddeeff")",
        "7", "true", "[]", "{}"}) {
    EntryJson json;
    json.aaguid = aaguid;
    EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed) << aaguid;
  }
}

TEST(MetadataEntry, ReadsKeyIdentifiersEachOnce) {
  EntryJson json;
  json.aaguid = "";
  json.key_identifiers =
      R"(["ffffffffffffffffffffffffffffffffffffffff","000000000000000000000000000000000000000A",)"
      R"("ffffffffffffffffffffffffffffffffffffffff"])";
  KeyIdentifier low{};
  low.back() = 0x0a;
  KeyIdentifier high{};
  high.fill(0xff);
  EXPECT_THAT(entry_of(json).key_identifiers, ElementsAre(low, high));
  EXPECT_EQ(entry_of(json).aaguid, std::nullopt);
}

TEST(MetadataEntry, FailsIfAKeyIdentifierIsMalformed) {
  for (const char* list : {R"(["fff"])", R"(["ffffffffffffffffffffffffffffffffffffffff00"])", "[7]",
                           "[null]", "{}", R"("ffffffffffffffffffffffffffffffffffffffff")",
                           R"(["ff:fffffffffffffffffffffffffffffffffffff"])"}) {
    EntryJson json;
    json.aaguid = "";
    json.key_identifiers = list;
    EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed) << list;
  }
}

TEST(MetadataEntry, FailsIfItNamesNoModelOrMoreThanOneKind) {
  const std::string identifiers = R"(["ffffffffffffffffffffffffffffffffffffffff"])";
  EntryJson json;
  json.aaguid = "";
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
  json.key_identifiers = "[]";
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
  json = {};
  json.key_identifiers = identifiers;
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
  json = {};
  json.aaid = R"("1234#5678")";
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
  json.aaguid = "";
  json.key_identifiers = identifiers;
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
}

TEST(MetadataEntry, IsNothingForUaf) {
  EntryJson json;
  json.aaguid = "";
  json.aaid = R"("1234#5678")";
  ASSERT_TRUE(parse(json).has_value());
  EXPECT_EQ(*parse(json), std::nullopt);
  json.aaid = "7";
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
}

TEST(MetadataEntry, FailsIfTheStatementIsOfAnotherModel) {
  for (const char* statement :
       {R"({"aaguid":"00112233-4455-6677-8899-aabbccddeefe"})", R"({"aaid":"1234#5678"})",
        R"({"attestationCertificateKeyIdentifiers":["ffffffffffffffffffffffffffffffffffffffff"]})",
        R"({"aaguid":"00112233-4455-6677-8899-aabbccddeeff","aaid":"1234#5678"})"}) {
    EntryJson json;
    json.statement = statement;
    EXPECT_EQ(statement_error_of(json), ErrorCode::metadata_statement_malformed) << statement;
  }
  EntryJson json;
  json.statement = R"({"aaguid":"00112233-4455-6677-8899-AABBCCDDEEFF"})";
  EXPECT_TRUE(entry_of(json).statement.has_value());
}

TEST(MetadataEntry, ComparesKeyIdentifiersAsSets) {
  const std::string one = R"("1111111111111111111111111111111111111111")";
  const std::string two = R"("2222222222222222222222222222222222222222")";
  EntryJson json;
  json.aaguid = "";
  json.key_identifiers = "[" + one + "," + two + "]";
  const auto with_list = [](const std::string& list) {
    return R"({"attestationCertificateKeyIdentifiers":[)" + list + "]}";
  };
  json.statement = with_list(two + "," + one);
  EXPECT_TRUE(entry_of(json).statement.has_value());
  json.statement = with_list(one);
  EXPECT_EQ(statement_error_of(json), ErrorCode::metadata_statement_malformed);
}

// ---- JSON

TEST(MetadataEntry, FailsIfItIsNoStrictJsonObject) {
  EXPECT_EQ(parse_metadata_entry("").error().code, ErrorCode::json_syntax);
  EXPECT_EQ(parse_metadata_entry("[]").error().code, ErrorCode::metadata_statement_malformed);
  EXPECT_EQ(parse_metadata_entry("null").error().code, ErrorCode::metadata_statement_malformed);
  EXPECT_EQ(parse_metadata_entry(entry_json({}) + "x").error().code, ErrorCode::json_syntax);
  EntryJson json;
  json.more = R"(,"statusReports":[])";
  EXPECT_EQ(error_of(json), ErrorCode::json_duplicate_key);
}

TEST(MetadataEntry, ReadsIconsUpToTheLimit) {
  EntryJson json;
  json.reports = R"([{"status":"REVOKED"}])";
  const std::string begin = R"({"icon":")";
  json.statement =
      begin + std::string(limits::kMaxMetadataEntryBytes - begin.size() - 2, 'A') + "\"}";
  EXPECT_EQ(json.statement.size(), limits::kMaxMetadataEntryBytes);
  EXPECT_TRUE(entry_of(json).statement.has_value());
  json.statement.insert(1, " ");
  EXPECT_EQ(statement_error_of(json), ErrorCode::json_too_large);
}

TEST(MetadataEntry, IgnoresMembersThatDecideNothing) {
  EntryJson json;
  json.more = R"(,"biometricStatusReports":7,"rogueListURL":[],"laterEdition":{"a":[1e5]})";
  json.statement = R"({"icon":7,"upv":"x","authenticatorGetInfo":{"vendorPrototypeConfigCommands":)"
                   R"([18446744073709551615,9223372036854775808,9007199254740993]}})";
  EXPECT_TRUE(entry_of(json).statement.has_value());
}

// ---- statement

TEST(MetadataEntry, KeepsItsReportsWhateverIsWrongInTheStatement) {
  const std::string deep =
      std::string(limits::kMaxJsonDepth + 1, '[') + std::string(limits::kMaxJsonDepth + 1, ']');
  const struct {
    std::string statement;
    ErrorCode code;
  } rows[] = {
      {R"({"x":{"a":1,"a":2}})", ErrorCode::json_duplicate_key},
      {R"({"x":)" + deep + "}", ErrorCode::json_too_deep},
      {R"({"x":[0)" +
           [] {
             std::string zeros;
             for (std::size_t i = 0; i < limits::kMaxJsonNodes; ++i) {
               zeros += ",0";
             }
             return zeros;
           }() +
           "]}",
       ErrorCode::json_too_large},
  };
  for (const auto& row : rows) {
    EntryJson json;
    json.statement = row.statement;
    json.reports = R"([{"status":"REVOKED"}])";
    EXPECT_EQ(statement_error_of(json), row.code);
    ASSERT_THAT(entry_of(json).reports, SizeIs(1));
    EXPECT_EQ(entry_of(json).reports.front().status, AuthenticatorStatus::revoked);
  }
}

TEST(MetadataEntry, KeepsItsReportsWhenTheStatementCannotBeRead) {
  EntryJson json;
  json.statement = R"({"attestationTypes":7})";
  json.reports = R"([{"status":"REVOKED"}])";
  EXPECT_EQ(statement_error_of(json), ErrorCode::metadata_statement_malformed);
  ASSERT_THAT(entry_of(json).reports, SizeIs(1));
  EXPECT_EQ(entry_of(json).reports.front().status, AuthenticatorStatus::revoked);
}

TEST(MetadataStatement, MayBeAbsent) {
  EntryJson json;
  json.statement = "";
  EXPECT_EQ(entry_of(json).statement, std::nullopt);
  json.statement = "null";
  EXPECT_EQ(entry_of(json).statement, std::nullopt);
}

TEST(MetadataStatement, KeepsWhatDecides) {
  const MetadataStatement statement = entry_statement(
      R"({"description":"Model \u00e4","authenticatorVersion":18446744073709551615,)"
      R"("attestationTypes":["basic_full","basic_surrogate","attca","anonca","ecdaa","none"],)"
      R"("authenticationAlgorithms":["secp256r1_ecdsa_sha256_raw","ed25519_eddsa_sha512_raw"],)"
      R"("attestationRootCertificates":[")" +
      certificate_text() + R"("]})");
  EXPECT_EQ(statement.description, "Model \xc3\xa4");
  EXPECT_EQ(statement.authenticator_version, UINT64_MAX);
  EXPECT_THAT(
      statement.attestation_types,
      ElementsAre(MetadataAttestationType::basic_full, MetadataAttestationType::basic_surrogate,
                  MetadataAttestationType::attca, MetadataAttestationType::anonca,
                  MetadataAttestationType::ecdaa, MetadataAttestationType::none));
  EXPECT_THAT(statement.algorithms, ElementsAre(CoseAlgorithm::es256, CoseAlgorithm::eddsa));
  ASSERT_THAT(statement.anchors, SizeIs(1));
  EXPECT_EQ(to_base64(statement.anchors.front().encoded()), certificate_text());
  EXPECT_EQ(statement.unreadable_anchors, 0U);
}

TEST(MetadataStatement, AllowsNothingThatItDoesNotList) {
  const MetadataStatement statement = entry_statement("{}");
  EXPECT_THAT(statement.attestation_types, IsEmpty());
  EXPECT_THAT(statement.algorithms, IsEmpty());
  EXPECT_THAT(statement.anchors, IsEmpty());
  EXPECT_EQ(statement.authenticator_version, 0U);
}

TEST(MetadataStatement, IgnoresNamesOfLaterEditions) {
  const MetadataStatement statement = entry_statement(
      R"({"attestationTypes":["later","BASIC_FULL","basic_full"],)"
      R"("authenticationAlgorithms":["sm2_sm3_raw","ml_dsa_44","rsassa_pss_sha256_der"]})");
  EXPECT_THAT(statement.attestation_types, ElementsAre(MetadataAttestationType::basic_full));
  EXPECT_THAT(statement.algorithms, ElementsAre(CoseAlgorithm::ps256));
}

TEST(MetadataStatement, KnowsTheRegistrysAlgorithms) {
  const struct {
    const char* name;
    CoseAlgorithm algorithm;
  } kRows[] = {
      {"secp256r1_ecdsa_sha256_raw", CoseAlgorithm::es256},
      {"secp256r1_ecdsa_sha256_der", CoseAlgorithm::es256},
      {"rsassa_pss_sha256_raw", CoseAlgorithm::ps256},
      {"rsassa_pss_sha256_der", CoseAlgorithm::ps256},
      {"secp256k1_ecdsa_sha256_raw", CoseAlgorithm::es256k},
      {"secp256k1_ecdsa_sha256_der", CoseAlgorithm::es256k},
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
      {"secp512r1_ecdsa_sha256_raw", CoseAlgorithm::es512},
      {"ed25519_eddsa_sha512_raw", CoseAlgorithm::eddsa},
      {"ed448_eddsa_sha512_raw", CoseAlgorithm::ed448},
  };
  for (const auto& row : kRows) {
    EXPECT_THAT(
        entry_statement(R"({"authenticationAlgorithms":[")" + std::string(row.name) + R"("]})")
            .algorithms,
        ElementsAre(row.algorithm))
        << row.name;
  }
}

TEST(MetadataStatement, FailsIfAMemberHasAWrongType) {
  for (const char* statement :
       {"[]", "7", R"("x")", R"({"description":7})", R"({"authenticatorVersion":"7"})",
        R"({"authenticatorVersion":-1})", R"({"authenticatorVersion":1.0})",
        R"({"authenticatorVersion":18446744073709551616})", R"({"attestationTypes":"basic_full"})",
        R"({"attestationTypes":[15879]})", R"({"authenticationAlgorithms":{}})",
        R"({"authenticationAlgorithms":[1]})", R"({"attestationRootCertificates":"x"})",
        R"({"attestationRootCertificates":[null]})"}) {
    EntryJson json;
    json.statement = statement;
    EXPECT_EQ(statement_error_of(json), ErrorCode::metadata_statement_malformed) << statement;
  }
}

TEST(MetadataStatement, ReadsCertificatesWithLineBreaks) {
  std::string text = certificate_text();
  for (std::size_t at = 64; at < text.size(); at += 68) {
    text.insert(at, "\\r\\n \\t");
  }
  const MetadataStatement statement =
      entry_statement(R"({"attestationRootCertificates":["\n )" + text + R"( \n"]})");
  ASSERT_THAT(statement.anchors, SizeIs(1));
  EXPECT_EQ(to_base64(statement.anchors.front().encoded()), certificate_text());
}

TEST(MetadataStatement, LeavesUnreadableCertificatesOutAndCountsThem) {
  const std::string list = R"(["","AA==","%",")" + certificate_text() + R"(",")" +
                           certificate_text().substr(0, 200) + R"("])";
  const MetadataStatement statement =
      entry_statement(R"({"attestationRootCertificates":)" + list + "}");
  EXPECT_THAT(statement.anchors, SizeIs(1));
  EXPECT_EQ(statement.unreadable_anchors, 4U);
}

TEST(MetadataStatement, FailsIfThereAreTooManyCertificates) {
  std::string list = R"("")";
  for (std::size_t i = 1; i < limits::kMaxMetadataAnchors; ++i) {
    list += R"(,"")";
  }
  EXPECT_EQ(entry_statement(R"({"attestationRootCertificates":[)" + list + "]}").unreadable_anchors,
            limits::kMaxMetadataAnchors);
  EntryJson json;
  json.statement = R"({"attestationRootCertificates":["",)" + list + "]}";
  EXPECT_EQ(statement_error_of(json), ErrorCode::metadata_statement_malformed);
}

TEST(MetadataStatement, ShortensDescriptionsBetweenCharacters) {
  const std::string fits(limits::kMaxModelDescriptionBytes, 'x');
  EXPECT_EQ(entry_statement(R"({"description":")" + fits + R"("})").description, fits);
  const std::string cut = fits.substr(1);  // a character of two octets does not fit after it
  EXPECT_EQ(entry_statement(R"({"description":")" + cut + "\xc3\xa4" + R"("})").description, cut);
}

// ---- reports

TEST(StatusReports, KeepWhatDecides) {
  const StatusReport report = report_of(report_json(
      {"USER_KEY_REMOTE_COMPROMISE", "2021-01-01", "2021-01-02", "18446744073709551615", ""}));
  EXPECT_EQ(report.status, AuthenticatorStatus::user_key_remote_compromise);
  EXPECT_EQ(report.effective_date, UnixSeconds{kDay2021});
  EXPECT_EQ(report.sunset_date, UnixSeconds{kDay2021 + 86400});
  EXPECT_EQ(report.authenticator_version, UINT64_MAX);
  EXPECT_THAT(report.keys, IsEmpty());
}

TEST(StatusReports, NeedNoDate) {
  for (const char* json : {R"({"status":"REVOKED"})",
                           R"({"status":"REVOKED","effectiveDate":null,"sunsetDate":null})"}) {
    const StatusReport report = report_of(json);
    EXPECT_EQ(report.status, AuthenticatorStatus::revoked);
    EXPECT_EQ(report.effective_date, std::nullopt);
    EXPECT_EQ(report.sunset_date, std::nullopt);
  }
}

TEST(StatusReports, NamesGoBothWays) {
  std::size_t known = 0;
  for (int i = 0; i <= static_cast<int>(AuthenticatorStatus::retired); ++i) {
    const auto status = static_cast<AuthenticatorStatus>(i);
    const std::string name(authenticator_status_name(status));
    EXPECT_EQ(name.empty(), status == AuthenticatorStatus::unknown);
    EXPECT_EQ(report_of(report_json({name, "", "", "", ""})).status, status);
    known += name.empty() ? 0 : 1;
  }
  EXPECT_EQ(known, 20U);
}

TEST(StatusReports, UnknownValuesAreIgnoredWithAllTheySay) {
  const StatusReport report = report_of(
      R"({"status":"LATER_EDITION","effectiveDate":7,"certificate":[],"authenticatorVersion":{}})");
  EXPECT_EQ(report.status, AuthenticatorStatus::unknown);
  EXPECT_EQ(report_of(R"({"status":"revoked"})").status, AuthenticatorStatus::unknown);
}

TEST(StatusReports, FailIfThereIsNoList) {
  for (const char* reports : {"", "null", "{}", "7"}) {
    EntryJson json;
    json.reports = reports;
    EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed) << reports;
  }
}

TEST(StatusReports, ThatCannotBeReadAreLeftOutAlone) {
  for (const char* report : {"7", "{}", R"({"status":7})", R"({"status":null})",
                             R"({"status":"FIDO_CERTIFIED_L3","effectiveDate":"2021-02-30"})",
                             R"({"status":"REVOKED","status":"REVOKED"})"}) {
    EntryJson json;
    json.reports = "[" + std::string(report) + R"(,{"status":"RETIRED"}])";
    const MetadataEntry entry = entry_of(json);
    EXPECT_TRUE(entry.report_error.has_value()) << report;
    ASSERT_THAT(entry.reports, SizeIs(1)) << report;
    EXPECT_EQ(entry.reports.front().status, AuthenticatorStatus::retired);
  }
}

TEST(StatusReports, ThatWarnCountWithoutDatesWhereTheyCannotBeRead) {
  for (const char* reports :
       {R"([{"status":"REVOKED","x":{"a":1,"a":2}}])",
        R"([{"status":"REVOKED","effectiveDate":"2021-02-30"}])",
        R"([{"status":"REVOKED","effectiveDate":"2021-01-01T00:00:00Z"}])",
        R"([{"status":"REVOKED","effectiveDate":"01-01-2021"}])",
        R"([{"status":"REVOKED","effectiveDate":""}])",
        R"([{"status":"REVOKED","effectiveDate":1609459200}])",
        R"([{"status":"REVOKED","sunsetDate":"never"}])",
        R"([{"status":"REVOKED","authenticatorVersion":"2"}])",
        R"([{"status":"ATTESTATION_KEY_COMPROMISE","certificate":7}])",
        R"([{"status":"ATTESTATION_KEY_COMPROMISE","batchCertificate":[]}])"}) {
    EntryJson json;
    json.reports = reports;
    const MetadataEntry entry = entry_of(json);
    EXPECT_TRUE(entry.report_error.has_value()) << reports;
    ASSERT_THAT(entry.reports, SizeIs(1)) << reports;
    EXPECT_TRUE(is_compromise(entry.reports.front().status)) << reports;
    EXPECT_EQ(entry.reports.front().effective_date, std::nullopt);
    EXPECT_EQ(entry.reports.front().sunset_date, std::nullopt);
    EXPECT_THAT(entry.reports.front().keys, IsEmpty());
  }
}

TEST(StatusReports, FailIfThereAreTooMany) {
  std::string list = R"({"status":"REVOKED"})";
  for (std::size_t i = 1; i < limits::kMaxStatusReports; ++i) {
    list += R"(,{"status":"REVOKED"})";
  }
  EntryJson json;
  json.reports = "[" + list + "]";
  EXPECT_THAT(entry_of(json).reports, SizeIs(limits::kMaxStatusReports));
  json.reports = R"([{"status":"REVOKED"},)" + list + "]";
  EXPECT_EQ(error_of(json), ErrorCode::metadata_statement_malformed);
}

TEST(StatusReports, KeepTheKeysOfCompromisedBatches) {
  for (const char* name : {"certificate", "batchCertificate"}) {
    const StatusReport report =
        report_of(R"({"status":"ATTESTATION_KEY_COMPROMISE",")" + std::string(name) + "\":\"\\n" +
                  certificate_text() + "\"}");
    ASSERT_THAT(report.keys, SizeIs(1)) << name;
    EXPECT_EQ(
        report.keys.front(),
        to_vector(
            parse_certificate(from_base64(certificate_text())).value().subject_public_key_info()));
  }
}

TEST(StatusReports, ConcernTheWholeModelIfTheCertificateOfABatchCannotBeRead) {
  const struct {
    const char* certificate;
    ErrorCode code;
  } kRows[] = {{"%", ErrorCode::base64_invalid},
               {"", ErrorCode::der_truncated},
               {"MAA=", ErrorCode::der_truncated}};
  for (const auto& row : kRows) {
    EntryJson json;
    json.reports = R"([{"status":"ATTESTATION_KEY_COMPROMISE","certificate":")" +
                   std::string(row.certificate) + R"("}])";
    const MetadataEntry entry = entry_of(json);
    ASSERT_TRUE(entry.report_error.has_value()) << row.certificate;
    EXPECT_EQ(entry.report_error->code, row.code) << row.certificate;
    ASSERT_THAT(entry.reports, SizeIs(1));
    EXPECT_EQ(entry.reports.front().status, AuthenticatorStatus::attestation_key_compromise);
    EXPECT_THAT(entry.reports.front().keys, IsEmpty());
  }
}

TEST(StatusReports, OfOtherKindsConcernTheWholeModelWhateverCertificateTheyCarry) {
  const StatusReport report =
      report_of(R"({"status":"USER_KEY_REMOTE_COMPROMISE","certificate":"%"})");
  EXPECT_EQ(report.status, AuthenticatorStatus::user_key_remote_compromise);
  EXPECT_THAT(report.keys, IsEmpty());
}

TEST(MetadataEntry, TheTimeOfTheLastChangeNeverCostsTheReports) {
  EntryJson json;
  json.more = R"(,"timeOfLastStatusChange":"2021-01-01")";
  EXPECT_EQ(entry_of(json).time_of_last_status_change, UnixSeconds{kDay2021});
  json.more = R"(,"timeOfLastStatusChange":"soon")";
  EXPECT_EQ(entry_of(json).time_of_last_status_change, std::nullopt);
  json.more = "";
  EXPECT_EQ(entry_of(json).time_of_last_status_change, std::nullopt);
}

// ---- single statements

TEST(MetadataStatementFile, IsAnEntryWithoutReports) {
  const Result<MetadataEntry> entry = parse_metadata_statement(
      R"({"aaguid":"00112233-4455-6677-8899-aabbccddeeff","attestationTypes":["basic_full"]})");
  ASSERT_TRUE(entry.has_value());
  EXPECT_TRUE(entry->aaguid.has_value());
  EXPECT_THAT(entry->reports, IsEmpty());
  ASSERT_TRUE(entry->statement.has_value());
  EXPECT_THAT(entry->statement->attestation_types,
              ElementsAre(MetadataAttestationType::basic_full));
}

TEST(MetadataStatementFile, FailsIfItNamesNoModelOrAUafModel) {
  for (const char* json : {"{}", R"({"aaid":"1234#5678"})", "[]",
                           R"({"aaid":"1","aaguid":"00112233-4455-6677-8899-aabbccddeeff"})"}) {
    const Result<MetadataEntry> entry = parse_metadata_statement(json);
    ASSERT_FALSE(entry.has_value()) << json;
    EXPECT_EQ(entry.error().code, ErrorCode::metadata_statement_malformed) << json;
  }
}

// ---- the field

TEST(MetadataEntry, ReadsEveryEntryOfARealBlob) {
  const std::filesystem::path path =
      std::filesystem::path(COUNTERSIGN_VECTORS_DIR) / "metadata/mds3-blob-no31.jwt";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no real BLOB here";
  }
  std::ifstream file(path);
  const std::string jws((std::istreambuf_iterator<char>(file)), {});
  const std::size_t begin = jws.find('.') + 1;
  const ByteVector payload = from_base64(jws.substr(begin, jws.find('.', begin) - begin));
  const nlohmann::json blob = nlohmann::json::parse(payload);
  std::size_t by_aaguid = 0;
  std::size_t by_key_identifier = 0;
  std::size_t uaf = 0;
  std::size_t anchors = 0;
  for (const nlohmann::json& item : blob.at("entries")) {
    const Result<std::optional<MetadataEntry>> entry = parse_metadata_entry(item.dump());
    ASSERT_TRUE(entry.has_value()) << item.dump().substr(0, 200);
    if (!*entry) {
      EXPECT_TRUE(item.contains("aaid"));
      ++uaf;
      continue;
    }
    ((*entry)->aaguid ? by_aaguid : by_key_identifier) += 1;
    const MetadataStatement& statement = *(*entry)->statement;
    EXPECT_EQ(statement.unreadable_anchors, 0U) << statement.description;
    EXPECT_THAT(statement.attestation_types, ::testing::Not(IsEmpty())) << statement.description;
    EXPECT_THAT(statement.algorithms, ::testing::Not(IsEmpty())) << statement.description;
    EXPECT_EQ((*entry)->reports.size(), item.at("statusReports").size());
    EXPECT_TRUE((*entry)->time_of_last_status_change.has_value());
    for (const StatusReport& report : (*entry)->reports) {
      EXPECT_NE(report.status, AuthenticatorStatus::unknown);
      EXPECT_TRUE(report.effective_date.has_value());
    }
    anchors += statement.anchors.size();
  }
  EXPECT_EQ(by_aaguid, 108U);
  EXPECT_EQ(by_key_identifier, 49U);
  EXPECT_EQ(uaf, 17U);
  EXPECT_GT(anchors, 157U);
}

}  // namespace
}  // namespace countersign::testing
