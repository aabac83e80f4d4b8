#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_pairs.h"
#include "kernels/gemv/gemv_form.h"
#include "kernels/gemv_bf16/gemv_bf16.h"

namespace sotto::kernels::gemv_bf16 {
namespace {

using gemm::Simd;

constexpr std::size_t kPairs = 2048;  // 32 KiB of x for four rows
constexpr std::size_t kStride = kPairs + 16;
constexpr std::size_t kPanels = gemv::kItemPanels;

// The outputs of all items for kRows rows. Rounded x stays from one item to the next if it fits.
template <std::size_t kRows>
void rows(const Args& a, Range items, std::size_t row) {
  alignas(64) float x[kRows * kStride];
  const auto* w = reinterpret_cast<const float*>(a.w);
  const std::size_t pairs = ceil_div(a.k, 2);
  const std::size_t panel = Simd::kPanel * pairs;
  const std::size_t begin = items.begin * gemv::kItemPanels * Simd::kPanel;
  const std::size_t end = gemm::smaller(items.end * gemv::kItemPanels * Simd::kPanel, a.n);
  for (std::size_t column = begin; column < end; column += kPanels * Simd::kPanel) {
    alignas(64) float sums[kPanels * kRows * Simd::kPanel] = {};
    const std::size_t panels = gemm::smaller(kPanels, ceil_div(end - column, Simd::kPanel));
    for (std::size_t p = 0; p < pairs; p += kPairs) {
      const std::size_t count = gemm::smaller(kPairs, pairs - p);
      if (column == begin || pairs > kPairs) {
        const std::size_t terms = gemm::smaller(2 * count, a.k - 2 * p);
        gemm::round_to_pairs(a.x + row * a.ldx + 2 * p, a.ldx, kRows, terms, x, kStride);
      }
      const float* from = w + column * pairs + p * Simd::kPanel;
      if (panels == kPanels) {
        gemv::product<gemm::Pairs, kRows, kPanels>(x, kStride, from, panel, count, sums);
      } else {
        gemv::product<gemm::Pairs, kRows, 1>(x, kStride, from, panel, count, sums);
      }
    }
    for (std::size_t q = 0; q < panels; ++q) {
      const std::size_t at = column + q * Simd::kPanel;
      gemm::finish(a, sums + q * kRows * Simd::kPanel, row, kRows, at,
                   gemm::smaller(Simd::kPanel, a.n - at));
    }
  }
}

}  // namespace

void bf16_avx512bf16(const Args& a, Range items) noexcept {
  for (std::size_t row = 0; row < a.m; row += gemv::kMaxRows) {
    switch (a.m - row) {
      case 1: rows<1>(a, items, row); break;
      case 2: rows<2>(a, items, row); break;
      case 3: rows<3>(a, items, row); break;
      default: rows<4>(a, items, row);
    }
  }
}

}  // namespace sotto::kernels::gemv_bf16
