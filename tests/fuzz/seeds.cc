// Writes the seeds of the fuzz targets: fuzz_seeds tests/fuzz/corpus. All are made by the soft
// authenticator of the tests and depend on nothing, so that a second run writes the same files.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "model/attestation_object.h"
#include "policy/document.h"
#include "policy/shipped.h"
#include "tests/metadata/metadata_json.h"
#include "tests/receipt/approvals.h"
#include "tests/support/blob_builder.h"
#include "tests/support/cases.h"
#include "tests/support/soft_authenticator.h"
#include "tests/support/soft_payment.h"
#include "transaction/shipped.h"
#include "x509/certificate.h"

using namespace countersign;
using namespace countersign::testing;

namespace {

// 1.3.6.1.4.1.11129.2.1.17
constexpr std::uint8_t kAndroidKeyDescription[] = {0x2b, 0x06, 0x01, 0x04, 0x01,
                                                   0xd6, 0x79, 0x02, 0x01, 0x11};

class Corpus {
 public:
  explicit Corpus(std::filesystem::path root) : root_(std::move(root)) {}

  void write(std::string_view target, std::string_view name, Bytes content) {
    const std::filesystem::path folder = root_ / target;
    std::filesystem::create_directories(folder);
    std::ofstream file(folder / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    ++count_;
  }
  void write(std::string_view target, std::string_view name, std::string_view content) {
    write(target, name, bytes_of(content));
  }
  std::size_t count() const { return count_; }

 private:
  std::filesystem::path root_;
  std::size_t count_ = 0;
};

void write_codec(Corpus& corpus) {
  const std::pair<std::string_view, std::string_view> cbor_seeds[] = {
      {"empty_map", "a0"},
      {"all_types", "8a00390100420102626869f5f4f6f93c00fa47c35000fb3ff199999999999a"},
      {"key_types", "a80a001864002000417a00617a006261610081186400f400"},
      {"unordered", "a36162006161006163a2616202616101"},
      {"nested", "818181a1618081820102"},
      {"indefinite", "9f018202039f0405ffff"},
      {"tagged", "c11a514b67b0"},
      {"long_count", "9a3fffffff"},
      {"not_minimal", "1800"},
      {"trailing", "0000"},
  };
  for (const auto& [name, hex] : cbor_seeds) {
    corpus.write("cbor", name, from_hex(hex));
  }
  const std::pair<std::string_view, std::string_view> canonical_seeds[] = {
      {"all_types", "a46161a0616242010262616162c3bc646c6973748320f6f5"},
      {"unordered", "a2626161006162f6"},
      {"integer_key", "a10000"},
      {"floating", "81f93c00"},
      {"nested", "818181a16161818102"},
  };
  for (const auto& [name, hex] : canonical_seeds) {
    corpus.write("canonical_cbor", name, from_hex(hex));
  }
  const std::pair<std::string_view, std::string_view> json_seeds[] = {
      {"types", R"({"a":[null,true,false,-12,1.5e2,18446744073709551615,"text"],"b":{}})"},
      {"escapes", R"(["\u00fc\n\ud834\udd1e\"\\\/\b\f\r\t\u0000"])"},
      {"duplicate", R"({"a":1,"\u0061":2})"},
      {"deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"},
      {"range", "[1e999,9223372036854775808,-9223372036854775809]"},
      {"utf8", "[\"\xc3\xbc\xe6\xb0\xb4\xf0\x90\x85\x91\"]"},
      {"mark", "\xef\xbb\xbf{}"},
  };
  for (const auto& [name, text] : json_seeds) {
    corpus.write("json", name, text);
  }
  for (const std::string_view text : {"Zm9vYmFy", "Zm9vYg", "Zm9vYg==", "-_-_", "+/+/", "Zh"}) {
    corpus.write("base64url", "text_" + to_hex(bytes(text)), text);
  }
  corpus.write("utf8", "mixed", "a\xc3\xbc\xe6\xb0\xb4\xf0\x90\x85\x91\xf4\x8f\xbf\xbf");
  corpus.write("utf8", "surrogate", "\xed\xa0\x80");
  corpus.write("utf8", "overlong", "\xe0\x80\x80");
  corpus.write("utf8", "beyond", "\xf4\x90\x80\x80");
  namespace writer = testing::der;
  corpus.write("der", "types",
               writer::sequence({writer::boolean(true), writer::integer(-129),
                                 writer::enumerated(2), writer::bit_string(ByteVector{0x80}, 7),
                                 writer::octet_string(ByteVector(130, 1)), writer::null(),
                                 writer::oid("1.3.6.1.4.1.45724.1.1.4"),
                                 writer::utf8_string("text"), writer::printable_string("SE")}));
  corpus.write("der", "times", concat({writer::time(kNotBefore), writer::time(33260976000)}));
  corpus.write("der", "high_tags",
               concat({writer::context(702, writer::integer(0)),
                       writer::tagged(0x80, 1000000, ByteVector{1})}));
}

void write_policies(Corpus& corpus) {
  for (const ShippedPolicy& shipped : shipped_policies()) {
    corpus.write("policy_document", shipped.name, shipped.json);
  }
  corpus.write(
      "policy_document", "conditions",
      R"({"schema":"countersign-policy/1","id":"x","revision":1,"default":"require",)"
      R"("rules":[{"id":"a","when":{"not":{"any":[{"user.roles":{"containsAll":["a","b"]}},)"
      R"({"risk.score":{"gte":1,"lt":5}},{"session.age":{"in":["PT1S"]}},)"
      R"({"authentication.counter":"not-advanced"}]}},"exempt":{"basis":"rts.article-18"}}]})");
  corpus.write("policy_document", "cycle",
               R"({"schema":"countersign-policy/1","id":"x","revision":1,"default":"deny",)"
               R"("strengths":{"a":{"extends":"b"},"b":{"extends":"a"}},"rules":[]})");
}

void write_policy_cases(Corpus& corpus) {
  corpus.write("policy_case", "missing", R"({"phase":"options","inputs":{}})");
  corpus.write(
      "policy_case", "document",
      R"({"id":"a","document":{"schema":"countersign-policy/1","id":"x","revision":1,)"
      R"("default":"deny","rules":[{"id":"r","when":{"ceremony":"recovery"},"require":{}}]},)"
      R"("phase":"verdict","inputs":{"ceremony":"recovery","risk.score":7,"user.roles":["a"],)"
      R"("session.age":"PT5M"},"explain":true})");
  const OpenSslHasher hasher;
  const std::string digest =
      encode_base64url(parse_policy(shipped_policy("retail"), hasher)->digest());
  corpus.write("policy_case", "kept",
               R"({"policy":")" + digest +
                   R"(","phase":"options","inputs":{"ceremony":"transaction.approve",)"
                   R"("amount.base":3001,"payee.known":true}})");
}

void write_extensions(Corpus& corpus) {
  corpus.write("extensions", "client",
               R"({"credProps":{"rk":true},"prf":{"enabled":true,"results":{"first":"AAAAAAAAAAAA)"
               R"(AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},"largeBlob":{"supported":true,"blob":"AQID"},)"
               R"("appid":false,"appidExclude":true,"payment":{}})");
  corpus.write("extensions", "authenticator",
               cbor::map({{cbor::text("credProtect"), cbor::integer(3)},
                          {cbor::text("minPinLength"), cbor::integer(6)},
                          {cbor::text("hmac-secret"), cbor::byte_string(ByteVector(32, 1))},
                          {cbor::text("credBlob"), cbor::byte_string(ByteVector(4, 2))},
                          {cbor::text("thirdPartyPayment"), cbor::boolean(true)}}));
}

void write_requests(Corpus& corpus) {
  corpus.write("http_request_head", "post",
               "POST /attestation/options?a=%41+b HTTP/1.1\r\nHost: localhost:8080\r\n"
               "Content-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\n"
               "Cookie: __Host-s=x; y=z\r\nConnection: close\r\n\r\n");
  corpus.write("http_request_head", "get", "GET / HTTP/1.0\r\nX: \t y \r\n\r\n");
  corpus.write("http_request_head", "two_lengths",
               "POST /a HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n");
  corpus.write("http_request_head", "chunked",
               "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  corpus.write("http_request_head", "folded", "GET /a HTTP/1.1\r\nA: b\r\n c\r\n\r\n");
}

void write_sources(Corpus& corpus) {
  corpus.write("url", "https", "https://mds.fidoalliance.org/");
  corpus.write("url", "port", "HTTPS://mds.Example.org:8443/a/b?c=d&e=%20");
  corpus.write("url", "ipv6", "http://[2001:db8::1]:80/list");
  corpus.write("url", "loopback", "http://127.0.0.1:9000/blob");
  corpus.write("url", "file", "file:///var/lib/countersign/blob.jwt");
  corpus.write("url", "user", "https://mds.example.org@attacker.example/#a");
  corpus.write("url", "path", "/blob?no=42");
  const TestCertificate root =
      make_certificate(authority_options("Root", TestKey::make(KeyKind::p256, "root")), nullptr);
  corpus.write("pem", "one", root.pem());
  corpus.write("pem", "two", "A root\n" + root.pem() + "\nand once more\r\n" + root.pem());
  corpus.write("pem", "der", root.der);
  corpus.write("pem", "key", to_pem("PRIVATE KEY", root.der));
  corpus.write("pem", "unfinished", "-----BEGIN CERTIFICATE-----\nMIIB\n");
}

void write_keys(Corpus& corpus) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    corpus.write("cose_key", "alg" + std::to_string(algorithm),
                 TestKey::for_algorithm(algorithm).cose_key(algorithm));
  }
  const KeyKind curves[] = {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1};
  for (std::size_t i = 0; i < std::size(curves); ++i) {
    const ByteVector signature =
        TestKey::make(curves[i]).sign(Scheme::ecdsa, testing::Hash::sha256, bytes("message"));
    corpus.write("ecdsa_signature", "curve" + std::to_string(i),
                 concat({big_endian(i, 1), signature}));
  }
}

// Structures inside of statements that have targets of their own.
void write_parts(Corpus& corpus, std::string_view name, const Registration& registration) {
  const Result<AttestationObject> object =
      parse_attestation_object(registration.attestation_object);
  if (!object || !object->statement.is(CborValue::Type::map)) {
    return;
  }
  for (const std::string_view member : {"certInfo", "pubArea"}) {
    if (const CborValue* structure = object->statement.find(member)) {
      corpus.write("tpm_structures", member, structure->bytes);
    }
  }
  if (const CborValue* response = object->statement.find("response")) {
    corpus.write("jws", std::string(name), response->bytes);
  }
  if (registration.chain) {
    const Result<Certificate> leaf = parse_certificate(registration.chain->leaf->der);
    const CertificateExtension* description =
        leaf.has_value() ? leaf->find_extension(kAndroidKeyDescription) : nullptr;
    if (description != nullptr) {
      corpus.write("android_key_description", std::string(name), description->value);
    }
  }
}

void write_payments(Corpus& corpus, const SoftCredential& credential) {
  SoftPayment payment;
  corpus.write("payment_client_data", "at_a_merchant",
               make_assertion(credential, with_payment(payment)).client_data);
  payment.logos = {{"https://example.org/a.png", "A"}, {"", "B"}};
  payment.instrument_details = "01/29";
  payment.payee_origin.reset();
  payment.browser_bound.reset();
  corpus.write("payment_client_data", "logos_and_details",
               make_assertion(credential, with_payment(payment)).client_data);
  corpus.write("payment_client_data", "registration",
               make_registration(with_browser_bound_key({})).client_data);
}

void write_ceremony(Corpus& corpus, std::string_view name, const RegistrationOptions& options) {
  const Registration registration = make_registration(options);
  corpus.write("client_data", std::string(name), registration.client_data);
  corpus.write("authenticator_data", std::string(name), registration.authenticator_data);
  corpus.write("attestation_object", std::string(name), registration.attestation_object);
  corpus.write("attestation_statement", std::string(name), registration.attestation_object);
  corpus.write("response", std::string(name), registration.json);
  corpus.write("verify_case", std::string(name), registration_case(registration));
  corpus.write("verified_case", std::string(name), registration_case(registration));
  write_parts(corpus, name, registration);
  if (registration.chain) {
    ByteVector path;
    for (const ByteVector& der : registration.chain->x5c()) {
      path = concat({path, der});
    }
    corpus.write("certificate", std::string(name), registration.chain->leaf->der);
    corpus.write("certificate_path", std::string(name),
                 concat({path, registration.chain->root->der}));
  }
}

void write_ceremonies(Corpus& corpus) {
  const std::pair<std::string_view, Format> formats[] = {
      {"none", Format::none},
      {"packed_self", Format::packed_self},
      {"packed_x5c", Format::packed_x5c},
      {"fido_u2f", Format::fido_u2f},
      {"apple", Format::apple},
      {"tpm", Format::tpm},
      {"android_key", Format::android_key},
      {"android_safetynet", Format::android_safetynet},
      {"compound", Format::compound},
  };
  for (const auto& [name, format] : formats) {
    RegistrationOptions options;
    options.format = format;
    options.intermediates = format == Format::packed_x5c ? 1 : 0;
    write_ceremony(corpus, name, options);
  }
  RegistrationOptions with_extensions;
  with_extensions.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(2)}};
  with_extensions.client_data.top_origin = "https://top.example";
  with_extensions.client_data.has_byte_order_mark = true;
  write_ceremony(corpus, "extensions", with_extensions);

  const Registration registration = make_registration();
  AssertionOptions options;
  options.user_handle = registration.credential.user_handle;
  const Assertion assertion = make_assertion(registration.credential, options);
  corpus.write("client_data", "assertion", assertion.client_data);
  corpus.write("authenticator_data", "assertion", assertion.authenticator_data);
  corpus.write("response", "assertion", assertion.json);
  const std::string line = authentication_case(assertion, registration.credential);
  corpus.write("verify_case", "assertion", line);
  corpus.write("verified_case", "assertion", line);
  write_payments(corpus, registration.credential);
}

void write_metadata(Corpus& corpus) {
  const std::string certificate = to_base64(make_certificate({}, nullptr).der);
  EntryJson entry;
  entry.statement = R"({"description":"Model","authenticatorVersion":18446744073709551615,)"
                    R"("attestationTypes":["basic_full","anonca"],"authenticationAlgorithms":)"
                    R"(["secp256r1_ecdsa_sha256_raw","sm2_sm3_raw"],)"
                    R"("attestationRootCertificates":["\n)" +
                    certificate + R"(","AA=="],"icon":"data:image/png;base64,AA=="})";
  entry.reports = "[" + report_json({"FIDO_CERTIFIED_L2", "2021-01-01", "2031-01-01", "1", ""}) +
                  "," + report_json({"ATTESTATION_KEY_COMPROMISE", "", "", "", certificate}) + "," +
                  report_json({"LATER_EDITION", "", "", "", ""}) + "]";
  corpus.write("metadata_entry", "fido2", entry_json(entry));
  corpus.write("metadata_entry", "statement",
               R"({"aaguid":"00112233-4455-6677-8899-AABBCCDDEEFF",)" + entry.statement.substr(1));
  EntryJson u2f;
  u2f.aaguid = "";
  u2f.key_identifiers = R"(["ffffffffffffffffffffffffffffffffffffffff"])";
  corpus.write("metadata_entry", "u2f", entry_json(u2f));
  EntryJson uaf;
  uaf.aaguid = "";
  uaf.aaid = R"("1234#5678")";
  corpus.write("metadata_entry", "uaf", entry_json(uaf));
}

void write_blobs(Corpus& corpus) {
  const std::string entry = blob_entry("0076631b-d4a0-427f-5773-0ec71c9e0279");
  BlobOptions options;
  options.entries = {entry, R"({"aaid":"1234#5678","statusReports":[]})", "{}"};
  const TestBlob blob = make_blob(options);
  corpus.write("metadata_blob", "whole", "b" + blob.jws);
  const std::size_t first = blob.jws.find('.') + 1;
  const ByteVector payload = from_base64(blob.jws.substr(first, blob.jws.rfind('.') - first));
  corpus.write("metadata_blob", "payload", concat({bytes("p"), payload}));
  corpus.write("metadata_blob", "reordered",
               "p{\"entries\":[" + entry + "," + entry +
                   "],\"no\":9223372036854775807,\"x\":[{\"a\":[]},1.5e2,null],"
                   "\"nextUpdate\":\"2026-02-28\",\"legalHeader\":\"\\u00fc\"}");

  corpus.write("crl", "empty", current_crl(blob.root));
  corpus.write("crl", "version_1", current_crl(blob.root, [](CrlOptions& o) {
                 o.version = 1;
                 o.revoked_serials = {{7}, {1, 2, 3}};
               }));
  corpus.write("crl", "extensions", current_crl(blob.issuer, [](CrlOptions& o) {
                 o.entries = {
                     {ByteVector{5}, {{oids::kReasonCode, false, testing::der::enumerated(6)}}},
                     {ByteVector{0x80, 1}, {}}};
                 o.extensions = {{oids::kIssuingDistributionPoint, true,
                                  distribution_point("http://crl.example.org/1")}};
               }));
}

void write_transactions(Corpus& corpus) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"name", "Muster Handels GmbH"},
      {"marks", "q\314\243\314\207"},
      {"not_nfc", "Mu\314\210ller"},
      {"hangul", "\341\204\222\341\205\241\341\206\253"},
      {"bidi", "a\342\200\256b"},
      {"mixed", "P\320\260ypal"},
      {"kana", "A\343\202\253\346\274\242\343\201\202"},
      {"digits", "\331\2412"},
      {"spaces", "a  b"},
      {"tags", "\363\240\201\201"},
      {"arabic", "\330\264\330\261\331\203\330\251"},
      {"jamo", "\341\204\200\341\204\200\341\204\200\341\204\200\341\204\200\341\204\200"},
      {"voiced", "\357\275\266\357\276\236\357\276\236"},
      {"tone", "A\360\237\217\273"},
      {"circled", "\342\222\266cme"},
      {"struck", "A\314\266"},
      {"blank", "a\342\240\200b"},
      {"full_width", "\357\274\241\357\274\243\357\274\255\357\274\245"},
  };
  for (const auto& [name, text] : texts) {
    corpus.write("display_text", name, text);
  }
  const std::pair<std::string_view, std::string_view> intents[] = {
      {"transfer",
       R"({"type":"payment.credit-transfer/1","fields":{"amount":{"currency":"EUR","value":"1234.56"},"creditor":"Alice","creditorAccount":{"iban":"DE89 3704 0044 0532 0130 00"},"debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23","reference":"RF18539007547034"}})"},
      {"card",
       R"({"type":"payment.card/1","fields":{"amount":{"currency":"JPY","value":"5000"},"merchant":"Shop","card":"1234"}})"},
      {"batch",
       R"({"type":"payment.batch/1","fields":{"total":[{"currency":"EUR","value":"1.00"}],"count":1,"payees":[{"creditor":"Bob","creditorAccount":{"scheme":"uk.sort-code","id":"200000/1"},"amount":{"currency":"EUR","value":"1"}}],"debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23"}})"},
      {"limit",
       R"({"type":"limit.change/1","fields":{"limit":{"currency":"KWD","value":"0.000"},"period":"per-day","account":{"iban":"NO9386011117947"}}})"},
  };
  for (const auto& [name, text] : intents) {
    corpus.write("transaction_intent", name, text);
  }
  for (const std::string_view type :
       {"payment.card/1", "payment.batch/1", "payment.standing-order/1"}) {
    const std::string_view text = find_shipped_template(type);
    corpus.write("template", type.substr(0, type.find('/')), text);
  }
  for (const std::string_view locale : {"en-IN", "ar"}) {
    corpus.write("template", locale, find_shipped_locale_pack(locale));
  }
}

void write_receipts(Corpus& corpus) {
  TestLog log;
  log.is_witnessed = true;
  const ByteVector record = make_record();
  const Receipt receipt = make_receipt({record}, log);
  corpus.write("evidence_record", "transfer", record);
  corpus.write("binding_document", "transfer", parse_record(record).value().binding);
  corpus.write("receipt_file", "transfer", encode_receipt(make_receipt({record})));
  corpus.write("receipt_file", "witnessed", encode_receipt(receipt));
  corpus.write("receipt_file", "no_record", encode_receipt(make_receipt({ByteVector{0xa0}})));
  corpus.write("checkpoint", "witnessed", encode_checkpoint(receipt.proof.checkpoint));
  corpus.write("checkpoint", "proof", encode_log_proof(receipt.proof));
  corpus.write("note_key", "log", encode_note_key(log.operator_key.key));
  corpus.write("note_key", "witness", encode_note_key(log.witness.key));
  corpus.write("note_key", "tile", encode_tile_path({TilePath::Kind::hashes, 1, 1234067, 17}));
  corpus.write("note_key", "entries", encode_tile_path({TilePath::Kind::entries, 0, 5, 256}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds DIRECTORY\n";
    return 2;
  }
  Corpus corpus(argv[1]);
  write_codec(corpus);
  write_policies(corpus);
  write_policy_cases(corpus);
  write_extensions(corpus);
  write_requests(corpus);
  write_sources(corpus);
  write_keys(corpus);
  write_ceremonies(corpus);
  write_metadata(corpus);
  write_blobs(corpus);
  write_transactions(corpus);
  write_receipts(corpus);
  std::cout << corpus.count() << " seeds\n";
  return 0;
}
