// What every converted file says of where it came from.
#pragma once

#include <sotto/sotto.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/file.h"
#include "lib/format/gguf.h"

namespace sotto::converter {

// SHA-256 (FIPS 180-4) of the files' bytes one after the other, in the order of their names, in
// lower-case hexadecimal: what `cat FILES | sha256sum` prints.
std::string sha256_hex(std::span<const base::MappedFile> files);

// general.source.format ("huggingface", "pytorch", "ggml"), .file (the base name of `source`) and
// .sha256 (of `files`).
void add_origin(format::GgufWriter& writer, std::string_view format,
                const std::filesystem::path& source, std::span<const base::MappedFile> files);

// general.name, .license and .languages, where they are known.
struct Description {
  std::string architecture = {};
  std::string name = {};
  std::string license = {};
  std::vector<std::string> languages = {};
};
void add_description(format::GgufWriter& writer, const Description& description);

// The last part of the path of a folder, also where it is "." or ends with a slash.
std::string folder_name(const std::filesystem::path& folder);

}  // namespace sotto::converter
