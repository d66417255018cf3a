// What is accepted can be decided, explained, linted and compared with itself, whatever it says; a
// refusal names a place inside of the text.

#include "backends/openssl/openssl_backend.h"
#include "policy/diff.h"
#include "policy/explanation.h"
#include "policy/lint.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const OpenSslHasher hasher;
  const Result<PolicyDocument> document = parse_policy(text, hasher);
  if (!document) {
    fuzz::require_honest(document.error(), size);
    return 0;
  }
  require(parse_policy(text, hasher)->digest() == document->digest());
  constexpr std::size_t kBoxes = 2000;
  LintSettings settings;
  settings.boxes = kBoxes;
  settings.question_boxes = kBoxes / 10;
  for (const LintFinding& finding : lint_policy(*document, settings).findings) {
    require(!finding.message.empty());
    if (!finding.witness) {
      continue;
    }
    const Decision decision = evaluate(*document, finding.phase, *finding.witness);
    // Witnesses are complete; but publishing is asked about with what the server knows, and no
    // more, and what is not said is what others are about.
    const bool is_of_publishing = finding.kind == LintKind::publish_locked_out;
    const bool is_complete =
        !is_of_publishing && finding.kind != LintKind::unsaid_denied &&
        finding.kind != LintKind::never_known &&
        !(finding.kind == LintKind::unsatisfiable && finding.severity == Severity::warning);
    for (const RuleMatch& match : decision.matches) {
      require(match.truth != Truth::unknown || !is_complete);
    }
    require(!is_of_publishing || decision.outcome != Outcome::require ||
            decision.requirements.display_tier > 0);
    require(finding.kind != LintKind::gap || decision.basis == DecisionBasis::nothing_matched);
    std::size_t matches = 0;
    for (const RuleExplanation& rule :
         explain_rules(*document, finding.phase, *finding.witness, Money())) {
      matches += rule.truth != Truth::no ? 1 : 0;
    }
    require(matches == decision.matches.size());
  }
  require(diff_policies(*document, *document, kBoxes).regions.empty());
  return 0;
}
