// Nothing is lost and nothing is left over: the parts put together are the input.

#include "model/authenticator_data.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/encoding.h"

using namespace countersign;
using fuzz::require;
using testing::concat;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const Result<AuthenticatorData> parsed = parse_authenticator_data(input);
  if (!parsed) {
    fuzz::require_honest(parsed.error(), size);
    return 0;
  }
  ByteVector again = concat({parsed->rp_id_hash, testing::big_endian(parsed->flags.bits, 1),
                             testing::big_endian(parsed->sign_count, 4)});
  require(parsed->flags.has_attested_credential_data() ==
          parsed->attested_credential_data.has_value());
  require(parsed->flags.has_extensions() == !parsed->extensions.empty());
  if (const auto& credential = parsed->attested_credential_data) {
    const ByteVector& id = credential->credential_id.value;
    require(!id.empty());
    again = concat({again, credential->aaguid, testing::big_endian(id.size(), 2), id,
                    credential->public_key.encoded});
  }
  again = concat({again, parsed->extensions});
  require(equal(again, input));
  require(equal(parsed->encoded, input));
  return 0;
}
