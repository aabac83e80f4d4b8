#include "kernels/embedding_q8/embedding_q8.h"
#include "kernels/gemm_q8/gemm_q8_panels.h"

namespace sotto::kernels::embedding_q8 {

void q8_ref(const Args& a, Range items) noexcept {
  for (std::size_t r = items.begin; r < items.end; ++r) {
    gemm_q8::unpack_row<gemm_q8::Eight>(a.w, static_cast<std::size_t>(a.ids[r]), a.cols, a.layout,
                                        a.y + r * a.cols);
  }
}

}  // namespace sotto::kernels::embedding_q8
