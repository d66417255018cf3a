#pragma once
// The rules that registration and authentication share. Private to core/ceremony.

#include "ceremony/ceremony.h"
#include "ceremony/check_table.h"
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

}  // namespace countersign
