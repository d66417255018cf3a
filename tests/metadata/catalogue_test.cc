#include "metadata/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// Counts what is allocated in this program.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Aaguid aaguid(std::uint32_t number) {
  Aaguid out{};
  out[0] = 0x80;
  for (std::size_t i = 0; i < 4; ++i) {
    out[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return out;
}

KeyIdentifier key_identifier(std::uint8_t number) {
  KeyIdentifier out{};
  out.back() = number;
  return out;
}

struct EntryOptions {
  std::optional<Aaguid> aaguid;
  std::vector<KeyIdentifier> key_identifiers;
  const char* description = nullptr;  // null: no statement
  std::vector<AuthenticatorStatus> statuses;
};
MetadataEntry make_entry(const EntryOptions& options) {
  MetadataEntry out;
  out.aaguid = options.aaguid;
  out.key_identifiers = options.key_identifiers;
  if (options.description != nullptr) {
    out.statement.emplace().description = options.description;
  }
  for (const AuthenticatorStatus status : options.statuses) {
    out.reports.push_back({status, {}, {}, {}, {}});
  }
  return out;
}

using Sources = std::vector<std::vector<EntryOptions>>;
std::unique_ptr<const MetadataCatalogue> build(const Sources& sources) {
  MetadataCatalogueBuilder builder;
  for (const std::vector<EntryOptions>& source : sources) {
    std::vector<MetadataEntry> entries;
    for (const EntryOptions& options : source) {
      entries.push_back(make_entry(options));
    }
    builder.add(std::move(entries));
  }
  return std::move(builder).build(7);
}

std::vector<AuthenticatorStatus> statuses(const MetadataEntry* entry) {
  std::vector<AuthenticatorStatus> out;
  if (entry != nullptr) {
    for (const StatusReport& report : entry->reports) {
      out.push_back(report.status);
    }
  }
  return out;
}

std::string description(const MetadataEntry* entry) {
  return entry != nullptr && entry->statement ? entry->statement->description : "";
}

constexpr auto kRevoked = AuthenticatorStatus::revoked;
constexpr auto kRetired = AuthenticatorStatus::retired;
constexpr auto kCertified = AuthenticatorStatus::fido_certified_l1;

TEST(MetadataCatalogue, FindsWhatWasAddedAndNothingElse) {
  const auto catalogue = build({{{aaguid(1), {}, "one", {}}, {aaguid(3), {}, "three", {}}},
                                {{{}, {key_identifier(1), key_identifier(2)}, "u2f", {}}}});
  EXPECT_EQ(description(catalogue->find(aaguid(1))), "one");
  EXPECT_EQ(description(catalogue->find(aaguid(3))), "three");
  EXPECT_EQ(description(catalogue->find(key_identifier(1))), "u2f");
  EXPECT_EQ(catalogue->find(key_identifier(1)), catalogue->find(key_identifier(2)));
  for (const std::uint32_t number : {0U, 2U, 4U}) {
    EXPECT_EQ(catalogue->find(aaguid(number)), nullptr);
  }
  EXPECT_EQ(catalogue->find(key_identifier(0)), nullptr);
  EXPECT_EQ(catalogue->find(key_identifier(3)), nullptr);
  EXPECT_THAT(catalogue->entries(), SizeIs(3));
  EXPECT_EQ(catalogue->generation(), 7U);
}

TEST(MetadataCatalogue, MayBeEmpty) {
  const auto catalogue = build({});
  EXPECT_EQ(catalogue->find(aaguid(1)), nullptr);
  EXPECT_EQ(catalogue->find(key_identifier(1)), nullptr);
  EXPECT_THAT(catalogue->entries(), IsEmpty());
}

TEST(MetadataCatalogue, NeverFindsTheZeroAaguid) {
  const auto catalogue = build({{{Aaguid{}, {}, "zero", {}}, {aaguid(1), {}, "one", {}}}});
  EXPECT_EQ(catalogue->find(Aaguid{}), nullptr);
  EXPECT_THAT(catalogue->entries(), SizeIs(1));
}

TEST(MetadataCatalogue, FindsEachOfManyModels) {
  std::vector<EntryOptions> entries;
  for (std::uint32_t i = 5000; i > 0; --i) {
    entries.push_back({aaguid(2 * i), {}, nullptr, {}});
  }
  const auto catalogue = build({entries});
  for (std::uint32_t i = 1; i <= 5000; ++i) {
    const MetadataEntry* entry = catalogue->find(aaguid(2 * i));
    ASSERT_NE(entry, nullptr) << i;
    EXPECT_EQ(entry->aaguid, aaguid(2 * i));
    EXPECT_EQ(catalogue->find(aaguid(2 * i + 1)), nullptr);
  }
}

TEST(MetadataCatalogue, TakesTheFirstStatementAndTheReportsOfAll) {
  const auto catalogue = build({{{aaguid(1), {}, nullptr, {kCertified}}},
                                {{aaguid(1), {}, "first", {kRevoked}}},
                                {{aaguid(1), {}, "second", {kRetired}}}});
  EXPECT_EQ(description(catalogue->find(aaguid(1))), "first");
  EXPECT_THAT(statuses(catalogue->find(aaguid(1))), ElementsAre(kCertified, kRevoked, kRetired));
  EXPECT_EQ(catalogue->find(aaguid(1))->aaguid, aaguid(1));
  EXPECT_THAT(catalogue->entries(), SizeIs(1));
}

TEST(MetadataCatalogue, MarksReportsWithTheirSource) {
  const auto catalogue =
      build({{{aaguid(1), {}, "one", {kRevoked}}, {aaguid(1), {}, "two", {kCertified}}},
             {},
             {{aaguid(1), {}, "three", {kRetired}}}});
  std::vector<std::uint32_t> sources;
  for (const StatusReport& report : catalogue->find(aaguid(1))->reports) {
    sources.push_back(report.source);
  }
  EXPECT_THAT(sources, ElementsAre(0, 0, 2));
}

TEST(MetadataCatalogue, KeepsTheReportsOfAnEntryThatIsThereTwiceInOneSource) {
  const auto catalogue =
      build({{{aaguid(1), {}, "one", {kRevoked}}, {aaguid(1), {}, "two", {kCertified}}}});
  EXPECT_EQ(description(catalogue->find(aaguid(1))), "one");
  EXPECT_THAT(statuses(catalogue->find(aaguid(1))), ElementsAre(kRevoked, kCertified));
}

TEST(MetadataCatalogue, JoinsKeyIdentifiersOneByOne) {
  const auto catalogue = build({{{{}, {key_identifier(1), key_identifier(2)}, "a", {kCertified}}},
                                {{{}, {key_identifier(2), key_identifier(3)}, "b", {kRevoked}}}});
  EXPECT_THAT(statuses(catalogue->find(key_identifier(1))), ElementsAre(kCertified));
  EXPECT_THAT(statuses(catalogue->find(key_identifier(2))), ElementsAre(kCertified, kRevoked));
  EXPECT_THAT(statuses(catalogue->find(key_identifier(3))), ElementsAre(kRevoked));
  EXPECT_EQ(description(catalogue->find(key_identifier(2))), "a");
  EXPECT_EQ(description(catalogue->find(key_identifier(3))), "b");
  EXPECT_THAT(catalogue->find(key_identifier(2))->key_identifiers, ElementsAre(key_identifier(2)));
}

TEST(MetadataCatalogue, FindAllocatesNothing) {
  const auto catalogue = build({{{aaguid(1), {}, "one", {kRevoked}}, {aaguid(2), {}, "two", {}}},
                                {{{}, {key_identifier(1)}, "u2f", {}}}});
  const std::size_t before = allocations;
  ASSERT_GT(before, 0U) << "nothing counts";
  const bool are_found =
      catalogue->find(aaguid(1)) != nullptr && catalogue->find(key_identifier(1)) != nullptr &&
      catalogue->find(aaguid(9)) == nullptr && catalogue->find(Aaguid{}) == nullptr &&
      catalogue->find(key_identifier(9)) == nullptr;
  const std::size_t after = allocations;
  EXPECT_TRUE(are_found);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace countersign::testing
