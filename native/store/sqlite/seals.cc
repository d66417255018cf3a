#include "native/store/sqlite/seals.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "backends/openssl/openssl_backend.h"
#include "crypto/hmac.h"
#include "native/store/sqlite/rows.h"

namespace countersign::sqlite {
namespace {

constexpr std::size_t kNonceBytes = 12;  // [NIST SP 800-38D, 8.2.2: random, 2^32 of one key]
constexpr std::size_t kTagBytes = 16;
constexpr std::array<std::uint8_t, 1> kSeparator{0};

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Secret<32> derive(const Secret<32>& key, std::string_view purpose) {
  return Secret<32>(hmac_sha256(OpenSslHasher(), key.expose(), {bytes_of(purpose)}));
}

// What an answer is encrypted for; names and routes have no zero byte.
ByteVector place_of(const TenantId& tenant, const IdempotentAnswer& answer) {
  ByteVector place = to_vector(answer.caller);
  for (const std::string_view part :
       {std::string_view(tenant.value), std::string_view(answer.route),
        std::string_view(answer.key)}) {
    place.insert(place.end(), part.begin(), part.end());
    place.push_back(0);
  }
  return place;
}

}  // namespace

Seals::Seals(const Secret<32>& key)
    : seal_key_(derive(key, "countersign/1/seal")),
      answer_key_(derive(key, "countersign/1/answers")),
      key_id_(hmac_sha256(OpenSslHasher(), key.expose(), {bytes_of("countersign/1/key-id")})) {}

Digest256 Seals::key_id() const { return key_id_; }

Digest256 Seals::seal_receipt(const TenantId& tenant, const TransactionId& transaction,
                              std::int64_t step, Bytes leaf) const {
  return hmac_sha256(OpenSslHasher(), seal_key_.expose(),
                     {bytes_of("receipt"), kSeparator, bytes_of(tenant.value), kSeparator,
                      bytes_of(receipt_id(transaction, step)), kSeparator, leaf});
}

bool Seals::is_sealed(const TenantId& tenant, const TransactionId& transaction, std::int64_t step,
                      Bytes leaf, const std::optional<ByteVector>& seal) const {
  return seal && constant_time_equal(*seal, seal_receipt(tenant, transaction, step, leaf));
}

Digest256 Seals::seal_event(const TenantId& tenant, const OutboxEvent& event) const {
  // No part but the last has a zero byte.
  return hmac_sha256(
      OpenSslHasher(), seal_key_.expose(),
      {bytes_of("event"), kSeparator, bytes_of(tenant.value), kSeparator, bytes_of(event.id.value),
       kSeparator, bytes_of(event.kind), kSeparator, bytes_of(event.subject), kSeparator,
       bytes_of(std::to_string(event.created_at.value)), kSeparator, bytes_of(event.body)});
}

bool Seals::is_sealed(const TenantId& tenant, const OutboxEvent& event,
                      const std::optional<ByteVector>& seal) const {
  return seal && constant_time_equal(*seal, seal_event(tenant, event));
}

Digest256 Seals::seal_row(Bytes row) const {
  return hmac_sha256(OpenSslHasher(), seal_key_.expose(), {bytes_of("row"), kSeparator, row});
}

Result<ByteVector> Seals::encrypt_answer(const TenantId& tenant,
                                         const IdempotentAnswer& answer) const {
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const ByteVector place = place_of(tenant, answer);
  const Bytes text = bytes_of(answer.answer);
  ByteVector out(kNonceBytes + text.size() + kTagBytes);
  std::uint8_t* const cipher = out.data() + kNonceBytes;
  int size = 0;
  const bool is_done = context != nullptr && RAND_bytes(out.data(), kNonceBytes) == 1 &&
                       EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                                          answer_key_.expose().data(), out.data()) == 1 &&
                       EVP_EncryptUpdate(context.get(), nullptr, &size, place.data(),
                                         static_cast<int>(place.size())) == 1 &&
                       EVP_EncryptUpdate(context.get(), cipher, &size, text.data(),
                                         static_cast<int>(text.size())) == 1 &&
                       EVP_EncryptFinal_ex(context.get(), cipher + text.size(), &size) == 1 &&
                       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                           cipher + text.size()) == 1;
  return is_done ? Result<ByteVector>(std::move(out))
                 : Result<ByteVector>(ErrorCode::store_unavailable);
}

Status Seals::decrypt_answer(const TenantId& tenant, Bytes encrypted,
                             IdempotentAnswer& answer) const {
  if (encrypted.size() < kNonceBytes + kTagBytes) {
    return ErrorCode::store_corrupt;
  }
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const ByteVector place = place_of(tenant, answer);
  const Bytes cipher = encrypted.subspan(kNonceBytes, encrypted.size() - kNonceBytes - kTagBytes);
  ByteVector tag = to_vector(encrypted.last(kTagBytes));
  ByteVector text(cipher.size() + 1);  // never without an address
  int size = 0;
  const bool is_done =
      context != nullptr &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, answer_key_.expose().data(),
                         encrypted.data()) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, place.data(),
                        static_cast<int>(place.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), text.data(), &size, cipher.data(),
                        static_cast<int>(cipher.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), text.data() + cipher.size(), &size) == 1;
  if (!is_done) {
    return ErrorCode::store_corrupt;
  }
  answer.answer.assign(text.begin(), text.end() - 1);
  return ok();
}

namespace {

Status seal_receipts(Database& database, const Seals& seals) {
  CS_ASSIGN(Statement select,
            database.prepare("SELECT tenant, transaction_id, step, leaf, id FROM receipts"));
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ok();
    }
    const TenantId tenant(select.text(0));
    const Digest256 seal = seals.seal_receipt(tenant, TransactionId(select.text(1)),
                                              select.integer(2), select.blob(3));
    const std::string id = select.text(4);
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE receipts SET seal = ? WHERE tenant = ? AND id = ?"));
    update.bind(Bytes(seal)).bind(std::string_view(tenant.value));
    CS_TRY(update.bind(std::string_view(id)).run());
  }
}

Status seal_events(Database& database, const Seals& seals) {
  CS_ASSIGN(Statement select, database.prepare("SELECT tenant, id, kind, subject, body, created_at "
                                               "FROM outbox"));
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ok();
    }
    const TenantId tenant(select.text(0));
    const OutboxEvent event{OutboxEventId(select.text(1)), select.text(2), select.text(3),
                            select.text(4), UnixSeconds{select.integer(5)}};
    const Digest256 seal = seals.seal_event(tenant, event);
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE outbox SET seal = ? WHERE tenant = ? AND id = ?"));
    update.bind(Bytes(seal)).bind(std::string_view(tenant.value));
    CS_TRY(update.bind(std::string_view(event.id.value)).run());
  }
}

Status encrypt_answers(Database& database, const Seals& seals) {
  // Under a key that is lost.
  CS_TRY(database.execute("DELETE FROM answers WHERE typeof(answer) = 'blob'"));
  CS_ASSIGN(Statement select,
            database.prepare("SELECT tenant, caller, route, key, answer FROM answers"));
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return ok();
    }
    const TenantId tenant(select.text(0));
    IdempotentAnswer answer;
    if (!copy_exactly(select.blob(1), answer.caller)) {
      return ErrorCode::store_corrupt;
    }
    answer.route = select.text(2);
    answer.key = select.text(3);
    answer.answer = select.text(4);
    CS_ASSIGN(const ByteVector encrypted, seals.encrypt_answer(tenant, answer));
    CS_ASSIGN(Statement update,
              database.prepare("UPDATE answers SET answer = ? WHERE tenant = ? AND caller = ? AND "
                               "route = ? AND key = ?"));
    update.bind(Bytes(encrypted)).bind(std::string_view(tenant.value)).bind(Bytes(answer.caller));
    CS_TRY(update.bind(std::string_view(answer.route)).bind(std::string_view(answer.key)).run());
  }
}

}  // namespace

Status seal_what_was_before(Database& database, const Seals& seals) {
  CS_TRY(seal_receipts(database, seals));
  CS_TRY(seal_events(database, seals));
  return encrypt_answers(database, seals);
}

}  // namespace countersign::sqlite
