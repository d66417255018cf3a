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
  /// x5c of an attestation: issuing order, every certificate valid at `time`, the anchor itself not
  /// inside a longer chain (conformance Resp-5 F-10, F-11); a single certificate that *is* an
  /// anchor
  /// is a path of length one.
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
  std::vector<std::size_t>
      edges;  // indices into the obligation list; empty: the leaf is the anchor
};

/// Appends the obligations of all candidate paths (each edge once) and returns the paths, best
/// first, at most kMaxCandidatePaths. Error: the reason of the most promising path that failed
/// (certificate_*). The anchor's own validity, CA flag and path length count where it is not the
/// leaf.
Result<std::vector<CandidatePath>> build_paths(const PathRequest& request,
                                               std::vector<SignatureObligation>& obligations);

/// Checks that do not need an anchor: count, size, order of the chain, parse of each. For use where
/// trust is not demanded. Errors: certificate_chain_too_long, certificate_malformed.
Result<std::vector<Certificate>> parse_chain(std::span<const Bytes> ders);

}  // namespace countersign
