// Writes the metadata requests of the parity suite with what the native core answers, one JSON
// object a line: countersign_metadata_corpus FILE [VECTORS-FOLDER]

#include <cstdio>
#include <fstream>
#include <span>

#include "backends/openssl/openssl_backend.h"
#include "codec/json_writer.h"
#include "service/metadata_case.h"
#include "tests/vectors/metadata_corpus.h"

int main(int argc, char** argv) {
  using namespace countersign;
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 2 || arguments.size() > 3) {
    std::fprintf(stderr, "usage: countersign_metadata_corpus FILE [VECTORS-FOLDER]\n");
    return 2;
  }
  const std::string folder = arguments.size() == 3 ? arguments[2] : COUNTERSIGN_VECTORS_DIR;
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  std::ofstream file(arguments[1], std::ios::binary);
  for (const testing::MetadataCase& test : testing::MetadataCorpus(folder).make()) {
    JsonWriter line;
    line.begin_object();
    line.member("name").string(test.name);
    line.member("request").string(test.request);
    line.member("blob").string(test.blob);
    line.member("answer").string(
        verify_metadata_case(test.request, bytes_of(test.blob), CaseSettings{}, hasher, verifier));
    line.end_object();
    file << line.text() << '\n';
  }
  file.flush();
  if (!file) {
    std::fprintf(stderr, "countersign_metadata_corpus: cannot write %s\n", arguments[1]);
    return 1;
  }
  return 0;
}
