// "Metadata Service Tests" of the list: what BLOBs say of a model, and which of them count.

#include "tests/conformance/blobs.h"

namespace countersign::testing {
namespace {

// The models below are unknown because their BLOBs were refused, each for its own fault.
TEST(MetadataServiceTests, EachBlobIsAcceptedOrRefusedForItsFault) {
  const Answer report = Lab::shared().metadata_report();
  EXPECT_EQ(report.at("models").integer, known_models()) << report.body;
  const std::vector<JsonValue>& sources = report.at("sources").items;
  ASSERT_EQ(sources.size(), virtual_blobs().size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const VirtualBlob& blob = virtual_blobs()[i];
    SCOPED_TRACE(blob.path);
    EXPECT_EQ(member(member(sources[i], "lastError"), "code").string, blob.refusal);
    EXPECT_EQ(member(sources[i], "number").is_null(), !blob.refusal.empty());
  }
}

TEST(MetadataServiceTests, ModelsWithoutMetadataAreRefused) {
  Lab& lab = Lab::shared();
  for (const char* known : {"full", "self -7"}) {
    const Answer result = lab.enrol(known,
                                    [](RegistrationOptions& options) {
                                      options.aaguid = seeded_bytes("a model of nobody's", 16);
                                    })
                              .result;
    EXPECT_EQ(outcome_of(result), (CaseOutcome{403, "failed", "authenticator_unknown",
                                               "authenticator_model_acceptable"}))
        << known << ": " << result.body;
    EXPECT_EQ(lab.enrol(known).result.status, 200) << known;
  }
}

TEST(MetadataServiceTests, Mds3) {
  CaseGroup group("Server-MDS3");
  Lab& lab = Lab::shared();
  const auto add = [&](const std::string& number, const std::string& variant,
                       const VirtualModel& model) {
    const Answer result = lab.enrol(model).result;
    group.add(number, variant, outcome_of(result), result.text("errorMessage"));
  };
  add("P-1", "-", blob_models().at("good"));
  for (const auto& [name, model] : compromised_models()) {
    add("F-1", name, model);
  }
  add("F-2", "-", blob_models().at("bad signature"));
  add("F-3", "-", blob_models().at("foreign CA"));
  add("F-4", "two leaves", blob_models().at("two leaves"));
  add("F-4", "revoked intermediate", blob_models().at("revoked CA"));
  add("F-5", "-", blob_models().at("revoked leaf"));
}

}  // namespace
}  // namespace countersign::testing
