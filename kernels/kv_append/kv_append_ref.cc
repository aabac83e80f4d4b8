#include <cstring>

#include "kernels/kv_append/kv_append.h"

namespace sotto::kernels::kv_append {

void f32_ref(const Args& args, Range items) noexcept {
  const std::size_t bytes = args.cols * sizeof(float);
  const std::size_t end = items.end * kBlockRows;
  for (std::size_t i = items.begin * kBlockRows; i < end && i < args.rows; ++i) {
    const std::size_t at = (args.past + i) * args.cols;
    std::memcpy(args.k_cache + at, args.k + i * args.ldk, bytes);
    std::memcpy(args.v_cache + at, args.v + i * args.ldv, bytes);
  }
}

}  // namespace sotto::kernels::kv_append
