#pragma once
// Path building (RFC 4158) and validation (RFC 5280 §6.1, the parts that attestation needs),
// without arithmetic: it yields candidate paths whose signatures are obligations.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "x509/certificate.h"

namespace countersign {

/// How strictly the certificates that came along are read.
enum class ChainShape : std::uint8_t {
  /// x5c of an attestation: issuing order without gaps, every certificate valid at `time`, the last
  /// one issued by an anchor that is not itself in the chain (conformance Resp-5 F-10, F-11); a
  /// single certificate that *is* an anchor is a path of length one.
  ordered,
  /// Any order, unused and cross-signed certificates tolerated; building stops at any anchor
  /// (metadata BLOBs).
  tolerant,
};

struct PathRequest {
  std::span<const Certificate> chain;    // leaf first; from the other side, never trusted
  std::span<const Certificate> anchors;  // roots, intermediates or leaves, from configuration only
  UnixSeconds time;
  ChainShape shape = ChainShape::ordered;
  /// Checks stamped into the obligations that edges become.
  Check check = Check::none;
};

/// A path is trusted when all its edges hold. `certificates` runs from the leaf to the certificate
/// below the anchor; `anchor` indexes PathRequest::anchors.
struct CandidatePath {
  std::vector<Certificate> certificates;
  std::size_t anchor = 0;
  /// Indices into the obligation list; empty: the leaf is the anchor.
  std::vector<std::size_t> edges;
};

/// Appends the obligations of all candidate paths (each edge once) and returns the paths, best
/// first, at most kMaxCandidatePaths. Error, stamped with PathRequest::check: the reason of the
/// most promising path that failed (certificate_*), input_too_large for more than kMaxTrustAnchors,
/// too_many_obligations; then nothing has been appended.
///
/// Rules, on every certificate of a path: valid at `time`; no critical extension other than basic
/// constraints, key usage, extended key usage, subject alternative name, certificate policies. On
/// every issuer: subject equal to the issuer's name byte for byte; key identifiers equal where both
/// sides have one; CA flag, keyCertSign where there is a key usage, path length constraint (those
/// of the anchor too, unless it is of version 1 or 2, which cannot carry them); version 3 where it
/// came with the chain; there, in the tolerant shape, no name constraints, critical or
/// not. Where the leaf itself is the anchor, only its validity and critical
/// extensions count.
Result<std::vector<CandidatePath>> build_paths(const PathRequest& request,
                                               std::vector<SignatureObligation>& obligations);

/// Parses each, leaf first; at least one. Says nothing about order or trust. Errors:
/// certificate_chain_too_long, certificate_malformed and the others of parse_certificate.
Result<std::vector<Certificate>> parse_chain(std::span<const Bytes> ders);

}  // namespace countersign
