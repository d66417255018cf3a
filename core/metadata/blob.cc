#include "metadata/blob.h"

#include <algorithm>
#include <utility>

#include "attestation/jws.h"
#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_slices.h"
#include "x509/general_names.h"
#include "x509/oids.h"
#include "x509/path.h"
#include "x509/revocation.h"

namespace countersign {

struct PendingBlob::State {
  State(Bytes bytes, const BlobExpectations& expected)
      : input(bytes),
        expectations(expected),
        revocation{expected.crls, expected.revocation, expected.time, Check::metadata_revocation} {}

  Bytes input;
  BlobExpectations expectations;
  RevocationRequest revocation;
  UnreadJws jws;
  CoseAlgorithm algorithm = CoseAlgorithm::rs256;
  std::vector<Certificate> chain;
  std::vector<CandidatePath> paths;
  std::vector<PathStatements> statements;  // one for each path
  /// Edges of all paths, then lists, then the BLOB's own signature.
  std::vector<SignatureObligation> obligations;
};

namespace {

Error error_of(ErrorCode code, Check check) { return {code, check, 0}; }

/// FIDO's own is RS256, that of the conformance tool ES256. Never SHA-1, "none" or a MAC: with a
/// MAC, the certificate that everybody has would be the key.
bool is_allowed(CoseAlgorithm algorithm) {
  constexpr CoseAlgorithm kAllowed[] = {CoseAlgorithm::rs256, CoseAlgorithm::ps256,
                                        CoseAlgorithm::es256, CoseAlgorithm::es384};
  return std::find(std::begin(kAllowed), std::end(kAllowed), algorithm) != std::end(kAllowed);
}

Result<UnreadJws> parse_envelope(Bytes input) {
  if (input.size() > limits::kMaxBlobBytes) {
    return ErrorCode::input_too_large;
  }
  return parse_unread_jws(input);
}

Result<std::vector<Certificate>> parse_header_chain(const JsonValue& header) {
  const JsonValue* url = header.find("x5u");
  if (url != nullptr && !url->is_string()) {
    return ErrorCode::jws_malformed;
  }
  if (header.find("x5c") == nullptr) {
    return url != nullptr ? ErrorCode::metadata_chain_by_url : ErrorCode::metadata_chain_missing;
  }
  return jws_certificates(header);
}

/// What the host pin says of a server's certificate holds for no other: the same CA gives mail
/// certificates and those of time stamps to whoever proves an address. RFC 5280 §4.2.1.12 makes an
/// issuer's extension no constraint, the public web's root programmes do, and the anchors are
/// theirs.
bool is_for_servers(const Certificate& certificate) {
  const std::optional<std::vector<Bytes>>& purposes = certificate.extended_key_usage();
  return !purposes || std::any_of(purposes->begin(), purposes->end(), [](Bytes purpose) {
    return equal(purpose, oid::kServerAuth) || equal(purpose, oid::kAnyExtendedKeyUsage);
  });
}

/// But for the anchor, which the configuration vouches for.
bool is_path_for_servers(const CandidatePath& path) {
  return path.edges.empty() ||
         std::all_of(path.certificates.begin(), path.certificates.end(), is_for_servers);
}

using State = PendingBlob::State;

// MDS v3.1 §3.1.7: "The Metadata BLOB is a JSON Web Token".
Status check_envelope(State& state) {
  CS_ASSIGN(state.jws, parse_envelope(state.input));
  return ok();
}

Status check_algorithm(State& state) {
  CS_ASSIGN(state.algorithm, jws_algorithm(state.jws.header));
  return is_allowed(state.algorithm) ? ok() : ErrorCode::algorithm_not_allowed_here;
}

// §3.2 step 5: "the certificate chain … MUST be verified to properly chain to the … root trust
// anchor".
Status check_signing_chain(State& state) {
  CS_ASSIGN(state.chain, parse_header_chain(state.jws.header));
  const Certificate& leaf = state.chain.front();
  if (leaf.key_usage() && !leaf.key_usage()->has(KeyUsage::kDigitalSignature)) {
    return ErrorCode::certificate_key_usage;
  }
  const PathRequest request{state.chain, state.expectations.anchors, state.expectations.time,
                            ChainShape::tolerant, Check::metadata_signing_chain};
  CS_ASSIGN(state.paths, build_paths(request, state.obligations));
  std::erase_if(state.paths, [](const CandidatePath& path) { return !is_path_for_servers(path); });
  return state.paths.empty() ? ErrorCode::certificate_key_usage : ok();
}

Status check_signing_host(State& state) {
  if (state.expectations.host.empty()) {
    return ok();
  }
  const Result<std::vector<std::string_view>> names = dns_names(state.chain.front());
  const bool is_issued_to_host =
      names.has_value() && std::any_of(names->begin(), names->end(), [&](std::string_view name) {
        return is_same_host(name, state.expectations.host);
      });
  return is_issued_to_host ? ok() : ErrorCode::certificate_host_mismatch;
}

Status find_lists(State& state) {
  CS_ASSIGN(state.statements, find_list_statements(state.revocation, state.paths,
                                                   state.expectations.anchors, state.obligations));
  return ok();
}

Status require_signature(State& state) {
  const std::optional<PublicKey>& key = state.chain.front().public_key();
  if (!key) {
    return ErrorCode::certificate_unsupported_key;
  }
  CS_ASSIGN(SignatureObligation obligation,
            make_jws_obligation(state.jws, state.algorithm, *key, Check::metadata_signature));
  state.obligations.push_back(std::move(obligation));
  return ok();
}

struct BlobRule {
  Check check;
  Status (*run)(State&);
};

constexpr BlobRule kRules[] = {
    {Check::metadata_envelope_parses, check_envelope},
    {Check::metadata_algorithm, check_algorithm},
    {Check::metadata_signing_chain, check_signing_chain},
    {Check::metadata_signing_host, check_signing_host},
    {Check::metadata_revocation, find_lists},
    {Check::metadata_signature, require_signature},
};

struct ChosenPath {
  std::size_t index = 0;
  RevocationOutcome revocation = RevocationOutcome::clear;
};

/// The first path whose edges hold and of whose certificates none is revoked; one of which the
/// lists are current before one of which they are not, and only such a one where another is
/// revoked.
Result<ChosenPath> choose_path(const State& state, std::span<const SignatureVerdict> verdicts) {
  std::vector<bool> holds;
  for (const SignatureVerdict verdict : verdicts) {
    holds.push_back(verdict == SignatureVerdict::valid);
  }
  std::optional<ChosenPath> unknown;
  std::optional<Error> refusal;  // of an intact path, revoked before anything else
  bool is_edge_unsupported = false;
  for (std::size_t i = 0; i < state.paths.size(); ++i) {
    bool is_intact = true;
    for (const std::size_t edge : state.paths[i].edges) {
      is_intact = is_intact && holds[edge];
      is_edge_unsupported = is_edge_unsupported || verdicts[edge] == SignatureVerdict::unsupported;
    }
    if (!is_intact) {
      continue;
    }
    const Result<RevocationOutcome> outcome =
        assess_revocation(state.revocation, state.statements[i], holds);
    if (!outcome.has_value()) {
      if (!refusal || outcome.error().code == ErrorCode::certificate_revoked) {
        refusal = outcome.error();
      }
    } else if (*outcome == RevocationOutcome::clear) {
      return ChosenPath{i, *outcome};
    } else {
      unknown = unknown.value_or(ChosenPath{i, *outcome});
    }
  }
  // Whoever has a revoked certificate chooses what comes along: a path around it of which no list
  // is known must not save it.
  const bool is_revoked = refusal && refusal->code == ErrorCode::certificate_revoked;
  if (unknown && !is_revoked) {
    return *unknown;
  }
  const ErrorCode of_edges = is_edge_unsupported ? ErrorCode::algorithm_unsupported_by_backend
                                                 : ErrorCode::certificate_chain_signature_invalid;
  return refusal.value_or(error_of(of_edges, Check::metadata_signing_chain));
}

Status check_signature(SignatureVerdict verdict) {
  switch (verdict) {
    case SignatureVerdict::valid:
      return ok();
    case SignatureVerdict::invalid:
      return error_of(ErrorCode::signature_invalid, Check::metadata_signature);
    case SignatureVerdict::unsupported:
      return error_of(ErrorCode::algorithm_unsupported_by_backend, Check::metadata_signature);
  }
  return error_of(ErrorCode::internal_error, Check::metadata_signature);
}

Result<BlobPayload> read_payload(std::string_view encoded) {
  CS_ASSIGN(const ByteVector json, parse_base64url(encoded));
  return parse_blob_payload(text_of(json));
}

}  // namespace

PendingBlob::PendingBlob(std::unique_ptr<State> state) : state_(std::move(state)) {}
PendingBlob::PendingBlob(PendingBlob&&) noexcept = default;
PendingBlob& PendingBlob::operator=(PendingBlob&&) noexcept = default;
PendingBlob::~PendingBlob() = default;

std::span<const SignatureObligation> PendingBlob::obligations() const {
  return state_->obligations;
}

Result<PendingBlob> begin_blob(Bytes jws, const BlobExpectations& expectations) {
  auto state = std::make_unique<PendingBlob::State>(jws, expectations);
  for (const BlobRule& rule : kRules) {
    if (const Status status = rule.run(*state); !status.has_value()) {
      return Error{status.error().code, rule.check, status.error().offset};
    }
  }
  return PendingBlob(std::move(state));
}

Result<VerifiedBlob> PendingBlob::finish(std::span<const SignatureVerdict> verdicts) && {
  const std::unique_ptr<State> state = std::move(state_);
  if (verdicts.size() != state->obligations.size()) {
    return ErrorCode::obligation_results_mismatch;
  }
  CS_ASSIGN(const ChosenPath path, choose_path(*state, verdicts));
  CS_TRY(check_signature(verdicts.back()));
  Result<BlobPayload> payload = read_payload(state->jws.encoded_payload);
  if (!payload.has_value()) {
    return Error{payload.error().code, Check::metadata_payload_parses, payload.error().offset};
  }
  // §3.2 step 6: "if the … number is less or equal to the number of the last … BLOB … ignore".
  const std::optional<std::uint64_t>& last = state->expectations.last_number;
  if (last && payload->number <= *last) {
    return error_of(ErrorCode::metadata_number_not_increased, Check::metadata_number);
  }
  VerifiedBlob blob;
  blob.payload_ = std::move(payload).value();
  blob.path_ = state->paths[path.index].certificates;
  blob.anchor_ = state->paths[path.index].anchor;
  blob.is_revocation_unknown_ = path.revocation == RevocationOutcome::unknown;
  return blob;
}

std::optional<std::uint64_t> peek_blob_number(Bytes jws) {
  const std::optional<JwsParts> parts = split_jws(text_of(jws));
  if (!parts) {
    return std::nullopt;
  }
  const std::string_view beginning = parts->payload.substr(0, limits::kMaxBlobPeekCharacters);
  const Result<ByteVector> json = parse_base64url(beginning);
  const std::optional<std::string_view> number =
      json.has_value() ? peek_json_member(text_of(*json), "no") : std::nullopt;
  const Result<std::uint64_t> value =
      number ? parse_blob_number(*number) : Result<std::uint64_t>(ErrorCode::json_syntax);
  return value.has_value() ? std::optional<std::uint64_t>(*value) : std::nullopt;
}

Result<std::vector<CrlLocation>> find_crl_locations(Bytes jws,
                                                    std::span<const Certificate> anchors) {
  CS_ASSIGN(const UnreadJws unread, parse_envelope(jws));
  CS_ASSIGN(const std::vector<Certificate> chain, parse_header_chain(unread.header));
  std::vector<CrlLocation> out;
  for (const Certificate& certificate : chain) {
    if (std::find(anchors.begin(), anchors.end(), certificate) == anchors.end()) {
      out.push_back({certificate, crl_urls(certificate)});
    }
  }
  return out;
}

}  // namespace countersign
