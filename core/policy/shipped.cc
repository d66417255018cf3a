#include "policy/shipped.h"

namespace countersign {
namespace {

constexpr ShippedPolicy kShipped[] = {
#include "shipped_policies.inc"
};

}  // namespace

std::span<const ShippedPolicy> shipped_policies() { return kShipped; }

std::string_view shipped_policy(std::string_view name) {
  for (const ShippedPolicy& shipped : kShipped) {
    if (shipped.name == name) {
      return shipped.json;
    }
  }
  return {};
}

}  // namespace countersign
