#include "kernels/gemm/gemm_simd_avx512.h"
//
#include "kernels/gemm/gemm_tile_form.h"
#include "kernels/gemm_bf16/gemm_bf16.h"

namespace sotto::kernels::gemm_bf16 {

// The tiles read the weights where they lie, except for what is left of k, which is filled up to a
// step by zeros.
void bf16_amx(const Args& a, Range items) noexcept {
  constexpr std::size_t kTerms = 512;
  gemm::RoundedRows<kTerms> x;
  alignas(64) Bf16 last[gemm::kStepSize];
  static_assert(sizeof x + sizeof last + 16 * 1024 <= 64 * 1024);
  const auto load = [&](std::size_t row, std::size_t rows, std::size_t p, std::size_t terms)
      __attribute__((always_inline)) {
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = a.x + (row + r) * a.ldx + p;
      for (std::size_t i = 0; i < terms; i += gemm::kStep) {
        _mm512_store_si512(x.of[r] + i, gemm::rounded(gemm::Terms(from + i, terms - i)));
      }
    }
    return gemm::Numbers<false>{x.of[0], nullptr};
  };
  const auto weights = [&](const Bf16* panel, std::size_t p, std::size_t terms,
                           const auto& multiply) __attribute__((always_inline)) {
    const Bf16* from = panel + p * gemm::Simd::kPanel;
    const std::size_t whole = terms / gemm::kStep;
    if (whole > 0) multiply(gemm::Numbers<false>{from, nullptr}, whole, 0);
    if (terms % gemm::kStep == 0) return;
    constexpr std::size_t kPairs = gemm::Simd::kPanel * 2;
    const std::size_t pairs = ceil_div(terms % gemm::kStep, 2);
    from += whole * gemm::kStepSize;
    for (std::size_t i = 0; i < gemm::kStep / 2; ++i) {
      for (std::size_t j = 0; j < kPairs; j += 32) {
        const __m512i v =
            i < pairs ? _mm512_loadu_si512(from + i * kPairs + j) : _mm512_setzero_si512();
        _mm512_store_si512(last + i * kPairs + j, v);
      }
    }
    multiply(gemm::Numbers<false>{last, nullptr}, 1, whole);
  };
  gemm::run_tiles<false, kTerms>(a, items, load, weights);
}

}  // namespace sotto::kernels::gemm_bf16
