// Writes cases of `transaction bind`, one a line: countersign_intents [COUNT]

#include <cstdlib>
#include <iostream>

#include "tests/transaction/intent_corpus.h"

int main(int argc, char** argv) {
  constexpr std::size_t kCases = 10400;  // each of 104 combinations a hundred times
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : kCases;
  countersign::testing::IntentCorpus corpus;
  for (std::size_t i = 0; i < count; ++i) {
    std::cout << corpus[i].dump() << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
