#include "service/verify_case.h"

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "service/case_id.h"
#include "service/case_reader.h"
#include "service/verdict_writer.h"

namespace countersign {
namespace {

/// Who says whether the obligations hold.
class Discharger {
 public:
  virtual ~Discharger() = default;
  virtual Result<std::vector<SignatureVerdict>> verdicts(
      std::span<const SignatureObligation> obligations) const = 0;
};

class BackendDischarger final : public Discharger {
 public:
  explicit BackendDischarger(const SignatureVerifier& verifier) : verifier_(verifier) {}
  Result<std::vector<SignatureVerdict>> verdicts(
      std::span<const SignatureObligation> obligations) const override {
    return discharge(obligations, verifier_);
  }

 private:
  const SignatureVerifier& verifier_;
};

class HostDischarger final : public Discharger {
 public:
  HostDischarger(std::string_view results, const Hasher& hasher)
      : results_(results), hasher_(hasher) {}
  Result<std::vector<SignatureVerdict>> verdicts(
      std::span<const SignatureObligation> obligations) const override {
    const auto json = parse_json(results_);
    if (!json || !json->is_array() || json->items.size() > obligations.size()) {
      return ErrorCode::obligation_results_mismatch;
    }
    std::vector<HostSignatureResult> results;
    for (const JsonValue& item : json->items) {
      CS_ASSIGN(HostSignatureResult result, read_result(item));
      results.push_back(result);
    }
    return match_host_results(obligations, results, hasher_);
  }

 private:
  static Result<HostSignatureResult> read_result(const JsonValue& item) {
    const JsonValue* digest = item.is_object() ? item.find("digest") : nullptr;
    const JsonValue* valid = item.is_object() ? item.find("valid") : nullptr;
    if (digest == nullptr || !digest->is_string() || valid == nullptr) {
      return ErrorCode::obligation_results_mismatch;
    }
    const auto bytes = parse_base64url(digest->string);
    HostSignatureResult result;
    if (!bytes || bytes->size() != result.obligation.size()) {
      return ErrorCode::obligation_results_mismatch;
    }
    std::copy(bytes->begin(), bytes->end(), result.obligation.begin());
    // Only the literal true: 1, "true" and {} are answers of a confused host.
    result.is_valid = valid->is_boolean() && valid->boolean;
    result.is_unsupported = valid->is_null();
    return result;
  }

  std::string_view results_;
  const Hasher& hasher_;
};

/// A case as far as it was read: enough to answer for it.
struct OpenCase {
  std::string id_json = "null";
  CeremonyKind kind = CeremonyKind::registration;

  Result<VerificationCase> read(std::string_view line, const CaseSettings& settings) {
    CS_ASSIGN(const JsonValue json, parse_json(line));
    return read(json, settings);
  }
  Result<VerificationCase> read(const JsonValue& json, const CaseSettings& settings) {
    id_json = case_id_json(json);
    CS_ASSIGN(VerificationCase parsed, read_case(json, settings.now, kind));
    parsed.registration.models = settings.models;
    return parsed;
  }
};

Result<std::string> verified_registration(const OpenCase& open, const VerificationCase& parsed,
                                          const Hasher& hasher, const Discharger& discharger) {
  CS_ASSIGN(PendingRegistration pending,
            begin_registration(parsed.registration, parsed.registration_response, hasher));
  CS_ASSIGN(const auto verdicts, discharger.verdicts(pending.obligations()));
  CS_ASSIGN(const VerifiedRegistration registration, std::move(pending).finish(verdicts));
  return registration_verdict(open.id_json, registration, parsed.registration_response, hasher);
}

Result<std::string> verified_assertion(const OpenCase& open, const VerificationCase& parsed,
                                       const Hasher& hasher, const Discharger& discharger) {
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(parsed.authentication, parsed.record,
                                 parsed.authentication_response, hasher));
  CS_ASSIGN(const auto verdicts, discharger.verdicts(pending.obligations()));
  CS_ASSIGN(const VerifiedAssertion assertion, std::move(pending).finish(verdicts));
  return authentication_verdict(open.id_json, assertion, parsed.authentication_response);
}

/// `Source`: the line, or the JSON that it is.
template <class Source>
Result<std::string> verified_case(OpenCase& open, const Source& source,
                                  const CaseSettings& settings, const Hasher& hasher,
                                  const Discharger& discharger) {
  CS_ASSIGN(const VerificationCase parsed, open.read(source, settings));
  return parsed.kind == CeremonyKind::registration
             ? verified_registration(open, parsed, hasher, discharger)
             : verified_assertion(open, parsed, hasher, discharger);
}

Result<std::string> begun_case(OpenCase& open, std::string_view line, const CaseSettings& settings,
                               const Hasher& hasher) {
  CS_ASSIGN(const VerificationCase parsed, open.read(line, settings));
  if (parsed.kind == CeremonyKind::registration) {
    CS_ASSIGN(const PendingRegistration pending,
              begin_registration(parsed.registration, parsed.registration_response, hasher));
    return obligations_json(pending.obligations(), hasher);
  }
  CS_ASSIGN(const PendingAuthentication pending,
            begin_authentication(parsed.authentication, parsed.record,
                                 parsed.authentication_response, hasher));
  return obligations_json(pending.obligations(), hasher);
}

std::string line_of(const OpenCase& open, Result<std::string> result) {
  if (!result) {
    return error_verdict(open.id_json, open.kind, result.error());
  }
  return std::move(result).value();
}

}  // namespace

std::string verify_case(std::string_view line, const CaseSettings& settings, const Hasher& hasher,
                        const SignatureVerifier& verifier) {
  OpenCase open;
  return line_of(open, verified_case(open, line, settings, hasher, BackendDischarger(verifier)));
}

std::string verify_case(const JsonValue& json, const CaseSettings& settings, const Hasher& hasher,
                        const SignatureVerifier& verifier) {
  OpenCase open;
  return line_of(open, verified_case(open, json, settings, hasher, BackendDischarger(verifier)));
}

std::string refused_line(ErrorCode code) {
  return error_verdict("null", CeremonyKind::registration, {code, Check::none, 0});
}

std::string begin_case(std::string_view line, const CaseSettings& settings, const Hasher& hasher) {
  OpenCase open;
  return line_of(open, begun_case(open, line, settings, hasher));
}

std::string finish_case(std::string_view line, std::string_view results,
                        const CaseSettings& settings, const Hasher& hasher) {
  OpenCase open;
  return line_of(open,
                 verified_case(open, line, settings, hasher, HostDischarger(results, hasher)));
}

}  // namespace countersign
