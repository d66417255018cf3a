#pragma once
// Credential record (WebAuthn L3 §4, §7.1 step 27).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "model/authenticator_data.h"

namespace countersign {

struct CredentialRecord {
  CredentialId id;
  ByteVector public_key;  // encoded COSE_Key
  std::uint32_t sign_count = 0;
  bool is_uv_initialized = false;
  std::vector<std::string> transports;
  bool is_backup_eligible = false;
  bool is_backed_up = false;
  std::optional<UserHandle> user_handle;  // the account that owns it
  Aaguid aaguid{};
};

}  // namespace countersign
