#include "tools/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "tools/text_parts.h"

namespace sotto::tools {
namespace {

int lock(int descriptor, int operation) {
  int status = 0;
  do {
    status = ::flock(descriptor, operation);
  } while (status != 0 && errno == EINTR);
  return status;
}

// The holder removes the file: who waited for it may have locked one that nobody else will find.
bool is_still_there(const std::filesystem::path& file, int descriptor) {
  struct stat named {};
  struct stat held {};
  return ::stat(file.c_str(), &named) == 0 && ::fstat(descriptor, &held) == 0 &&
         named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

}  // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file,
                                const std::function<void()>& wait) {
  const auto failed = [&file] {
    return Error{ErrorCode::kIo,
                 concat({file.native(), ": ", std::generic_category().message(errno)})};
  };
  bool waited = false;
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return failed();
    FileLock held({}, descriptor);  // closes it on every way out
    if (lock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return failed();
      if (!std::exchange(waited, true)) wait();
      if (lock(descriptor, LOCK_EX) != 0) return failed();
    }
    if (!is_still_there(file, descriptor)) continue;
    held.file_ = file;
    return held;
  }
}

FileLock::FileLock(std::filesystem::path file, int descriptor)
    : file_(std::move(file)), descriptor_(descriptor) {}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  if (!file_.empty()) ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace sotto::tools
