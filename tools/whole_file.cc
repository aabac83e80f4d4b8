#include "tools/whole_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "tools/pending_file.h"

namespace sotto::tools {
namespace {

Error io_error(const std::string& file, const std::string& what, int reason) {
  std::string message = file;
  message.append(": cannot be ").append(what);
  if (reason != 0) message.append(": ").append(std::generic_category().message(reason));
  return Error{ErrorCode::kIo, message};
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
  Result<PendingFile> pending = PendingFile::write(file, contents);
  if (!pending) return std::move(pending).error();
  return pending->commit(true);
}

}  // namespace sotto::tools
