#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "native/cli/commands.h"
#include "native/cli/whole_file.h"
#include "native/metadata/pem.h"
#include "receipt/limits.h"
#include "service/receipt_case.h"
#include "service/receipt_line.h"
#include "service/receipt_page.h"
#include "service/receipt_policy.h"
#include "transaction/view_renderers.h"

namespace countersign::cli {
namespace {

constexpr std::string_view kName = "receipt";
constexpr std::size_t kMaxKeyBytes = 1024;
constexpr std::size_t kMaxPemBytes = 1048576;  // [some hundred certificates]

struct ReceiptOptions {
  std::string file;
  std::string log_key;
  std::vector<std::string> witnesses;
  std::string anchors;
  bool is_json = false;
  std::size_t line = 0;  // of a batch, from 1; 0: none is asked for
};

int fail(const CommandIo& io, std::string_view file, const Error& error) {
  write_all(io.err, "countersign receipt: " + std::string(file) + ": " +
                        std::string(error_message(error.code)) + '\n');
  return kFailed;
}

/// Nothing of `options` counts unless kDone comes back.
int read_options(Arguments arguments, bool is_verify, const CommandIo& io,
                 ReceiptOptions& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    if (!name.starts_with("--")) {
      if (!options.file.empty()) {
        return usage_error(io, kName, "expected one file", name);
      }
      options.file = name;
      continue;
    }
    if (name == "--json" && is_verify) {
      options.is_json = true;
      continue;
    }
    std::optional<std::string_view> value;
    if (const std::size_t equals = name.find('='); equals != name.npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    }
    // [an option whose shell variable was not set]
    if (!value || value->empty()) {
      return usage_error(io, kName, "a value is missing", name);
    }
    if (name == "--log-key") {
      options.log_key = *value;
    } else if (name == "--witness") {
      options.witnesses.emplace_back(*value);
    } else if (name == "--anchors") {
      options.anchors = *value;
    } else if (name == "--line" && is_verify) {
      const char* const end = value->data() + value->size();
      const std::from_chars_result read = std::from_chars(value->data(), end, options.line);
      if (read.ec != std::errc() || read.ptr != end || options.line == 0) {
        return usage_error(io, kName, "a line is a number from 1", *value);
      }
    } else {
      return usage_error(io, kName, "unknown option", name);
    }
  }
  return options.file.empty() ? usage_error(io, kName, "a file is missing") : kDone;
}

/// kDone, or what went wrong has been said.
int read_key(const std::string& file, const Hasher& hasher, const CommandIo& io,
             std::optional<NoteKey>& key) {
  const std::optional<std::string> text = read_whole_file(io, kName, file, kMaxKeyBytes);
  if (!text) {
    return kFailed;
  }
  Result<NoteKey> parsed = parse_note_key(key_line(*text), hasher);
  if (!parsed) {
    return fail(io, file, parsed.error());
  }
  key = *std::move(parsed);
  return kDone;
}

/// Likewise.
int read_anchors(const std::string& file, const CommandIo& io, std::vector<Certificate>& anchors) {
  const std::optional<std::string> pem = read_whole_file(io, kName, file, kMaxPemBytes);
  if (!pem) {
    return kFailed;
  }
  Result<std::vector<Certificate>> parsed = parse_pem_certificates(*pem);
  if (!parsed) {
    return fail(io, file, parsed.error());
  }
  anchors = *std::move(parsed);
  return kDone;
}

/// Likewise.
int read_trust(const ReceiptOptions& options, const Hasher& hasher, const CommandIo& io,
               ReceiptTrust& trust) {
  if (!options.log_key.empty()) {
    if (const int code = read_key(options.log_key, hasher, io, trust.log); code != kDone) {
      return code;
    }
  }
  for (const std::string& file : options.witnesses) {
    std::optional<NoteKey> key;
    if (const int code = read_key(file, hasher, io, key); code != kDone) {
      return code;
    }
    if (is_trusted(trust, *key)) {
      return usage_error(io, kName, "this key is given twice", file);
    }
    trust.witnesses.push_back(*std::move(key));
  }
  return options.anchors.empty() ? kDone : read_anchors(options.anchors, io, trust.anchors);
}

// What was approved, where, by whom and when: of what fails, nothing is said.
std::string approval_lines(const ReceiptReport& report) {
  if (report.verdict() == ReceiptVerdict::refused) {
    return "";
  }
  const BindingDocument& last = report.approvals.back().binding;
  const CheckedApproval& shown = report.approvals.back();
  std::string out = render_answered_text(shown.view);
  if (shows_actions(shown.evidence.tier.kind)) {
    out += '\n' + render_answer(shown.view);
  }
  out += "\nTransaction " + last.transaction_id + " of " + last.tenant.value + " (" + last.rp_id +
         "), in the log " + report.proof->checkpoint.origin + "\n";
  for (const CheckedApproval& approval : report.approvals) {
    out += "Approval " + std::to_string(approval.binding.approval_step) + " of " +
           std::to_string(approval.binding.approval_of) + " at " +
           encode_rfc3339(approval.evidence.approved_at) + " by the user " +
           encode_base64url(approval.evidence.subject.value) + '\n';
  }
  return out + '\n';
}

std::string step_lines(const ReceiptReport& report) {
  std::string out;
  for (const ReceiptStep& step : report.steps.steps()) {
    switch (step.verdict) {
      case StepVerdict::holds:
        out += "ok    ";
        break;
      case StepVerdict::fails:
        out += "FAIL  ";
        break;
      case StepVerdict::unknown:
        out += "open  ";
        break;
    }
    if (report.approvals.size() > 1 && step.approval != 0) {
      out += "Approval " + std::to_string(step.approval) + ": ";
    }
    out += step.sentence;
    if (step.error) {
      out += " [" + std::string(error_name(step.error->code)) + "]";
    }
    out += '\n';
  }
  return out;
}

std::string report_lines(const ReceiptReport& report) {
  return approval_lines(report) + step_lines(report) + '\n' +
         std::string(receipt_verdict_name(report.verdict())) + ": " + report.sentence() + '\n';
}

// kDone, or what went wrong has been said.
int write_line(const ReceiptOptions& options, const ReceiptReport& report, const Hasher& hasher,
               const CommandIo& io) {
  const Result<std::string> line = receipt_line_json(hasher, report.approvals.back(), options.line);
  if (!line) {
    write_all(io.err, "countersign receipt: " + options.file + ": no batch with a line " +
                          std::to_string(options.line) + '\n');
    return kNegative;
  }
  return write_all(io.out, *line + '\n') ? kDone : kFailed;
}

}  // namespace

int run_receipt(Arguments arguments, const CommandIo& io) {
  const std::string_view verb = arguments.empty() ? std::string_view() : arguments.front();
  if (verb != "verify" && verb != "print") {
    return usage_error(io, kName, "expected verify or print", verb);
  }
  const bool is_verify = verb == "verify";
  const OpenSslHasher hasher;
  ReceiptOptions options;
  ReceiptTrust trust;
  if (const int code = read_options(arguments.subspan(1), is_verify, io, options); code != kDone) {
    return code;
  }
  if (const int code = read_trust(options, hasher, io, trust); code != kDone) {
    return code;
  }
  // A longer file is none of ours: it is read far enough to be refused as one.
  const std::optional<std::string> file =
      read_whole_file(io, kName, options.file, limits::kMaxReceiptBytes + 1);
  if (!file) {
    return kFailed;
  }
  const OpenSslVerifier verifier;
  const RecordedDecisions policies(hasher);
  const ReceiptReport report = verify_receipt(*file, trust, {hasher, verifier, policies});
  const std::string text = !is_verify        ? receipt_page(report)
                           : options.is_json ? receipt_report_json(report) + '\n'
                                             : report_lines(report);
  if (!write_all(io.out, text)) {
    return kFailed;
  }
  if (options.line != 0 && report.verdict() != ReceiptVerdict::refused) {
    if (const int code = write_line(options, report, hasher, io); code != kDone) {
      return code;
    }
  }
  return report.verdict() == ReceiptVerdict::verified ? kDone : kNegative;
}

}  // namespace countersign::cli
