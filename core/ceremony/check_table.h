#pragma once
// Ordered tables of named checks and who walks them.

#include <array>
#include <vector>

#include "ceremony/ceremony.h"

namespace countersign {

/// The error with the check that failed, unless a rule below has named its own.
inline Error stamp(Error error, Check check) {
  if (error.check == Check::none) {
    error.check = check;
  }
  return error;
}

/// Walks a table in order; stops at the first rule that fails.
template <class Context, std::size_t count>
Status run_checks(const CheckRow<Context> (&rows)[count], Context& context,
                  std::vector<Check>& checks_run) {
  for (const CheckRow<Context>& row : rows) {
    if (const Status status = row.run(context); !status) {
      return stamp(status.error(), row.check);
    }
    checks_run.push_back(row.check);
  }
  return ok();
}

template <class Context, std::size_t count>
constexpr std::array<Check, count> names_of(const CheckRow<Context> (&rows)[count]) {
  std::array<Check, count> names{};
  for (std::size_t i = 0; i < count; ++i) {
    names[i] = rows[i].check;
  }
  return names;
}

}  // namespace countersign
