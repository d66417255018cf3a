#pragma once
// What the pages of policies share.

#include <string>
#include <string_view>
#include <vector>

#include "codec/json_writer.h"
#include "policy/document.h"

namespace countersign {

using Row = std::vector<std::string>;
/// A line a row. Columns are as wide as their widest cell; the last one is not padded.
std::string table(const std::vector<Row>& rows);

/// "retail revision 2"
std::string title(const PolicyDocument& document);
/// `"MEMBER":{"id","revision","digest"}`
void write_title(JsonWriter& json, std::string_view member, const PolicyDocument& document);

}  // namespace countersign
