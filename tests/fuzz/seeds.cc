// Writes small valid files for the fuzzers to start from. Usage: fuzz_seeds FOLDER
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/base/file.h"
#include "lib/format/gguf.h"

namespace sotto {
namespace {

Status write(const std::filesystem::path& path, std::string_view text) {
  Result<base::OutputFile> file = base::OutputFile::create(path);
  if (!file) return std::move(file).error();
  Status written = file->write(std::as_bytes(std::span(text.data(), text.size())));
  if (!written) return written;
  return file->commit();
}

Status write_gguf(const std::filesystem::path& folder) {
  format::GgufWriter writer;
  writer.add_string("general.architecture", "whisper");
  writer.add_u32("n", 6);
  writer.add_f32("eps", 1e-5F);
  writer.add_bool("tied", true);
  const std::byte proto[] = {std::byte{1}, std::byte{2}};
  writer.add_bytes("proto", proto);
  writer.add_i32_array("ids", {1, 2, 3});
  writer.add_string_array("tokens", {"a", "", "bc"});
  const auto leave_zero = [](std::span<std::byte>) { return ok(); };
  writer.add_tensor("w", tensor::Dtype::kF32, {2, 3}, leave_zero);
  writer.add_tensor("h", tensor::Dtype::kF16, {4}, leave_zero);
  writer.add_tensor("q", tensor::Dtype::kQ8_0, {2, 32}, leave_zero);
  return writer.write(folder / "all.gguf");
}

Status write_safetensors(const std::filesystem::path& folder) {
  constexpr std::string_view kHeader =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
      R"("h":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]}})";
  const std::uint64_t length = kHeader.size();
  std::string text(reinterpret_cast<const char*>(&length), sizeof(length));
  text += kHeader;
  text += std::string(12, 'x');
  return write(folder / "two.safetensors", text);
}

Status write_all(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / "gguf");
  std::filesystem::create_directories(root / "safetensors");
  Status written = write_gguf(root / "gguf");
  if (!written) return written;
  return write_safetensors(root / "safetensors");
}

}  // namespace
}  // namespace sotto

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n"), 2;
  const sotto::Status written = sotto::write_all(argv[1]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return written ? 0 : 1;
}
