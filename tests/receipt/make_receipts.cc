// Writes receipts and keys that js/test and the parity suite use: countersign_receipts FOLDER. The
// same files each time: the copies in js/test/fixtures are its output. With --batch: those of a
// batch of as many lines as there may be, with names that make its record nearly as large as one
// may be.

#include <fstream>
#include <iostream>
#include <span>

#include "base/limits.h"
#include "tests/receipt/approvals.h"

namespace countersign::testing {
namespace {

bool write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

std::string receipt_of(const std::vector<ByteVector>& records, const TestLog& log = {}) {
  return encode_receipt(make_receipt(records, log));
}

ApprovalOptions largest_batch() {
  std::string name;
  for (int i = 0; i < 115; ++i) {
    name += "\u00e4";
  }
  std::string lines;
  for (std::size_t i = 0; i < limits::kMaxBatchLines; ++i) {
    const std::string number = std::to_string(i);
    lines += (i == 0 ? "" : ",");
    lines += R"({"creditor":")" + name + number +
             R"(","creditorAccount":{"iban":"DE89370400440532013000"},)" +
             R"("amount":{"currency":"EUR","value":"1.00"},"reference":")" + name + number +
             R"("})";
  }
  ApprovalOptions options;
  // [below 10,000.00 EUR, from which `retail` demands more than a page]
  options.intent =
      R"({"type":"payment.batch/1","fields":{"total":[{"currency":"EUR","value":"5000.00"}],)"
      R"("count":5000,"debtorAccount":{"iban":"DE75512108001245126199"},)"
      R"("executionDate":"2026-11-23","payees":[)" +
      lines + "]}}";
  return options;
}

// One that the memory of a module holds, and one of two approvals that it does not.
bool write_batches(const std::string& folder) {
  ApprovalOptions options = largest_batch();
  if (!write(folder + "/receipt-batch.json", receipt_of({make_record(options)}))) {
    return false;
  }
  options.of = 2;
  std::vector<ByteVector> records = {make_record(options)};
  options.customer = options.user;
  options.user = "second user";
  options.step = 2;
  options.approved_at += 1;
  options.previous = records.front();
  records.push_back(make_record(options));
  return write(folder + "/receipt-batches.json", receipt_of(records));
}

// An order of 20,000.00 EUR, with the decision of the policy about one cent.
ApprovalOptions weighed_otherwise() {
  ApprovalOptions options;
  options.intent.replace(options.intent.find("1234.56"), 7, "20000.00");
  options.weighed = 1;
  return options;
}

bool write_receipts(const std::string& folder) {
  TestLog witnessed;
  witnessed.is_witnessed = true;
  const TestSigner other("example.org/receipts", NoteKeyKind::log, "another");
  const std::pair<std::string, std::string> files[] = {
      {"receipt.json", receipt_of({make_record()})},
      {"receipt-first.json", receipt_of({make_chain(2).front()})},
      {"receipt-chain.json", receipt_of(make_chain(3), witnessed)},
      {"receipt-card.json", receipt_of({make_record(card_payment())})},
      {"receipt-publication.json", receipt_of({make_record(publication())})},
      {"receipt-weakening.json", receipt_of(make_chain(2, weakening()))},
      {"receipt-weighed.json", receipt_of({make_record(weighed_otherwise())})},
      {"receipt-log.key", encode_note_key(witnessed.operator_key.key) + "\n"},
      {"receipt-witness.key", encode_note_key(witnessed.witness.key) + "\n"},
      {"receipt-other.key", encode_note_key(other.key) + "\n"},
  };
  for (const auto& file : files) {
    if (!write(folder + "/" + file.first, file.second)) {
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace countersign::testing

int main(int argc, char** argv) {
  using namespace countersign::testing;
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  const bool is_batch = argc == 3 && std::string_view(arguments[1]) == "--batch";
  if (argc != 2 && !is_batch) {
    std::cerr << "usage: countersign_receipts [--batch] FOLDER\n";
    return 2;
  }
  const std::string folder = arguments.back();
  const bool is_written = is_batch ? write_batches(folder) : write_receipts(folder);
  if (!is_written) {
    std::cerr << folder << ": cannot be written\n";
  }
  return is_written ? 0 : 1;
}
