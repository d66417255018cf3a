#include "service/metadata_case.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "metadata/blob.h"
#include "metadata/catalogue.h"
#include "metadata/models.h"
#include "metadata/registry.h"
#include "service/case_id.h"
#include "service/case_members.h"
#include "service/verdict_writer.h"

namespace countersign {
namespace {

using Type = JsonValue::Type;

constexpr std::uint64_t kOnlyGeneration = 1;  // a catalogue lives for one call

/// What a request asks for. The certificates and lists are owned here.
struct MetadataRequest {
  std::vector<Certificate> anchors;
  std::vector<Crl> crls;
  BlobExpectations expectations;
  MetadataRules rules;
  std::optional<Aaguid> aaguid;
  std::optional<KeyIdentifier> key_identifier;
  const JsonValue* registration = nullptr;
};

Status read_crls(const JsonValue& json, std::vector<Crl>& out) {
  CS_ASSIGN(const JsonValue* list, optional_member(json, "crls", Type::array));
  if (list == nullptr) {
    return ok();
  }
  if (list->items.size() > limits::kMaxCrls) {
    return ErrorCode::expectations_too_large;
  }
  for (const JsonValue& item : list->items) {
    if (!item.is_string()) {
      return ErrorCode::case_malformed;
    }
    CS_ASSIGN(const ByteVector der, parse_base64(item.string));
    CS_ASSIGN(Crl crl, parse_crl(der));
    out.push_back(std::move(crl));
  }
  return ok();
}

Status read_revocation_mode(const JsonValue& json, RevocationMode& out) {
  CS_ASSIGN(const JsonValue* mode, optional_member(json, "crl", Type::string));
  if (mode == nullptr || mode->string == "require") {
    out = RevocationMode::require;
  } else if (mode->string == "prefer") {
    out = RevocationMode::prefer;
  } else if (mode->string == "off") {
    out = RevocationMode::off;
  } else {
    return ErrorCode::case_malformed;
  }
  return ok();
}

/// Exactly as many bytes as the target has, or nothing where there is no such member.
template <std::size_t size>
Status read_octets(const JsonValue& json, std::string_view name,
                   std::optional<std::array<std::uint8_t, size>>& out) {
  CS_ASSIGN(const JsonValue* value, optional_member(json, name, Type::string));
  if (value == nullptr) {
    return ok();
  }
  CS_ASSIGN(const ByteVector bytes, parse_base64url(value->string));
  if (bytes.size() != size) {
    return ErrorCode::case_malformed;
  }
  std::copy(bytes.begin(), bytes.end(), out.emplace().begin());
  return ok();
}

Status read_rules(const JsonValue& json, MetadataRules& out) {
  CS_ASSIGN(const JsonValue* unknown, optional_member(json, "unknownAuthenticators", Type::string));
  if (unknown != nullptr) {
    if (unknown->string != "accept" && unknown->string != "reject") {
      return ErrorCode::case_malformed;
    }
    out.unknown =
        unknown->string == "reject" ? UnknownAuthenticators::reject : UnknownAuthenticators::accept;
  }
  CS_TRY(read_flag(json, "acceptRetired", out.model.is_retired_accepted));
  CS_ASSIGN(const JsonValue* level, optional_member(json, "minimumCertification", Type::string));
  if (level != nullptr) {
    const std::optional<CertificationLevel> found = find_certification_level(level->string);
    if (!found) {
      return ErrorCode::case_malformed;
    }
    out.model.minimum_certification = *found;
  }
  return ok();
}

Status read_request(const JsonValue& json, UnixSeconds now, MetadataRequest& out) {
  BlobExpectations& expected = out.expectations;
  CS_TRY(read_certificates(json, "trustAnchors", out.anchors));
  CS_TRY(read_crls(json, out.crls));
  CS_TRY(read_revocation_mode(json, expected.revocation));
  // No host, no pin: that must be said, not forgotten.
  CS_ASSIGN(const JsonValue* host, required_member(json, "host", Type::string));
  expected.host = host->string;
  CS_ASSIGN(expected.time, read_time(json, now));
  CS_ASSIGN(const JsonValue* last, optional_member(json, "lastNumber", Type::integer));
  if (last != nullptr) {
    if (last->is_unsigned_64 || last->integer < 0) {
      return ErrorCode::case_malformed;
    }
    expected.last_number = static_cast<std::uint64_t>(last->integer);
  }
  CS_TRY(read_rules(json, out.rules));
  CS_TRY(read_octets(json, "aaguid", out.aaguid));
  CS_TRY(read_octets(json, "keyIdentifier", out.key_identifier));
  CS_ASSIGN(out.registration, optional_member(json, "registration", Type::object));
  expected.anchors = out.anchors;
  expected.crls = out.crls;
  return ok();
}

void write_metadata(JsonWriter& out, const VerifiedBlob& blob, RevocationMode mode) {
  out.member("metadata").begin_object();
  out.member("number").integer(static_cast<std::int64_t>(blob.number()));
  out.member("nextUpdate").string(encode_rfc3339(blob.next_update()));
  out.member("revocation")
      .string(mode == RevocationMode::off    ? "off"
              : blob.is_revocation_unknown() ? "unknown"
                                             : "current");
  out.member("entries").integer(static_cast<std::int64_t>(blob.entries().size()));
  out.member("skipped").begin_array();
  for (const SkippedEntry& skipped : blob.skipped()) {
    out.begin_object();
    out.member("index").integer(static_cast<std::int64_t>(skipped.index));
    out.member("name").string(skipped.name);
    out.member("code").string(error_name(skipped.error.code));
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

/// What is said of one model, whoever may claim to be it.
void write_model(JsonWriter& out, const MetadataEntry* entry, const MetadataRequest& request,
                 const Hasher& hasher) {
  out.member("model").begin_object();
  out.member("known").boolean(entry != nullptr);
  if (entry != nullptr) {
    const ModelStatus status =
        evaluate_status(entry->reports, {}, request.expectations.time, request.rules.model, hasher);
    out.member("description").string(entry->statement ? entry->statement->description : "");
    out.member("certification").string(certification_level_name(status.certification));
    out.member("statuses").begin_array();
    for (const AuthenticatorStatus value : status.in_effect) {
      out.string(authenticator_status_name(value));
    }
    out.end_array();
    if (status.objection) {
      out.member("objection").string(error_name(status.objection->code));
    }
  }
  out.end_object();
}

Result<std::string> decide(const JsonValue& json, const std::string& id_json, Bytes blob,
                           const CaseSettings& settings, const Hasher& hasher,
                           const SignatureVerifier& verifier) {
  MetadataRequest request;
  CS_TRY(read_request(json, settings.now, request));
  CS_ASSIGN(PendingBlob pending, begin_blob(blob, request.expectations));
  const std::vector<SignatureVerdict> verdicts = discharge(pending.obligations(), verifier);
  CS_ASSIGN(VerifiedBlob verified, std::move(pending).finish(verdicts));

  JsonWriter out;
  out.begin_object();
  out.member("id").raw(id_json);
  out.member("ok").boolean(true);
  write_metadata(out, verified, request.expectations.revocation);

  MetadataCatalogueBuilder builder;
  builder.add(std::move(verified).take_entries());
  const std::shared_ptr<const MetadataCatalogue> catalogue =
      std::move(builder).build(kOnlyGeneration);
  if (request.aaguid) {
    write_model(out, catalogue->find(*request.aaguid), request, hasher);
  } else if (request.key_identifier) {
    write_model(out, catalogue->find(*request.key_identifier), request, hasher);
  }
  if (request.registration != nullptr) {
    const MetadataModels models(catalogue, std::make_shared<const std::vector<FormatAnchors>>(),
                                request.rules, hasher);
    CaseSettings with_models = settings;
    with_models.models = &models;
    out.member("verdict").raw(verify_case(*request.registration, with_models, hasher, verifier));
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace

std::string verify_metadata_case(std::string_view request, Bytes blob, const CaseSettings& settings,
                                 const Hasher& hasher, const SignatureVerifier& verifier) {
  JsonOptions options;
  options.max_bytes = limits::kMaxMetadataRequestBytes;
  const Result<JsonValue> json = parse_json(request, options);
  if (!json.has_value()) {
    return error_verdict("null", CeremonyKind::registration, json.error());
  }
  if (!json->is_object()) {
    return refused_line(ErrorCode::case_malformed);
  }
  const std::string id_json = case_id_json(*json);
  Result<std::string> decision = decide(*json, id_json, blob, settings, hasher, verifier);
  return decision.has_value()
             ? std::move(decision).value()
             : error_verdict(id_json, CeremonyKind::registration, decision.error());
}

}  // namespace countersign
