#pragma once
// The key of a database, in a file of its own: 64 hexadecimal digits.

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace countersign {

/// Nothing where there is no such file. Error: store_corrupt, where it does not hold a key, or
/// cannot be read.
Result<std::optional<Secret<32>>> read_key_file(const std::string& path);
/// Over whatever is there, readable by the owner alone, on the disk. Error: config_unreadable, also
/// of the others: its folder cannot be written.
Status write_key_file(const std::string& path, const Secret<32>& key);
/// Gives a written file its name, never over one that is there; of several programs that try, one
/// does.
Status name_key_file(const std::string& written, const std::string& path);

bool is_file_there(const std::string& path);
/// An empty file, on the disk, unless there is one.
Status mark_file(const std::string& path);

}  // namespace countersign
