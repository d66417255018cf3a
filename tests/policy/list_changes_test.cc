#include "policy/list_changes.h"

#include "policy/diff.h"
#include "policy/wording.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

std::string model(int i) { return "00000000-0000-0000-0000-0000000000" + std::to_string(10 + i); }

Json models(int first, int last) {
  Json list = Json::array();
  for (int i = first; i < last; ++i) {
    list.push_back(model(i));
  }
  return list;
}

PolicyDocument with_lists(const Json& lists, const std::string& demand, const std::string& list) {
  return parsed_policy(
      policy_of({{"id", "pay"},
                 {"when", {{"ceremony", "transaction.approve"}}},
                 {"require", {{"attestation", "direct"}, {"authenticators", {{demand, list}}}}}},
                Json::object(), lists));
}

TEST(ListChanges, NameWhatComesAndWhatGoes) {
  const PolicyDocument before =
      with_lists({{"keys", models(0, 4)}, {"same", models(0, 2)}}, "allow", "keys");
  const PolicyDocument after =
      with_lists({{"keys", models(2, 9)}, {"same", models(0, 2)}}, "allow", "keys");
  const std::vector<ListChange> changes = list_changes(before, after);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].name, "keys");
  EXPECT_EQ(Json(changes[0].added), models(4, 9));
  EXPECT_EQ(Json(changes[0].removed), models(0, 2));
  EXPECT_EQ(describe_list_change(changes[0], 3), "adds " + model(4) + ", " + model(5) + ", " +
                                                     model(6) + " and 2 more; removes " + model(0) +
                                                     ", " + model(1));
  EXPECT_EQ(list_remark(changes, "same"), "");
  EXPECT_TRUE(list_changes(before, before).empty());
}

TEST(ListChanges, SentencesOfADifferenceNameThem) {
  for (const char* demand : {"allow", "deny"}) {
    const PolicyDocument before = with_lists({{"keys", models(0, 2)}}, demand, "keys");
    const PolicyDocument after = with_lists({{"keys", models(0, 3)}}, demand, "keys");
    const DiffReport report = diff_policies(before, after);
    ASSERT_EQ(report.regions.size(), 1U);
    const bool is_deny = std::string(demand) == "deny";
    EXPECT_EQ(report.regions[0].change, is_deny ? Strictness::stricter : Strictness::weaker);
    ASSERT_EQ(report.lists.size(), 1U);
    EXPECT_EQ(describe_decision(after, report.regions[0].after,
                                mask_of(RequirementKind::authenticators), report.lists),
              std::string("needs ") + (is_deny ? "no model" : "a model") +
                  " on the list keys (adds " + model(2) + ")");
  }
}

// Under another name it is another list, and all that is on it is new.
TEST(ListChanges, AListOfAnotherNameIsNew) {
  const PolicyDocument before = with_lists({{"keys", models(0, 2)}}, "allow", "keys");
  const PolicyDocument after = with_lists({{"other", models(1, 3)}}, "allow", "other");
  const std::vector<ListChange> changes = list_changes(before, after);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(describe_list_change(changes[0], 9),
            "no list any more; removes " + model(0) + ", " + model(1));
  EXPECT_EQ(describe_list_change(changes[1], 9), "a new list; adds " + model(1) + ", " + model(2));
}

TEST(ListChanges, NameADateThatChanged) {
  const auto until = [](const Json& expires) {
    Json list = {{"models", models(0, 2)}};
    if (!expires.is_null()) {
      list["expires"] = expires;
    }
    return with_lists({{"keys", list}}, "allow", "keys");
  };
  const PolicyDocument never = until(nullptr);
  const PolicyDocument soon = until("2027-01-01T00:00:00Z");
  const DiffReport report = diff_policies(soon, never);
  EXPECT_TRUE(report.regions.empty()) << "no decision changes by a date that passes";
  ASSERT_EQ(report.lists.size(), 1U);
  EXPECT_EQ(describe_list_change(report.lists[0], 1),
            "expires never instead of 2027-01-01T00:00:00Z");
  EXPECT_EQ(describe_list_change(list_changes(never, soon)[0], 1),
            "expires 2027-01-01T00:00:00Z instead of never");
  EXPECT_TRUE(list_changes(soon, soon).empty());
}

}  // namespace
}  // namespace countersign::testing
