#pragma once
// The NDJSON cases of `countersign verify` and of the WASM ABI: one JSON case in, one verdict line
// out, byte-identical in every target.

#include <string>
#include <string_view>

#include "attestation/models.h"
#include "base/error.h"
#include "base/time.h"
#include "ceremony/ceremony.h"
#include "codec/json_reader.h"
#include "crypto/hasher.h"
#include "crypto/signature.h"

namespace countersign {

struct CaseSettings {
  UnixSeconds now;  // for cases without `time`
  /// What registrations are held against beside the case's own anchors; null: nothing.
  const AttestationModels* models = nullptr;
};

/// Verifies one case with a backend. Always a verdict line (without newline): `{"id",…,"ok":…}`. A
/// line that is no case gives `{"id":null,"ok":false,"error":{…}}`.
std::string verify_case(std::string_view line, const CaseSettings& settings, const Hasher& hasher,
                        const SignatureVerifier& verifier);
/// The same for a case that has been read as JSON already.
std::string verify_case(const JsonValue& json, const CaseSettings& settings, const Hasher& hasher,
                        const SignatureVerifier& verifier);

/// The verdict line for a line that could not be read as a whole (too long, out of memory).
std::string refused_line(ErrorCode code);

/// The two halves for hosts that discharge themselves (stateless: the case is given again).
/// Begin:
/// `{"obligations":[{"digest","check","algorithm":{"scheme","hash"},"key":{"type","curve","x","y","n","e"},
/// "message","signature"},…]}`, or the verdict line `{"id",…,"ok":false,…}` where the case fails
/// already.
std::string begin_case(std::string_view line, const CaseSettings& settings, const Hasher& hasher);
/// `results` is a JSON array of `{"digest":base64url,"valid":true|false|null}`; only the literal
/// true counts as valid, null says that the host lacks the algorithm.
std::string finish_case(std::string_view line, std::string_view results,
                        const CaseSettings& settings, const Hasher& hasher);

}  // namespace countersign
