#include "x509/revocation.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "tests/support/pki.h"

namespace countersign {
namespace {

namespace der = testing::der;
namespace oids = testing::oids;
using testing::authority_options;
using testing::CertificateOptions;
using testing::CrlFault;
using testing::CrlOptions;
using testing::KeyKind;
using testing::make_certificate;
using testing::make_crl;
using testing::TestCertificate;
using testing::TestKey;

constexpr UnixSeconds kTime{testing::kCeremonyTime};
constexpr std::int64_t kDay = 86400;

TestKey key(std::string_view label) { return TestKey::make(KeyKind::p256, label); }

TestCertificate authority(std::string_view name, const TestCertificate* issuer,
                          const std::function<void(CertificateOptions&)>& edit = nullptr) {
  CertificateOptions options = authority_options(name, key(name));
  if (edit) {
    edit(options);
  }
  return make_certificate(options, issuer);
}

constexpr std::uint16_t kKeyCertSignOnly = 0x20;
constexpr std::uint8_t kLeafSerial = 0x21;
constexpr std::uint8_t kIntermediateSerial = 0x22;

struct Pki {
  TestCertificate root = authority("Root", nullptr);
  TestCertificate intermediate =
      authority("Intermediate", &root, [](auto& o) { o.serial = {kIntermediateSerial}; });
  TestCertificate leaf = make_leaf(intermediate);

  static TestCertificate make_leaf(const TestCertificate& issuer,
                                   const std::function<void(CertificateOptions&)>& edit = nullptr) {
    CertificateOptions options;
    options.serial = {kLeafSerial};
    if (edit) {
      edit(options);
    }
    return make_certificate(options, &issuer);
  }
};
const Pki& pki() {
  static const Pki value;
  return value;
}

ByteVector list_of(const TestCertificate& issuer,
                   const std::function<void(CrlOptions&)>& edit = nullptr) {
  CrlOptions options;
  options.this_update = testing::kCeremonyTime - kDay;
  options.next_update = testing::kCeremonyTime + kDay;
  if (edit) {
    edit(options);
  }
  return make_crl(options, issuer);
}

void make_stale(CrlOptions& options) { options.next_update = testing::kCeremonyTime - 1; }
void revoke_leaf(CrlOptions& options) { options.revoked_serials.push_back({kLeafSerial}); }

/// "clear", "unknown" or the name of the error, of the first path whose edges hold.
std::string outcome(const std::vector<TestCertificate>& chain,
                    const std::vector<TestCertificate>& anchors,
                    const std::vector<ByteVector>& lists,
                    RevocationMode mode = RevocationMode::require) {
  std::vector<Certificate> parsed_chain;
  for (const TestCertificate& certificate : chain) {
    parsed_chain.push_back(parse_certificate(certificate.der).value());
  }
  std::vector<Certificate> parsed_anchors;
  for (const TestCertificate& certificate : anchors) {
    parsed_anchors.push_back(parse_certificate(certificate.der).value());
  }
  std::vector<Crl> crls;
  for (const ByteVector& list : lists) {
    crls.push_back(parse_crl(list).value());
  }
  std::vector<SignatureObligation> obligations;
  const std::vector<CandidatePath> paths =
      build_paths({parsed_chain, parsed_anchors, kTime, ChainShape::tolerant, Check::none},
                  obligations)
          .value();
  const std::size_t edges = obligations.size();
  const RevocationRequest request{crls, mode, kTime, Check::attestation_chain_trusted};
  const auto statements = find_list_statements(request, paths, parsed_anchors, obligations);
  if (!statements.has_value()) {
    EXPECT_EQ(statements.error().check, Check::attestation_chain_trusted);
    EXPECT_EQ(obligations.size(), edges) << "an error appends nothing";
    return std::string(error_name(statements.error().code));
  }
  EXPECT_EQ(statements->size(), paths.size());
  for (std::size_t i = edges; i < obligations.size(); ++i) {
    EXPECT_EQ(obligations[i].check, Check::attestation_chain_trusted);
  }
  std::vector<bool> holds;
  for (const SignatureVerdict verdict : discharge(obligations, OpenSslVerifier())) {
    holds.push_back(verdict == SignatureVerdict::valid);
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    bool is_intact = true;
    for (const std::size_t edge : paths[i].edges) {
      is_intact = is_intact && holds[edge];
    }
    if (!is_intact) {
      continue;
    }
    const auto result = assess_revocation(request, (*statements)[i], holds);
    if (!result.has_value()) {
      EXPECT_EQ(result.error().check, Check::attestation_chain_trusted);
      return std::string(error_name(result.error().code));
    }
    return *result == RevocationOutcome::clear ? "clear" : "unknown";
  }
  return "no path";
}

/// With the lists of the usual chain.
std::string outcome(const std::vector<ByteVector>& lists,
                    RevocationMode mode = RevocationMode::require) {
  return outcome({pki().leaf, pki().intermediate}, {pki().root}, lists, mode);
}

/// The three modes in their order: require, prefer, off.
std::vector<std::string> in_each_mode(const std::vector<ByteVector>& lists) {
  return {outcome(lists, RevocationMode::require), outcome(lists, RevocationMode::prefer),
          outcome(lists, RevocationMode::off)};
}

using Outcomes = std::vector<std::string>;

TEST(Revocation, SucceedsIfEveryCertificateHasACurrentList) {
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate)}),
            (Outcomes{"clear", "clear", "clear"}));
}

TEST(Revocation, FailsIfAListIsMissing) {
  const Outcomes missing{"crl_missing", "unknown", "clear"};
  EXPECT_EQ(in_each_mode({}), missing);
  EXPECT_EQ(in_each_mode({list_of(pki().root)}), missing);
  EXPECT_EQ(in_each_mode({list_of(pki().intermediate)}), missing);
}

TEST(Revocation, FailsIfAListIsStale) {
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate, make_stale)}),
            (Outcomes{"crl_stale", "unknown", "clear"}));
}

TEST(Revocation, FailsIfAListIsNotYetValid) {
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate,
                                                       [](CrlOptions& o) {
                                                         o.this_update = testing::kCeremonyTime + 1;
                                                       })}),
            (Outcomes{"crl_stale", "unknown", "clear"}));
}

TEST(Revocation, FailsIfAListDoesNotSayHowLongItIsCurrent) {
  EXPECT_EQ(
      in_each_mode({list_of(pki().root),
                    list_of(pki().intermediate, [](CrlOptions& o) { o.next_update.reset(); })}),
      (Outcomes{"crl_stale", "unknown", "clear"}));
}

TEST(Revocation, TheBoundsOfItsTimeBelongToAList) {
  const auto at_bounds = [](CrlOptions& o) {
    o.this_update = testing::kCeremonyTime;
    o.next_update = testing::kCeremonyTime;
  };
  EXPECT_EQ(outcome({list_of(pki().root, at_bounds), list_of(pki().intermediate, at_bounds)}),
            "clear");
}

TEST(Revocation, FailsIfTheLeafIsRevoked) {
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate, revoke_leaf)}),
            (Outcomes{"certificate_revoked", "certificate_revoked", "clear"}));
}

TEST(Revocation, FailsIfAnIntermediateIsRevoked) {
  const ByteVector list =
      list_of(pki().root, [](CrlOptions& o) { o.revoked_serials = {{kIntermediateSerial}}; });
  EXPECT_EQ(in_each_mode({list, list_of(pki().intermediate)}),
            (Outcomes{"certificate_revoked", "certificate_revoked", "clear"}));
}

TEST(Revocation, FailsIfAStaleListNamesACertificate) {
  const ByteVector list = list_of(pki().intermediate, [](CrlOptions& o) {
    make_stale(o);
    revoke_leaf(o);
  });
  const Outcomes revoked{"certificate_revoked", "certificate_revoked", "clear"};
  EXPECT_EQ(in_each_mode({list_of(pki().root), list}), revoked);
  // A current list beside it does not take that back, whatever their order.
  EXPECT_EQ(in_each_mode({list_of(pki().root), list, list_of(pki().intermediate)}), revoked);
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate), list}), revoked);
}

TEST(Revocation, SerialNumbersAreThoseOfTheIssuer) {
  // The root's list names the number of the leaf, the intermediate's that of itself.
  EXPECT_EQ(outcome({list_of(pki().root, revoke_leaf),
                     list_of(pki().intermediate,
                             [](CrlOptions& o) { o.revoked_serials = {{kIntermediateSerial}}; })}),
            "clear");
}

TEST(Revocation, AForgedListDoesNotExcuse) {
  EXPECT_EQ(in_each_mode({list_of(pki().root),
                          list_of(pki().intermediate,
                                  [](CrlOptions& o) { o.fault = CrlFault::wrong_signature; })}),
            (Outcomes{"crl_missing", "unknown", "clear"}));
}

TEST(Revocation, AForgedListDoesNotRevoke) {
  const ByteVector forged = list_of(pki().intermediate, [](CrlOptions& o) {
    o.fault = CrlFault::wrong_signature;
    revoke_leaf(o);
  });
  const Outcomes clear{"clear", "clear", "clear"};
  EXPECT_EQ(in_each_mode({list_of(pki().root), forged, list_of(pki().intermediate)}), clear);
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate), forged}), clear);
}

TEST(Revocation, AForgedListDoesNotMakeAnotherCurrent) {
  const ByteVector forged =
      list_of(pki().intermediate, [](CrlOptions& o) { o.fault = CrlFault::wrong_signature; });
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate, make_stale), forged}),
            (Outcomes{"crl_stale", "unknown", "clear"}));
}

TEST(Revocation, OldAndNewListsOfOneIssuerCount) {
  EXPECT_EQ(in_each_mode({list_of(pki().root), list_of(pki().intermediate, make_stale),
                          list_of(pki().intermediate)}),
            (Outcomes{"clear", "clear", "clear"}));
}

TEST(Revocation, AListOfAnotherIssuerOfThatNameSaysNothing) {
  const TestCertificate namesake = authority("Namesake", &pki().root, [](auto& o) {
    o.subject = testing::authority_subject("Intermediate");
  });
  for (const bool has_key_identifier : {true, false}) {
    const auto list = [&](bool is_revoking) {
      return list_of(namesake, [&](CrlOptions& o) {
        o.has_authority_key_identifier = has_key_identifier;
        if (is_revoking) {
          revoke_leaf(o);
        }
      });
    };
    EXPECT_EQ(in_each_mode({list_of(pki().root), list(false)}),
              (Outcomes{"crl_missing", "unknown", "clear"}));
    EXPECT_EQ(in_each_mode({list_of(pki().root), list(true), list_of(pki().intermediate)}),
              (Outcomes{"clear", "clear", "clear"}));
  }
}

TEST(Revocation, AListWithAnotherKeyIdentifierSaysNothing) {
  // Signed with the right key, but it says that it is of another.
  const ByteVector list = list_of(pki().intermediate, [](CrlOptions& o) {
    o.authority_key_identifier = ByteVector(20, 7);
    revoke_leaf(o);
  });
  EXPECT_EQ(in_each_mode({list_of(pki().root), list}),
            (Outcomes{"crl_missing", "unknown", "clear"}));
}

TEST(Revocation, AListWithoutKeyIdentifierCounts) {
  const auto edit = [](CrlOptions& o) { o.has_authority_key_identifier = false; };
  EXPECT_EQ(outcome({list_of(pki().root, edit), list_of(pki().intermediate, edit)}), "clear");
}

TEST(Revocation, AListOfAnotherNameSaysNothing) {
  const ByteVector list = list_of(pki().intermediate, [](CrlOptions& o) {
    o.issuer = testing::authority_subject("Someone else");
    revoke_leaf(o);
  });
  EXPECT_EQ(in_each_mode({list_of(pki().root), list}),
            (Outcomes{"crl_missing", "unknown", "clear"}));
}

TEST(Revocation, AnIssuerThatMayNotSignListsSaysNothing) {
  const TestCertificate intermediate = authority("Intermediate", &pki().root, [](auto& o) {
    o.serial = {kIntermediateSerial};
    o.key_usage = kKeyCertSignOnly;
  });
  const TestCertificate leaf = Pki::make_leaf(intermediate);
  EXPECT_EQ(
      outcome({leaf, intermediate}, {pki().root}, {list_of(pki().root), list_of(intermediate)}),
      "crl_missing");
}

TEST(Revocation, AnIssuerWithoutKeyUsageMaySignLists) {
  const TestCertificate root = authority("Root", nullptr, [](auto& o) { o.key_usage.reset(); });
  const TestCertificate leaf = Pki::make_leaf(root);
  EXPECT_EQ(outcome({leaf}, {root}, {list_of(root)}), "clear");
}

TEST(Revocation, AnAnchorOfVersion1MaySignLists) {
  const TestCertificate root = authority("Root", nullptr, [](auto& o) { o.version = 1; });
  const TestCertificate leaf = Pki::make_leaf(root);
  EXPECT_EQ(outcome({leaf}, {root}, {list_of(root)}), "clear");
  EXPECT_EQ(outcome({leaf}, {root}, {list_of(root, revoke_leaf)}), "certificate_revoked");
  EXPECT_EQ(outcome({leaf}, {root}, {}), "crl_missing");
}

TEST(Revocation, ListsOfVersion1Count) {
  const auto version_1 = [](CrlOptions& o) { o.version = 1; };
  EXPECT_EQ(outcome({list_of(pki().root, version_1), list_of(pki().intermediate, version_1)}),
            "clear");
}

TEST(Revocation, AnAnchorNeedsNoList) {
  EXPECT_EQ(outcome({pki().leaf}, {pki().leaf}, {}), "clear");
  EXPECT_EQ(outcome({pki().leaf, pki().intermediate}, {pki().intermediate},
                    {list_of(pki().intermediate)}),
            "clear");
  // Not even where its issuer has revoked it: the configuration says that it is trusted.
  EXPECT_EQ(outcome({pki().leaf}, {pki().leaf}, {list_of(pki().intermediate, revoke_leaf)}),
            "clear");
}

TEST(Revocation, AListWithAnAlgorithmThatIsNotOursSaysNothing) {
  const ByteVector list = list_of(pki().intermediate, [](CrlOptions& o) {
    o.signature = {testing::Scheme::ecdsa, testing::Hash::sha1};
  });
  EXPECT_EQ(outcome({list_of(pki().root), list}), "crl_missing");
}

TEST(Revocation, AListWithTheSignatureOfAnotherKindOfKeySaysNothing) {
  TestCertificate rsa = pki().intermediate;
  rsa.key = TestKey::make(KeyKind::rsa2048, "intermediate");
  EXPECT_EQ(outcome({list_of(pki().root), list_of(rsa)}), "crl_missing");
}

// A CA may keep several lists, each of the certificates that name it.

std::function<void(CertificateOptions&)> with_distribution_point(std::string_view url) {
  return [url](CertificateOptions& o) {
    o.extensions.push_back(
        {oids::kCrlDistributionPoints, false, der::sequence({testing::distribution_point(url)})});
  };
}

ByteVector list_at(const TestCertificate& issuer, std::string_view url,
                   const std::function<void(CrlOptions&)>& edit = nullptr) {
  return list_of(issuer, [&](CrlOptions& o) {
    o.extensions.push_back(
        {oids::kIssuingDistributionPoint, true, testing::distribution_point(url)});
    if (edit) {
      edit(o);
    }
  });
}

TEST(Revocation, AListOfTheCertificatesDistributionPointCounts) {
  const TestCertificate leaf =
      Pki::make_leaf(pki().root, with_distribution_point("http://crl.example/1"));
  EXPECT_EQ(outcome({leaf}, {pki().root}, {list_at(pki().root, "http://crl.example/1")}), "clear");
}

TEST(Revocation, AListOfAnotherDistributionPointDoesNotExcuse) {
  const TestCertificate leaf =
      Pki::make_leaf(pki().root, with_distribution_point("http://crl.example/1"));
  const ByteVector other = list_at(pki().root, "http://crl.example/2");
  EXPECT_EQ(outcome({leaf}, {pki().root}, {other}), "crl_missing");
  EXPECT_EQ(outcome({leaf}, {pki().root}, {other}, RevocationMode::prefer), "unknown");
  // Nor does it where the certificate names no distribution point at all.
  EXPECT_EQ(outcome({Pki::make_leaf(pki().root)}, {pki().root}, {other}), "crl_missing");
  // A stale list of its own point stays the reason.
  EXPECT_EQ(outcome({leaf}, {pki().root},
                    {other, list_at(pki().root, "http://crl.example/1", make_stale)}),
            "crl_stale");
}

TEST(Revocation, AListOfAnotherDistributionPointRevokes) {
  const TestCertificate leaf =
      Pki::make_leaf(pki().root, with_distribution_point("http://crl.example/1"));
  EXPECT_EQ(outcome({leaf}, {pki().root},
                    {list_at(pki().root, "http://crl.example/1"),
                     list_at(pki().root, "http://crl.example/2", revoke_leaf)}),
            "certificate_revoked");
}

TEST(Revocation, APointForSomeReasonsIsNotTheWholeTruth) {
  const TestCertificate leaf = Pki::make_leaf(pki().root, [](CertificateOptions& o) {
    const ByteVector name = der::context(
        0, der::context(0, der::element(0x86, testing::bytes("http://crl.example/1"))));
    const ByteVector reasons = der::element(0x81, ByteVector{0x06, 0x40});
    o.extensions.push_back(
        {oids::kCrlDistributionPoints, false, der::sequence({der::sequence({name, reasons})})});
  });
  EXPECT_EQ(outcome({leaf}, {pki().root}, {list_at(pki().root, "http://crl.example/1")}),
            "crl_missing");
}

// Cross-signed: the same key, two certificates, two issuers.

TEST(Revocation, AnIssuerSpeaksForItsKeyOnEveryPath) {
  const TestCertificate other_root = authority("Other root", nullptr);
  const TestCertificate crossed =
      authority("Intermediate", &other_root, [](auto& o) { o.serial = {0x33}; });
  EXPECT_EQ(outcome({pki().leaf, crossed}, {other_root},
                    {list_of(other_root), list_of(pki().intermediate, revoke_leaf)}),
            "certificate_revoked");
  EXPECT_EQ(outcome({pki().leaf, crossed}, {other_root}, {list_of(other_root), list_of(crossed)}),
            "clear");
}

TEST(Revocation, EachListIsVerifiedOnceAKey) {
  const TestCertificate other_root = authority("Other root", nullptr);
  const TestCertificate crossed = authority("Intermediate", &other_root);
  std::vector<Certificate> chain;
  for (const TestCertificate* one : {&pki().leaf, &pki().intermediate, &crossed}) {
    chain.push_back(parse_certificate(one->der).value());
  }
  const std::vector<Certificate> anchors{parse_certificate(pki().root.der).value(),
                                         parse_certificate(other_root.der).value()};
  const std::vector<Crl> crls{parse_crl(list_of(pki().intermediate)).value()};
  std::vector<SignatureObligation> obligations;
  const auto paths =
      build_paths({chain, anchors, kTime, ChainShape::tolerant, Check::none}, obligations);
  ASSERT_EQ(paths->size(), 2U);
  const std::size_t edges = obligations.size();
  const RevocationRequest request{crls, RevocationMode::require, kTime, Check::none};
  ASSERT_TRUE(find_list_statements(request, *paths, anchors, obligations).has_value());
  EXPECT_EQ(obligations.size(), edges + 1);
}

TEST(Revocation, FailsIfThereAreTooManyLists) {
  std::vector<ByteVector> lists(limits::kMaxCrls - 1, list_of(pki().root));
  lists.push_back(list_of(pki().intermediate));
  EXPECT_EQ(outcome(lists), "clear");
  lists.push_back(list_of(pki().root));
  EXPECT_EQ(outcome(lists), "input_too_large");
  EXPECT_EQ(outcome(lists, RevocationMode::off), "clear");
}

TEST(Revocation, FailsIfTheListsThatMayMatterAreTooLarge) {
  // Extensions that nobody knows make lists large; nobody need have signed them.
  const ByteVector large = list_of(pki().intermediate, [](CrlOptions& o) {
    o.extensions.push_back(
        {"1.3.6.1.4.1.57264.7", false, ByteVector(limits::kMaxCrlBytes - 1024, 0)});
  });
  const std::size_t fitting = limits::kMaxCrlObligationBytes / large.size();
  std::vector<ByteVector> lists(fitting, large);
  lists.push_back(list_of(pki().root));
  EXPECT_EQ(outcome(lists), "clear");
  lists.insert(lists.end(), 1, large);
  EXPECT_EQ(outcome(lists), "too_many_obligations");
}

}  // namespace
}  // namespace countersign
