#include "receipt/note_key.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "receipt/checkpoint.h"

namespace countersign {
namespace {

const OpenSslHasher kNoteKeyHasher;

constexpr std::string_view kSumDb =
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
constexpr std::string_view kNeumann =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

TEST(NoteKey, ReadsKeysOfOthers) {
  for (const std::string_view text : {kSumDb, kNeumann}) {
    const Result<NoteKey> key = parse_note_key(text, kNoteKeyHasher);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->kind(), NoteKeyKind::log);
    EXPECT_EQ(encode_note_key(*key), text);
  }
  EXPECT_EQ(parse_note_key(kSumDb, kNoteKeyHasher)->id(), 0x033de0aeU);
  EXPECT_EQ(parse_note_key(kSumDb, kNoteKeyHasher)->name(), "sum.golang.org");
}

TEST(NoteKey, OfAWitnessHasAnotherIdThanOfALog) {
  const NoteKey log = parse_note_key(kSumDb, kNoteKeyHasher).value();
  const NoteKey witness =
      NoteKey::make("sum.golang.org", NoteKeyKind::witness, log.key().x(), kNoteKeyHasher).value();
  EXPECT_NE(witness.id(), log.id());
  EXPECT_EQ(parse_note_key(encode_note_key(witness), kNoteKeyHasher).value(), witness);
}

TEST(NoteKey, FailsIfAnyCharacterDiffers) {
  for (std::size_t i = 0; i < kSumDb.size(); ++i) {
    for (const char c : {'A', '+', ' ', '\n', '0'}) {
      std::string text(kSumDb);
      if (text[i] == c) {
        continue;
      }
      text[i] = c;
      // Another name or key needs another hash.
      EXPECT_FALSE(parse_note_key(text, kNoteKeyHasher)) << text;
    }
    EXPECT_FALSE(parse_note_key(kSumDb.substr(0, i), kNoteKeyHasher)) << i;
  }
  EXPECT_FALSE(parse_note_key(std::string(kSumDb) + "\n", kNoteKeyHasher));
}

TEST(NoteKey, FailsIfItsNameIsNoName) {
  const NoteKey log = parse_note_key(kSumDb, kNoteKeyHasher).value();
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a+b"), std::string("a\nb"),
        std::string("\xc3\xa4"), std::string(256, 'a'), std::string("a\x7f")}) {
    EXPECT_FALSE(NoteKey::make(name, NoteKeyKind::log, log.key().x(), kNoteKeyHasher)) << name;
  }
}

TEST(NoteKey, FailsIfTheKeyIsNoPoint) {
  EXPECT_FALSE(NoteKey::make("a", NoteKeyKind::log, ByteVector(31, 1), kNoteKeyHasher));
  EXPECT_FALSE(
      NoteKey::make("a", NoteKeyKind::log, ByteVector(32, 0), kNoteKeyHasher));  // small order
}

TEST(KeyLine, IsTheFileWithoutTheEndOfItsLine) {
  for (const char* end : {"", "\n", "\r\n", "\n\n"}) {
    EXPECT_EQ(key_line(std::string(kSumDb) + end), kSumDb);
  }
  EXPECT_EQ(key_line("a\nb\n"), "a\nb");
  EXPECT_EQ(key_line("\n"), "");
  EXPECT_EQ(key_line(""), "");
}

}  // namespace
}  // namespace countersign
