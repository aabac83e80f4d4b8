// A file that appears whole or not at all.
#pragma once

#include <sotto/result.h>

#include <filesystem>
#include <string_view>

namespace sotto::tools {

// The contents of a file, complete on the device under a temporary name in its folder; commit()
// gives them their name in one step. An object that dies without that removes them.
class PendingFile {
 public:
  // Errors (kIo) name the target: a folder that cannot be written, a full disk.
  static Result<PendingFile> write(const std::filesystem::path& target, std::string_view contents);

  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&& other) = delete;
  ~PendingFile();

  // Refuses to replace what has the name already, unless `overwrite`; and whatever is no regular
  // file (a symbolic link is followed) always.
  Status commit(bool overwrite);

 private:
  PendingFile(std::filesystem::path target, std::filesystem::path temporary);

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty: committed or moved from
};

// "a.srt: exists already; --overwrite replaces it"
Error exists_already(const std::filesystem::path& file);

}  // namespace sotto::tools
