#include "policy/rule_equality.h"

#include <algorithm>
#include <string_view>

#include "codec/canonical_cbor.h"
#include "policy/policy_digest.h"

namespace countersign {
namespace {

// In the order of the names, which is the same in each document.
std::vector<std::string_view> named_by(const PolicyDocument& document, const PolicyLeaf& leaf) {
  const std::vector<std::string>& names = document.names(leaf.input);
  std::vector<std::string_view> named;
  for (std::size_t code = 0; code < names.size(); ++code) {
    if ((document.words()[leaf.first_word + code / 64] >> (code % 64) & 1U) != 0) {
      named.push_back(names[code]);
    }
  }
  return named;
}

bool is_same_leaf(const PolicyDocument& a_document, const PolicyLeaf& a,
                  const PolicyDocument& b_document, const PolicyLeaf& b) {
  if (a.input != b.input || a.kind != b.kind || a.is_negated != b.is_negated) {
    return false;
  }
  switch (a.kind) {
    case PolicyLeaf::Kind::range:
      return a.low == b.low && a.high == b.high;
    case PolicyLeaf::Kind::codes:
      return named_by(a_document, a) == named_by(b_document, b);
    case PolicyLeaf::Kind::member:
      return a_document.names(a.input)[static_cast<std::size_t>(a.low)] ==
             b_document.names(b.input)[static_cast<std::size_t>(b.low)];
  }
  return false;
}

bool is_same_condition(const PolicyDocument& a_document, const PolicyRule& a,
                       const PolicyDocument& b_document, const PolicyRule& b) {
  const std::uint32_t nodes = a_document.nodes()[a.first_node].end - a.first_node;
  if (b_document.nodes()[b.first_node].end - b.first_node != nodes) {
    return false;
  }
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const PolicyNode& one = a_document.nodes()[a.first_node + i];
    const PolicyNode& other = b_document.nodes()[b.first_node + i];
    if (one.kind != other.kind || one.end - a.first_node != other.end - b.first_node) {
      return false;
    }
    if (one.kind == PolicyNode::Kind::leaf &&
        !is_same_leaf(a_document, a_document.leaves()[one.leaf], b_document,
                      b_document.leaves()[other.leaf])) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool is_same_rule(const PolicyDocument& a_document, const PolicyRule& a,
                  const PolicyDocument& b_document, const PolicyRule& b) {
  return a.effect == b.effect && a.label == b.label &&
         a.requirements.hints == b.requirements.hints &&
         is_same_condition(a_document, a, b_document, b) &&
         less_demanding(a_document, a.requirements, b_document, b.requirements) == 0 &&
         less_demanding(b_document, b.requirements, a_document, a.requirements) == 0;
}

std::vector<ByteVector> encode_rules(const PolicyDocument& document) {
  std::vector<ByteVector> encoded(document.rules().size());
  const Result<CanonicalValue> said = read_policy_text(document.text());
  const CanonicalValue* rules = said.has_value() ? said->find("rules") : nullptr;
  for (std::size_t i = 0; rules != nullptr && i < encoded.size(); ++i) {
    Result<ByteVector> one = make_canonical_cbor(rules->items[i]);
    if (one.has_value()) {
      encoded[i] = *std::move(one);
    }
  }
  return encoded;
}

}  // namespace countersign
