// What a look-up in the metadata catalogue costs, against std::unordered_map with the same content.
// The figures that are compared are taken in alternating pairs within this process; the last line
// is the median of their ratios.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <unordered_map>
#include <vector>

#include "metadata/catalogue.h"

namespace countersign {
namespace {

// [FIDO's BLOB has about 280 entries]
constexpr std::size_t kModels = 5000;

struct HashOfAaguid {
  std::size_t operator()(const Aaguid& aaguid) const {
    std::size_t out = 0;
    std::memcpy(&out, aaguid.data(), sizeof(out));
    return out;
  }
};

struct Catalogues {
  std::vector<Aaguid> present;
  std::vector<Aaguid> absent;
  std::unique_ptr<const MetadataCatalogue> ours;
  std::unordered_map<Aaguid, MetadataEntry, HashOfAaguid> map;

  Catalogues() {
    std::mt19937_64 random(1);
    std::vector<MetadataEntry> entries;
    for (std::size_t i = 0; i < kModels; ++i) {
      MetadataEntry entry;
      entry.aaguid = random_aaguid(random);
      present.push_back(*entry.aaguid);
      absent.push_back(random_aaguid(random));
      map.emplace(*entry.aaguid, entry);
      entries.push_back(std::move(entry));
    }
    MetadataCatalogueBuilder builder;
    builder.add(std::move(entries));
    ours = std::move(builder).build(1);
    std::shuffle(present.begin(), present.end(), random);
  }

  static Aaguid random_aaguid(std::mt19937_64& random) {
    Aaguid out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(random());
    }
    return out;
  }

  bool is_in_ours(const Aaguid& aaguid) const { return ours->find(aaguid) != nullptr; }
  bool is_in_map(const Aaguid& aaguid) const { return map.find(aaguid) != map.end(); }
};
const Catalogues& catalogues() {
  static const Catalogues value;
  return value;
}

template <class Find>
void run(benchmark::State& state, const std::vector<Aaguid>& keys, Find find) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(find(keys[i]));
    i = i + 1 == keys.size() ? 0 : i + 1;
  }
}

void catalogue_hit(benchmark::State& state) {
  run(state, catalogues().present, [](const Aaguid& key) { return catalogues().is_in_ours(key); });
}
void catalogue_miss(benchmark::State& state) {
  run(state, catalogues().absent, [](const Aaguid& key) { return catalogues().is_in_ours(key); });
}
void unordered_map_hit(benchmark::State& state) {
  run(state, catalogues().present, [](const Aaguid& key) { return catalogues().is_in_map(key); });
}
void unordered_map_miss(benchmark::State& state) {
  run(state, catalogues().absent, [](const Aaguid& key) { return catalogues().is_in_map(key); });
}
BENCHMARK(catalogue_hit);
BENCHMARK(catalogue_miss);
BENCHMARK(unordered_map_hit);
BENCHMARK(unordered_map_miss);

/// Nanoseconds of this thread a look-up.
template <class Find>
double time_of(const std::vector<Aaguid>& keys, Find find) {
  timespec begin{};
  timespec end{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  for (const Aaguid& key : keys) {
    benchmark::DoNotOptimize(find(key));
  }
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  const double seconds = static_cast<double>(end.tv_sec - begin.tv_sec) +
                         static_cast<double>(end.tv_nsec - begin.tv_nsec) * 1e-9;
  return seconds * 1e9 / static_cast<double>(keys.size());
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_ratio(const char* name, const std::vector<Aaguid>& keys) {
  constexpr int kPairs = 201;
  std::vector<double> ours;
  std::vector<double> ratios;
  for (int i = 0; i < kPairs; ++i) {
    ours.push_back(time_of(keys, [](const Aaguid& key) { return catalogues().is_in_ours(key); }));
    const double map = time_of(keys, [](const Aaguid& key) { return catalogues().is_in_map(key); });
    ratios.push_back(ours.back() / map);
  }
  std::printf("catalogue of %zu models, %s: %.0f ns, %.2f of std::unordered_map\n", kModels, name,
              median(ours), median(ratios));
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  countersign::print_ratio("hit", countersign::catalogues().present);
  countersign::print_ratio("miss", countersign::catalogues().absent);
  return 0;
}
