#include "service/activation_service.h"

#include <gtest/gtest.h>

namespace countersign::testing {
namespace {

TEST(ActivationCode, IsReadAsPeopleTypeIt) {
  EXPECT_EQ(normalize_activation_code("7K3M-9QXB-2HDR"), "7K3M9QXB2HDR");
  EXPECT_EQ(normalize_activation_code(" 7k3m 9qxb 2hdr "), "7K3M9QXB2HDR");
  EXPECT_EQ(normalize_activation_code("oOiI-lL01-AAAA"), "00111101AAAA");
}

TEST(ActivationCode, FailsIfItCannotBeOne) {
  EXPECT_FALSE(normalize_activation_code(""));
  EXPECT_FALSE(normalize_activation_code("7K3M-9QXB-2HD"));
  EXPECT_FALSE(normalize_activation_code("7K3M-9QXB-2HDRR"));
  EXPECT_FALSE(normalize_activation_code("7K3M-9QXB-2HDU")) << "a symbol that codes do not have";
  EXPECT_FALSE(normalize_activation_code("7K3M-9QXB-2HD\xc3\xa4"));
  EXPECT_FALSE(normalize_activation_code(std::string(12, '-')));
  EXPECT_FALSE(normalize_activation_code("7K3M9QXB2HDR" + std::string(100, ' ')));
  EXPECT_FALSE(normalize_activation_code(std::string("7K3M9QXB2HD\0", 12)));
}

TEST(ActivationStages, TellWhatBecameOfIt) {
  Activation activation;
  activation.expires_at = UnixSeconds{100};
  EXPECT_EQ(stage_of(activation, UnixSeconds{100}), ActivationStage::open);
  EXPECT_EQ(stage_of(activation, UnixSeconds{101}), ActivationStage::expired);
  activation.state = ActivationState::used;
  EXPECT_EQ(stage_of(activation, UnixSeconds{101}), ActivationStage::used);
  activation.state = ActivationState::blocked;
  EXPECT_EQ(stage_of(activation, UnixSeconds{101}), ActivationStage::blocked);
  activation.state = ActivationState::cancelled;
  EXPECT_EQ(stage_of(activation, UnixSeconds{101}), ActivationStage::cancelled);
}

}  // namespace
}  // namespace countersign::testing
