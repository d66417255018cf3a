#include "tests/support/cases.h"

#include <array>
#include <ctime>

namespace countersign::testing {
namespace {

std::string make_array(const std::vector<std::string>& raw_items) {
  std::string out = "[";
  for (const std::string& item : raw_items) {
    if (out.size() > 1) {
      out += ',';
    }
    out += item;
  }
  return out + ']';
}

std::string string_array(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) {
    items.push_back(json_string(text));
  }
  return make_array(items);
}

JsonMembers shared_members(const CaseOptions& options, std::string_view ceremony,
                           const ByteVector& challenge) {
  JsonMembers members;
  members.emplace_back("id", json_string(options.id));
  members.emplace_back("ceremony", json_string(ceremony));
  members.emplace_back("rpId", json_string(options.rp_id));
  members.emplace_back("origins", string_array(options.origins));
  if (!options.top_origins.empty()) {
    members.emplace_back("topOrigins", string_array(options.top_origins));
  }
  members.emplace_back("challenge",
                       '"' + to_base64url(options.challenge.value_or(challenge)) + '"');
  members.emplace_back("userVerification", json_string(options.user_verification));
  if (options.time) {
    members.emplace_back("time", json_string(rfc3339(*options.time)));
  }
  if (options.appid) {
    members.emplace_back("appid", json_string(*options.appid));
  }
  return members;
}

}  // namespace

std::string rfc3339(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string registration_case(const Registration& registration, const CaseOptions& options) {
  JsonMembers members = shared_members(options, "registration", registration.options.challenge);
  if (!options.algorithms.empty()) {
    std::vector<std::string> items;
    for (const std::int64_t algorithm : options.algorithms) {
      items.push_back(std::to_string(algorithm));
    }
    members.emplace_back("algorithms", make_array(items));
  }
  if (options.mediation) {
    members.emplace_back("mediation", json_string(*options.mediation));
  }
  const std::vector<ByteVector> anchors = options.trust_anchors.value_or(registration.anchors());
  if (!anchors.empty()) {
    std::vector<std::string> items;
    for (const ByteVector& anchor : anchors) {
      items.push_back('"' + to_base64(anchor) + '"');
    }
    members.emplace_back("trustAnchors", make_array(items));
  }
  if (options.is_trusted_attestation_required) {
    members.emplace_back("requireTrustedAttestation", "true");
  }
  if (options.attestation_settings) {
    members.emplace_back("attestationSettings", *options.attestation_settings);
  }
  members.emplace_back("response", registration.json);
  for (const JsonEdit& edit : options.edits) {
    edit_json(members, edit);
  }
  return make_json(members);
}

std::string authentication_case(const Assertion& assertion, const SoftCredential& credential,
                                const CaseOptions& options) {
  JsonMembers members = shared_members(options, "authentication", assertion.options.challenge);
  if (options.purpose) {
    members.emplace_back("purpose", json_string(*options.purpose));
  }
  JsonMembers record;
  record.emplace_back("id", '"' + to_base64url(credential.id) + '"');
  record.emplace_back("publicKey", '"' + to_base64url(credential.cose_key) + '"');
  record.emplace_back("signCount", std::to_string(credential.sign_count));
  record.emplace_back("backupEligible", credential.is_backup_eligible ? "true" : "false");
  record.emplace_back("userHandle", '"' + to_base64url(credential.user_handle) + '"');
  for (const JsonEdit& edit : options.credential_edits) {
    edit_json(record, edit);
  }
  members.emplace_back("credential", make_json(record));
  members.emplace_back("response", assertion.json);
  for (const JsonEdit& edit : options.edits) {
    edit_json(members, edit);
  }
  return make_json(members);
}

}  // namespace countersign::testing
