// Keys of logs and paths of tiles are exactly what their writers write.

#include "receipt/note_key.h"

#include "backends/openssl/openssl_backend.h"
#include "receipt/tiles.h"
#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(Bytes(data, size));
  if (const Result<NoteKey> key = parse_note_key(text, OpenSslHasher())) {
    require(encode_note_key(*key) == text);
  } else {
    fuzz::require_honest(key.error(), size);
  }
  if (const Result<TilePath> path = parse_tile_path(text)) {
    require(encode_tile_path(*path) == text);
    require(path->width >= 1 && path->width <= kTileWidth);
  } else {
    require(path.error().code == ErrorCode::log_not_found);
  }
  return 0;
}
