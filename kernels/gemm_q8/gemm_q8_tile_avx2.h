// The product of a tile in AVX2, which has no exact multiplication of bytes for all of their
// values: _mm256_maddubs_epi16 saturates. Weights of 8 bits and x are widened to 16 bits; those of
// 4 bits stay unsigned bytes, whose products with a whole block of x fit 16 bits.
#pragma once

#include <cstring>

#include "kernels/gemm/gemm_simd_avx2.h"
#include "kernels/gemm_q8/gemm_q8_form.h"

namespace sotto::kernels::gemm_q8 {
namespace {

constexpr std::size_t kTileRows = 6;  // 12 sums, 2 of w, 1 of x, 1 product, of 16; the floats wait

[[gnu::always_inline]] inline __m256i broadcast(const void* four_bytes) {
  std::int32_t v;
  std::memcpy(&v, four_bytes, sizeof v);
  return _mm256_set1_epi32(v);
}

// Ends the computation of a sum: g++ 12 would rather make all products of a tile first and then
// their sums, which are too many for the registers.
[[gnu::always_inline]] inline void keep(__m256i& sum) { asm volatile("" : "+x"(sum)); }

template <std::size_t kRows>
using Sums = __m256i[kRows][Simd::kVecs];

// inner[r][v] = the exact sums of a block, weights of 8 bits.
template <std::size_t kRows>
[[gnu::always_inline]] inline void eight(const Rows<kRows>& rows, const std::uint8_t* values,
                                         Sums<kRows>& inner) {
  constexpr std::size_t kGroup = 2;
  alignas(32) std::int16_t wide[kRows][kTerms];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t p = 0; p < kTerms; p += 16) {
      const __m128i q = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[r].q + p));
      _mm256_store_si256(reinterpret_cast<__m256i*>(wide[r] + p), _mm256_cvtepi8_epi16(q));
    }
  }
  const auto step = [&](std::size_t t, bool first) __attribute__((always_inline)) {
    __m256i b[Simd::kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      const std::uint8_t* from = values + (t * Simd::kPanel + v * Simd::kLanes) * kGroup;
      b[v] = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m256i e = broadcast(wide[r] + t * kGroup);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        const __m256i products = _mm256_madd_epi16(b[v], e);
        inner[r][v] = first ? products : _mm256_add_epi32(inner[r][v], products);
        keep(inner[r][v]);
      }
    }
  };
  step(0, true);
#pragma GCC unroll 1  // so that x is broadcast from memory
  for (std::size_t t = 1; t < kTerms / kGroup; ++t) step(t, false);
}

// The same, weights of 4 bits: at most 16 * 15 * 127 = 30480 in a lane of 16 bits.
template <std::size_t kRows>
[[gnu::always_inline]] inline void four(const Rows<kRows>& rows, const std::uint8_t* values,
                                        Sums<kRows>& inner) {
  constexpr std::size_t kGroup = 4;
  constexpr std::size_t kSteps = kTerms / kGroup / 2;
  const __m256i mask = _mm256_set1_epi8(15);
  const auto step = [&](std::size_t t, bool first) __attribute__((always_inline)) {
    __m256i low[Simd::kVecs], high[Simd::kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      const std::uint8_t* from = values + (t * Simd::kPanel + v * Simd::kLanes) * kGroup;
      const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
      low[v] = _mm256_and_si256(both, mask);
      high[v] = _mm256_and_si256(_mm256_srli_epi32(both, 4), mask);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m256i e = broadcast(rows[r].q + t * kGroup);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        const __m256i products = _mm256_maddubs_epi16(low[v], e);
        inner[r][v] = first ? products : _mm256_add_epi16(inner[r][v], products);
        keep(inner[r][v]);
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m256i e = broadcast(rows[r].q + (t + kSteps) * kGroup);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        inner[r][v] = _mm256_add_epi16(inner[r][v], _mm256_maddubs_epi16(high[v], e));
        keep(inner[r][v]);
      }
    }
  };
  step(0, true);
#pragma GCC unroll 1
  for (std::size_t t = 1; t < kSteps; ++t) step(t, false);
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
    // The weights are 8 too large, a sixteenth of what Block::offset is for.
    const __m256i offset = _mm256_srai_epi32(_mm256_set1_epi32(rows[r].offset), 4);
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      const __m256i sums = _mm256_madd_epi16(inner[r][v], _mm256_set1_epi16(1));
      inner[r][v] = _mm256_add_epi32(sums, offset);
    }
  }
}

template <Bits kBits, std::size_t kRows>
void product(const Block* x, std::size_t ldx, const std::uint8_t* w, std::size_t blocks,
             float* sums) {
  Rows<kRows> rows(x, ldx);
  Chains<kRows> chains(sums);
  for (; blocks > 0; --blocks, w += kPanelBytes<kBits>) {
    const std::uint8_t* values = w + kScaleBytes * Simd::kPanel;
    Sums<kRows> inner;
    if constexpr (kBits == Bits::kEight) {
      eight(rows, values, inner);
    } else {
      four(rows, values, inner);
    }
    Vec scales[Simd::kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < Simd::kVecs; ++v) {
      const std::uint8_t* from = w + v * Simd::kLanes * kScaleBytes;
      scales[v] = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec scale = Simd::set(rows[r].scale);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Simd::kVecs; ++v) {
        chains.add(r, v, _mm256_cvtepi32_ps(inner[r][v]), scales[v], scale);
      }
    }
    rows.next();
  }
  chains.store(sums);
}

}  // namespace
}  // namespace sotto::kernels::gemm_q8
