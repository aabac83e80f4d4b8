#include "tools/sha256.h"

#include <sys/types.h>
// First the types that it needs.
#include <sha2.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "tools/text_parts.h"

namespace sotto::tools {

Result<std::string> sha256_of_file(const std::filesystem::path& file) {
  const auto failed = [&file] {
    return Error{ErrorCode::kIo,
                 concat({file.native(), ": ", std::generic_category().message(errno)})};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"),
                                                           &std::fclose);
  if (in == nullptr) return failed();
  SHA2_CTX context;
  SHA256Init(&context);
  std::vector<std::uint8_t> block(std::size_t{1} << 18);
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), in.get())) {
    SHA256Update(&context, block.data(), n);
  }
  if (std::ferror(in.get()) != 0) return failed();
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Final(digest, &context);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

}  // namespace sotto::tools
