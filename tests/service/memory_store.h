#pragma once
// The ports in memory, with a clock that tests set: for the rules of the use cases that time or a
// failing store decides.

#include <algorithm>
#include <map>

#include "service/context.h"

namespace countersign::testing {

class FixedClock final : public Clock {
 public:
  UnixSeconds now() const override { return time; }
  UnixSeconds time{1'800'000'000};
};

class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<std::uint8_t>(state_ >> 56U);
    }
  }

 private:
  std::uint64_t state_ = 1;
};

class AuditList final : public AuditSink {
 public:
  void record(const AuditRecord& record) override { records.push_back(record); }
  std::vector<AuditRecord> records;
};

class MemoryStore final : public ChallengeStore, public CredentialStore {
 public:
  std::vector<Ceremony> ceremonies;
  std::vector<Account> accounts;
  std::vector<StoredCredential> credentials;
  std::vector<StoredCredential> revoked;
  std::optional<IdempotentAnswer> answer;  // of whoever was faster, found from the second look on
  int lookups = 0;
  int lookups_before_answer = 1;
  std::optional<ErrorCode> failure;         // of every call
  std::optional<Digest256> session_needed;  // by the last change of a credential

  Status create_ceremony(const Ceremony& ceremony, const std::optional<Account>& account,
                         const std::optional<IdempotentAnswer>&) override {
    if (failure) {
      return *failure;
    }
    ceremonies.push_back(ceremony);
    if (account) {
      accounts.push_back(*account);
    }
    return ok();
  }
  Result<std::optional<Ceremony>> find_ceremony(const TenantId& tenant, CeremonyKind kind,
                                                const CeremonyId& id) override {
    if (failure) {
      return *failure;
    }
    for (const Ceremony& ceremony : ceremonies) {
      if (ceremony.tenant == tenant && ceremony.kind == kind && ceremony.id == id) {
        return std::optional<Ceremony>(ceremony);
      }
    }
    return std::optional<Ceremony>();
  }
  Result<std::optional<Ceremony>> find_ceremony_by_challenge(const TenantId&, CeremonyKind,
                                                             Bytes) override {
    return std::optional<Ceremony>();
  }
  Result<std::optional<Ceremony>> find_ceremony_by_binding(const TenantId&, CeremonyKind,
                                                           const Digest256&) override {
    return std::optional<Ceremony>();
  }
  Result<std::optional<IdempotentAnswer>> find_answer(const TenantId&, const Digest256&,
                                                      std::string_view, std::string_view) override {
    return ++lookups > lookups_before_answer ? answer : std::optional<IdempotentAnswer>();
  }
  Status refuse_ceremony(const Ceremony& ceremony, UnixSeconds, Error error, std::string_view,
                         const std::optional<CredentialId>&) override {
    return consume(ceremony, CeremonyState::refused, error);
  }
  Status finish_registration(const Ceremony& ceremony, UnixSeconds,
                             const FinishedRegistration& finished, std::string_view) override {
    CS_TRY(consume(ceremony, CeremonyState::succeeded, Error{}));
    accounts.push_back(finished.account);
    credentials.push_back(finished.credential);
    return ok();
  }
  Status finish_authentication(const Ceremony& ceremony, UnixSeconds, const FinishedAuthentication&,
                               std::string_view) override {
    return consume(ceremony, CeremonyState::succeeded, Error{});
  }
  Status sweep(UnixSeconds, UnixSeconds) override { return ok(); }

  Result<std::optional<Account>> find_account(const TenantId&, const UserHandle& handle) override {
    for (const Account& account : accounts) {
      if (account.handle == handle) {
        return std::optional<Account>(account);
      }
    }
    return std::optional<Account>();
  }
  Result<std::optional<Account>> find_account_by_username(const TenantId&,
                                                          std::string_view username) override {
    for (const Account& account : accounts) {
      if (account.username == username) {
        return std::optional<Account>(account);
      }
    }
    return std::optional<Account>();
  }
  Result<std::optional<StoredCredential>> find_credential(const TenantId&,
                                                          const CredentialId& id) override {
    if (failure) {
      return *failure;
    }
    for (const StoredCredential& credential : credentials) {
      if (credential.record.id == id) {
        return std::optional<StoredCredential>(credential);
      }
    }
    return std::optional<StoredCredential>();
  }
  Result<std::vector<StoredCredential>> list_credentials(const TenantId&,
                                                         const UserHandle& account) override {
    std::vector<StoredCredential> out;
    for (const StoredCredential& credential : credentials) {
      if (credential.record.user_handle == account) {
        out.push_back(credential);
      }
    }
    return out;
  }
  Result<std::optional<UnixSeconds>> find_last_recovery(const TenantId&,
                                                        const UserHandle& account) override {
    std::optional<UnixSeconds> newest;
    for (const auto* list : {&credentials, &revoked}) {
      for (const StoredCredential& credential : *list) {
        if (credential.record.user_handle == account) {
          newest = std::max(newest, credential.recovered_at);
        }
      }
    }
    return newest;
  }
  Status rename_credential(const TenantId&, const UserHandle&, const CredentialId&,
                           std::string_view, UnixSeconds,
                           const std::optional<Digest256>& needed) override {
    session_needed = needed;
    return ok();
  }
  Status revoke_credential(const TenantId&, const UserHandle&, const CredentialId&, UnixSeconds,
                           const std::optional<Digest256>& needed) override {
    session_needed = needed;
    return ok();
  }
  Status move_session_end(const TenantId&, const Session&, UnixSeconds) override { return ok(); }
  Result<std::optional<Session>> find_session(const TenantId&, const Digest256&,
                                              UnixSeconds) override {
    return std::optional<Session>();
  }
  Status delete_session(const TenantId&, const Digest256&) override { return ok(); }

 private:
  Status consume(const Ceremony& ceremony, CeremonyState state, Error error) {
    for (Ceremony& kept : ceremonies) {
      if (kept.id == ceremony.id && kept.state == CeremonyState::pending) {
        kept.state = state;
        kept.error = error;
        return ok();
      }
    }
    return ErrorCode::ceremony_consumed;
  }
};

}  // namespace countersign::testing
