// Joins the four places that say what is checked: core/spec/webauthn-l3.tsv, the tables of the
// ceremonies, checks.def and the test suites. A step that is silently missing fails here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "ceremony/authentication.h"
#include "ceremony/registration.h"

namespace countersign {
namespace {

using ::testing::ElementsAreArray;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

struct Step {
  std::string number;  // "7.1.24.none"
  std::string disposition;
  std::vector<std::string> checks;
  std::string sentence;
};

std::vector<Step> read_steps() {
  std::vector<Step> steps;
  const std::string text =
      read_file(std::string(COUNTERSIGN_SOURCE_DIR) + "/core/spec/webauthn-l3.tsv");
  for (const std::string& line : split(text, '\n')) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    const auto columns = split(line, '\t');
    EXPECT_EQ(columns.size(), 5U) << line;
    if (columns.size() == 5) {
      steps.push_back({columns[0], columns[1],
                       columns[2] == "-" ? std::vector<std::string>() : split(columns[2], ','),
                       columns[3]});
    }
  }
  return steps;
}

std::set<std::string> all_check_names() {
  return {
#define CS_CHECK(number, name) #name,
#include "base/checks.def"
#undef CS_CHECK
  };
}

/// The checks of §7.1 or §7.2 that the file names as checks, each where it is named first.
std::vector<std::string> checks_of_section(const std::vector<Step>& steps,
                                           const std::string& section) {
  std::vector<std::string> names;
  for (const Step& step : steps) {
    if (step.number.rfind(section + '.', 0) == 0 && step.disposition == "check") {
      for (const std::string& name : step.checks) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
          names.push_back(name);
        }
      }
    }
  }
  return names;
}

std::vector<std::string> names_of_checks(std::span<const Check> checks) {
  std::vector<std::string> names;
  for (const Check check : checks) {
    names.emplace_back(check_name(check));
  }
  return names;
}

/// "user_present" of registration: "RegistrationUserPresent".
std::string suite_name(const std::string& ceremony, const std::string& check) {
  std::string name = ceremony;
  bool is_start = true;
  for (const char c : check) {
    if (c == '_') {
      is_start = true;
    } else {
      name += is_start ? static_cast<char>(std::toupper(c)) : c;
      is_start = false;
    }
  }
  return name;
}

/// Test suites that have a test whose name begins with "FailsIf".
std::set<std::string> suites_that_fail() {
  std::set<std::string> suites;
  for (const char* folder : {"/tests/ceremony", "/tests/service"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(COUNTERSIGN_SOURCE_DIR) + folder)) {
      const std::string text = read_file(entry.path());
      for (std::size_t at = text.find("\nTEST"); at != std::string::npos;
           at = text.find("\nTEST", at + 1)) {
        const std::size_t suite = text.find('(', at) + 1;
        const std::size_t comma = text.find(',', at);
        const std::size_t name = text.find_first_not_of(" \n", comma + 1);
        if (text.compare(name, 7, "FailsIf") == 0) {
          suites.insert(text.substr(suite, comma - suite));
        }
      }
    }
  }
  return suites;
}

TEST(StepsOfTheStandard, AreTiedToTheDatedEdition) {
  const std::string text =
      read_file(std::string(COUNTERSIGN_SOURCE_DIR) + "/core/spec/webauthn-l3.tsv");
  EXPECT_NE(split(text, '\n').at(0).find("Recommendation 2026-08-25"), std::string::npos);
}

TEST(StepsOfTheStandard, AreAllThereInOrder) {
  const std::map<std::string, int> last = {{"7.1", 29}, {"7.2", 25}};
  for (const auto& [section, count] : last) {
    std::vector<std::string> found;
    for (const Step& step : read_steps()) {
      const auto parts = split(step.number, '.');
      if (parts.size() == 3 && parts[0] + '.' + parts[1] == section) {
        found.push_back(parts[2]);
      }
    }
    std::vector<std::string> wanted;
    for (int i = 1; i <= count; ++i) {
      wanted.push_back(std::to_string(i));
    }
    EXPECT_THAT(found, ElementsAreArray(wanted)) << section;
  }
}

TEST(StepsOfTheStandard, HaveEachADispositionAndASentence) {
  const std::set<std::string> dispositions = {"check",  "parse",   "data", "caller",
                                              "client", "service", "none"};
  const std::set<std::string> checks = all_check_names();
  for (const Step& step : read_steps()) {
    EXPECT_TRUE(dispositions.contains(step.disposition)) << step.number;
    EXPECT_GT(step.sentence.size(), 10U) << step.number;
    const bool names_checks = step.disposition == "check" || step.disposition == "parse";
    EXPECT_EQ(!step.checks.empty(), names_checks) << step.number;
    for (const std::string& check : step.checks) {
      EXPECT_TRUE(checks.contains(check)) << step.number << ": " << check;
    }
  }
}

TEST(StepsOfTheStandard, AreTheRowsOfTheRegistrationTableInOrder) {
  auto wanted = checks_of_section(read_steps(), "7.1");
  // Step 24 needs the signatures, so it closes the table; the chain's own obligations are part of
  // it.
  for (const Check check : {Check::attestation_trusted, Check::authenticator_model_acceptable,
                            Check::attestation_chain_trusted}) {
    EXPECT_EQ(std::erase(wanted, std::string(check_name(check))), 1U);
  }
  EXPECT_THAT(names_of_checks(registration_checks()), ElementsAreArray(wanted));
  EXPECT_THAT(names_of_checks(registration_closing_checks()),
              ElementsAreArray({"attestation_trusted", "authenticator_model_acceptable"}));
}

TEST(StepsOfTheStandard, AreTheRowsOfTheAuthenticationTableInOrder) {
  EXPECT_THAT(names_of_checks(authentication_checks()),
              ElementsAreArray(checks_of_section(read_steps(), "7.2")));
}

TEST(StepsOfTheStandard, AreFoundByCheck) {
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::challenge_matches), "7.1.8");
  EXPECT_EQ(step_of(CeremonyKind::authentication, Check::challenge_matches), "7.2.11");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::top_origin_allowed), "7.1.11.2");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::attestation_trusted), "7.1.24");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::packed_signature), "7.1.22");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::attestation_chain_trusted), "7.1.24");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::metadata_signature), "");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::tpm_version), "7.1.22");
  EXPECT_EQ(step_of(CeremonyKind::authentication, Check::packed_signature), "");
  EXPECT_EQ(step_of(CeremonyKind::authentication, Check::type_is_create), "");
  EXPECT_EQ(step_of(CeremonyKind::registration, Check::none), "");
  for (const Check check : registration_checks()) {
    EXPECT_NE(step_of(CeremonyKind::registration, check), "") << check_name(check);
  }
  for (const Check check : authentication_checks()) {
    EXPECT_NE(step_of(CeremonyKind::authentication, check), "") << check_name(check);
  }
}

TEST(StepsOfTheStandard, HaveEachASuiteWhoseTestsFail) {
  const std::set<std::string> suites = suites_that_fail();
  for (const Step& step : read_steps()) {
    const bool is_registration = step.number.rfind("7.1.", 0) == 0;
    for (const std::string& check : step.checks) {
      if (check == "attestation_chain_trusted") {
        continue;  // an obligation of attestation_trusted
      }
      const std::string name =
          suite_name(is_registration ? "Registration" : "Authentication", check);
      EXPECT_TRUE(suites.contains(name)) << step.number << " wants " << name;
    }
  }
}

TEST(StepsOfTheStandard, AreBehindEveryCheckOfTheCeremonies) {
  std::set<std::string> named;
  for (const Step& step : read_steps()) {
    named.insert(step.checks.begin(), step.checks.end());
  }
  const struct {
    int number;
    const char* name;
  } checks[] = {
#define CS_CHECK(number, name) {number, #name},
#include "base/checks.def"
#undef CS_CHECK
  };
  for (const auto& check : checks) {
    if (check.number < 100) {
      EXPECT_TRUE(named.contains(check.name)) << check.name;
    }
  }
}

}  // namespace
}  // namespace countersign
