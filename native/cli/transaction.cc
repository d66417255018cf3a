#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "native/cli/commands.h"
#include "native/cli/line_answers.h"
#include "service/bind_case.h"

namespace countersign::cli {
namespace {

enum class TransactionAction : std::uint8_t { bind, bind_frozen, render };

struct TransactionOptions {
  TransactionAction action = TransactionAction::bind;
  std::vector<std::string> files;
};

/// Nothing of `options` counts unless kDone comes back.
int read_options(Arguments arguments, const CommandIo& io, TransactionOptions& options) {
  const std::string_view action = arguments.empty() ? "" : arguments.front();
  if (action != "bind" && action != "render") {
    return usage_error(io, "transaction", "expected bind or render", action);
  }
  options.action = action == "bind" ? TransactionAction::bind : TransactionAction::render;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (argument == "--frozen" && action == "bind") {
      options.action = TransactionAction::bind_frozen;
    } else if (argument != "-" && argument.starts_with('-')) {
      return usage_error(io, "transaction", "unknown option", argument);
    } else {
      options.files.emplace_back(argument);
    }
  }
  return kDone;
}

}  // namespace

int run_transaction(Arguments arguments, const CommandIo& io) {
  TransactionOptions options;
  if (const int code = read_options(arguments, io, options); code != kDone) {
    return code;
  }
  const OpenSslHasher hasher;
  const TransactionDocuments documents = shipped_documents(hasher);
  const auto answer = [&](std::string_view line) {
    switch (options.action) {
      case TransactionAction::bind:
        return bind_case(line, documents, hasher);
      case TransactionAction::bind_frozen:
        return bind_frozen_case(line, hasher);
      case TransactionAction::render:
        return render_case(line, documents, hasher);
    }
    return std::string();
  };
  return answer_files("transaction", options.files, limits::kMaxTransactionCaseBytes, io, answer);
}

}  // namespace countersign::cli
