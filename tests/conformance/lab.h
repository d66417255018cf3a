#pragma once
// What the certification tool brings along, made by ourselves: virtual authenticators of many
// models, their metadata, and a real server in the conformance profile that is told of them.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/ledger.h"
#include "tests/http/server_process.h"
#include "tests/native_metadata/mock_server.h"
#include "tests/support/metadata_builder.h"

namespace countersign::testing {

using RegistrationEdit = std::function<void(RegistrationOptions&)>;
using AssertionEdit = std::function<void(AssertionOptions&)>;

inline constexpr const char* kLabRpId = "lab.example";
inline constexpr const char* kLabOrigin = "https://lab.example";

/// How devices of a model register, and what its metadata say.
struct VirtualModel {
  RegistrationEdit device;
  MetadataStatementOptions statement;
};
/// By name; see models.cc.
const std::map<std::string, VirtualModel>& virtual_models();

struct EnrolOptions {
  std::string verification = "preferred";
  std::string attestation = "direct";
};

struct Enrolled {
  std::string username;
  Answer options;
  SoftCredential credential;
  Answer result;
};

/// A message that stands for a case, by the name of its variant.
template <class Edit>
using Variants = std::vector<std::pair<std::string, Edit>>;

class Lab {
 public:
  /// One for the whole run: the tool's server does not start anew between groups either. Its
  /// metadata have been judged, or half a minute has passed.
  static Lab& shared();

  const ServerProcess& server() const { return server_; }
  bool is_started() const { return server_.port() > 0; }
  /// GET /v1/metadata; its sources are in the order of `virtual_blobs`.
  Answer metadata_report() const;
  Browser& browser() { return browser_; }

  std::string new_username() { return "user " + std::to_string(++users_); }
  Answer creation_options(const std::string& username, const EnrolOptions& options = {});
  Answer request_options(const std::string& username,
                         const std::string& verification = "preferred");
  /// A device of the model (empty: format none, of no model) registers for a new user, or for the
  /// one that is named.
  Enrolled enrol(const VirtualModel& model, const RegistrationEdit& edit = {},
                 const EnrolOptions& options = {}, std::string username = "");
  Enrolled enrol(const std::string& model, const RegistrationEdit& edit = {},
                 const EnrolOptions& options = {});
  /// The credential signs in.
  Answer sign_in(const Enrolled& enrolled, const AssertionEdit& edit = {},
                 const std::string& verification = "preferred");

 private:
  Lab();
  void wait_for_metadata() const;

  MockServer metadata_service_;
  TemporaryFolder folder_;
  ServerProcess server_;
  Browser browser_;
  std::size_t users_ = 0;
};

/// An answer as the ledger has it.
CaseOutcome outcome_of(const Answer& answer);

/// Enrols with a device of `model` for each variant and adds the outcomes to the group.
void add_enrolments(CaseGroup& group, const std::string& number, const std::string& model,
                    const Variants<RegistrationEdit>& variants, const EnrolOptions& options = {});

/// Raw JSON of every type by the names of the table, without those in `legal` ("object", "array",
/// "true", "1469", "null", "empty").
std::vector<std::pair<std::string, std::string>> json_of_wrong_types(
    const std::vector<std::string>& legal);
/// The same as encoded CBOR; "text", "bytes" and "empty bytes" beside them.
std::vector<std::pair<std::string, ByteVector>> cbor_of_wrong_types(
    const std::vector<std::string>& legal);

/// Edits of one member of the response's JSON, of clientDataJSON, of the attestation object, of the
/// attestation statement.
template <class Options>
std::function<void(Options&)> with_json(const std::string& path, std::optional<std::string> raw) {
  return [=](Options& options) { options.json_edits.push_back({path, raw}); };
}
template <class Options>
std::function<void(Options&)> with_client_data(const std::string& path,
                                               std::optional<std::string> raw) {
  return [=](Options& options) { options.client_data.edits.push_back({path, raw}); };
}
RegistrationEdit with_object(const std::string& member, std::optional<ByteVector> raw);
RegistrationEdit with_statement(const std::string& member, std::optional<ByteVector> raw);

/// One variant for each wrong type of that member.
template <class Options>
Variants<std::function<void(Options&)>> json_variants(const std::string& path,
                                                      const std::vector<std::string>& legal) {
  Variants<std::function<void(Options&)>> out;
  for (const auto& [name, raw] : json_of_wrong_types(legal)) {
    out.emplace_back(name, with_json<Options>(path, raw));
  }
  return out;
}
template <class Options>
Variants<std::function<void(Options&)>> client_data_variants(
    const std::string& path, const std::vector<std::string>& legal) {
  Variants<std::function<void(Options&)>> out;
  for (const auto& [name, raw] : json_of_wrong_types(legal)) {
    out.emplace_back(name, with_client_data<Options>(path, raw));
  }
  return out;
}

}  // namespace countersign::testing
