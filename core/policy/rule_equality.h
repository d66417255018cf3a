#pragma once
// Whether a rule of one document is a rule of another: what a comparison need not look at again.
// Never by a text that names are put into: names may hold every character that would separate them.

#include <vector>

#include "base/bytes.h"
#include "policy/document.h"

namespace countersign {

/// Whether both have the same effect wherever the same is asked: comparison for comparison, number
/// for number, name for name, and demands that are the same with each document's lists. What is
/// only written in another order is not the same. Ids do not count.
bool is_same_rule(const PolicyDocument& a_document, const PolicyRule& a,
                  const PolicyDocument& b_document, const PolicyRule& b);

/// C(rule) of each rule as the document's text has it, in the order of rules(): equal only where
/// they are written alike, but for white space and the order of members.
std::vector<ByteVector> encode_rules(const PolicyDocument& document);

}  // namespace countersign
