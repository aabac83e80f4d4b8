// Files from outside in, and our own out: whole or not at all.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace sotto::tools {

// All of a file, a pipe or, for "-", the standard input. Errors: kIo; kCorruptFile: longer than
// `most_bytes`.
Result<std::string> read_whole(const std::string& file, std::size_t most_bytes);

// `file` appears, or is replaced, only when all of `contents` is on the disk. Errors: kIo.
Status write_whole(const std::filesystem::path& file, std::string_view contents);

}  // namespace sotto::tools
