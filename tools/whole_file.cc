#include "tools/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace sotto::tools {
namespace {

Error io_error(const std::string& file, const std::string& what, int reason) {
  std::string message = file;
  message.append(": cannot be ").append(what);
  if (reason != 0) message.append(": ").append(std::generic_category().message(reason));
  return Error{ErrorCode::kIo, message};
}

// Whether all of it was written.
bool write_all(int descriptor, std::string_view contents) {
  while (!contents.empty()) {
    const ::ssize_t n = ::write(descriptor, contents.data(), contents.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    contents.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(descriptor) == 0;
}

}  // namespace

Result<std::string> read_whole(const std::string& file, std::size_t most_bytes) {
  const std::string name = file == "-" ? "standard input" : file;
  const auto close = [](std::FILE* open) {
    if (open != stdin) std::fclose(open);
  };
  const std::unique_ptr<std::FILE, decltype(close)> stream(
      file == "-" ? stdin : std::fopen(file.c_str(), "rb"), close);
  if (!stream) return io_error(name, "opened", errno);
  std::string contents;
  char block[1 << 16];
  while (const std::size_t n = std::fread(block, 1, sizeof block, stream.get())) {
    contents.append(block, n);
    if (contents.size() > most_bytes) {
      std::string message = name;
      message.append(": longer than ").append(std::to_string(most_bytes)).append(" bytes");
      return Error{ErrorCode::kCorruptFile, message};
    }
  }
  if (std::ferror(stream.get()) != 0) return io_error(name, "read", errno);
  return contents;
}

Status write_whole(const std::filesystem::path& file, std::string_view contents) {
  const std::string name = file.string();
  // Beside the file, for the sake of rename(); a name that no one else has.
  std::string temporary = name;
  temporary.append(".XXXXXX");
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return io_error(name, "written", errno);
  const ::mode_t mask = ::umask(0);
  ::umask(mask);
  int reason =
      write_all(descriptor, contents) && ::fchmod(descriptor, 0666 & ~mask) == 0 ? 0 : errno;
  if (::close(descriptor) != 0 && reason == 0) reason = errno;
  if (reason == 0 && std::rename(temporary.c_str(), name.c_str()) != 0) reason = errno;
  if (reason == 0) return ok();
  ::unlink(temporary.c_str());
  return io_error(name, "written", reason);
}

}  // namespace sotto::tools
