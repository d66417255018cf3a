#pragma once
// A bank with the ports in memory: its backend, a browser with a cookie, policies and models that a
// test sets (at first `retail` and none).

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "tests/service/memory_store.h"
#include "tests/service/set_policies.h"
#include "tests/support/made_models.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

class CeremonyFixture : public ::testing::Test {
 protected:
  CeremonyFixture() {
    tenant_.id = TenantId("bank");
    tenant_.rp_id = "example.org";
    tenant_.rp_name = "Bank";
    tenant_.origins = {"https://example.org"};
    tenant_.has_sessions = true;
    backend_.api_key = "backend";
    browser_.session_digest = hasher_.sha256({bytes_of("cookie")});
  }

  Ceremony& last() { return store_.ceremonies.back(); }

  OpenSslHasher hasher_;
  OpenSslVerifier verifier_;
  FixedClock clock_;
  CountingRandom random_;
  AuditList audit_;
  MemoryStore store_;
  Secret<32> secret_;
  SetModels models_;
  SetPolicies policies_{hasher_};
  ServiceContext context_{store_,  store_,    clock_,  random_, audit_,
                          hasher_, verifier_, secret_, models_, policies_};
  Tenant tenant_;
  Caller backend_;
  Caller browser_;
};

}  // namespace countersign::testing
