#pragma once
// Certificate revocation lists (RFC 5280 §5), read strictly. Complete lists of one issuer only.

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/algorithm.h"

namespace countersign {

/// What a missing, stale or unverifiable list means: `require` refuses; `prefer` goes on and says
/// so; `off` does not look at lists at all. A list whose signature holds and that names a
/// certificate refuses it under `require` and `prefer` even when it is stale.
enum class RevocationMode : std::uint8_t { require, prefer, off };

/// Immutable; copying shares the bytes.
class Crl {
 public:
  Bytes encoded() const;
  Bytes tbs() const;     // signed bytes
  Bytes issuer() const;  // encoded Name
  UnixSeconds this_update() const;
  const std::optional<UnixSeconds>& next_update() const;
  const std::optional<Bytes>& authority_key_identifier() const;
  /// Encoded GeneralNames of issuingDistributionPoint. Where there are any, the list speaks only of
  /// certificates that name one of them in their own distribution points: a CA may keep several
  /// lists, each of some of its certificates. Empty: of all certificates of the issuer.
  const std::vector<Bytes>& distribution_points() const;
  /// Nothing when the signature algorithm is not one of ours.
  const std::optional<SignatureAlgorithm>& signature_algorithm() const;
  Bytes signature() const;  // wire form
  /// By the content octets of the serial number; O(log n). A certificate on hold is revoked.
  bool is_revoked(Bytes serial_number) const;
  std::size_t revoked_count() const;

  struct Fields;
  explicit Crl(std::shared_ptr<const Fields> fields) : fields_(std::move(fields)) {}

 private:
  std::shared_ptr<const Fields> fields_;
};

/// The whole input is one CRL, version 1 or 2. Indirect and delta lists, lists of a part of the
/// certificates (issuingDistributionPoint with more than a full name), entries that take a
/// revocation back (removeFromCRL belongs into delta lists) and unknown critical extensions are
/// refused: to such a list "not named" would not mean "not revoked". Errors: crl_malformed, der_*,
/// input_too_large.
Result<Crl> parse_crl(Bytes der);

}  // namespace countersign
