#pragma once
// Where a tenant's events are sent.

#include <vector>

#include "base/strong_id.h"
#include "native/metadata/url.h"
#include "native/outbox/webhook_signature.h"

namespace countersign {

struct OutboxReceiver {
  TenantId tenant;
  Url url;  // https, or http on this machine
  std::vector<WebhookSecret> secrets;
};

}  // namespace countersign
