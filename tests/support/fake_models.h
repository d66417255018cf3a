#pragma once
// Authenticator models that a test makes up; without answers of its own they know nothing and
// accept everything.

#include <functional>

#include "attestation/models.h"

namespace countersign::testing {

class FakeModels final : public AttestationModels {
 public:
  std::function<std::vector<Certificate>(const ModelQuery&)> anchors;
  std::function<Result<ModelAssessment>(const ModelQuery&, const TrustAssessment&,
                                        const Certificate*)>
      assessment;

  std::vector<Certificate> find_anchors(const ModelQuery& query) const override {
    return anchors ? anchors(query) : std::vector<Certificate>();
  }
  Result<ModelAssessment> assess(const ModelQuery& query, const TrustAssessment& trust,
                                 const Certificate* anchor) const override {
    return assessment ? assessment(query, trust, anchor)
                      : Result<ModelAssessment>(ModelAssessment());
  }
};

}  // namespace countersign::testing
