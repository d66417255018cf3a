#include "native/cli/commands.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "native/cli/action_help.h"

namespace countersign::cli {
namespace {

constexpr std::string_view kVerifyHelp =
    R"(Usage: countersign verify [--backend openssl|cryptopp] [--strict] [FILE...]

Verifies WebAuthn ceremonies. Reads one JSON case a line from the files (or from
standard input; "-" is standard input too) and writes one JSON verdict a line to
standard output, in the same order. docs/verify-format.md describes both.

A line that cannot be read gets an error verdict like any other; the rest goes on.

Options:
  --backend NAME  who does the signature arithmetic: openssl (default) or cryptopp
  --strict        exit with 1 when any verdict is not ok
  --help          show this

Exit codes: 0 every line has its verdict, 1 (--strict) some verdict is not ok,
2 wrong usage, 3 a file could not be read or the output not be written.

Example:
  countersign verify ceremonies.ndjson | jq -c 'select(.ok | not) | .error'
)";

constexpr std::string_view kTransactionHelp =
    R"(Usage: countersign transaction bind [--frozen] [FILE...]
       countersign transaction render [FILE...]

What a customer sees and signs: reads one JSON case a line from the files (or from
standard input; "-" is standard input too) and writes one JSON answer a line to
standard output, in the same order. docs/transactions.md describes both.

bind           takes an intent, a template and a locale, answers with the view, the
               digests, the binding document and the challenge
bind --frozen  the same from intent and view in their frozen forms
render         the view alone; with "forms" as text, HTML and SVG

Options:
  --help  show this

Exit codes: 0 every line has its answer, 2 wrong usage, 3 a file could not be read
or the output not be written.
)";

constexpr std::string_view kReceiptHelp =
    R"(Usage: countersign receipt verify [--log-key FILE] [--witness FILE]...
                                  [--anchors PEM] [--line N] [--json] FILE
       countersign receipt print [--log-key FILE] [--witness FILE]...
                                 [--anchors PEM] FILE > page.html

Says what was approved and verifies the receipt of it without a server, step by
step, in plain English; print writes a page for people, with the same verdict on
it. A FILE may be "-" (standard input).
docs/receipts.md says what a receipt proves and what it does not.

Options:
  --log-key FILE  the key of the bank's log (NAME+HASH+KEY); without it a receipt is
                  "unanchored" at best
  --witness FILE  the key of a witness that must have signed; may be given again.
                  Every signature in the receipt must be accounted for
  --anchors PEM   makers of authenticators: the passkey's recorded certificates must
                  lead to one of them
  --line N        of a batch: its line N as JSON, on one more line, with the path from
                  its leaf to the root that was signed
  --json          one JSON object instead of lines
  --help          show this

Exit codes: 0 verified; 1 undecided (what the policy decided cannot be judged),
incomplete (more approvals are needed than the receipt has), unanchored or
refused; 2 wrong usage; 3 a file could not be read.

Example:
  countersign receipt verify --log-key bank.key receipt.json
)";

constexpr std::string_view kServeHelp =
    R"(Usage: countersign serve [--config FILE]

Runs the server until SIGTERM or SIGINT; what is in flight gets its answer first.
Prints where it listens to standard output and logs JSON lines without personal
data to standard error. docs/http-api.md describes the API and the configuration.

Without --config: a demo on http://localhost:8080 that keeps its data in
countersign.db in the working directory.

Options:
  --config FILE  the configuration, one JSON file
  --help         show this

Exit codes: 0 stopped on request, 2 wrong usage or configuration, 3 the store or
the address could not be opened.
)";

constexpr std::string_view kMetadataHelp =
    R"(Usage: countersign metadata verify FILE --anchors PEM [OPTIONS...]
       countersign metadata inspect FILE [--aaguid ID | --key-identifier HEX |
                                          --find TEXT] [--json]

verify judges a BLOB of a FIDO metadata service as the server would and says for
each step whether it holds. inspect shows what a BLOB, or a single statement,
says about authenticator models, without verifying anything.

Options of verify:
  --anchors PEM      the certificates to trust
  --crl FILE         a revocation list, DER or PEM; may be given again
  --crl-mode MODE    require (default), prefer or off
  --host NAME        whom the signer's certificate must be issued to (default:
                     mds.fidoalliance.org); "" for anybody
  --time TIME        judge as of then (RFC 3339), not now
  --last-number N    "no" of the BLOB in use: a new one must be greater

Options of inspect:
  --aaguid ID           the model of that AAGUID
  --key-identifier HEX  the U2F model whose attestation key has that SHA-1
  --find TEXT           models whose description holds the text
  --json                one JSON object a line

Exit codes: 0 accepted, or found; 1 refused, or nothing found; 2 wrong usage;
3 a file could not be read.

Example:
  countersign metadata verify blob.jwt --anchors globalsign.pem --crl-mode off
)";

constexpr std::string_view kPolicyHelp =
    R"(Usage: countersign policy lint FILE...
       countersign policy show FILE [--table]
       countersign policy explain FILE --inputs JSON|FILE
       countersign policy decide [--policy FILE]... [CASES...]
       countersign policy diff BEFORE AFTER
       countersign policy simulate DRAFT --active FILE --inputs FILE [--credentials FILE]
       countersign policy review [CASES...]
       countersign policy schema

Checks policies, explains decisions, and shows what a draft would change.
docs/policy.md is the guide. FILE may be "-" (standard input) or a policy that
ships: "shipped:retail", "shipped:corporate".

  lint      what is wrong, each finding with an example that shows it
  show      the document, to begin one of your own from what ships; with --table
            what it demands of each ceremony, for people
  explain   the decision about some inputs and every rule that led to it
  decide    one JSON case a line from files or standard input, one decision a line
            to standard output; cases name a policy by its digest or carry it
  diff      which inputs are decided differently, and whether that is weaker
  simulate  counts over recorded decisions (one JSON a line, also the audit as the
            server writes it) or a CSV of inputs, and the customers that the draft
            would lock out
  review    lint, diff and simulate for programs: one JSON case a line, which carries
            the documents, one report a line
  schema    the JSON Schema of documents, for editors

Options:
  --json                   lint, explain, diff, simulate: for machines
  --table                  show: for people
  --inputs JSON|FILE       explain, simulate: a file; explain also takes the JSON
                           itself: {"ceremony":"authenticate","risk.score":7}
  --phase options|verdict  explain, simulate: before the ceremony (default) or after
                           it; a recorded decision has its own
  --policy FILE            decide: a policy that cases name; up to 4
  --active FILE            simulate: the policy in force
  --credentials FILE       simulate: enrolled credentials, one JSON a line
                           {"user":"...","algorithm":"ES256","age":"P10D"}
  --models FILE            lint, simulate: what metadata say of models, one JSON a line
                           {"aaguid":"...","certification":"L1"}
  --time TIME              lint: when lists expire (RFC 3339; default: now)
  --card-fraud-ppm N       lint: fraud rate of cards, parts per million
  --transfer-fraud-ppm N   lint: fraud rate of credit transfers
  --tiers D1,D2            lint, simulate: the display tiers that the server offers
                           beside D0 (default: D1,D2); D0 alone for none
  --administrators N       lint: how many people may approve a policy
  --currency CODE          lint, show, explain, decide, diff, simulate: the base
                           currency of amounts (default: EUR); in decide of
                           explanations whose case names none
  --exemption-caps JSON    lint: what Articles 16 and 18 come to in another one:
                           {"lowValue":N,"lowValueSum":N,"riskAnalysis":[N,N,N]};
                           Article 11: "contactless":N,"contactlessSum":N
  --help                   show this

Exit codes: 0 done, 1 a document is refused, lint found something, or diff shows
that something may be weaker; 2 wrong usage, 3 a file could not be read.

Example (all that "retail" asks about a payment; what is missing counts against
the customer):
  countersign policy explain shipped:retail --inputs \
    '{"ceremony":"transaction.approve","amount.base":3001,"sinceSca.sum":3001,
      "payee.known":true,"payee.trusted":false,"payee.confusable":false,
      "risk.score":10}'
)";

constexpr std::string_view kVersionHelp =
    R"(Usage: countersign version

Prints the version of countersign, its compiler and its libraries.
)";

constexpr std::string_view kErrorsHelp =
    R"(Usage: countersign errors

Prints the page of all error codes (docs/errors.md) as Markdown.
)";

constexpr Command kCommands[] = {
    {"verify", "verify captured ceremonies: one JSON case a line in, one verdict a line out",
     kVerifyHelp, run_verify},
    {"transaction", "render and bind transactions: one JSON case a line in, view and challenge out",
     kTransactionHelp, run_transaction},
    {"receipt", "verify the receipt of an approval offline, or print it", kReceiptHelp,
     run_receipt},
    {"serve", "run the server: SQLite and a demo tenant on localhost unless configured otherwise",
     kServeHelp, run_serve},
    {"metadata", "verify a metadata BLOB, or show what it says about an authenticator",
     kMetadataHelp, run_metadata},
    {"policy", "check policies, explain decisions, show what a draft would change", kPolicyHelp,
     run_policy},
    {"version", "print the version, the compiler and the libraries", kVersionHelp, run_version},
    {"errors", "", kErrorsHelp, run_errors},
};

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) {
      return &command;
    }
  }
  return nullptr;
}

std::string overview() {
  std::string text =
      "Usage: countersign COMMAND [ARGUMENTS...]\n\n"
      "Countersign verifies WebAuthn ceremonies and what customers sign with them.\n\n"
      "Commands:\n";
  std::size_t width = 0;
  for (const Command& command : kCommands) {
    width = std::max(width, command.name.size());
  }
  for (const Command& command : kCommands) {
    if (!command.summary.empty()) {
      text += "  ";
      text += command.name;
      text.append(width + 2 - command.name.size(), ' ');
      text += command.summary;
      text += '\n';
    }
  }
  text += "\n\"countersign COMMAND --help\" explains a command.\n";
  return text;
}

int print(const CommandIo& io, std::string_view text) {
  return write_all(io.out, text) ? kDone : kFailed;
}

bool is_help(std::string_view argument) { return argument == "--help" || argument == "-h"; }

/// True when the user asks for help among the options (not among file names after "--").
bool asks_for_help(Arguments arguments) {
  for (const std::string_view argument : arguments) {
    if (argument == "--") {
      return false;
    }
    if (is_help(argument)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int usage_error(const CommandIo& io, std::string_view command, std::string_view message,
                std::string_view argument) {
  std::string text = "countersign";
  if (!command.empty()) {
    text += ' ';
    text += command;
  }
  text += ": ";
  text += message;
  if (!argument.empty()) {
    text += ": ";
    text += argument;
  }
  text += "\nTry \"countersign";
  if (!command.empty()) {
    text += ' ';
    text += command;
  }
  text += " --help\".\n";
  write_all(io.err, text);
  return kUsage;
}

int run_command_line(Arguments arguments, const CommandIo& io) {
  if (arguments.empty()) {
    write_all(io.err, overview());
    return kUsage;
  }
  const std::string_view name = arguments.front();
  const Arguments rest = arguments.subspan(1);
  if (is_help(name)) {
    return print(io, overview());
  }
  if (name == "help") {
    if (rest.empty()) {
      return print(io, overview());
    }
    const Command* command = find_command(rest.front());
    return command == nullptr ? usage_error(io, "", "unknown command", rest.front())
                              : print(io, command->help);
  }
  if (name == "--version") {
    return run_version({}, io);
  }
  const Command* command = find_command(name);
  if (command == nullptr) {
    return usage_error(io, "", name.starts_with('-') ? "unknown option" : "unknown command", name);
  }
  if (asks_for_help(rest)) {
    const std::string of_action = action_help(command->help, rest.front());
    return print(io, of_action.empty() ? command->help : std::string_view(of_action));
  }
  return command->run(rest, io);
}

}  // namespace countersign::cli
