#include "attestation/models.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace countersign {
namespace {

using DescriptionRank = std::pair<int, std::string_view>;
DescriptionRank description_rank(const ModelAssessment& assessment) {
  return {(assessment.is_known ? 1 : 0) + (assessment.is_proved ? 1 : 0), assessment.description};
}

/// FIDO's names of levels sort as the levels do, but for "none".
using LevelRank = std::pair<bool, std::string_view>;
LevelRank level_rank(const ModelAssessment& assessment) {
  return {assessment.certification != "none", assessment.certification};
}

std::vector<std::string> sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

ModelAssessment weaker_of_both(const ModelAssessment& a, const ModelAssessment& b) {
  ModelAssessment out;
  out.is_known = a.is_known && b.is_known;
  out.is_proved = a.is_proved && b.is_proved;
  out.description = description_rank(b) < description_rank(a) ? b.description : a.description;
  out.certification = level_rank(b) < level_rank(a) ? b.certification : a.certification;
  const std::vector<std::string> of_a = sorted(a.statuses);
  const std::vector<std::string> of_b = sorted(b.statuses);
  std::set_union(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                 std::back_inserter(out.statuses));
  return out;
}

}  // namespace countersign
