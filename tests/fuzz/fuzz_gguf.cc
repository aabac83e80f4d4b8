// Any bytes are a GGUF file or an error; what a file hands out can all be read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "lib/format/gguf.h"

namespace {

// A read that the compiler cannot drop and a sanitizer sees.
volatile std::byte sink;
void touch(std::span<const std::byte> bytes) {
  for (const std::byte b : bytes) sink = b;
}
void touch(std::string_view text) { touch(std::as_bytes(std::span(text.data(), text.size()))); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::format::Gguf;
  auto gguf = Gguf::parse("fuzz.gguf", std::as_bytes(std::span(data, size)));
  if (!gguf) {
    if (gguf.error().message.empty()) std::abort();
    return 0;
  }
  const Gguf file = std::move(*gguf);
  for (const auto& row : file.describe()) {
    touch(row.value);
    if (!file.has(row.key)) std::abort();
    (void)file.u32(row.key);
    (void)file.f32(row.key);
    (void)file.boolean(row.key);
    (void)file.i32_array(row.key);
    if (const auto text = file.string(row.key)) touch(*text);
    if (const auto bytes = file.bytes(row.key)) touch(*bytes);
    if (const auto all = file.string_array(row.key)) {
      for (const std::string_view text : *all) touch(text);
    }
  }
  for (const auto& entry : file.encoded()) touch(entry.value);
  for (const auto& tensor : file.tensors()) {
    if (file.find(tensor.name) != &tensor) std::abort();
    if (tensor.data.size() != sotto::tensor::byte_size(tensor.dtype, tensor.elements())) {
      std::abort();
    }
    touch(tensor.data);
  }
  return 0;
}
