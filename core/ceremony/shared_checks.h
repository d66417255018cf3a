#pragma once
// The rules that registration and authentication share, and the runner of both tables. Private to
// core/ceremony.

#include <array>
#include <vector>

#include "ceremony/ceremony.h"
#include "codec/json_reader.h"
#include "model/authenticator_data.h"
#include "model/client_data.h"
#include "model/extensions.h"

namespace countersign {

/// What the rules look at and what they find on their way.
struct CeremonyContext {
  const CeremonyExpectations& expectations;
  Bytes client_data_json;
  const JsonValue& client_extension_results;
  const Hasher& hasher;

  ClientData client_data{};
  Digest256 client_data_hash{};
  const AuthenticatorData* authenticator_data = nullptr;
  ClientExtensions client_extensions{};
  AuthenticatorExtensions authenticator_extensions{};
};

Status check_shared_expectations(const CeremonyContext& context);
Status check_client_extensions_parse(CeremonyContext& context);
Status check_client_data_is_utf8(CeremonyContext& context);
Status check_client_data_parses(CeremonyContext& context);
Status check_challenge_matches(CeremonyContext& context);
Status check_origin_allowed(CeremonyContext& context);
Status check_cross_origin_allowed(CeremonyContext& context);
Status check_top_origin_expected(CeremonyContext& context);
Status check_top_origin_allowed(CeremonyContext& context);
Status check_rp_id_hash_matches(CeremonyContext& context);
Status check_user_present(CeremonyContext& context);
Status check_user_verified(CeremonyContext& context);
Status check_backup_flags_consistent(CeremonyContext& context);
Status check_authenticator_extensions_parse(CeremonyContext& context);

/// True when rpIdHash is the SHA-256 of that identifier.
bool is_rp_id_hash_of(const CeremonyContext& context, std::string_view identifier);

/// A shared rule as a row of either table.
template <class Context, Status (*rule)(CeremonyContext&)>
Status shared(Context& context) {
  return rule(context);
}

/// The error with the check that failed, unless a rule below has named its own.
inline Error stamp(Error error, Check check) {
  if (error.check == Check::none) {
    error.check = check;
  }
  return error;
}

/// Walks a table in order; stops at the first rule that fails.
template <class Context, std::size_t count>
Status run_checks(const CheckRow<Context> (&rows)[count], Context& context,
                  std::vector<Check>& checks_run) {
  for (const CheckRow<Context>& row : rows) {
    if (const Status status = row.run(context); !status) {
      return stamp(status.error(), row.check);
    }
    checks_run.push_back(row.check);
  }
  return ok();
}

template <class Context, std::size_t count>
constexpr std::array<Check, count> names_of(const CheckRow<Context> (&rows)[count]) {
  std::array<Check, count> names{};
  for (std::size_t i = 0; i < count; ++i) {
    names[i] = rows[i].check;
  }
  return names;
}

}  // namespace countersign
