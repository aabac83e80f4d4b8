#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_broadcast.h"
#include "kernels/gemm/gemm_pairs.h"
#include "kernels/gemm_bf16/gemm_bf16.h"

namespace sotto::kernels::gemm_bf16 {
namespace {

constexpr gemm::ProductTable<gemm::Pairs> kProducts;

}  // namespace

// The rows of a tile are rounded once for the panels of an item: 28 KiB of them, and 7 KiB of sums.
void bf16_avx512bf16(const Args& a, Range items) noexcept {
  constexpr std::size_t kPairs = 512;
  const auto* w = reinterpret_cast<const float*>(a.w);
  const std::size_t pairs = ceil_div(a.k, 2);
  const auto copy = [&](std::size_t row, std::size_t rows, std::size_t p, std::size_t count,
                        float* to, std::size_t stride) __attribute__((always_inline)) {
    const std::size_t terms = gemm::smaller(2 * count, a.k - 2 * p);
    gemm::round_to_pairs(a.x + row * a.ldx + 2 * p, a.ldx, rows, terms, to, stride);
  };
  gemm::for_each_item(
      a, items,
      [&](std::size_t row, std::size_t row_end, std::size_t column, std::size_t column_end, bool)
          __attribute__((always_inline)) {
            gemm::compute_copied<kPairs>(a, w, pairs, row, row_end, column, column_end,
                                         kProducts.of, copy);
          });
}

}  // namespace sotto::kernels::gemm_bf16
