#include "receipt/receipt_file.h"

#include <gtest/gtest.h>

#include "tests/receipt/approvals.h"

namespace countersign {
namespace {

using testing::make_receipt;

std::string sample() { return encode_receipt(make_receipt({ByteVector{1, 2}, ByteVector{3}})); }

TEST(ReceiptFile, IsReadAsItWasWritten) {
  const std::string file = sample();
  EXPECT_TRUE(
      file.starts_with(R"({"format":"countersign-receipt/1","record":"Aw","earlier":["AQI"],)"
                       R"("salt":"BQUF)"));
  EXPECT_TRUE(file.ends_with("\"}\n"));
  const Result<Receipt> read = parse_receipt(file);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->record, ByteVector{3});
  EXPECT_EQ(read->earlier_records, std::vector<ByteVector>({ByteVector{1, 2}}));
  EXPECT_EQ(read->salt, testing::test_salt());
  EXPECT_EQ(encode_receipt(*read), file);
}

TEST(ReceiptFile, FailsIfItIsWrittenOtherwise) {
  const std::string file = sample();
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string other = file;
    other.replace(other.find(from), from.size(), to);
    return other;
  };
  for (const std::string& other : {std::string(),
                                   std::string("null"),
                                   std::string("[]\n"),
                                   std::string("{}\n"),
                                   replaced("receipt/1", "receipt/2"),
                                   replaced("{", "{ "),
                                   replaced("{", "{\"more\":1,"),
                                   replaced("\"record\":\"Aw\",", ""),
                                   replaced("\"Aw\"", "null"),
                                   replaced("\"Aw\"", "\"Aw==\""),
                                   replaced("\"Aw\"", "\"Ax\""),
                                   replaced("\"Aw\"", "\"\\u0041w\""),
                                   replaced("[\"AQI\"]", "\"AQI\""),
                                   replaced("[\"AQI\"]", "[1]"),
                                   replaced("\"salt\":\"BQ", "\"salt\":\""),
                                   replaced("index 5", "index 05"),
                                   replaced("tlog-proof", "tlog\\u002dproof"),
                                   file + "\n",
                                   file + "x",
                                   file.substr(0, file.size() - 1),
                                   "\xef\xbb\xbf" + file}) {
    const Result<Receipt> read = parse_receipt(other);
    ASSERT_FALSE(read) << other;
    EXPECT_EQ(read.error().code, ErrorCode::receipt_malformed);
  }
  Receipt many = make_receipt({ByteVector{1}});
  many.earlier_records.resize(15);
  EXPECT_TRUE(parse_receipt(encode_receipt(many)));
  many.earlier_records.resize(16);
  EXPECT_FALSE(parse_receipt(encode_receipt(many)));
}

}  // namespace
}  // namespace countersign
