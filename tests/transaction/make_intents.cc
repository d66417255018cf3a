// Writes cases of `transaction bind`, one a line: countersign_intents [--hostile] [COUNT]

#include <cstdlib>
#include <iostream>

#include "tests/transaction/intent_corpus.h"

int main(int argc, char** argv) {
  constexpr std::size_t kCases = 10400;  // each of 104 combinations a hundred times
  const bool is_hostile = argc > 1 && std::string_view(argv[1]) == "--hostile";
  const int at = is_hostile ? 2 : 1;
  const std::size_t count = argc > at ? std::strtoul(argv[at], nullptr, 10) : kCases;
  countersign::testing::IntentCorpus corpus;
  for (std::size_t i = 0; i < count; ++i) {
    std::cout << (is_hostile ? corpus.hostile(i) : corpus[i].dump()) << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
