// Which files a transcription makes, settled before any time is spent on it.
#pragma once

#include <sotto/result.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/output_formats.h"

namespace sotto::tools {

struct OutputFile {
  Format format;
  std::filesystem::path path;
};

// Settles the names: no two sounds of one run may make the same file.
class OutputPlan {
 public:
  struct Options {
    std::vector<Format> formats = {};
    std::filesystem::path folder = {};  // empty: the current one
    // Paths without the ending, one for each sound; or none: the sounds' own, "stdin" for "-".
    std::vector<std::string> base_names = {};
    bool overwrite = false;
  };

  explicit OutputPlan(Options options) : options_(std::move(options)) {}

  // The files that `sound`, the next one, makes. Errors (kIo): one exists and is not to be
  // replaced, is the sound itself, cannot be a file, or was planned for another sound.
  Result<std::vector<OutputFile>> add(const std::string& sound);

 private:
  Options options_;
  std::size_t sounds_ = 0;
  std::map<std::filesystem::path, std::string> taken_;  // by which sound
};

}  // namespace sotto::tools
