#include "tests/conformance/ledger.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <set>
#include <sstream>
#include <tuple>

namespace countersign::testing {
namespace {

constexpr const char* kHeader = "id\tvariant\thttp\tstatus\tcode\tcheck";

CaseCount& count() {
  static CaseCount value;
  return value;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }
std::string or_empty(const std::string& text) { return text == "-" ? "" : text; }

std::string row_of(const CaseName& name, const CaseOutcome& outcome) {
  return name.group + " " + name.number + "\t" + name.variant + "\t" +
         std::to_string(outcome.http) + "\t" + outcome.status + "\t" + or_dash(outcome.code) +
         "\t" + or_dash(outcome.check);
}

Ledger read_ledger(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  EXPECT_TRUE(std::getline(file, line)) << path << " cannot be read";
  EXPECT_EQ(line, kHeader);
  Ledger ledger;
  while (std::getline(file, line)) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) {
      fields.push_back(field);
    }
    const std::size_t blank = fields.empty() ? std::string::npos : fields[0].find(' ');
    if (fields.size() != 6 || blank == std::string::npos) {
      ADD_FAILURE() << "not a row: " << line;
      std::abort();
    }
    const CaseName name{fields[0].substr(0, blank), fields[0].substr(blank + 1), fields[1]};
    const CaseOutcome outcome{std::atoi(fields[2].c_str()), fields[3], or_empty(fields[4]),
                              or_empty(fields[5])};
    EXPECT_TRUE(ledger.emplace(name, outcome).second) << "twice: " << line;
  }
  return ledger;
}

std::size_t place_of(const std::string& group) {
  std::size_t place = 0;
  while (place < official_groups().size() && official_groups()[place].name != group) {
    ++place;
  }
  return place;
}

// Where COUNTERSIGN_CONFORMANCE_LEDGER names a file, the rows of the run go there for review, in
// the order of the list: P-1, …, F-1, …, F-10.
void offer_for_review(const Ledger& run) {
  const char* path = std::getenv("COUNTERSIGN_CONFORMANCE_LEDGER");
  if (path == nullptr) {
    return;
  }
  static std::map<std::tuple<std::size_t, bool, int, std::string>, std::string> rows;
  for (const auto& [name, outcome] : run) {
    rows[{place_of(name.group), name.number[0] == 'F', std::atoi(name.number.c_str() + 2),
          name.variant}] = row_of(name, outcome);
  }
  std::ofstream file(path, std::ios::trunc);
  file << kHeader << "\n";
  for (const auto& [order, row] : rows) {
    file << row << "\n";
  }
}

}  // namespace

const std::vector<OfficialGroup>& official_groups() {
  static const std::vector<OfficialGroup> kGroups{
      {"Server-ServerPublicKeyCredentialCreationOptions-Req-1", "MakeCredential Request", 4},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-1", "MakeCredential Response", 16},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-2", "MakeCredential Response", 17},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-3", "MakeCredential Response", 20},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-4", "MakeCredential Response", 12},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-5", "MakeCredential Response", 19},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-6", "MakeCredential Response", 4},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-7", "MakeCredential Response", 3},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-8", "MakeCredential Response", 3},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-9",
       "MakeCredential: Platform Attestations",
       7,
       {"P-3"}},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-A",
       "MakeCredential: Platform Attestations", 4},
      {"Server-ServerPublicKeyCredentialGetOptionsResponse-Req-1", "GetAssertion Request", 2},
      {"Server-ServerAuthenticatorAssertionResponse-Resp-1", "GetAssertion Response", 22},
      {"Server-ServerAuthenticatorAssertionResponse-Resp-2", "GetAssertion Response", 17},
      {"Server-ServerAuthenticatorAssertionResponse-Resp-3", "GetAssertion Response", 12},
      {"Server-MDS3", "Metadata Service Tests", 6},
      {"Server-ServerAuthenticatorAttestationResponse-Resp-B", "(older versions of the tool)", 8},
  };
  return kGroups;
}

const Ledger& pinned_ledger() {
  static const Ledger kLedger = read_ledger(COUNTERSIGN_SOURCE_DIR "/tests/conformance/ledger.tsv");
  return kLedger;
}

std::vector<std::string> result_table(const Ledger& ledger) {
  std::vector<std::string> lines{"| group | cases | messages | accepted | refused |",
                                 "| --- | ---: | ---: | ---: | ---: |"};
  for (const OfficialGroup& group : official_groups()) {
    std::set<std::string> numbers;
    std::size_t messages = 0;
    std::size_t accepted = 0;
    for (const auto& [name, outcome] : ledger) {
      if (name.group != group.name) {
        continue;
      }
      numbers.insert(name.number);
      ++messages;
      accepted += outcome.status == "ok" ? 1U : 0U;
    }
    lines.push_back("| " + std::string(group.name) + " | " + std::to_string(numbers.size()) +
                    " | " + std::to_string(messages) + " | " + std::to_string(accepted) + " | " +
                    std::to_string(messages - accepted) + " |");
  }
  return lines;
}

CaseCount case_count() { return count(); }

CaseGroup::~CaseGroup() {
  offer_for_review(run_);
  compare();
}

void CaseGroup::add(const std::string& number, const std::string& variant,
                    const CaseOutcome& outcome, const std::string& error_message) {
  const CaseName name{name_, number, variant};
  SCOPED_TRACE(row_of(name, outcome));
  EXPECT_TRUE(run_.emplace(name, outcome).second) << "ran twice";
  if (number.starts_with("P-")) {
    EXPECT_EQ(outcome.status, "ok") << error_message;
    EXPECT_EQ(outcome.http, 200);
    EXPECT_EQ(error_message, "");
    EXPECT_EQ(outcome.code, "");
  } else {
    EXPECT_EQ(outcome.status, "failed");
    EXPECT_GE(outcome.http, 400);
    EXPECT_LT(outcome.http, 500);
    EXPECT_NE(error_message, "");
    EXPECT_NE(outcome.code, "");
  }
}

void CaseGroup::compare() const {
  std::set<CaseName> names;
  for (const auto& [name, outcome] : run_) {
    names.insert(name);
  }
  for (const auto& [name, outcome] : pinned_ledger()) {
    if (name.group == name_) {
      names.insert(name);
    }
  }
  for (const CaseName& name : names) {
    const auto run = run_.find(name);
    const auto pinned = pinned_ledger().find(name);
    if (run == run_.end()) {
      ADD_FAILURE() << "row without a case: " << row_of(name, pinned->second);
    } else if (pinned == pinned_ledger().end()) {
      ADD_FAILURE() << "case without a row: " << row_of(name, run->second);
    } else {
      EXPECT_EQ(row_of(name, run->second), row_of(name, pinned->second));
      if (run->second == pinned->second) {
        ++count().passed;
        continue;
      }
    }
    ++count().failed;
  }
}

}  // namespace countersign::testing
