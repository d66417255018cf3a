#pragma once
// A verification procedure of §8 as an ordered table of named checks.

#include <span>

#include "base/result.h"

namespace countersign {

/// One row: the rule's name and the function that holds it.
template <class Procedure>
struct StatementRule {
  Check check;
  Status (*run)(Procedure& procedure);
};

/// Runs the rows in order up to the first that fails and stamps that row's check into its error.
template <class Procedure>
Status run_statement_rules(std::span<const StatementRule<Procedure>> rules, Procedure& procedure) {
  for (const StatementRule<Procedure>& rule : rules) {
    if (const Status status = rule.run(procedure); !status.has_value()) {
      return Error{status.error().code, rule.check, status.error().offset};
    }
  }
  return ok();
}

}  // namespace countersign
