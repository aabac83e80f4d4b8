// A list of recordings with what is said in them: tab-separated values.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::tools {

struct Clip {
  std::string path;            // as the list has it
  std::filesystem::path file;  // the same, from the list's folder
  std::string text;
};

inline constexpr std::size_t kMaxManifestBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxClips = 1'000'000;

// The first line names the columns; `path` and `text` must be among them, others are passed over.
// Every other line is a clip, but for empty ones. Lines end with LF or CR LF. Nothing is quoted or
// escaped: a field is what lies between tabs. Errors: kCorruptFile, naming `name` and the line.
Result<std::vector<Clip>> parse_manifest(std::string_view contents, const std::string& name,
                                         const std::filesystem::path& folder);

// Errors: also kIo.
Result<std::vector<Clip>> read_manifest(const std::filesystem::path& file);

}  // namespace sotto::tools
