#pragma once
// How the parts of the store add to the outbox: inside of the job that is the event's cause.

#include "native/store/sqlite/database.h"
#include "native/store/sqlite/seals.h"
#include "service/outbox_store.h"

namespace countersign::sqlite {

/// Due at once. Error: store_corrupt where the id is taken or no base64url.
Status insert_outbox_event(Database& database, const Seals& seals, const TenantId& tenant,
                           const OutboxEvent& event);

}  // namespace countersign::sqlite
