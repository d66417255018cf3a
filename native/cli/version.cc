#include <cbor/configuration.h>
#include <cryptopp/config_ver.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <string>

#include "native/cli/commands.h"
#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/unicode.h"

namespace countersign::cli {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

}  // namespace

int run_version(Arguments arguments, const CommandIo& io) {
  if (!arguments.empty()) {
    return usage_error(io, "version", "unexpected argument", arguments.front());
  }
  std::string text = "countersign " COUNTERSIGN_VERSION "\n";
  text += "standard    Web Authentication Level 3, W3C Recommendation 2026-08-25\n";
#if defined(__clang__)
  text += "compiler    clang " __clang_version__ "\n";
#else
  text += "compiler    GCC " __VERSION__ "\n";
#endif
  text += "openssl     ";
  text += OpenSSL_version(OPENSSL_VERSION_STRING);
  text += "\ncryptopp    " + dotted(CRYPTOPP_MAJOR, CRYPTOPP_MINOR, CRYPTOPP_REVISION);
  text += "\nlibcbor     " + dotted(CBOR_MAJOR_VERSION, CBOR_MINOR_VERSION, CBOR_PATCH_VERSION);
  text += "\nsqlite      ";
  text += sqlite3_libversion();
  text += "\nunicode     " + std::string(unicode_edition());
  text += "\ncurrencies  ISO 4217, " + std::string(currency_edition());
  text += "\nibans       registry, " + std::string(iban_edition());
  text += '\n';
  return write_all(io.out, text) ? kDone : kFailed;
}

}  // namespace countersign::cli
