#pragma once
// What other parts of the store do to payment credentials.

#include "native/store/sqlite/rows.h"

namespace countersign::sqlite {

/// Says that the new credential is for payments, and keeps its browser-bound key as trusted.
Status insert_payment_credential(Database& database, const TenantId& tenant,
                                 const FinishedRegistration& finished, UnixSeconds now);

}  // namespace countersign::sqlite
