// The virtual authenticators whose statements stand alone in a folder, as in the tool's own archive
// of test metadata.

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

ByteVector aaguid_of(const std::string& name) { return seeded_bytes("model " + name, 16); }

// What a device of the model sends, as a registration of its own: its chain depends on nothing of
// the ceremony, so that the statement can name its certificates.
TestChain chain_of(const RegistrationEdit& device) {
  RegistrationOptions options;
  device(options);
  return *make_registration(options).chain;
}

VirtualModel make_full(const std::string& name, const RegistrationEdit& more = {}) {
  VirtualModel model;
  model.statement.description = name;
  model.statement.aaguid = aaguid_of(name);
  model.device = [=, aaguid = *model.statement.aaguid](RegistrationOptions& options) {
    options.format = Format::packed_x5c;
    options.aaguid = aaguid;
    if (more) {
      more(options);
    }
  };
  model.statement.roots = {chain_of(model.device).root->der};
  return model;
}

VirtualModel make_self(const std::string& name, std::int64_t algorithm) {
  VirtualModel model;
  model.statement.description = name;
  model.statement.aaguid = aaguid_of(name);
  model.statement.attestation_types = {"basic_surrogate"};
  model.statement.algorithms = {algorithm};
  model.device = [=, aaguid = *model.statement.aaguid](RegistrationOptions& options) {
    options.format = Format::packed_self;
    options.aaguid = aaguid;
    options.algorithm = algorithm;
  };
  return model;
}

VirtualModel make_u2f() {
  VirtualModel model;
  model.statement.description = "u2f";
  model.statement.key_identifiers = {
      key_identifier_text(TestKey::make(KeyKind::p256, "attestation"))};
  model.device = [](RegistrationOptions& options) { options.format = Format::fido_u2f; };
  model.statement.roots = {chain_of(model.device).root->der};
  return model;
}

VirtualModel make_platform(const std::string& name, const RegistrationEdit& more,
                           const std::string& type, std::vector<std::int64_t> algorithms) {
  VirtualModel model = make_full(name, more);
  model.statement.attestation_types = {type};
  model.statement.algorithms = std::move(algorithms);
  return model;
}

RegistrationEdit tpm(std::int64_t credential, std::int64_t attestation) {
  return [=](RegistrationOptions& options) {
    options.format = Format::tpm;
    options.algorithm = credential;
    options.tpm.algorithm = attestation;
    options.tpm.identity.manufacturer = "id:FFFFF1D0";  // FIDO's, for tests
    options.tpm.intermediates = 1;
  };
}

std::map<std::string, VirtualModel> make_models() {
  std::map<std::string, VirtualModel> models;
  models["full"] = make_full("full");
  models["chain"] = make_full("chain", [](RegistrationOptions& options) {
    options.intermediates = 1;
    options.authority_kind = KeyKind::p384;
  });
  models["long chain"] =
      make_full("long chain", [](RegistrationOptions& options) { options.intermediates = 2; });
  models["batch"] = make_full("batch", [](RegistrationOptions& options) {
    options.attestation_key = TestKey::make(KeyKind::p256, "batch");
  });
  models["batch"].statement.roots = {chain_of(models["batch"].device).leaf->der};
  models["critical"] = make_full("critical", [](RegistrationOptions& options) {
    options.edit_chain = [](ChainOptions& chain) {
      chain.root.is_basic_constraints_critical = true;
      chain.root.path_length = 0;
    };
  });
  models["vendor"] = make_full("vendor");
  models["vendor"].statement.edits.emplace_back(
      "authenticatorGetInfo",
      R"({"versions":["FIDO_2_1"],"aaguid":")" + to_hex(aaguid_of("vendor")) +
          R"(","vendorPrototypeConfigCommands":[3,9007199254740993,9223372036854775808,)"
          R"(18446744073709551615]})");
  for (const std::int64_t algorithm :
       {-7, -8, -35, -36, -37, -38, -39, -47, -257, -258, -259, -65535}) {
    const std::string name = "self " + std::to_string(algorithm);
    models[name] = make_self(name, algorithm);
  }
  models["surrogate only"] = make_full("surrogate only");
  models["surrogate only"].statement.attestation_types = {"basic_surrogate"};
  models["surrogate only"].statement.roots.clear();
  models["surrogate only, with a root"] = make_full("surrogate only, with a root");
  models["surrogate only, with a root"].statement.attestation_types = {"basic_surrogate"};
  models["u2f"] = make_u2f();
  models["tpm RS256"] = make_platform("tpm RS256", tpm(-257, -257), "attca", {-257});
  models["tpm RS1"] = make_platform("tpm RS1", tpm(-257, -65535), "attca", {-257, -65535});
  models["tpm ES256"] = make_platform("tpm ES256", tpm(-7, -7), "attca", {-7});
  models["android-key"] = make_platform("android-key",
                                        [](RegistrationOptions& options) {
                                          options.format = Format::android_key;
                                          options.android_key.intermediates = 1;
                                        },
                                        "basic_full", {-7});
  models["safetynet"] = make_platform("safetynet",
                                      [](RegistrationOptions& options) {
                                        options.format = Format::android_safetynet;
                                        options.safetynet.timestamp_ms =
                                            std::chrono::duration_cast<std::chrono::milliseconds>(
                                                std::chrono::system_clock::now().time_since_epoch())
                                                .count();
                                      },
                                      "basic_full", {-7, -257});
  return models;
}

}  // namespace

const std::map<std::string, VirtualModel>& virtual_models() {
  static const std::map<std::string, VirtualModel> kModels = make_models();
  return kModels;
}

}  // namespace countersign::testing
