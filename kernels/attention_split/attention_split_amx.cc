#include "kernels/attention_split/attention_split.h"
//
#include "kernels/attention/attention_simd_avx512.h"
#include "kernels/gemm/gemm_tiles.h"
#include "kernels/split_kv/split_kv_parts.h"

// As in attention_blocks.h all matrices of a block of queries have the queries innermost, so that a
// lane is a query. A tile is 16 rows of 64 bytes: 32 dimensions of 16 keys or 32 keys of 16
// dimensions, by pairs of them of 16 queries.
namespace sotto::kernels::attention_split {
namespace {

using attention::kLog2E;
using attention::kMinusInfinity;
using attention::Simd;
using split_kv::Layout;
using split_kv::Parts;

constexpr std::size_t kBlock = kBlockQueries, kLanes = Simd::kLanes;
constexpr std::size_t kRows = 16, kPairs = 16, kBytes = 64;
constexpr long kRightStride = kBlock * sizeof(std::uint32_t);
static_assert(kBlock == 3 * kLanes && kKeys % (2 * kPairs) == 0 && kMaxHeadDim % kRows == 0);

// What a block of queries needs between its products: 55 KiB.
struct Scratch {
  alignas(64) std::uint32_t q[2][kMaxHeadDim / 2][kBlock];  // pairs of high and of low numbers
  alignas(64) std::uint32_t p[2][kKeys / 2][kBlock];
  alignas(64) float s[kKeys][kBlock];  // scores in powers of 2
  alignas(64) float o[kMaxHeadDim][kBlock];
  alignas(64) float sums[kRows][kBlock];  // of a product of tiles
  alignas(64) float max[kBlock];
  alignas(64) float sum[kBlock];
  alignas(64) float shrink[kBlock];  // 2^(old max - new max)
};
static_assert(sizeof(Scratch) <= 60 * 1024);

// A left factor [16, 2 * pairs] and a right one [2 * pairs, 48], their low parts after the high
// ones.
struct Left {
  const std::uint16_t* p;
  std::size_t stride, low_at;
};
struct Right {
  const std::uint32_t* p;
  std::size_t low_at;
};

// to = high * high + high * low + low * high, a register's number being a literal in each
// intrinsic: 0 to 2 hold sums, 3 and 4 the left factor, 5 to 7 the right one.
[[gnu::always_inline]] inline void multiply(const Left& a, const Right& b, std::size_t pairs,
                                            float (*to)[kBlock]) noexcept {
  const auto stride = static_cast<long>(a.stride * sizeof *a.p);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  for (std::size_t i = 0; i < pairs; i += kPairs) {
    const std::uint16_t* left = a.p + 2 * i;
    const std::uint32_t* right = b.p + i * kBlock;
    _tile_loadd(3, left, stride);
    _tile_loadd(4, left + a.low_at, stride);
    _tile_loadd(5, right, kRightStride);
    _tile_loadd(6, right + kLanes, kRightStride);
    _tile_loadd(7, right + 2 * kLanes, kRightStride);
    _tile_dpbf16ps(0, 3, 5);
    _tile_dpbf16ps(1, 3, 6);
    _tile_dpbf16ps(2, 3, 7);
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 6);
    _tile_dpbf16ps(2, 4, 7);
    _tile_loadd(5, right + b.low_at, kRightStride);
    _tile_loadd(6, right + b.low_at + kLanes, kRightStride);
    _tile_loadd(7, right + b.low_at + 2 * kLanes, kRightStride);
    _tile_dpbf16ps(0, 3, 5);
    _tile_dpbf16ps(1, 3, 6);
    _tile_dpbf16ps(2, 3, 7);
  }
  _tile_stored(0, to[0], kBlock * sizeof(float));
  _tile_stored(1, to[0] + kLanes, kBlock * sizeof(float));
  _tile_stored(2, to[0] + 2 * kLanes, kBlock * sizeof(float));
}

// Lanes without a query are zeros.
[[gnu::always_inline]] inline void split_queries(const float* q, std::size_t ldq, std::size_t count,
                                                 Layout layout, float scale, Scratch& t) noexcept {
  for (std::size_t i = 0; i < kBlock; ++i) {
    for (std::size_t d = 0; d < layout.key_stride(); d += kLanes) {
      const std::size_t left = i < count && d < layout.head_dim ? layout.head_dim - d : 0;
      const auto x = left > 0 ? split_kv::load(q + i * ldq + d, left) : Simd::zero();
      const Parts parts(Simd::mul(x, Simd::set(scale)));
      alignas(32) std::uint32_t high[kLanes / 2], low[kLanes / 2];
      split_kv::store_row(reinterpret_cast<std::uint16_t*>(high), parts.high);
      split_kv::store_row(reinterpret_cast<std::uint16_t*>(low), parts.low);
      for (std::size_t n = 0; n < kLanes / 2; ++n) {
        t.q[0][d / 2 + n][i] = high[n];
        t.q[1][d / 2 + n][i] = low[n];
      }
    }
  }
}

// Turns the scores of `keys` keys into weights, zeros for the block's other keys, and brings max,
// sum and shrink up to date.
[[gnu::always_inline]] inline void weigh(Scratch& t, std::size_t keys) noexcept {
  for (std::size_t at = 0; at < kBlock; at += kLanes) {
    for (std::size_t j = keys; j < kKeys; ++j) Simd::store(t.s[j] + at, Simd::set(kMinusInfinity));
    const __m512 old_max = Simd::load(t.max + at);
    const __m512 max = Simd::max(old_max, attention::largest<Simd>(t.s[0] + at, keys));
    const __m512 shrink = Simd::exp2(Simd::sub(old_max, max));
    Simd::store(t.max + at, max);
    Simd::store(t.shrink + at, shrink);

    __m512 even = Simd::mul(Simd::load(t.sum + at), shrink), odd = Simd::zero();
    for (std::size_t j = 0; j < kKeys; j += 2) {
      const __m512 a = Simd::exp2(Simd::sub(Simd::load(t.s[j] + at), max));
      const __m512 b = Simd::exp2(Simd::sub(Simd::load(t.s[j + 1] + at), max));
      even = Simd::add(even, a);
      odd = Simd::add(odd, b);
      const Parts first(a), second(b);
      _mm512_store_si512(t.p[0][j / 2] + at, split_kv::pair(first.high, second.high));
      _mm512_store_si512(t.p[1][j / 2] + at, split_kv::pair(first.low, second.low));
    }
    Simd::store(t.sum + at, Simd::add(even, odd));
  }
}

// o = o * shrink + the values' rows times the weights.
[[gnu::always_inline]] inline void mix(const std::uint16_t* values, const Layout& layout,
                                       Scratch& t) noexcept {
  for (std::size_t d = 0; d < layout.value_rows(); d += kRows) {
    multiply({values + d * kKeys, kKeys, layout.values()},
             {t.p[0][0], sizeof t.p[0] / sizeof t.p[0][0][0]}, kKeys / 2, t.sums);
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t at = 0; at < kBlock; at += kLanes) {
        float* o = t.o[d + r] + at;
        Simd::store(
            o, Simd::fma(Simd::load(o), Simd::load(t.shrink + at), Simd::load(t.sums[r] + at)));
      }
    }
  }
}

void block_of_queries(const Args& a, std::size_t head, std::size_t first) noexcept {
  const Layout layout{a.head_dim};
  const std::size_t queries = a.queries - first < kBlock ? a.queries - first : kBlock;
  const std::size_t blocks = ceil_div(a.keys, kKeys);
  const std::uint16_t* packed = a.packed + head / (a.heads / a.kv_heads) * blocks * layout.size();

  Scratch t;
  split_queries(a.q + first * a.ldq + head * a.head_dim, a.ldq, queries, layout, a.scale * kLog2E,
                t);
  for (std::size_t i = 0; i < kBlock; ++i) {
    t.max[i] = kMinusInfinity;
    t.sum[i] = 0.0F;
  }
  for (std::size_t d = 0; d < layout.value_rows(); ++d) {
    for (std::size_t at = 0; at < kBlock; at += kLanes) Simd::store(t.o[d] + at, Simd::zero());
  }
  const auto score = [&](const std::uint16_t* keys) __attribute__((always_inline)) {
    gemm::finish_writes();
    for (std::size_t key = 0; key < kKeys; key += kRows) {
      multiply({keys + key * layout.key_stride(), layout.key_stride(), layout.keys()},
               {t.q[0][0], sizeof t.q[0] / sizeof t.q[0][0][0]}, layout.key_stride() / 2,
               t.s + key);
    }
  };
  score(packed);
  for (std::size_t j = 0; j < a.keys; j += kKeys, packed += layout.size()) {
    weigh(t, a.keys - j < kKeys ? a.keys - j : kKeys);
    // The next scores before these outputs, which wait for the weights to be in memory.
    if (j + kKeys < a.keys) score(packed + layout.size());
    gemm::finish_writes();
    mix(packed + 2 * layout.keys(), layout, t);
  }
  attention::store_outputs<Simd>(t.o[0], t.sum, queries, a.head_dim,
                                 a.y + first * a.ldy + head * a.head_dim, a.ldy);
}

}  // namespace

void f32_amx(const Args& a, Range items) noexcept {
  constexpr gemm::TileShape kAll = {kRows, kBytes};
  const gemm::Tiles tiles({kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll});
  const std::size_t across = ceil_div(a.queries, kBlock);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    block_of_queries(a, item / across, item % across * kBlock);
  }
}

}  // namespace sotto::kernels::attention_split
