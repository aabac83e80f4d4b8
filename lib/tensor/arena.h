// Aligned blocks of memory: a session's arena, a model's packed weights.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace sotto::tensor {

// One zeroed block, aligned to kAlignment. Move-only; freed with the object. Large ones take
// physical memory page by page as they are used: a cache has room for texts that few sounds have.
class Arena {
 public:
  Arena() = default;

  // `what` names the need in the error: "the session's arena".
  static Result<Arena> allocate(std::size_t bytes, std::string_view what);

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  struct Free {
    void operator()(std::byte* block) const noexcept { std::free(block); }
  };
  std::unique_ptr<std::byte, Free> block_;
  std::byte* data_ = nullptr;  // the first aligned byte of block_
  std::size_t size_ = 0;
};

}  // namespace sotto::tensor
