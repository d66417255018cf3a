#include "receipt/checkpoint.h"

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "receipt/limits.h"
#include "tests/receipt/signers.h"
#include "tests/receipt/trees.h"

namespace countersign {
namespace {

using testing::holds;
using testing::TestSigner;

const OpenSslHasher kCheckpointHasher;
const std::string kOrigin = "bank.example/log";
const TreeHead kHead{70000, merkle_empty_root(OpenSslHasher())};

struct Signed {
  TestSigner log{kOrigin};
  TestSigner first{"witness.example/a", NoteKeyKind::witness, "a"};
  TestSigner second{"witness.example/b", NoteKeyKind::witness, "b"};
  Checkpoint checkpoint{kOrigin,
                        kHead,
                        {log.sign(kOrigin, kHead), first.cosign(kOrigin, kHead, 1790000000),
                         second.cosign(kOrigin, kHead, 1790000001)}};
};

std::string refusal_of(std::string_view text) {
  const Result<Checkpoint> parsed = parse_checkpoint(text);
  return parsed ? "accepted" : std::string(error_name(parsed.error().code));
}

// A note that others published with its key.
TEST(LogObligation, HoldsForASignatureOfOthers) {
  const NoteKey key =
      parse_note_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                     kCheckpointHasher)
          .value();
  const ByteVector signature =
      parse_base64(
          "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ"
          "nAM=")
          .value();
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  EXPECT_EQ(key.id(), 0xc74f20a3U);
  EXPECT_TRUE(equal(Bytes(signature).first(4), ByteVector{0xc7, 0x4f, 0x20, 0xa3}));
  const SignatureAlgorithm algorithm{SignatureScheme::eddsa, HashAlgorithm::sha512};
  EXPECT_EQ(
      OpenSslVerifier().verify(algorithm, key.key(), bytes_of(text), Bytes(signature).subspan(4)),
      SignatureVerdict::valid);
}

TEST(Checkpoint, IsWrittenAsTheSpecificationSays) {
  const Signed made;
  const std::string text = encode_checkpoint(made.checkpoint);
  EXPECT_TRUE(
      text.starts_with("bank.example/log\n70000\n"
                       "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
                       "\xe2\x80\x94 bank.example/log "));
  EXPECT_EQ(parse_checkpoint(text).value(), made.checkpoint);
}

TEST(Checkpoint, ReadsTheExamplesOfTheSpecification) {
  const std::string_view plain =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "\xe2\x80\x94 example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
      "\n";
  const Result<Checkpoint> read = parse_checkpoint(plain);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->head.size, 20852163U);
  const Result<Checkpoint> cosigned = parse_checkpoint(
      std::string(plain) +
      "\xe2\x80\x94 witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU"
      "BkBIfZ+qnA==\n");
  ASSERT_TRUE(cosigned);
  EXPECT_EQ(cosigned->signatures[1].value[7], 0xcb);  // 1679315147
}

TEST(Checkpoint, FailsIfALineIsWrittenOtherwise) {
  const std::string text = encode_checkpoint(Signed().checkpoint);
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return other;
  };
  ASSERT_EQ(refusal_of(text), "accepted");
  for (const std::string& other : {std::string(),
                                   std::string("\n"),
                                   replaced("bank.example/log\n", "\n"),
                                   replaced("bank.example/log\n", "bank example\n"),
                                   replaced("70000", "070000"),
                                   replaced("70000", "-1"),
                                   replaced("70000", ""),
                                   replaced("70000", "4611686018427387904"),
                                   replaced("70000", "70000 "),
                                   replaced("47DE", "57DE="),
                                   replaced("uFU=\n", "uFV=\n"),
                                   replaced("uFU=\n", "uFU=\r\n"),
                                   replaced("uFU=\n\n", "uFU=\nextension\n\n"),
                                   replaced("uFU=\n\n", "uFU=\n\n\n"),
                                   replaced("\n\n\xe2\x80\x94", "\n\xe2\x80\x94"),
                                   replaced("\xe2\x80\x94 ", "- "),
                                   replaced("\xe2\x80\x94 ", "\xe2\x80\x94  "),
                                   text.substr(0, text.find("\xe2\x80\x94")),
                                   text.substr(0, text.size() - 1),
                                   text + "\n",
                                   text + "more\n",
                                   replaced("witness.example/a", "witness.example/c"),
                                   replaced("witness.example/a", "witness.example/b")}) {
    EXPECT_EQ(refusal_of(other), "checkpoint_malformed") << other;
  }
}

TEST(Checkpoint, FailsIfItHasMoreSignaturesThanAllowed) {
  Signed made;
  made.checkpoint.signatures.resize(1);
  for (std::size_t i = 0; i < limits::kMaxNoteSignatures; ++i) {
    NoteSignature signature = made.first.cosign(kOrigin, kHead, 1);
    signature.name = std::string(1, static_cast<char>('a' + i));
    made.checkpoint.signatures.push_back(signature);
  }
  EXPECT_EQ(refusal_of(encode_checkpoint(made.checkpoint)), "checkpoint_malformed");
  made.checkpoint.signatures.pop_back();
  EXPECT_EQ(refusal_of(encode_checkpoint(made.checkpoint)), "accepted");
}

// What is read is written the same again; whatever bit is flipped, either it is no checkpoint or
// another one whose signatures do not all hold.
TEST(Checkpoint, FailsIfAnyBitIsFlipped) {
  const Signed made;
  const NoteKey witnesses[] = {made.first.key, made.second.key};
  const auto verifies = [&](std::string_view text) {
    const Result<Checkpoint> read = parse_checkpoint(text);
    if (!read) {
      return false;
    }
    EXPECT_EQ(encode_checkpoint(*read), text);
    const auto log = log_obligation(*read, made.log.key);
    const auto first = witness_obligation(*read, witnesses[0]);
    const auto second = witness_obligation(*read, witnesses[1]);
    return check_signers_known(*read, made.log.key, witnesses) && log && first && second &&
           holds(*log) && holds(first->obligation) && holds(second->obligation);
  };
  std::string text = encode_checkpoint(made.checkpoint);
  ASSERT_TRUE(verifies(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      text[i] = static_cast<char>(text[i] ^ (1 << bit));
      EXPECT_FALSE(verifies(text)) << i << "." << bit;
      text[i] = static_cast<char>(text[i] ^ (1 << bit));
    }
  }
}

TEST(LogObligation, FailsIfTheKeyIsAnother) {
  const Signed made;
  EXPECT_TRUE(holds(log_obligation(made.checkpoint, made.log.key).value()));
  const TestSigner other_name("bank.example/other");
  const TestSigner other_key(kOrigin, NoteKeyKind::log, "other");
  const TestSigner other_kind(kOrigin, NoteKeyKind::witness);
  for (const TestSigner* other : {&other_name, &other_key, &other_kind, &made.first}) {
    EXPECT_EQ(log_obligation(made.checkpoint, other->key).error().code,
              ErrorCode::checkpoint_key_unknown);
  }
  Checkpoint last = made.checkpoint;
  std::swap(last.signatures[0], last.signatures[1]);
  EXPECT_EQ(log_obligation(last, made.log.key).error().code, ErrorCode::checkpoint_key_unknown);
}

TEST(LogObligation, FailsIfTheSignatureCannotHold) {
  Signed made;
  made.checkpoint.signatures[0].value.resize(63);
  EXPECT_EQ(log_obligation(made.checkpoint, made.log.key).error().code,
            ErrorCode::checkpoint_signature_invalid);
  made.checkpoint.signatures[0].value.assign(64, 0xff);
  EXPECT_EQ(log_obligation(made.checkpoint, made.log.key).error().code,
            ErrorCode::checkpoint_signature_invalid);
}

TEST(WitnessObligation, IsForTheTimeAndTheText) {
  Signed made;
  const auto witnessed = witness_obligation(made.checkpoint, made.first.key);
  ASSERT_TRUE(witnessed);
  EXPECT_EQ(witnessed->time, 1790000000U);
  EXPECT_TRUE(holds(witnessed->obligation));
  made.checkpoint.signatures[1].value[7] ^= 1;
  EXPECT_FALSE(holds(witness_obligation(made.checkpoint, made.first.key)->obligation));
  made.checkpoint.signatures[1].value[0] = 0x80;
  EXPECT_EQ(witness_obligation(made.checkpoint, made.first.key).error().code,
            ErrorCode::checkpoint_signature_invalid);
}

TEST(WitnessObligation, FailsIfTheWitnessDidNotSign) {
  const Signed made;
  const TestSigner other("witness.example/c", NoteKeyKind::witness, "c");
  EXPECT_EQ(witness_obligation(made.checkpoint, other.key).error().code,
            ErrorCode::witness_cosignature_missing);
  // A signature of the log's own kind is none of a witness.
  EXPECT_EQ(witness_obligation(made.checkpoint, made.log.key).error().code,
            ErrorCode::witness_cosignature_missing);
}

TEST(WitnessObligation, FailsIfTheWitnessSignedAsALogDoes) {
  Signed made;
  made.checkpoint.signatures[1] = {made.first.key.name(), made.first.key.id(),
                                   made.first.sign(checkpoint_text(kOrigin, kHead))};
  EXPECT_EQ(witness_obligation(made.checkpoint, made.first.key).error().code,
            ErrorCode::checkpoint_signature_invalid);
}

TEST(CheckSignersKnown, FailsIfASignatureIsByNobodyWeKnow) {
  const Signed made;
  const NoteKey witnesses[] = {made.first.key, made.second.key};
  EXPECT_TRUE(check_signers_known(made.checkpoint, made.log.key, witnesses));
  EXPECT_EQ(check_signers_known(made.checkpoint, made.log.key, std::span(witnesses).first(1))
                .error()
                .code,
            ErrorCode::checkpoint_key_unknown);
}

// Whoever has the log's signature verified, and each witness's, has then verified every line.
TEST(CheckSignersKnown, FailsIfALineIsByTheLogAgainOrAWitnessIsFirst) {
  Signed made;
  const NoteKey witnesses[] = {made.first.key, made.second.key};
  Checkpoint again = made.checkpoint;
  again.signatures.push_back({kOrigin, made.log.key.id(), ByteVector(72, 7)});
  EXPECT_EQ(check_signers_known(again, made.log.key, witnesses).error().code,
            ErrorCode::checkpoint_key_unknown);
  std::swap(made.checkpoint.signatures[0], made.checkpoint.signatures[1]);
  EXPECT_EQ(check_signers_known(made.checkpoint, made.log.key, witnesses).error().code,
            ErrorCode::checkpoint_key_unknown);
  EXPECT_EQ(check_signers_known({kOrigin, kHead, {}}, made.log.key, witnesses).error().code,
            ErrorCode::checkpoint_key_unknown);
}

// The second signature is compared with the first one too, wherever the log's name sorts.
TEST(Checkpoint, FailsIfASignatureIsByTheLogAgain) {
  for (const std::size_t size : {64U, 72U}) {
    for (std::size_t at = 1; at <= 3; ++at) {
      Signed made;
      auto& signatures = made.checkpoint.signatures;
      signatures.insert(signatures.begin() + static_cast<std::ptrdiff_t>(at),
                        {kOrigin, made.log.key.id(), ByteVector(size, 7)});
      EXPECT_EQ(refusal_of(encode_checkpoint(made.checkpoint)), "checkpoint_malformed")
          << size << " at " << at;
    }
  }
  // Of the same name with another key: read, and then nobody's.
  Signed made;
  made.checkpoint.signatures.resize(1);
  made.checkpoint.signatures.push_back({kOrigin, made.log.key.id() ^ 1U, ByteVector(64, 7)});
  EXPECT_EQ(refusal_of(encode_checkpoint(made.checkpoint)), "accepted");
  EXPECT_EQ(check_signers_known(made.checkpoint, made.log.key, {}).error().code,
            ErrorCode::checkpoint_key_unknown);
}

LogProof sample_proof() { return {31337, testing::leaf_hashes(17), Signed().checkpoint}; }

TEST(LogProof, IsWrittenAsTheSpecificationSays) {
  const LogProof proof = sample_proof();
  const std::string text = encode_log_proof(proof);
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nindex 31337\n"));
  EXPECT_TRUE(text.ends_with("\n\n" + encode_checkpoint(proof.checkpoint)));
  EXPECT_EQ(parse_log_proof(text).value(), proof);
  const LogProof only_leaf{0, {}, Signed().checkpoint};
  EXPECT_TRUE(encode_log_proof(only_leaf).starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nbank"));
  EXPECT_EQ(parse_log_proof(encode_log_proof(only_leaf)).value(), only_leaf);
}

TEST(LogProof, FailsIfALineIsWrittenOtherwise) {
  const std::string text = encode_log_proof(sample_proof());
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return other;
  };
  LogProof long_proof = sample_proof();
  long_proof.path = testing::leaf_hashes(limits::kMaxProofHashes + 1);
  for (const std::string& other :
       {std::string(), replaced("@v1", "@v2"), replaced("@v1\n", "@v1\nextra AAAA\n"),
        replaced("index 31337", "index 031337"), replaced("index 31337", "index"),
        replaced("index 31337", "31337"), replaced("index 31337\n", "index 31337\nAAAA\n"),
        replaced("index 31337\n", "index 31337 \n"), text.substr(0, 60),
        encode_log_proof(long_proof)}) {
    const Result<LogProof> parsed = parse_log_proof(other);
    EXPECT_FALSE(parsed) << other;
    if (!parsed) {
      EXPECT_EQ(parsed.error().code, ErrorCode::inclusion_proof_invalid) << other;
    }
  }
  EXPECT_EQ(parse_log_proof(text + "x").error().code, ErrorCode::checkpoint_malformed);
  EXPECT_EQ(parse_log_proof(replaced("\n\nbank", "\n\n\nbank")).error().code,
            ErrorCode::checkpoint_malformed);
}

}  // namespace
}  // namespace countersign
