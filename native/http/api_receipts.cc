// Receipts, and the log that the public may look at.

#include "native/http/body.h"
#include "native/http/call.h"

namespace countersign {
namespace {

constexpr CeremonyKind kReceiptsKind = CeremonyKind::authentication;

HttpResponse text_answer(std::string body) {
  HttpResponse response;
  response.status = 200;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace

std::span<const Api::Route> Api::receipt_routes() {
  static const Route kRoutes[] = {
      {"GET", "/v1/receipts/*", &Api::read_receipt_file, Scope::receipts, CallerRule::anybody,
       false, 0},
      {"DELETE", "/v1/receipts/*", &Api::erase_receipt, Scope::erase, CallerRule::api_key, false,
       0},
      {"DELETE", "/v1/transactions/*", &Api::erase_transaction, Scope::erase, CallerRule::api_key,
       false, 0},
      {"GET", "/v1/log/key", &Api::read_log_key, std::nullopt, CallerRule::anybody, false, 0},
      {"GET", "/v1/log/checkpoint", &Api::read_log_checkpoint, std::nullopt, CallerRule::anybody,
       false, 0},
      {"GET", "/v1/log/witnesses", &Api::read_log_witnesses, std::nullopt, CallerRule::anybody,
       false, 0},
      {"POST", "/v1/log/cosignatures", &Api::take_cosignatures, Scope::receipts,
       CallerRule::api_key, false, http_limits::kMaxCreatingBodyBytes},
      {"GET", "/v1/log/**", &Api::read_log_tile, std::nullopt, CallerRule::anybody, false, 0},
  };
  return kRoutes;
}

HttpResponse Api::read_receipt_file(Call& call) const {
  const Result<std::string> file =
      hand_out_receipt(context_, *settings_.receipts, call.tenant_config->receipt_readers,
                       call.tenant(), call.caller, call.parameter);
  if (file.has_value()) {
    HttpResponse response = json_answer(200, *file);
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"receipt.json\"");
    return response;
  }
  if (file.error().code != ErrorCode::receipt_proof_pending) {
    return problem(call, file.error(), kReceiptsKind);
  }
  JsonWriter json;
  json.begin_object();
  json.member("id").string(call.parameter);
  json.member("state").string("pending");
  json.end_object();
  HttpResponse response = json_answer(202, std::move(json).take());
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse Api::erase_receipt(Call& call) const {
  return no_content_answer(
      call, countersign::erase_receipt(context_, settings_.receipts->store, call.tenant(),
                                       call.caller, call.parameter));
}

HttpResponse Api::erase_transaction(Call& call) const {
  return no_content_answer(
      call, countersign::erase_transaction(context_, settings_.receipts->store, call.tenant(),
                                           call.caller, TransactionId(call.parameter)));
}

HttpResponse Api::no_content_answer(const Call& call, const Status& done) const {
  return done.has_value() ? no_content() : backend_problem(call, done.error());
}

HttpResponse Api::read_log_key(Call& call) const {
  const Result<NoteKey> key = log_key(*settings_.receipts, call.tenant().id);
  return key.has_value() ? text_answer(encode_note_key(*key) + "\n")
                         : problem(call, key.error(), kReceiptsKind);
}

HttpResponse Api::read_log_witnesses(Call& /*call*/) const {
  std::string lines;
  for (const NoteKey& witness : settings_.receipts->witnesses) {
    lines += encode_note_key(witness) + "\n";
  }
  return text_answer(std::move(lines));
}

HttpResponse Api::take_cosignatures(Call& call) const {
  const auto take = [&]() -> Status {
    CS_ASSIGN(const JsonValue body, read_body(call.request->body, {"checkpoint"}));
    CS_ASSIGN(const std::string checkpoint, required_text(body, "checkpoint"));
    return countersign::take_cosignatures(context_, *settings_.receipts, call.tenant(), call.caller,
                                          checkpoint);
  };
  return no_content_answer(call, take());
}

HttpResponse Api::read_log_checkpoint(Call& call) const {
  const Result<std::string> text =
      countersign::read_log_checkpoint(*settings_.receipts, call.tenant().id);
  return text.has_value() ? text_answer(*text) : problem(call, text.error(), kReceiptsKind);
}

// What a tile holds never changes: a partial one has its width in its name.
HttpResponse Api::read_log_tile(Call& call) const {
  const Result<ByteVector> tile =
      read_log_resource(*settings_.receipts, call.tenant().id, call.parameter);
  if (!tile.has_value()) {
    return problem(call, tile.error(), kReceiptsKind);
  }
  HttpResponse response;
  response.status = 200;
  response.content_type = "application/octet-stream";
  response.body = std::string(text_of(*tile));
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  return response;
}

}  // namespace countersign
