// A receipt is exactly its writer's bytes, and of whatever is written nothing but the one receipt
// whose makers' keys are trusted verifies.

#include "receipt/receipt_file.h"

#include "service/receipt_policy.h"
#include "tests/fuzz/fuzz.h"
#include "tests/receipt/approvals.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TestLog kLog;
  static const std::string kGenuine =
      encode_receipt(testing::make_receipt({testing::make_record()}, kLog));
  static const OpenSslVerifier kVerifier;
  const OpenSslHasher hasher;
  const RecordedDecisions policies(hasher);
  const std::string_view file = text_of(Bytes(data, size));
  const Result<Receipt> receipt = parse_receipt(file);
  require(receipt ? encode_receipt(*receipt) == file
                  : receipt.error().code == ErrorCode::receipt_malformed);
  ReceiptTrust trust;
  trust.log = kLog.operator_key.key;
  const ReceiptReport report = verify_receipt(file, trust, {hasher, kVerifier, policies});
  require((report.verdict() == ReceiptVerdict::verified) == (file == kGenuine));
  return 0;
}
