#pragma once
// What a policy asks of a payment that neither the backend's inputs nor a session of ours say: how
// much was paid without strong authentication, and an authentication that the backend names; and
// what those inputs say of amounts.

#include <optional>
#include <string_view>

#include "codec/json_reader.h"
#include "service/context.h"
#include "service/customer_ports.h"

namespace countersign {

/// The sign-in that a finished authentication of that customer stands for. Error: session_required
/// where there is none, or it is older than a session of ours lives; those of the store.
Result<Session> find_authentication(const ServiceContext& context, const Tenant& tenant,
                                    const UserHandle& account, const CeremonyId& id);

/// Sets sinceSca.* where the ceremony has them, a payment of amount.base counted in: else the last
/// of many would exceed the sum. The counter as it would be then, that of an access to an account
/// the same but for its version; nothing where there is no amount, or it cannot be added. Errors:
/// those of the store.
Result<std::optional<ScaCounter>> set_since_sca(ExemptionStore& store, const Tenant& tenant,
                                                const UserHandle& account, PolicyInputs& inputs);

/// Whether amount.base was converted from another currency; where nobody says which, or what
/// amount.base is in, it may be.
enum class Conversion : std::uint8_t { none, possible, certain };

/// By amount.currency, where it is said. `base_currency`: as it is configured, empty where it is
/// not.
Conversion conversion_of(const PolicyInputs& inputs, std::string_view base_currency);

/// What was converted goes into the record with the rate's id and time. Error:
/// request_member_invalid with the place in what the backend `said`, where it said something: no
/// amount.rate beside such an amount.base, or a rate of no conversion.
Status check_rate(const PolicyInputs& inputs, const JsonValue* said, Conversion conversion);

}  // namespace countersign
