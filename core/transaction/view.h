#pragma once
// What the customer sees: rows of label and value, a title, two actions. The renderers take it and
// nothing else.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/canonical_cbor.h"
#include "crypto/hasher.h"

namespace countersign {

enum class Direction : std::uint8_t { ltr, rtl, automatic };

/// "ltr", "rtl", "auto".
std::string_view direction_name(Direction direction);

struct ViewRow {
  std::int64_t level = 1;  // 1 (prominent) to 3 (further down)
  std::string label;
  std::string value;
  Direction direction = Direction::automatic;

  friend bool operator==(const ViewRow&, const ViewRow&) = default;
};

struct View {
  std::string title;
  std::string affirm;
  std::string deny;
  std::vector<ViewRow> rows;  // in the order in which they are shown

  friend bool operator==(const View&, const View&) = default;
};

/// {"action":{"affirm","deny"},"rows":[[level,label,value,direction],…],"title"}.
CanonicalValue encode_view(const View& view);
/// Whether those octets are C(view). Row by row: views of large batches are megabytes, and this
/// needs no second one.
bool is_encoding_of(const View& view, Bytes encoded);

/// Error: text_length_wrong when it has more than limits::kMaxViewBytes with what its forms add.
Status check_view_size(const View& view);

/// What make_view refuses, and its errors.
Status check_view(const CanonicalValue& value);

/// Errors: view_malformed (a member missing, unknown or of another type, no row, a level outside 1
/// to 3, an unknown direction, a title, action, label or value that is empty or not display-safe,
/// but for the separators of locale packs); those of check_view_size.
Result<View> make_view(const CanonicalValue& value);

/// TH("countersign/1/view", C(view)). Errors: those of make_bound_cbor.
Result<Digest256> view_digest(const Hasher& hasher, const View& view);

}  // namespace countersign
