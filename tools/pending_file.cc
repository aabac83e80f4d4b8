#include "tools/pending_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

namespace sotto::tools {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const fs::path& target, const std::string& reason) {
  return {ErrorCode::kIo, target.string() + ": cannot write: " + reason};
}

Error cannot_write(const fs::path& target, int code) {
  return cannot_write(target, std::generic_category().message(code));
}

// 0, or the reason why not.
int write_all(int descriptor, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t put = ::write(descriptor, contents.data(), contents.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    contents.remove_prefix(static_cast<std::size_t>(put));
  }
  // EINVAL: a file system that has nothing to flush.
  if (::fsync(descriptor) != 0 && errno != EINVAL) return errno;
  return 0;
}

}  // namespace

Error exists_already(const fs::path& file) {
  return {ErrorCode::kIo, file.string() + ": exists already; --overwrite replaces it"};
}

PendingFile::PendingFile(fs::path target, fs::path temporary)
    : target_(std::move(target)), temporary_(std::move(temporary)) {}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : target_(std::move(other.target_)), temporary_(std::exchange(other.temporary_, {})) {}

PendingFile::~PendingFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<PendingFile> PendingFile::write(const fs::path& target, std::string_view contents) {
  fs::path real = target;
  std::error_code failure;
  if (fs::is_regular_file(target, failure)) {
    if (fs::path followed = fs::canonical(target, failure); !failure) real = std::move(followed);
  }
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string name =
        ".sotto-" + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".tmp";
    PendingFile file(real, real.parent_path() / name);
    const int descriptor =
        ::open(file.temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      const int code = errno;
      file.temporary_.clear();  // not ours
      if (code == EEXIST) continue;
      return cannot_write(target, code);
    }
    int code = write_all(descriptor, contents);
    // The descriptor is gone whatever close() says; a network mount reports a full disk here.
    if (::close(descriptor) != 0 && errno != EINTR && code == 0) code = errno;
    if (code != 0) return cannot_write(target, code);
    return file;
  }
  return cannot_write(target, "unfinished files (.sotto-*.tmp) fill its folder");
}

Status PendingFile::commit(bool overwrite) {
  std::error_code failure;
  const fs::file_type there = fs::symlink_status(target_, failure).type();
  if (there != fs::file_type::not_found && !overwrite) return exists_already(target_);
  if (there != fs::file_type::not_found && there != fs::file_type::regular) {
    return cannot_write(target_, "is not a regular file");
  }
  if (!overwrite) {
    // A link, unlike a rename, never replaces what came to be there meanwhile.
    if (::link(temporary_.c_str(), target_.c_str()) == 0) {
      ::unlink(std::exchange(temporary_, {}).c_str());
      return ok();
    }
    if (errno == EEXIST) return exists_already(target_);
    // Else a file system without links (FAT): it can be renamed.
  }
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return cannot_write(target_, errno);
  temporary_.clear();
  return ok();
}

}  // namespace sotto::tools
