#pragma once
// A registration held against metadata, without a network: BLOB, revocation lists and a time go in,
// the decision comes out (docs/metadata.md, "Elsewhere than in the server"). Byte-identical in
// every target.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/hasher.h"
#include "crypto/signature.h"
#include "service/verify_case.h"

namespace countersign {

/// Verifies `blob` as `request` says and answers what follows from it:
/// `{"id":…,"ok":true,"metadata":{…},"model":{…}?,"verdict":{…}?}` or, where the BLOB cannot be
/// used, `{"id":…,"ok":false,"error":{"code","check","message"}}`.
std::string verify_metadata_case(std::string_view request, Bytes blob, const CaseSettings& settings,
                                 const Hasher& hasher, const SignatureVerifier& verifier);

}  // namespace countersign
