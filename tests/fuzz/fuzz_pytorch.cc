// Any bytes are a checkpoint, a pickle, or an error; every tensor lies in the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "lib/format/pickle.h"
#include "lib/format/pytorch.h"

namespace {

volatile std::byte sink;
constexpr std::string_view kGlobals[] = {"torch._utils _rebuild_tensor_v2", "torch HalfStorage"};

void unpickle(std::span<const std::byte> bytes) {
  const auto pickle = sotto::format::Pickle::parse("fuzz.pkl", bytes, kGlobals);
  if (!pickle) {
    if (pickle.error().message.empty()) std::abort();
    return;
  }
  const auto& root = (*pickle)[pickle->root()];
  (void)pickle->find(root, "dims");
  for (const auto id : root.items()) {
    for (const char c : (*pickle)[id].text()) sink = static_cast<std::byte>(c);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::format::Pytorch;
  const auto bytes = std::as_bytes(std::span(data, size));
  unpickle(bytes);
  auto parsed = Pytorch::parse("fuzz.pt", bytes);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  const Pytorch file = std::move(*parsed);
  (void)file.dim("n_mels", 80, 128);
  for (const auto& tensor : file.tensors()) {
    if (file.find(tensor.name) != &tensor) std::abort();
    if (tensor.data.size() != sotto::tensor::byte_size(tensor.dtype, tensor.elements())) {
      std::abort();
    }
    for (const std::byte b : tensor.data) sink = b;
  }
  return 0;
}
