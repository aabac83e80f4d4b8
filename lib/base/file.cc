#include "lib/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace sotto::base {
namespace {

constexpr std::size_t kAlignment = 64;
// Some systems refuse to move more than 2 GiB in one call.
constexpr std::size_t kMaxTransfer = std::size_t{1} << 30;

std::string reason(int code) { return std::generic_category().message(code); }

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// Reads exactly `size` bytes.
Status read_all(int descriptor, const std::filesystem::path& path, std::byte* to,
                std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor, to + done, std::min(size - done, kMaxTransfer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error(ErrorCode::kIo, path, ": cannot read: ", reason(errno));
    if (got == 0) {
      return error(ErrorCode::kIo, path, ": became shorter while it was read: ", done,
                   " bytes, expected ", size);
    }
    done += static_cast<std::size_t>(got);
  }
  return ok();
}

}  // namespace

void MappedFile::Release::operator()(const std::byte* data) const noexcept {
  auto* memory = const_cast<std::byte*>(data);
  if (mapped_bytes > 0) {
    ::munmap(memory, mapped_bytes);
  } else {
    ::operator delete (memory, std::align_val_t{kAlignment});
  }
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path, Mode mode) {
  // O_NONBLOCK: opening a named pipe must fail below, not wait for its other end.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return error(ErrorCode::kIo, path, ": cannot open: ", reason(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    return error(ErrorCode::kIo, path, ": cannot open: ", reason(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return error(ErrorCode::kIo, path, ": is a folder, expected a file");
  }
  if (!S_ISREG(status.st_mode)) return error(ErrorCode::kIo, path, ": is not a regular file");
  const auto claimed = static_cast<std::uint64_t>(status.st_size);
  if (claimed > std::numeric_limits<std::size_t>::max() / 2) {
    return error(ErrorCode::kOutOfMemory, path, ": ", claimed, " bytes do not fit in memory");
  }
  const auto size = static_cast<std::size_t>(claimed);
  if (size == 0) return MappedFile(path, Data(nullptr, Release{}), 0);

  if (mode == Mode::kMap) {
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map == MAP_FAILED) {
      return error(ErrorCode::kIo, path, ": cannot map ", size, " bytes: ", reason(errno));
    }
    return MappedFile(path, Data(static_cast<const std::byte*>(map), Release{size}), size);
  }

  auto* memory =
      static_cast<std::byte*>(::operator new (size, std::align_val_t{kAlignment}, std::nothrow));
  if (memory == nullptr) {
    return error(ErrorCode::kOutOfMemory, path, ": no memory for its ", size, " bytes");
  }
  Data data(memory, Release{});
  Status read = read_all(file.get(), path, memory, size);
  if (!read) return std::move(read).error();
  return MappedFile(path, std::move(data), size);
}

void MappedFile::drop(std::size_t offset, std::size_t size) const noexcept {
  if (data_ == nullptr || data_.get_deleter().mapped_bytes == 0 || offset >= size_) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const bool to_the_end = size >= size_ - offset;
  const std::size_t begin = (offset + page - 1) / page * page;
  // Past the end of the file there is nothing but the rest of its last page.
  const std::size_t end = to_the_end ? size_ : (offset + size) / page * page;
  if (begin >= end) return;
  ::madvise(const_cast<std::byte*>(data_.get()) + begin, end - begin, MADV_DONTNEED);
}

Result<OutputFile> OutputFile::create(std::filesystem::path target) {
  std::error_code failure;
  const auto type = std::filesystem::status(target, failure).type();
  if (type == std::filesystem::file_type::directory) {
    return error(ErrorCode::kIo, target, ": cannot write: is a folder");
  }
  if (type == std::filesystem::file_type::regular) {
    auto real = std::filesystem::canonical(target, failure);
    if (!failure) target = std::move(real);
  } else if (type != std::filesystem::file_type::not_found) {
    return error(ErrorCode::kIo, target, ": cannot write: is not a regular file");
  }
  if (!target.has_filename()) {
    return error(ErrorCode::kIo, target, ": cannot write: not the name of a file");
  }
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto temporary = target.parent_path() / concat(".sotto-", ::getpid(), "-", attempt, ".tmp");
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return OutputFile(std::move(target), std::move(temporary), descriptor);
    if (errno != EEXIST) return error(ErrorCode::kIo, target, ": cannot write: ", reason(errno));
  }
  return error(ErrorCode::kIo, target, ": cannot write: ", kAttempts,
               " unfinished files (.sotto-*.tmp) in its folder");
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this != &other) {
    discard();
    target_ = std::move(other.target_);
    temporary_ = std::move(other.temporary_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  ::unlink(temporary_.c_str());
}

Status OutputFile::write(std::span<const std::byte> bytes) {
  if (descriptor_ < 0) {
    return error(ErrorCode::kIo, target_, ": cannot write: the file is no longer open");
  }
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kMaxTransfer));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int code = errno;
      discard();
      return error(ErrorCode::kIo, target_, ": cannot write: ", reason(code));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return ok();
}

Status OutputFile::commit() {
  if (descriptor_ < 0) {
    return error(ErrorCode::kIo, target_, ": cannot write: the file is no longer open");
  }
  int code = 0;
  // EINVAL: a file system that has nothing to flush.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) code = errno;
  // The descriptor is gone whatever close() says; a network mount reports a full disk here.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR && code == 0) code = errno;
  if (code == 0 && std::rename(temporary_.c_str(), target_.c_str()) != 0) code = errno;
  if (code == 0) return ok();
  ::unlink(temporary_.c_str());
  return error(ErrorCode::kIo, target_, ": cannot write: ", reason(code));
}

}  // namespace sotto::base
