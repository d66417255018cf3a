// Writes the corpus of the parity suite: countersign_corpus FILE [VECTORS-FOLDER]

#include <cstdio>
#include <fstream>
#include <span>

#include "tests/vectors/corpus.h"

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 2 || arguments.size() > 3) {
    std::fprintf(stderr, "usage: countersign_corpus FILE [VECTORS-FOLDER]\n");
    return 2;
  }
  const std::string folder = arguments.size() == 3 ? arguments[2] : COUNTERSIGN_VECTORS_DIR;
  std::ofstream file(arguments[1], std::ios::binary);
  for (const std::string& line : countersign::testing::CorpusMaker(folder).make()) {
    file << line << '\n';
  }
  file.flush();
  if (!file) {
    std::fprintf(stderr, "countersign_corpus: cannot write %s\n", arguments[1]);
    return 1;
  }
  return 0;
}
