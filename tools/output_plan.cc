#include "tools/output_plan.h"

#include <system_error>

#include "tools/pending_file.h"

namespace sotto::tools {
namespace {

namespace fs = std::filesystem;

Error refused(const fs::path& file, const std::string& reason) {
  return {ErrorCode::kIo, file.string() + ": cannot write: " + reason};
}

}  // namespace

Result<std::vector<OutputFile>> OutputPlan::add(const std::string& sound) {
  const std::size_t number = sounds_++;
  std::string base = sound == "-" ? "stdin" : fs::path(sound).stem().string();
  if (!options_.base_names.empty()) base = options_.base_names.at(number);
  std::vector<OutputFile> files;
  for (const Format format : options_.formats) {
    const fs::path path = options_.folder / base.append(".").append(name_of(format));
    base.resize(base.size() - name_of(format).size() - 1);
    std::error_code none;
    const fs::file_type there = fs::symlink_status(path, none).type();
    if (there != fs::file_type::not_found) {
      if (!options_.overwrite) return exists_already(path);
      if (!fs::is_regular_file(path, none)) return refused(path, "is not a regular file");
      if (fs::equivalent(path, sound, none)) return refused(path, "is the sound itself");
    }
    const auto [at, added] =
        taken_.try_emplace(fs::weakly_canonical(fs::absolute(path, none), none), sound);
    if (!added) return refused(path, "is the file for " + at->second + ", too");
    files.push_back({format, path});
  }
  return files;
}

}  // namespace sotto::tools
