// Every part of a list lies inside of it, every number on it is found, and a list that is read once
// is read twice.

#include "codec/der_reader.h"
#include "tests/fuzz/fuzz.h"
#include "x509/crl.h"

using namespace countersign;
using fuzz::is_inside;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<Crl> crl = parse_crl(input);
  if (!crl) {
    fuzz::require_honest(crl.error(), size);
    return 0;
  }
  const Bytes whole = crl->encoded();
  require(equal(whole, input));
  for (const Bytes part : {crl->tbs(), crl->issuer(), crl->signature()}) {
    require(is_inside(part, whole));
  }
  for (const Bytes name : crl->distribution_points()) {
    require(is_inside(name, whole));
  }
  // A second opinion on the entries: the only sequence of sequences that begin with an INTEGER.
  DerReader tbs(parse_der(crl->tbs(), der::kSequence)->content);
  std::size_t entries = 0;
  while (!tbs.is_done()) {
    const DerElement field = *tbs.next();
    DerReader list(field.content);
    while (field.tag == der::kSequence && !list.is_done()) {
      const Result<DerElement> entry = list.next();
      if (!entry || !(entry->tag == der::kSequence)) {
        break;
      }
      const Result<DerElement> serial = DerReader(entry->content).next(der::kInteger);
      if (!serial) {
        break;
      }
      require(crl->is_revoked(serial->content));
      ++entries;
    }
  }
  require(entries == crl->revoked_count());
  require(parse_crl(whole).has_value());
  return 0;
}
