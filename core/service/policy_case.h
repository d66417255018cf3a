#pragma once
// `policy decide`: one JSON line in, one JSON line out (docs/policy.md). Total: a line that cannot
// be read gets an error answer like any other.

#include <string>
#include <string_view>

#include "base/limits.h"
#include "codec/json_writer.h"
#include "policy/document.h"
#include "policy/wording.h"
#include "service/kept_documents.h"

namespace countersign {

// [the active policy, a canary, a shadow, and one that comes; the largest has 8 MB]
inline constexpr std::size_t kMaxKeptPolicies = 4;
// Of a line: the document, the inputs, and what stands around them.
inline constexpr std::size_t kMaxPolicyCaseBytes =
    limits::kMaxPolicyBytes + limits::kMaxPolicyInputsBytes + 1024;
using KeptPolicies = KeptDocuments<PolicyDocument>;

/// `"error":{"code","member"?,"offset","line","column","message"}`: where in `text`, which stands
/// in that member.
void write_refusal(JsonWriter& json, const Error& error, std::string_view text,
                   std::string_view member = {});

/// Reads a document and keeps it. `{"ok":true,"policy":DIGEST,"id","revision"}` or
/// `{"ok":false,"error":{"code","offset","line","column","message"}}`.
std::string load_policy(std::string_view json, KeptPolicies& policies, const Hasher& hasher);

/// `{"id"?,"policy":DIGEST,"phase","inputs","explain"?,"currency"?}`, or with `"document":{…}`
/// instead of `policy`, to `{"id","ok":true,"decision":{…}}`, with `"explain":true` to
/// `{"id","ok":true,"explanation":{…}}`, or to
/// `{"id","ok":false,"error":{"code","offset"?,"message"}}`. Offsets are those of the line.
/// An explanation writes amounts in `currency`; `money`: where the line names none.
std::string decide_case(std::string_view line, const KeptPolicies& policies, const Hasher& hasher,
                        const Money& money = {});

}  // namespace countersign
