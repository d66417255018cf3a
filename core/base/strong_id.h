#pragma once
// Identifiers that cannot be mixed up: a tenant's id is not a credential's id.

#include <compare>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace countersign {

template <class Tag, class Value>
struct StrongId {
  Value value{};
  StrongId() = default;
  explicit StrongId(Value v) : value(std::move(v)) {}
  friend auto operator<=>(const StrongId&, const StrongId&) = default;
};

using CredentialId = StrongId<struct CredentialIdTag, ByteVector>;
using UserHandle = StrongId<struct UserHandleTag, ByteVector>;
using TenantId = StrongId<struct TenantIdTag, std::string>;

}  // namespace countersign
