#pragma once
// A credential as policies know it, for the server's verdict and for the forecast alike.

#include <optional>
#include <string>
#include <string_view>

#include "ceremony/authentication.h"
#include "policy/inputs.h"
#include "policy/satisfaction.h"

namespace countersign {

struct KnownCredential {
  CredentialFacts facts;
  // What else conditions may ask of it; empty, or nothing: not known, which counts against it.
  std::string format;
  std::string_view metadata_status;  // a choice of credential.metadataStatus
  std::optional<bool> is_backed_up;
  /// Nothing while the credential is being registered: which ceremony that is says the same.
  std::optional<bool> is_recovered;
  /// Seconds; nothing while the credential is being registered.
  std::optional<std::int64_t> last_used_age;
};

/// The inputs credential.*. A value that the input's row does not have stays absent.
void set_credential_inputs(PolicyInputs& inputs, const KnownCredential& credential);

/// A choice of authentication.counter.
std::string_view counter_name(CounterOutcome counter);

}  // namespace countersign
