#include "x509/revocation.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "x509/general_names.h"

namespace countersign {
namespace {

bool is_current(const Crl& crl, UnixSeconds time) {
  // "Conforming CRL issuers MUST include the nextUpdate field in all CRLs": without it nobody can
  // tell how old a list is.
  return crl.this_update() <= time && crl.next_update() && time <= *crl.next_update();
}

bool may_be_list_of(const Crl& crl, const Certificate& issuer) {
  if (!equal(crl.issuer(), issuer.subject())) {
    return false;
  }
  if (issuer.key_usage() && !issuer.key_usage()->has(KeyUsage::kCrlSign)) {
    return false;
  }
  const std::optional<Bytes>& of_list = crl.authority_key_identifier();
  const std::optional<Bytes>& of_issuer = issuer.subject_key_identifier();
  return !of_list || !of_issuer || equal(*of_list, *of_issuer);
}

/// §6.3.3 (b)(2)(i): "one of the names in the distribution point of the CRL matches one of the
/// names in the DP" of the certificate.
bool is_covering(const Crl& crl, const Certificate& certificate) {
  if (crl.distribution_points().empty()) {
    return true;
  }
  const Result<std::vector<Bytes>> wanted = crl_distribution_points(certificate);
  if (!wanted.has_value()) {
    return false;
  }
  for (const Bytes name : crl.distribution_points()) {
    for (const Bytes other : *wanted) {
      if (equal(name, other)) {
        return true;
      }
    }
  }
  return false;
}

class StatementFinder {
 public:
  StatementFinder(const RevocationRequest& request, std::size_t obligations_before)
      : request_(request), obligations_before_(obligations_before) {}

  Result<std::vector<ListStatement>> find(const Certificate& certificate,
                                          const Certificate& issuer) {
    std::vector<ListStatement> out;
    for (std::size_t i = 0; i < request_.crls.size(); ++i) {
      const Crl& crl = request_.crls[i];
      if (!may_be_list_of(crl, issuer)) {
        continue;
      }
      CS_ASSIGN(const std::optional<std::size_t> obligation, obligation_index(i, issuer));
      if (obligation) {
        out.push_back({*obligation, crl.is_revoked(certificate.serial_number()),
                       is_covering(crl, certificate), is_current(crl, request_.time)});
      }
    }
    return out;
  }

  std::vector<SignatureObligation> take_obligations() { return std::move(obligations_); }

 private:
  /// Nothing where no arithmetic could make the list the issuer's.
  Result<std::optional<std::size_t>> obligation_index(std::size_t list, const Certificate& issuer) {
    const Crl& crl = request_.crls[list];
    if (!issuer.public_key() || !crl.signature_algorithm()) {
      return std::optional<std::size_t>();
    }
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      if (lists_[i] == list && obligations_[i].key == *issuer.public_key()) {
        return std::optional<std::size_t>(obligations_before_ + i);
      }
    }
    Result<ByteVector> signature =
        make_fixed_signature(*crl.signature_algorithm(), *issuer.public_key(), crl.signature());
    if (!signature.has_value()) {
      return std::optional<std::size_t>();
    }
    if (crl.tbs().size() > limits::kMaxCrlObligationBytes - signed_bytes_) {
      return ErrorCode::too_many_obligations;
    }
    signed_bytes_ += crl.tbs().size();
    lists_.push_back(list);
    obligations_.push_back({request_.check, *crl.signature_algorithm(), *issuer.public_key(),
                            to_vector(crl.tbs()), std::move(signature).value()});
    return std::optional<std::size_t>(obligations_before_ + obligations_.size() - 1);
  }

  const RevocationRequest& request_;
  std::size_t obligations_before_;
  std::vector<SignatureObligation> obligations_;
  std::vector<std::size_t> lists_;  // which list each obligation is about
  std::size_t signed_bytes_ = 0;
};

Result<RevocationOutcome> assess_certificate(const RevocationRequest& request,
                                             const std::vector<ListStatement>& statements,
                                             const std::vector<bool>& holds) {
  bool is_covered = false;
  bool is_covered_now = false;
  for (const ListStatement& statement : statements) {
    if (statement.obligation >= holds.size() || !holds[statement.obligation]) {
      continue;
    }
    if (statement.is_naming) {
      return Error{ErrorCode::certificate_revoked, request.check, 0};
    }
    is_covered = is_covered || statement.is_covering;
    is_covered_now = is_covered_now || (statement.is_covering && statement.is_current);
  }
  if (is_covered_now) {
    return RevocationOutcome::clear;
  }
  if (request.mode == RevocationMode::require) {
    return Error{is_covered ? ErrorCode::crl_stale : ErrorCode::crl_missing, request.check, 0};
  }
  return RevocationOutcome::unknown;
}

}  // namespace

Result<std::vector<PathStatements>> find_list_statements(
    const RevocationRequest& request, std::span<const CandidatePath> paths,
    std::span<const Certificate> anchors, std::vector<SignatureObligation>& obligations) {
  std::vector<PathStatements> out(paths.size());
  if (request.mode == RevocationMode::off) {
    return out;
  }
  if (request.crls.size() > limits::kMaxCrls) {
    return Error{ErrorCode::input_too_large, request.check, 0};
  }
  StatementFinder finder(request, obligations.size());
  for (std::size_t p = 0; p < paths.size(); ++p) {
    const std::vector<Certificate>& certificates = paths[p].certificates;
    if (paths[p].edges.empty()) {
      continue;  // the leaf is the anchor
    }
    for (std::size_t i = 0; i < certificates.size(); ++i) {
      const bool is_below_anchor = i + 1 == certificates.size();
      const Certificate& issuer = is_below_anchor ? anchors[paths[p].anchor] : certificates[i + 1];
      Result<std::vector<ListStatement>> statements = finder.find(certificates[i], issuer);
      if (!statements.has_value()) {
        return Error{statements.error().code, request.check, 0};
      }
      out[p].push_back(std::move(statements).value());
    }
  }
  for (SignatureObligation& obligation : finder.take_obligations()) {
    obligations.push_back(std::move(obligation));
  }
  return out;
}

Result<RevocationOutcome> assess_revocation(const RevocationRequest& request,
                                            const PathStatements& statements,
                                            const std::vector<bool>& holds) {
  RevocationOutcome outcome = RevocationOutcome::clear;
  for (const std::vector<ListStatement>& of_certificate : statements) {
    CS_ASSIGN(const RevocationOutcome one, assess_certificate(request, of_certificate, holds));
    if (one == RevocationOutcome::unknown) {
      outcome = RevocationOutcome::unknown;
    }
  }
  return outcome;
}

}  // namespace countersign
