// Any bytes are a safetensors file, or the index of one, or an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "lib/format/safetensors.h"
#include "lib/format/safetensors_json.h"

namespace {

volatile std::byte sink;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::format::Safetensors;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto index = sotto::format::parse_index("fuzz.json", bytes);
  if (!index && index.error().message.empty()) std::abort();

  auto parsed = Safetensors::parse("fuzz.safetensors", bytes);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  const Safetensors file = std::move(*parsed);
  for (const auto& tensor : file.tensors()) {
    if (file.find(tensor.name) != &tensor) std::abort();
    if (tensor.data.size() != sotto::tensor::byte_size(tensor.dtype, tensor.elements())) {
      std::abort();
    }
    for (const std::byte b : tensor.data) sink = b;
  }
  return 0;
}
