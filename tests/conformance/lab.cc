#include "tests/conformance/lab.h"

#include <algorithm>

#include "tests/conformance/blobs.h"
#include "tests/support/blob_builder.h"

namespace countersign::testing {
namespace {

constexpr const char* kMonitoringKey = "monitoring";

// The statements of models that no BLOB has, as the tool's archive of test metadata.
void write_statements(const TemporaryFolder& folder) {
  for (const auto& [name, model] : virtual_models()) {
    folder.write("statements/" + name + ".json", make_metadata_statement(model.statement));
  }
}

std::string source_json(const MockServer& service, const VirtualBlob& blob) {
  return R"({"url":)" + json_string(service.url(blob.path)) +
         R"(,"trustAnchors":"metadata-root.pem","crl":"require","host":)" + json_string(kBlobHost) +
         "}";
}

// Writes what the configuration names.
std::string set_up(MockServer& service, const TemporaryFolder& folder) {
  write_statements(folder);
  folder.write("metadata-root.pem", publish_blobs(service));
  std::string sources;
  for (const VirtualBlob& blob : virtual_blobs()) {
    sources += (sources.empty() ? "" : ",") + source_json(service, blob);
  }
  return R"({"listen":{"host":"127.0.0.1","port":0},"profile":"conformance","tenants":[{"id":"lab",)"
         R"("rpId":"lab.example","rpName":"Lab","origins":["https://lab.example"],"apiKeys":[)"
         R"({"id":"monitoring","sha256":")" +
         to_hex(sha256(bytes(kMonitoringKey))) +
         R"(","scopes":[]}]}],"metadata":{"statements":"statements","sources":[)" + sources + "]}}";
}

bool is_in(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

Lab& Lab::shared() {
  static Lab lab;
  return lab;
}

Lab::Lab()
    : server_(folder_, set_up(metadata_service_, folder_)), browser_(server_.port(), kLabOrigin) {
  browser_.rp_id = kLabRpId;
  if (is_started()) {
    wait_for_metadata();
  }
}

Answer Lab::metadata_report() const {
  Browser monitoring(server_.port());
  monitoring.headers = {{"Authorization", std::string("Bearer ") + kMonitoringKey}};
  return monitoring.get("/v1/metadata");
}

void Lab::wait_for_metadata() const {
  const auto is_judged = [](const JsonValue& source) {
    return !member(source, "lastAttempt").is_null();
  };
  for (int turn = 0; turn < 1200; ++turn) {
    const Answer report = metadata_report();
    const std::vector<JsonValue>& sources = report.at("sources").items;
    if (report.at("models").integer == known_models() &&
        std::all_of(sources.begin(), sources.end(), is_judged)) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Answer Lab::creation_options(const std::string& username, const EnrolOptions& options) {
  return browser_.post(
      "/attestation/options",
      R"({"username":)" + json_string(username) +
          R"(,"displayName":"A person","authenticatorSelection":{"requireResidentKey":false,)"
          R"("authenticatorAttachment":"cross-platform","userVerification":)" +
          json_string(options.verification) + R"(},"attestation":)" +
          json_string(options.attestation) + R"(,"extensions":{"example.extension":"a text"}})");
}

Answer Lab::request_options(const std::string& username, const std::string& verification) {
  return browser_.post("/assertion/options",
                       R"({"username":)" + json_string(username) + R"(,"userVerification":)" +
                           json_string(verification) +
                           R"(,"extensions":{"example.extension":"a text"}})");
}

Enrolled Lab::enrol(const VirtualModel& model, const RegistrationEdit& edit,
                    const EnrolOptions& options, std::string username) {
  Enrolled out;
  out.username = username.empty() ? new_username() : std::move(username);
  out.options = creation_options(out.username, options);
  const Registration made = browser_.create(out.options.json, out.username + " credential",
                                            [&](RegistrationOptions& registration) {
                                              registration.key.reset();
                                              if (model.device) {
                                                model.device(registration);
                                              }
                                              if (edit) {
                                                edit(registration);
                                              }
                                            });
  out.credential = made.credential;
  out.result = browser_.post("/attestation/result", made.json);
  return out;
}

Enrolled Lab::enrol(const std::string& model, const RegistrationEdit& edit,
                    const EnrolOptions& options) {
  return enrol(model.empty() ? VirtualModel() : virtual_models().at(model), edit, options);
}

Answer Lab::sign_in(const Enrolled& enrolled, const AssertionEdit& edit,
                    const std::string& verification) {
  const Answer options = request_options(enrolled.username, verification);
  return browser_.post("/assertion/result",
                       browser_.assert_with(enrolled.credential, options.json, edit).json);
}

CaseOutcome outcome_of(const Answer& answer) {
  return {answer.status, answer.text("status"), answer.text("code"), answer.text("check")};
}

void add_enrolments(CaseGroup& group, const std::string& number, const std::string& model,
                    const Variants<RegistrationEdit>& variants, const EnrolOptions& options) {
  for (const auto& [variant, edit] : variants) {
    const Answer result = Lab::shared().enrol(model, edit, options).result;
    group.add(number, variant, outcome_of(result), result.text("errorMessage"));
  }
}

std::vector<std::pair<std::string, std::string>> json_of_wrong_types(
    const std::vector<std::string>& legal) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, raw] :
       {std::pair{"object", "{}"}, std::pair{"array", "[]"}, std::pair{"true", "true"},
        std::pair{"1469", "1469"}, std::pair{"null", "null"}, std::pair{"empty", "\"\""}}) {
    if (!is_in(legal, name)) {
      out.emplace_back(name, raw);
    }
  }
  return out;
}

std::vector<std::pair<std::string, ByteVector>> cbor_of_wrong_types(
    const std::vector<std::string>& legal) {
  const std::pair<std::string, ByteVector> all[] = {{"object", cbor::map({})},
                                                    {"array", cbor::array({})},
                                                    {"true", cbor::boolean(true)},
                                                    {"1469", cbor::integer(1469)},
                                                    {"null", cbor::null()},
                                                    {"text", cbor::text("packed")},
                                                    {"empty", cbor::text("")},
                                                    {"bytes", cbor::byte_string(bytes("packed"))},
                                                    {"empty bytes", cbor::byte_string({})}};
  std::vector<std::pair<std::string, ByteVector>> out;
  for (const auto& item : all) {
    if (!is_in(legal, item.first)) {
      out.push_back(item);
    }
  }
  return out;
}

RegistrationEdit with_object(const std::string& member, std::optional<ByteVector> raw) {
  return [=](RegistrationOptions& options) {
    options.attestation_object_edits.push_back({member, raw});
  };
}

RegistrationEdit with_statement(const std::string& member, std::optional<ByteVector> raw) {
  return [=](RegistrationOptions& options) { options.statement_edits.push_back({member, raw}); };
}

}  // namespace countersign::testing
