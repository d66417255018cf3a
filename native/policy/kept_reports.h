#pragma once
// The comparisons and lints that were asked for last, for whoever asks for the same again.

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/policy_reports.h"

namespace countersign {

/// By the documents' digests, and for a lint by everything that it was held against: other
/// metadata, rates or displays, or a list that has expired since, are another lint.
class KeptReports final : public PolicyReports {
 public:
  /// `source` works out what is not kept, and is borrowed. Two who ask at once may both ask it.
  explicit KeptReports(PolicyReports& source) : source_(source) {}

  std::shared_ptr<const DiffReport> compare(const PolicyDocument& before,
                                            const PolicyDocument& after) override;
  std::shared_ptr<const LintReport> lint(const PolicyDocument& document,
                                         const LintSettings& settings) override;

  /// Of each kind, and regions or findings in them, but for the one that was made last. [the
  /// revisions that are under discussion at a time; one that nobody reads any more, of 11,000
  /// regions, has some 30 MB]
  static constexpr std::size_t kKept = 8;
  static constexpr std::size_t kKeptCases = 4096;

 private:
  using Pair = std::pair<Digest256, Digest256>;
  /// What a lint was held against. Owns what its settings borrow.
  struct LintKey {
    LintKey(const PolicyDocument& linted, const LintSettings& held_against);
    bool operator==(const LintKey& other) const;

    Digest256 document;
    LintSettings settings;  // without models and currency
    std::string currency;
    std::optional<std::vector<KnownModel>> models;
    std::vector<bool> expired;  // which of its lists; without them, where no time is said
  };

  PolicyReports& source_;
  std::mutex keeping_;
  // The one that was made last in front.
  std::deque<std::pair<Pair, std::shared_ptr<const DiffReport>>> comparisons_;
  std::deque<std::pair<LintKey, std::shared_ptr<const LintReport>>> lints_;
};

}  // namespace countersign
