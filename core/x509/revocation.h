#pragma once
// What revocation lists say about candidate paths (RFC 5280 §6.3, complete lists of the issuer
// itself), without arithmetic: the signatures of lists are obligations as those of certificates
// are.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "x509/crl.h"
#include "x509/path.h"

namespace countersign {

struct RevocationRequest {
  std::span<const Crl> crls;
  RevocationMode mode = RevocationMode::require;
  UnixSeconds time;
  /// Stamped into obligations and errors.
  Check check = Check::none;
};

/// A list with the name and key identifier of a certificate's issuer. It says something once its
/// signature holds, nothing otherwise: a forged one neither revokes nor excuses.
struct ListStatement {
  std::size_t obligation = 0;  // index; by the key of the issuer on that path
  bool is_naming = false;      // the certificate is on the list
  bool is_covering = false;    // not to be on it means something (Crl::distribution_points)
  bool is_current = false;     // thisUpdate <= time <= nextUpdate
};

/// Of one path: the statements about each certificate below the anchor, leaf first. Empty under
/// RevocationMode::off and where the leaf is the anchor: anchors are trusted by configuration.
using PathStatements = std::vector<std::vector<ListStatement>>;

/// One for each path. Appends the obligations of all lists that may matter, each list once a key.
/// An issuer with a key usage needs cRLSign in it for its lists to count. Errors, stamped:
/// input_too_large for more than kMaxCrls lists, too_many_obligations when the lists that may
/// matter are more than kMaxCrlObligationBytes; then nothing has been appended.
Result<std::vector<PathStatements>> find_list_statements(
    const RevocationRequest& request, std::span<const CandidatePath> paths,
    std::span<const Certificate> anchors, std::vector<SignatureObligation>& obligations);

/// `unknown`: RevocationMode::prefer, and for some certificate there is no current list.
enum class RevocationOutcome : std::uint8_t { clear, unknown };

/// `holds[i]` says whether obligation i holds. Errors, stamped: certificate_revoked (by any list
/// that holds, current or not); under RevocationMode::require crl_stale where the lists that hold
/// are not current, crl_missing where there is none that holds and covers the certificate.
Result<RevocationOutcome> assess_revocation(const RevocationRequest& request,
                                            const PathStatements& statements,
                                            const std::vector<bool>& holds);

}  // namespace countersign
