#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "attestation/jws.h"
#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_writer.h"
#include "metadata/blob.h"
#include "metadata/status.h"
#include "native/cli/commands.h"
#include "native/cli/model_table.h"
#include "native/metadata/fetcher.h"
#include "native/metadata/pem.h"

namespace countersign::cli {
namespace {

constexpr std::string_view kName = "metadata";
constexpr std::size_t kMaxPemBytes = 1048576;  // [some hundred certificates]

int fail(const CommandIo& io, std::string_view file, const Error& error) {
  write_all(io.err, "countersign metadata: " + std::string(file) + ": " +
                        std::string(error_message(error.code)) + '\n');
  return kFailed;
}

std::string_view without_line_feed(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// Walks options that take a value; anything else is the one file.
class Options {
 public:
  explicit Options(Arguments arguments) : arguments_(arguments) {}

  /// False at the end.
  bool next() {
    if (at_ == arguments_.size()) {
      return false;
    }
    name = arguments_[at_++];
    has_inline_ = false;
    const std::size_t equals = name.find('=');
    if (name.starts_with("--") && equals != std::string_view::npos) {
      inline_ = name.substr(equals + 1);
      name = name.substr(0, equals);
      has_inline_ = true;
    }
    return true;
  }
  /// Nothing when it is missing.
  std::optional<std::string_view> value() {
    if (has_inline_) {
      return inline_;
    }
    return at_ < arguments_.size() ? std::optional(arguments_[at_++]) : std::nullopt;
  }
  std::string_view name;

 private:
  Arguments arguments_;
  std::size_t at_ = 0;
  std::string_view inline_;
  bool has_inline_ = false;
};

struct VerifyOptions {
  std::string file;
  std::string anchors;
  std::vector<std::string> crls;
  RevocationMode mode = RevocationMode::require;
  std::string host = "mds.fidoalliance.org";
  UnixSeconds time{static_cast<std::int64_t>(std::time(nullptr))};
  std::optional<std::uint64_t> last_number;
};

// Empty: taken. Otherwise what is wrong with it.
std::string_view set_option(VerifyOptions& options, std::string_view name, std::string_view value) {
  if (name == "--anchors") {
    options.anchors = value;
  } else if (name == "--crl") {
    options.crls.emplace_back(value);
  } else if (name == "--host") {
    options.host = value;
  } else if (name == "--crl-mode") {
    if (value != "require" && value != "prefer" && value != "off") {
      return "--crl-mode takes require, prefer or off";
    }
    options.mode = value == "require"  ? RevocationMode::require
                   : value == "prefer" ? RevocationMode::prefer
                                       : RevocationMode::off;
  } else if (name == "--time") {
    const std::optional<UnixSeconds> time = parse_rfc3339(value);
    if (!time) {
      return "--time takes a time like 2026-11-25T12:00:00Z";
    }
    options.time = *time;
  } else if (name == "--last-number") {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (problem != std::errc() || end != value.data() + value.size()) {
      return "--last-number takes a number";
    }
    options.last_number = number;
  } else {
    return "unknown option";
  }
  return {};
}

struct Step {
  Check check;
  std::string_view what;
};
constexpr Step kSteps[] = {
    {Check::metadata_envelope_parses, "a signed BLOB with its certificates"},
    {Check::metadata_algorithm, "an algorithm that is allowed"},
    {Check::metadata_signing_chain, "a chain to one of the anchors, valid at the time"},
    {Check::metadata_signing_host, "issued to the host"},
    {Check::metadata_revocation, "no certificate of the chain is revoked"},
    {Check::metadata_signature, "the signature"},
    {Check::metadata_payload_parses, "the payload"},
    {Check::metadata_number, "newer than the last one"},
};

// What the options leave out is not called good.
bool is_left_out(Check check, const VerifyOptions& options) {
  return (check == Check::metadata_signing_host && options.host.empty()) ||
         (check == Check::metadata_revocation && options.mode == RevocationMode::off) ||
         (check == Check::metadata_number && !options.last_number);
}

std::string step_lines(const std::optional<Error>& error, const VerifyOptions& options) {
  std::string out;
  bool is_reached = true;
  for (const Step& step : kSteps) {
    const bool is_failing = error && error->check == step.check;
    const std::string_view verdict = !is_reached                        ? "-   "
                                     : is_failing                       ? "FAIL"
                                     : is_left_out(step.check, options) ? "skip"
                                                                        : "ok  ";
    out += std::string(verdict) + "  " + std::string(step.what);
    if (is_failing) {
      out += ": " + std::string(error_name(error->code)) + " (" +
             std::string(error_message(error->code)) + ")";
    }
    out += '\n';
    is_reached = is_reached && !is_failing;
  }
  return out;
}

std::string accepted_lines(const VerifiedBlob& blob, const Certificate& anchor) {
  std::string out = "no           " + std::to_string(blob.number()) + '\n';
  out += "nextUpdate   " + encode_rfc3339(blob.next_update()).substr(0, 10) + '\n';
  out += "entries      " + std::to_string(blob.entries().size()) + '\n';
  out += "skipped      " + std::to_string(blob.skipped().size()) + '\n';
  for (const VerifiedBlob::SkippedEntry& skipped : blob.skipped()) {
    out += "  entry " + std::to_string(skipped.index) + " " + printable(skipped.name) + ": " +
           std::string(error_name(skipped.error.code)) + '\n';
  }
  out += "anchor       " + subject_text(anchor) + ", valid to " +
         encode_rfc3339(anchor.not_after()) + '\n';
  if (blob.is_revocation_unknown()) {
    out += "revocation   unknown: there was no current list for some certificate\n";
  }
  return out;
}

int verify(const VerifyOptions& options, const CommandIo& io) {
  const Result<std::string> blob = read_regular_file(options.file, limits::kMaxBlobBytes);
  if (!blob.has_value()) {
    return fail(io, options.file, blob.error());
  }
  const Result<std::string> pem = read_regular_file(options.anchors, kMaxPemBytes);
  if (!pem.has_value()) {
    return fail(io, options.anchors, pem.error());
  }
  const Result<std::vector<Certificate>> anchors = parse_pem_certificates(*pem);
  if (!anchors.has_value()) {
    return fail(io, options.anchors, anchors.error());
  }
  std::vector<Crl> crls;
  for (const std::string& file : options.crls) {
    const auto read = [&file]() -> Result<Crl> {
      CS_ASSIGN(const std::string text, read_regular_file(file, limits::kMaxCrlBytes));
      CS_ASSIGN(const ByteVector der, parse_pem_or_der(text, "X509 CRL"));
      return parse_crl(der);
    };
    Result<Crl> crl = read();
    if (!crl.has_value()) {
      return fail(io, file, crl.error());
    }
    crls.push_back(std::move(*crl));
  }
  const BlobExpectations expectations{*anchors,     crls,         options.mode,
                                      options.host, options.time, options.last_number};
  const auto judge = [&]() -> Result<VerifiedBlob> {
    const OpenSslVerifier verifier;
    CS_ASSIGN(PendingBlob pending, begin_blob(bytes_of(without_line_feed(*blob)), expectations));
    const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), verifier);
    return std::move(pending).finish(verdicts);
  };
  const Result<VerifiedBlob> verified = judge();
  std::string out = step_lines(
      verified.has_value() ? std::nullopt : std::optional<Error>(verified.error()), options);
  if (verified.has_value()) {
    out += accepted_lines(*verified, anchors->at(verified->anchor()));
  }
  if (!write_all(io.out, out)) {
    return kFailed;
  }
  return verified.has_value() ? kDone : kNegative;
}

int run_metadata_verify(Arguments arguments, const CommandIo& io) {
  VerifyOptions options;
  for (Options walk(arguments); walk.next();) {
    if (!walk.name.starts_with('-')) {
      if (!options.file.empty()) {
        return usage_error(io, kName, "verify takes one file", walk.name);
      }
      options.file = walk.name;
      continue;
    }
    const std::string_view name = walk.name;
    const std::optional<std::string_view> value = walk.value();
    const std::string_view problem =
        value ? set_option(options, name, *value) : std::string_view("a value is missing");
    if (!problem.empty()) {
      return usage_error(io, kName, problem, name);
    }
  }
  if (options.file.empty() || options.anchors.empty()) {
    return usage_error(io, kName, "verify needs FILE and --anchors");
  }
  return verify(options, io);
}

// Everything that a BLOB or a single statement holds, unverified.
Result<BlobPayload> read_unverified(std::string_view text) {
  if (text.starts_with('{')) {
    CS_ASSIGN(MetadataEntry entry, parse_metadata_statement(text));
    BlobPayload payload;
    payload.entries.push_back(std::move(entry));
    return payload;
  }
  const std::optional<JwsParts> parts = split_jws(without_line_feed(text));
  if (!parts) {
    return ErrorCode::metadata_blob_malformed;
  }
  CS_ASSIGN(const ByteVector payload, parse_base64url(parts->payload));
  return parse_blob_payload(text_of(payload));
}

int run_metadata_inspect(Arguments arguments, const CommandIo& io) {
  std::string file;
  ModelFilter filter;
  bool is_json = false;
  for (Options walk(arguments); walk.next();) {
    if (walk.name == "--json") {
      is_json = true;
    } else if (walk.name == "--aaguid" || walk.name == "--key-identifier" ||
               walk.name == "--find") {
      const std::string_view name = walk.name;
      const std::optional<std::string_view> value = walk.value();
      if (!value || !filter.set(name, *value)) {
        return usage_error(io, kName, "a value is missing or not of its form", name);
      }
    } else if (walk.name.starts_with('-')) {
      return usage_error(io, kName, "unknown option", walk.name);
    } else if (!file.empty()) {
      return usage_error(io, kName, "inspect takes one file", walk.name);
    } else {
      file = walk.name;
    }
  }
  if (file.empty()) {
    return usage_error(io, kName, "inspect needs FILE");
  }
  const Result<std::string> text = read_regular_file(file, limits::kMaxBlobBytes);
  if (!text.has_value()) {
    return fail(io, file, text.error());
  }
  const Result<BlobPayload> payload = read_unverified(*text);
  if (!payload.has_value()) {
    return fail(io, file, payload.error());
  }
  const OpenSslHasher hasher;
  const UnixSeconds now{static_cast<std::int64_t>(std::time(nullptr))};
  std::string out;
  std::size_t count = 0;
  for (const MetadataEntry& entry : payload->entries) {
    if (filter.matches(entry)) {
      out += is_json ? model_json(entry, now, hasher) : model_table(entry, now, hasher);
      ++count;
    }
  }
  if (!write_all(io.out, out)) {
    return kFailed;
  }
  write_all(io.err, std::to_string(count) + " of " + std::to_string(payload->entries.size()) +
                        " entries; nothing of this was verified (see metadata verify)\n");
  return count > 0 ? kDone : kNegative;
}

}  // namespace

int run_metadata(Arguments arguments, const CommandIo& io) {
  const std::string_view verb = arguments.empty() ? std::string_view() : arguments.front();
  if (verb == "verify") {
    return run_metadata_verify(arguments.subspan(1), io);
  }
  if (verb == "inspect") {
    return run_metadata_inspect(arguments.subspan(1), io);
  }
  return usage_error(io, kName, verb.empty() ? "verify or inspect?" : "unknown subcommand", verb);
}

}  // namespace countersign::cli
