// Certificates in a row, each chain member and anchor at once: building ends, within its caps.

#include "base/limits.h"
#include "codec/der_reader.h"
#include "tests/fuzz/fuzz.h"
#include "x509/path.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Bytes> ders;
  DerReader reader(Bytes(data, size));
  while (!reader.is_done() && ders.size() <= limits::kMaxCertificatesInChain) {
    const Result<DerElement> element = reader.next(der::kSequence);
    if (!element) {
      return 0;
    }
    ders.push_back(element->encoded);
  }
  const Result<std::vector<Certificate>> chain = parse_chain(ders);
  if (!chain) {
    return 0;
  }
  for (const ChainShape shape : {ChainShape::ordered, ChainShape::tolerant}) {
    for (std::size_t anchors_from = 0; anchors_from <= chain->size(); ++anchors_from) {
      PathRequest request;
      request.chain = std::span(*chain).first(anchors_from == 0 ? chain->size() : anchors_from);
      request.anchors = std::span(*chain).subspan(anchors_from);
      request.time = UnixSeconds{1767225600};  // the time of the tests' ceremonies
      request.shape = shape;
      std::vector<SignatureObligation> obligations;
      const Result<std::vector<CandidatePath>> paths = build_paths(request, obligations);
      require(obligations.size() <= limits::kMaxObligations);
      if (!paths) {
        require(obligations.empty());
        continue;
      }
      require(!paths->empty() && paths->size() <= limits::kMaxCandidatePaths);
      for (const CandidatePath& path : *paths) {
        require(!path.certificates.empty());
        require(path.certificates.size() <= limits::kMaxPathLength);
        require(path.certificates.front() == chain->front());
        require(path.anchor < request.anchors.size());
        for (const std::size_t edge : path.edges) {
          require(edge < obligations.size());
        }
      }
    }
  }
  return 0;
}
