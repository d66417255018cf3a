#pragma once
// The pinned outcome of every case of the replica, and the comparison of a run with it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::testing {

/// What a case came to. `code` and `check` are empty where the server had no objection.
struct CaseOutcome {
  int http = 0;
  std::string status;
  std::string code;
  std::string check;
  bool operator==(const CaseOutcome&) const = default;
};

/// A case of the list and one of the messages that it stands for.
struct CaseName {
  std::string group;    // "Server-ServerAuthenticatorAttestationResponse-Resp-1"
  std::string number;   // "F-16"
  std::string variant;  // "-" where the case has one message only
  auto operator<=>(const CaseName&) const = default;
};

using Ledger = std::map<CaseName, CaseOutcome>;

/// A group of the official list. `cases` is how many numbers it has there; `extra` names those of
/// ours that the tool does not count.
struct OfficialGroup {
  std::string_view name;
  std::string_view title;  // in the tool
  std::size_t cases;
  std::vector<std::string_view> extra = {};
};
/// In the order of the tool; the SafetyNet group of older versions last.
const std::vector<OfficialGroup>& official_groups();

/// tests/conformance/ledger.tsv. Aborts the test on a line that is no row or stands there twice.
const Ledger& pinned_ledger();

/// "| group | cases | messages | …", as docs/conformance.md has it.
std::vector<std::string> result_table(const Ledger& ledger);

/// One group of a run. What the case's name promises is expected at once: P is accepted, F is
/// refused with a reason. `compare` then holds all of them against the ledger, both ways.
class CaseGroup {
 public:
  explicit CaseGroup(std::string name) : name_(std::move(name)) {}
  CaseGroup(const CaseGroup&) = delete;
  CaseGroup& operator=(const CaseGroup&) = delete;
  ~CaseGroup();

  void add(const std::string& number, const std::string& variant, const CaseOutcome& outcome,
           const std::string& error_message);

 private:
  void compare() const;
  std::string name_;
  Ledger run_;
};

/// How many cases of this process met their row, and how many did not.
struct CaseCount {
  std::size_t passed = 0;
  std::size_t failed = 0;
};
CaseCount case_count();

}  // namespace countersign::testing
