#pragma once
// Metadata entries for the tests, as JSON.

#include <string>
#include <vector>

#include "tests/support/encoding.h"
#include "tests/support/pki.h"

namespace countersign::testing {

inline constexpr std::string_view kModelAaguid = "00112233-4455-6677-8899-aabbccddeeff";

struct ReportJson {
  std::string status;
  std::string effective_date;  // these are left out where empty
  std::string sunset_date;
  std::string version;      // a number as it is written
  std::string certificate;  // base64
};
inline std::string report_json(const ReportJson& report) {
  std::string out = R"({"status":)" + json_string(report.status);
  const auto add = [&out](std::string_view name, const std::string& literal) {
    out += ",\"" + std::string(name) + "\":" + literal;
  };
  if (!report.effective_date.empty()) {
    add("effectiveDate", json_string(report.effective_date));
  }
  if (!report.sunset_date.empty()) {
    add("sunsetDate", json_string(report.sunset_date));
  }
  if (!report.version.empty()) {
    add("authenticatorVersion", report.version);
  }
  if (!report.certificate.empty()) {
    add("certificate", json_string(report.certificate));
  }
  return out + "}";
}

/// Members as JSON text; an empty one is left out.
struct EntryJson {
  std::string aaguid = json_string(kModelAaguid);
  std::string key_identifiers;
  std::string aaid;
  std::string statement = "{}";
  std::string reports = "[]";
  std::string more;  // ",\"name\":value" appended
};
inline std::string entry_json(const EntryJson& entry) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& literal) {
    if (!literal.empty()) {
      out += (out.empty() ? "{\"" : ",\"") + std::string(name) + "\":" + literal;
    }
  };
  add("aaguid", entry.aaguid);
  add("attestationCertificateKeyIdentifiers", entry.key_identifiers);
  add("aaid", entry.aaid);
  add("metadataStatement", entry.statement);
  add("statusReports", entry.reports);
  return (out.empty() ? "{" : out) + entry.more + "}";
}

}  // namespace countersign::testing
