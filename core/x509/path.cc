#include "x509/path.h"

#include <utility>

#include "base/limits.h"
#include "x509/oids.h"

namespace countersign {
namespace {

// Steps of the search in the tolerant shape: eight certificates that all seem to have issued each
// other would have 8! orders. [a cross-signed chain of four takes less than 20]
constexpr std::size_t kMaxSteps = 256;

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

Error path_error(ErrorCode code) { return {code, Check::none, 0}; }

bool is_self_issued(const Certificate& certificate) {
  return equal(certificate.issuer(), certificate.subject());
}

Status check_validity(const Certificate& certificate, UnixSeconds time) {
  if (time < certificate.not_before()) {
    return path_error(ErrorCode::certificate_not_yet_valid);
  }
  if (certificate.not_after() < time) {
    return path_error(ErrorCode::certificate_expired);
  }
  return ok();
}

// "A certificate-using system MUST reject the certificate if it encounters a critical extension it
// does not recognize or a critical extension that contains information that it cannot process."
// (RFC 5280 §4.2) No policy is demanded of a path, so that every set of policies is acceptable.
Status check_critical_extensions(const Certificate& certificate) {
  const Bytes understood[] = {oid::kBasicConstraints, oid::kKeyUsage, oid::kExtendedKeyUsage,
                              oid::kSubjectAlternativeName, oid::kCertificatePolicies};
  for (const CertificateExtension& extension : certificate.extensions()) {
    bool is_understood = !extension.is_critical;
    for (const Bytes oid : understood) {
      is_understood = is_understood || equal(oid, extension.oid);
    }
    if (!is_understood) {
      return path_error(ErrorCode::certificate_critical_extension_unknown);
    }
  }
  return ok();
}

// "This extension MUST be marked critical" (RFC 5280 §4.2.1.10): where it is not, it constrains all
// the same, and we do not evaluate it.
Status check_name_constraints(const Certificate& certificate) {
  return certificate.find_extension(oid::kNameConstraints) == nullptr
             ? ok()
             : path_error(ErrorCode::certificate_critical_extension_unknown);
}

enum class IssuerOrigin : std::uint8_t { chain, anchor };

/// RFC 5280 §6.1.4 (k) to (n), for a certificate that has `below` non-self-issued intermediates
/// between itself and the leaf.
Status check_issuer_role(const Certificate& issuer, IssuerOrigin origin, std::size_t below) {
  if (origin == IssuerOrigin::anchor && issuer.version() < 3) {
    return ok();
  }
  const std::optional<BasicConstraints>& constraints = issuer.basic_constraints();
  if (issuer.version() < 3 || !constraints || !constraints->is_ca) {
    return path_error(ErrorCode::certificate_not_ca);
  }
  if (issuer.key_usage() && !issuer.key_usage()->has(KeyUsage::kKeyCertSign)) {
    return path_error(ErrorCode::certificate_key_usage);
  }
  if (constraints->path_length && below > *constraints->path_length) {
    return path_error(ErrorCode::certificate_path_length);
  }
  return ok();
}

bool has_name_of_issuer(const Certificate& child, const Certificate& issuer) {
  return equal(child.issuer(), issuer.subject());
}

enum class KeyIdentifiers : std::uint8_t { equal, unknown, different };

KeyIdentifiers compare_key_identifiers(const Certificate& child, const Certificate& issuer) {
  if (!child.authority_key_identifier() || !issuer.subject_key_identifier()) {
    return KeyIdentifiers::unknown;
  }
  return equal(*child.authority_key_identifier(), *issuer.subject_key_identifier())
             ? KeyIdentifiers::equal
             : KeyIdentifiers::different;
}

/// The signature that makes `issuer` the issuer of `child`, as an obligation.
Result<SignatureObligation> make_edge(const Certificate& child, const Certificate& issuer,
                                      Check check) {
  if (!child.signature_algorithm()) {
    return path_error(ErrorCode::certificate_unsupported_signature_algorithm);
  }
  if (!issuer.public_key()) {
    return path_error(ErrorCode::certificate_unsupported_key);
  }
  Result<ByteVector> signature =
      make_fixed_signature(*child.signature_algorithm(), *issuer.public_key(), child.signature());
  if (!signature.has_value()) {
    return path_error(ErrorCode::certificate_chain_signature_invalid);
  }
  return SignatureObligation{check, *child.signature_algorithm(), *issuer.public_key(),
                             to_vector(child.tbs()), std::move(signature).value()};
}

bool is_same_edge(const SignatureObligation& a, const SignatureObligation& b) {
  return a.check == b.check && a.algorithm == b.algorithm && a.key == b.key &&
         equal(a.message, b.message) && equal(a.signature, b.signature);
}

class PathBuilder {
 public:
  PathBuilder(const PathRequest& request, std::size_t obligations_before)
      : request_(request), obligations_before_(obligations_before) {}

  Status build() {
    if (request_.chain.empty()) {
      return path_error(ErrorCode::certificate_path_not_found);
    }
    if (request_.chain.size() > limits::kMaxCertificatesInChain) {
      return path_error(ErrorCode::certificate_chain_too_long);
    }
    if (request_.anchors.size() > limits::kMaxTrustAnchors) {
      return path_error(ErrorCode::input_too_large);
    }
    switch (request_.shape) {
      case ChainShape::ordered:
        return build_ordered();
      case ChainShape::tolerant:
        return build_tolerant();
    }
    return path_error(ErrorCode::internal_error);
  }

  std::vector<CandidatePath> take_paths() { return std::move(paths_); }
  std::vector<SignatureObligation> take_obligations() { return std::move(obligations_); }

 private:
  const Certificate& leaf() const { return request_.chain[0]; }

  std::size_t find_anchor(const Certificate& certificate) const {
    for (std::size_t i = 0; i < request_.anchors.size(); ++i) {
      if (request_.anchors[i] == certificate) {
        return i;
      }
    }
    return kNone;
  }

  bool is_in_chain(const Certificate& certificate) const {
    for (const Certificate& other : request_.chain) {
      if (other == certificate) {
        return true;
      }
    }
    return false;
  }

  bool is_on_path(const Certificate& certificate) const {
    for (const Certificate* other : path_) {
      if (*other == certificate) {
        return true;
      }
    }
    return false;
  }

  /// What `issuer` must be to stand above the path as built so far.
  Status check_issuer(const Certificate& issuer, IssuerOrigin origin) const {
    if (compare_key_identifiers(*path_.back(), issuer) == KeyIdentifiers::different) {
      return path_error(ErrorCode::certificate_path_not_found);
    }
    CS_TRY(check_validity(issuer, request_.time));
    CS_TRY(check_critical_extensions(issuer));
    if (request_.shape == ChainShape::tolerant && origin == IssuerOrigin::chain) {
      CS_TRY(check_name_constraints(issuer));
    }
    std::size_t below = 0;
    for (std::size_t i = 1; i < path_.size(); ++i) {
      below += is_self_issued(*path_[i]) ? 0 : 1;
    }
    return check_issuer_role(issuer, origin, below);
  }

  std::size_t edge_index(SignatureObligation edge) {
    for (std::size_t i = 0; i < obligations_.size(); ++i) {
      if (is_same_edge(obligations_[i], edge)) {
        return obligations_before_ + i;
      }
    }
    obligations_.push_back(std::move(edge));
    return obligations_before_ + obligations_.size() - 1;
  }

  /// Adds the path that ends at that anchor: its edges have been tried, so that only their number
  /// can stop it.
  Status add_path(std::size_t anchor) {
    CandidatePath path;
    path.anchor = anchor;
    std::vector<SignatureObligation> edges;
    for (std::size_t i = 0; i < path_.size(); ++i) {
      const Certificate& issuer = i + 1 < path_.size() ? *path_[i + 1] : request_.anchors[anchor];
      CS_ASSIGN(SignatureObligation edge, make_edge(*path_[i], issuer, request_.check));
      edges.push_back(std::move(edge));
      path.certificates.push_back(*path_[i]);
    }
    if (obligations_before_ + obligations_.size() + edges.size() > limits::kMaxObligations) {
      return path_error(ErrorCode::too_many_obligations);
    }
    for (SignatureObligation& edge : edges) {
      path.edges.push_back(edge_index(std::move(edge)));
    }
    paths_.push_back(std::move(path));
    return ok();
  }

  void add_path_of_leaf(std::size_t anchor) {
    CandidatePath path;
    path.anchor = anchor;
    path.certificates.push_back(leaf());
    paths_.push_back(std::move(path));
  }

  /// The failure that got furthest is the one to tell; the first of equals that says more than
  /// "none".
  void note_failure(const Error& error) {
    if (path_.size() > failure_depth_ || (path_.size() == failure_depth_ &&
                                          failure_.code == ErrorCode::certificate_path_not_found)) {
      failure_depth_ = path_.size();
      failure_ = error;
    }
  }

  /// Tries every anchor that has the issuer's name, those with its key identifier first.
  void try_anchors() {
    for (const KeyIdentifiers wanted :
         {KeyIdentifiers::equal, KeyIdentifiers::unknown, KeyIdentifiers::different}) {
      for (std::size_t i = 0; i < request_.anchors.size(); ++i) {
        const Certificate& anchor = request_.anchors[i];
        if (paths_.size() == limits::kMaxCandidatePaths ||
            !has_name_of_issuer(*path_.back(), anchor) ||
            compare_key_identifiers(*path_.back(), anchor) != wanted) {
          continue;
        }
        if (const Status status = try_anchor(i); !status.has_value()) {
          note_failure(status.error());
        }
      }
    }
  }

  Status try_anchor(std::size_t index) {
    const Certificate& anchor = request_.anchors[index];
    if (request_.shape == ChainShape::ordered && is_in_chain(anchor)) {
      return path_error(ErrorCode::certificate_chain_order);
    }
    CS_TRY(check_issuer(anchor, IssuerOrigin::anchor));
    return add_path(index);
  }

  Status verdict() const { return paths_.empty() ? Status(failure_) : ok(); }

  Status build_ordered() {
    // Not only the certificates up to an anchor: the statement vouches with all of them.
    for (const Certificate& certificate : request_.chain) {
      CS_TRY(check_validity(certificate, request_.time));
    }
    CS_TRY(check_critical_extensions(leaf()));
    if (request_.chain.size() == 1) {
      if (const std::size_t anchor = find_anchor(leaf()); anchor != kNone) {
        add_path_of_leaf(anchor);
        return ok();
      }
    }
    path_.push_back(&leaf());
    for (const Certificate& issuer : request_.chain.subspan(1)) {
      if (!has_name_of_issuer(*path_.back(), issuer) || is_on_path(issuer)) {
        return path_error(ErrorCode::certificate_chain_order);
      }
      CS_TRY(check_issuer(issuer, IssuerOrigin::chain));
      CS_TRY(make_edge(*path_.back(), issuer, request_.check));
      path_.push_back(&issuer);
    }
    try_anchors();
    if (paths_.empty() && failure_.code == ErrorCode::certificate_path_not_found) {
      for (const Certificate& certificate : request_.chain) {
        if (request_.chain.size() > 1 && find_anchor(certificate) != kNone) {
          return path_error(ErrorCode::certificate_chain_order);
        }
      }
    }
    return verdict();
  }

  Status build_tolerant() {
    CS_TRY(check_validity(leaf(), request_.time));
    CS_TRY(check_critical_extensions(leaf()));
    if (const std::size_t anchor = find_anchor(leaf()); anchor != kNone) {
      add_path_of_leaf(anchor);
      return ok();
    }
    path_.push_back(&leaf());
    search();
    return verdict();
  }

  /// Depth first: anchors end a path, certificates of the chain prolong it. No deeper than
  /// kMaxPathLength, no more than kMaxSteps in all.
  void search() {
    try_anchors();
    if (path_.size() == limits::kMaxPathLength) {
      return;
    }
    for (const KeyIdentifiers wanted : {KeyIdentifiers::equal, KeyIdentifiers::unknown}) {
      for (const Certificate& issuer : request_.chain.subspan(1)) {
        if (paths_.size() == limits::kMaxCandidatePaths || steps_ == kMaxSteps) {
          return;
        }
        if (!has_name_of_issuer(*path_.back(), issuer) ||
            compare_key_identifiers(*path_.back(), issuer) != wanted || is_on_path(issuer) ||
            find_anchor(issuer) != kNone) {
          continue;
        }
        ++steps_;
        if (const Status status = try_issuer(issuer); !status.has_value()) {
          note_failure(status.error());
          continue;
        }
        path_.push_back(&issuer);
        search();
        path_.pop_back();
      }
    }
  }

  Status try_issuer(const Certificate& issuer) const {
    CS_TRY(check_issuer(issuer, IssuerOrigin::chain));
    CS_TRY(make_edge(*path_.back(), issuer, request_.check));
    return ok();
  }

  const PathRequest& request_;
  std::size_t obligations_before_;
  std::vector<SignatureObligation> obligations_;
  std::vector<CandidatePath> paths_;
  std::vector<const Certificate*> path_;  // the path as built so far, leaf first
  std::size_t steps_ = 0;
  Error failure_ = path_error(ErrorCode::certificate_path_not_found);
  std::size_t failure_depth_ = 0;
};

}  // namespace

Result<std::vector<CandidatePath>> build_paths(const PathRequest& request,
                                               std::vector<SignatureObligation>& obligations) {
  PathBuilder builder(request, obligations.size());
  if (const Status status = builder.build(); !status.has_value()) {
    return Error{status.error().code, request.check, status.error().offset};
  }
  for (SignatureObligation& obligation : builder.take_obligations()) {
    obligations.push_back(std::move(obligation));
  }
  return builder.take_paths();
}

Result<std::vector<Certificate>> parse_chain(std::span<const Bytes> ders) {
  if (ders.empty()) {
    return ErrorCode::certificate_malformed;
  }
  if (ders.size() > limits::kMaxCertificatesInChain) {
    return ErrorCode::certificate_chain_too_long;
  }
  std::vector<Certificate> out;
  for (const Bytes der : ders) {
    CS_ASSIGN(Certificate certificate, parse_certificate(der));
    out.push_back(std::move(certificate));
  }
  return out;
}

}  // namespace countersign
