#pragma once
// The names of servers and of revocation lists in a certificate (RFC 5280 §4.2.1.6, §4.2.1.13).

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "x509/certificate.h"

namespace countersign {

// Of one extension: the names of a server, or those of all distribution points. [certificates of
// large hosters have some 250 names; those of a list of 8 MB are compared with a certificate's pair
// by pair, before anything is known of its signature]
inline constexpr std::size_t kMaxGeneralNames = 512;

/// The encoded elements of GeneralNames, given its content; at least one. Errors:
/// certificate_malformed (for more than kMaxGeneralNames too), der_*.
Result<std::vector<Bytes>> parse_general_names(Bytes content);

/// The dNSNames of subjectAltName as written; none without the extension. Errors: as above.
Result<std::vector<std::string_view>> dns_names(const Certificate& certificate);

/// Whether two host names are the same, the case of ASCII letters aside. A wildcard is a name like
/// any other: it stands for none but itself.
bool is_same_host(std::string_view a, std::string_view b);

/// The encoded GeneralNames of every distribution point of the certificate whose list is complete
/// and its issuer's own: points for some reasons and points of indirect lists are left out; at most
/// kMaxGeneralNames of all points together. Errors: as above.
Result<std::vector<Bytes>> crl_distribution_points(const Certificate& certificate);

/// Those that are http URLs of printable ASCII: where the lists are to be had. None where the
/// extension cannot be read.
std::vector<std::string> crl_urls(const Certificate& certificate);

}  // namespace countersign
