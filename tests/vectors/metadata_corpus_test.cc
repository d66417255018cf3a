// Metadata without a server: what verify_metadata_case answers, the same with either backend.

#include "tests/vectors/metadata_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/metadata_case.h"
#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

TEST(MetadataCorpus, IsAnsweredAsExpectedByEveryBackend) {
  const std::vector<MetadataCase> cases = MetadataCorpus(COUNTERSIGN_VECTORS_DIR).make();
  ASSERT_GE(cases.size(), 40U);
  for (const MetadataCase& test : cases) {
    SCOPED_TRACE(test.name);
    const auto answer = [&](const Backend& backend) {
      return verify_metadata_case(test.request, bytes_of(test.blob), CaseSettings{}, backend.hasher,
                                  backend.verifier);
    };
    const std::string line = answer(openssl_backend());
    EXPECT_THAT(line, ::testing::HasSubstr(test.expected));
    EXPECT_EQ(line, answer(cryptopp_backend()));
    EXPECT_TRUE(parse_json(line).has_value());
  }
}

TEST(MetadataCorpus, EveryFlippedCharacterOfTheBlobIsRefused) {
  const MetadataCase good = MetadataCorpus("").make().at(0);
  const Backend& backend = openssl_backend();
  // Every eleventh place: header, payload and signature many times over.
  for (std::size_t at = 0; at < good.blob.size(); at += 11) {
    std::string changed = good.blob;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    const std::string line = verify_metadata_case(good.request, bytes_of(changed), CaseSettings{},
                                                  backend.hasher, backend.verifier);
    EXPECT_THAT(line, ::testing::HasSubstr(R"("ok":false)")) << at;
  }
}

TEST(MetadataCorpus, ATooLongRequestIsRefused) {
  const std::string line =
      verify_metadata_case(std::string(limits::kMaxMetadataRequestBytes + 1, ' '), {},
                           CaseSettings{}, openssl_backend().hasher, openssl_backend().verifier);
  EXPECT_THAT(line, ::testing::HasSubstr(R"("code":"json_too_large")"));
}

}  // namespace
}  // namespace countersign::testing
