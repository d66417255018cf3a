#include "receipt/evidence.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "backends/openssl/openssl_backend.h"
#include "crypto/tagged_hash.h"
#include "receipt/limits.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

template <class Array>
Array filled(std::uint8_t byte) {
  Array array{};
  array.fill(byte);
  return array;
}

// Every member is there and no two of one type are alike.
ApprovalEvidence sample_evidence() {
  ApprovalEvidence evidence;
  evidence.binding = {1, 2};
  evidence.origins = {"https://bank.example", "https://pay.bank.example"};
  evidence.top_origins = {"https://shop.example"};
  evidence.subject.value = {3, 4};
  evidence.customer.value = {3, 4, 5};
  evidence.intent = {5};
  evidence.view = {6};
  evidence.template_document = {7};
  evidence.locale_pack = {8};
  evidence.client_data_json = {9};
  evidence.authenticator_data = {10};
  evidence.signature = {11};
  evidence.browser_bound = BrowserBoundEvidence{{12}, {13}};
  CredentialEvidence& credential = evidence.credential;
  credential.id.value = {14};
  credential.public_key = {15};
  credential.algorithm = -7;
  credential.sign_count = 0xffffffff;
  credential.is_uv_initialized = true;
  credential.is_backed_up = true;
  credential.attestation_format = "packed";
  credential.attestation_type = "basic";
  credential.attestation_trust = "trusted";
  credential.registered = {filled<Aaguid>(16),
                           true,
                           {filled<KeyIdentifier>(17)},
                           {filled<Digest256>(18), filled<Digest256>(19)}};
  // What others wrote need not be in NFC.
  credential.at_registration = {true, true, "Sch\x6f\xcc\x88n Key", "L1+", {"FIDO_CERTIFIED"}};
  credential.metadata_status = "certified";
  credential.objection = "authenticator_retired";
  credential.created_at.value = 1700000000;
  evidence.policy = {3, R"({"schema":"x"})", R"({"outcome":"require"})", "EUR"};
  evidence.tier = {DisplayKind::approval_origin,
                   Value::make_map({{"origin", Value::make_text("https://bank.example")}})};
  evidence.checks = {"challenge_matches", "user_verified"};
  evidence.core_version = "0.1.0";
  evidence.verifier = "openssl";
  evidence.approved_at.value = 1790000000;
  return evidence;
}

Value record_tree() {
  return parse_canonical_cbor(encode_record(sample_evidence()).value()).value();
}

std::string refusal_of(const Value& tree) {
  const Result<ApprovalEvidence> parsed = parse_record(make_canonical_cbor(tree).value());
  return parsed ? "accepted" : std::string(error_name(parsed.error().code));
}

TEST(Record, IsReadAsItWasWritten) {
  const ApprovalEvidence written = sample_evidence();
  const ByteVector record = encode_record(written).value();
  const Result<ApprovalEvidence> read = parse_record(record);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_record(*read).value(), record);
  EXPECT_EQ(read->binding, written.binding);
  EXPECT_EQ(read->origins, written.origins);
  EXPECT_EQ(read->top_origins, written.top_origins);
  EXPECT_EQ(read->subject, written.subject);
  EXPECT_EQ(read->customer, written.customer);
  EXPECT_EQ(read->intent, written.intent);
  EXPECT_EQ(read->view, written.view);
  EXPECT_EQ(read->template_document, written.template_document);
  EXPECT_EQ(read->locale_pack, written.locale_pack);
  EXPECT_EQ(read->client_data_json, written.client_data_json);
  EXPECT_EQ(read->authenticator_data, written.authenticator_data);
  EXPECT_EQ(read->signature, written.signature);
  EXPECT_EQ(read->browser_bound->public_key, written.browser_bound->public_key);
  EXPECT_EQ(read->browser_bound->signature, written.browser_bound->signature);
  EXPECT_EQ(read->credential.id, written.credential.id);
  EXPECT_EQ(read->credential.public_key, written.credential.public_key);
  EXPECT_EQ(read->credential.algorithm, -7);
  EXPECT_EQ(read->credential.sign_count, 0xffffffffU);
  EXPECT_TRUE(read->credential.is_uv_initialized);
  EXPECT_FALSE(read->credential.is_backup_eligible);
  EXPECT_TRUE(read->credential.is_backed_up);
  EXPECT_EQ(read->credential.attestation_format, "packed");
  EXPECT_EQ(read->credential.attestation_type, "basic");
  EXPECT_EQ(read->credential.attestation_trust, "trusted");
  EXPECT_EQ(read->credential.registered.aaguid, written.credential.registered.aaguid);
  EXPECT_TRUE(read->credential.registered.is_aaguid_signed);
  EXPECT_EQ(read->credential.registered.key_identifiers,
            written.credential.registered.key_identifiers);
  EXPECT_EQ(read->credential.registered.chain, written.credential.registered.chain);
  EXPECT_EQ(read->credential.at_registration.description,
            written.credential.at_registration.description);
  EXPECT_EQ(read->credential.at_registration.certification, "L1+");
  EXPECT_EQ(read->credential.at_registration.statuses, written.credential.at_registration.statuses);
  EXPECT_EQ(read->credential.metadata_status, "certified");
  EXPECT_EQ(read->credential.objection, "authenticator_retired");
  EXPECT_EQ(read->credential.created_at, written.credential.created_at);
  EXPECT_EQ(read->policy.document, written.policy.document);
  EXPECT_EQ(read->policy.decision, written.policy.decision);
  EXPECT_EQ(read->policy.base_currency, "EUR");
  EXPECT_EQ(read->policy.evaluation, 3);
  EXPECT_EQ(read->tier.kind, DisplayKind::approval_origin);
  EXPECT_EQ(read->tier.details.find("origin")->text, "https://bank.example");
  EXPECT_EQ(read->checks, written.checks);
  EXPECT_EQ(read->core_version, "0.1.0");
  EXPECT_EQ(read->verifier, "openssl");
  EXPECT_EQ(read->approved_at, written.approved_at);
}

TEST(Record, MayLackABrowserBoundKey) {
  ApprovalEvidence evidence = sample_evidence();
  evidence.browser_bound.reset();
  const Result<ApprovalEvidence> read = parse_record(encode_record(evidence).value());
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->browser_bound);
}

using Edit = std::function<void(Value&)>;

// Calls `visit` with a copy of the tree for each member of each map in it, one of its members
// changed by `edit`, with the path of that member.
void for_each_member(const Value& tree, const std::function<void(Value&, std::size_t)>& edit,
                     const std::function<void(const Value&, const std::string&)>& visit) {
  const std::function<void(Value&, Value&, const std::string&)> walk =
      [&](Value& root, Value& map, const std::string& path) {
        for (std::size_t i = 0; i < map.members.size(); ++i) {
          const std::string name = path + "/" + map.members[i].first;
          const Value whole = map;
          edit(map, i);
          visit(root, name);
          map = whole;
          if (map.members[i].second.is(Value::Type::map) && map.members[i].first != "details") {
            walk(root, map.members[i].second, name);
          }
        }
      };
  Value root = tree;
  walk(root, root, "");
}

TEST(Record, FailsIfAMemberIsMissing) {
  int visited = 0;
  for_each_member(
      record_tree(),
      [](Value& map, std::size_t i) {
        map.members.erase(map.members.begin() + static_cast<std::ptrdiff_t>(i));
      },
      [&](const Value& tree, const std::string& path) {
        ++visited;
        EXPECT_EQ(refusal_of(tree), "receipt_malformed") << path;
      });
  EXPECT_EQ(visited, 53);
}

TEST(Record, FailsIfAMemberIsUnknown) {
  for_each_member(
      record_tree(),
      [](Value& map, std::size_t i) {
        map.members.emplace_back("more" + std::to_string(i), Value::make_null());
      },
      [&](const Value& tree, const std::string& path) {
        EXPECT_EQ(refusal_of(tree), "receipt_malformed") << path;
      });
}

TEST(Record, FailsIfAMemberIsOfAnotherType) {
  const Value others[] = {Value::make_null(),
                          Value::make_integer(5),
                          Value::make_boolean(true),
                          Value::make_text("x"),
                          Value::make_bytes(ByteVector{1}),
                          Value::make_array({Value::make_null()}),
                          Value::make_map({{"x", Value::make_null()}})};
  for (const Value& other : others) {
    const Value tree = record_tree();
    for_each_member(
        tree, [&](Value& map, std::size_t i) { map.members[i].second = other; },
        [&](const Value& changed, const std::string& path) {
          const Value* was = &tree;
          for (std::size_t at = 1; at <= path.size();) {
            const std::size_t end = std::min(path.find('/', at), path.size());
            was = was->find(path.substr(at, end - at));
            at = end + 1;
          }
          const bool is_allowed = was->type == other.type || path == "/browserBound";
          if (!is_allowed) {
            EXPECT_EQ(refusal_of(changed), "receipt_malformed") << path;
          }
        });
  }
}

TEST(Record, FailsIfAMemberIsOutsideItsLimits) {
  const std::pair<const char*, Edit> edits[] = {
      {"version", [](Value& v) { v.integer = 1; }},
      {"version", [](Value& v) { v.integer = 3; }},
      {"binding", [](Value& v) { v.bytes.resize(limits::kMaxBindingBytes + 1); }},
      {"origins", [](Value& v) { v.items.resize(limits::kMaxOrigins + 1, Value::make_text("a")); }},
      {"origins", [](Value& v) { v.items[0].text.assign(limits::kMaxOriginBytes + 1, 'a'); }},
      {"topOrigins", [](Value& v) { v.items.push_back(Value::make_integer(1)); }},
      {"subject", [](Value& v) { v.bytes.resize(limits::kMaxUserHandleBytes + 1); }},
      {"intent", [](Value& v) { v.bytes.resize(limits::kMaxFrozenBytes + 1); }},
      {"view", [](Value& v) { v.bytes.resize(limits::kMaxFrozenBytes + 1); }},
      {"template", [](Value& v) { v.bytes.resize(limits::kMaxTemplateBytes + 1); }},
      {"locale", [](Value& v) { v.bytes.resize(limits::kMaxLocalePackBytes + 1); }},
      {"clientDataJSON", [](Value& v) { v.bytes.resize(limits::kMaxClientDataBytes + 1); }},
      {"authenticatorData",
       [](Value& v) { v.bytes.resize(limits::kMaxAuthenticatorDataBytes + 1); }},
      {"signature", [](Value& v) { v.bytes.resize(limits::kMaxRecordedSignatureBytes + 1); }},
      {"checks",
       [](Value& v) { v.items.resize(limits::kMaxRecordedChecks + 1, Value::make_text("a")); }},
      {"checks", [](Value& v) { v.items[0] = Value::make_bytes(ByteVector{1}); }},
      {"core", [](Value& v) { v.text.assign(limits::kMaxRecordedNameBytes + 1, 'a'); }},
      {"approvedAt", [](Value& v) { v.integer = -1; }},
  };
  for (const auto& [name, edit] : edits) {
    Value tree = record_tree();
    for (auto& [member, value] : tree.members) {
      if (member == name) {
        edit(value);
      }
    }
    EXPECT_EQ(refusal_of(tree), "receipt_malformed") << name;
  }
}

Value& member(Value& map, std::string_view name) {
  return const_cast<Value&>(*map.find(name));  // NOLINT
}

TEST(Record, FailsIfAnInnerMemberIsOutsideItsLimits) {
  const std::tuple<const char*, const char*, Edit> edits[] = {
      {"credential", "signCount", [](Value& v) { v.integer = std::int64_t{1} << 32; }},
      {"credential", "signCount", [](Value& v) { v.integer = -1; }},
      {"credential", "id", [](Value& v) { v.bytes.resize(limits::kMaxCredentialIdBytes + 1); }},
      {"credential", "createdAt", [](Value& v) { v.integer = -1; }},
      {"display", "kind", [](Value& v) { v.text = "paper"; }},
      {"policy", "evaluation", [](Value& v) { v.integer = 0; }},
      {"policy", "document", [](Value& v) { v.bytes.resize(limits::kMaxPolicyBytes + 1); }},
      {"policy", "decision", [](Value& v) { v.bytes.resize(limits::kMaxDecisionBytes + 1); }},
      {"browserBound", "publicKey",
       [](Value& v) { v.bytes.resize(limits::kMaxRecordedKeyBytes + 1); }},
  };
  for (const auto& [outer, name, edit] : edits) {
    Value tree = record_tree();
    edit(member(member(tree, outer), name));
    EXPECT_EQ(refusal_of(tree), "receipt_malformed") << name;
  }
  for (const char* name : {"aaguid", "chain", "keyIdentifiers"}) {
    Value tree = record_tree();
    Value& value = member(member(member(tree, "credential"), "model"), name);
    (value.is(Value::Type::bytes) ? value : value.items[0]).bytes.pop_back();
    EXPECT_EQ(refusal_of(tree), "receipt_malformed") << name;
  }
}

TEST(Record, FailsIfATextIsNotNormalized) {
  Value tree = record_tree();
  member(tree, "origins").items[0].text = "https://ba\xcc\x88nk.example";
  EXPECT_EQ(refusal_of(tree), "binding_text_not_normalized");
}

TEST(Record, FailsIfAByteFollows) {
  ByteVector record = encode_record(sample_evidence()).value();
  record.push_back(0);
  EXPECT_FALSE(parse_record(record));
}

TEST(Record, IsNotWrittenWhenItCouldNotBeRead) {
  ApprovalEvidence evidence = sample_evidence();
  evidence.subject.value.resize(limits::kMaxUserHandleBytes + 1);
  EXPECT_EQ(encode_record(evidence).error().code, ErrorCode::receipt_malformed);
  evidence = sample_evidence();
  evidence.tier.details = Value::make_null();
  EXPECT_EQ(encode_record(evidence).error().code, ErrorCode::receipt_malformed);
  evidence = sample_evidence();
  evidence.intent.resize(limits::kMaxFrozenBytes);
  evidence.view.resize(limits::kMaxFrozenBytes);
  EXPECT_EQ(encode_record(evidence).error().code, ErrorCode::receipt_malformed);
}

TEST(LeafOf, IsTheTaggedHashOfSaltAndRecordDigest) {
  const OpenSslHasher hasher;
  const ByteVector record = {1, 2, 3};
  const Salt salt = filled<Salt>(7);
  ByteVector committed(salt.begin(), salt.end());
  const Digest256 digest = record_digest(hasher, record);
  committed.insert(committed.end(), digest.begin(), digest.end());
  EXPECT_EQ(leaf_of(hasher, salt, record), tagged_hash(hasher, "countersign/1/leaf", committed));
  EXPECT_NE(leaf_of(hasher, filled<Salt>(8), record), leaf_of(hasher, salt, record));
}

TEST(DisplayKind, HasItsTier) {
  EXPECT_EQ(display_tier_of(DisplayKind::page), 0);
  EXPECT_EQ(display_tier_of(DisplayKind::certified_hardware), 4);
  EXPECT_EQ(display_kind_name(DisplayKind::payment_dialog), "payment_dialog");
}

}  // namespace
}  // namespace countersign
