// SHA-256 of files.
#pragma once

#include <sotto/result.h>

#include <filesystem>
#include <string>

namespace sotto::tools {

// In lower-case hexadecimal digits. Errors: kIo.
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace sotto::tools
