#include "lib/convert/origin.h"

#include <sha2.h>

#include <algorithm>
#include <cstdint>

namespace sotto::converter {

std::string sha256_hex(std::span<const base::MappedFile> files) {
  std::vector<const base::MappedFile*> order;
  for (const base::MappedFile& file : files) order.push_back(&file);
  std::ranges::sort(order, {}, [](const base::MappedFile* file) { return file->path(); });
  SHA2_CTX context;
  SHA256Init(&context);
  for (const base::MappedFile* file : order) {
    const std::span<const std::byte> bytes = file->bytes();
    SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
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

void add_origin(format::GgufWriter& writer, std::string_view format,
                const std::filesystem::path& source, std::span<const base::MappedFile> files) {
  writer.add_string("general.source.format", format);
  writer.add_string("general.source.file", source.filename().string());
  writer.add_string("general.source.sha256", sha256_hex(files));
}

void add_description(format::GgufWriter& writer, const Description& description) {
  writer.add_string("general.architecture", description.architecture);
  writer.add_string("general.name", description.name);
  if (!description.license.empty()) writer.add_string("general.license", description.license);
  if (!description.languages.empty()) {
    writer.add_string_array("general.languages", description.languages);
  }
}

std::string folder_name(const std::filesystem::path& folder) {
  const std::filesystem::path whole = std::filesystem::absolute(folder).lexically_normal();
  return whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
}

}  // namespace sotto::converter
