// Any bytes are a model of whisper.cpp or an error; what a file hands out can all be read, and
// quantised blocks have values whatever is in them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "lib/format/ggml.h"
#include "lib/tensor/dtype.h"

namespace {

volatile std::byte sink;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::format::Ggml;
  auto parsed = Ggml::parse("fuzz.bin", std::as_bytes(std::span(data, size)));
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  const Ggml file = std::move(*parsed);
  (void)file.dim("n_vocab", 1, 51866);
  for (const std::byte b : file.filters().data) sink = b;
  for (const std::string_view token : file.vocabulary()) {
    for (const char c : token) sink = static_cast<std::byte>(c);
  }
  for (const auto& tensor : file.tensors()) {
    if (file.find(tensor.name) != &tensor) std::abort();
    if (tensor.data.size() != sotto::tensor::byte_size(tensor.dtype, tensor.elements())) {
      std::abort();
    }
    if (!sotto::tensor::convertible(tensor.dtype)) continue;
    std::vector<float> values(tensor.elements());
    sotto::tensor::to_f32(tensor.dtype, tensor.data.data(), values.size(), values.data());
  }
  return 0;
}
