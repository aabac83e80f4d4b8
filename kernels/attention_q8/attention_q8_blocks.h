// attention_q8 over any instruction set. As in attention_blocks.h all matrices of a block of
// queries have the queries innermost, so that a lane is a query, and keys and values are read one
// broadcast element at a time. An element is four bytes, of four dimensions or of four keys:
//   s [key, query] = sum over d / 4   of K[key, d] . q [d / 4, query]
//   o [d, query]  += sum over key / 4 of V[d, key] . p [key / 4, query]
//
// A variant includes attention_q8_simd_<isa>.h, which adds to quantize_kv's Simd
//   kUnsigned               whether dot takes unsigned bytes of queries
//   load_ints, set_ints     of kLanes integers, unaligned; one value in all lanes
//   dot(sum, lanes, row)    sum[i] + the sum of lanes' four bytes i times row's, signed ones
//   kTileRows, kTileVectors the register tile
#pragma once

#include "kernels/attention_q8/attention_q8.h"
#include "kernels/quantize_kv/quantize_kv_form.h"

namespace sotto::kernels::attention_q8 {
namespace {

using attention::kLog2E;
using attention::kMaxHeadDim;
using attention::kMinusInfinity;
using quantize_kv::Block;
using quantize_kv::kLanes;
using quantize_kv::Layout;
using F32 = Simd::F32;
using I32 = Simd::I32;

constexpr std::size_t kBlock = kBlockQueries;
constexpr std::size_t kFour = 4;
constexpr float kMost = 127.0F;  // of a weight's byte

// What a block of queries needs between its products: 44 KiB.
struct Scratch {
  alignas(64) std::uint8_t q[kMaxHeadDim / kFour][kBlock][kFour];  // + 128 where kUnsigned
  alignas(64) std::uint8_t p[kKeys / kFour][kBlock][kFour];
  alignas(64) float s[kKeys][kBlock];
  alignas(64) float o[kMaxHeadDim][kBlock];
  alignas(64) float q_scale[kBlock];  // times scale * log2(e)
  alignas(64) float max[kBlock];
  alignas(64) float sum[kBlock];
  alignas(64) float shrink[kBlock];  // 2^(old max - new max)
  alignas(64) float grow[kBlock];    // 2^(the block's max - new max)
};
static_assert(sizeof(Scratch) <= 60 * 1024);

[[gnu::always_inline]] inline std::size_t smaller(std::size_t a, std::size_t b) noexcept {
  return a < b ? a : b;
}

// finish(r, v, dots) gets, for row r of kRows and each vector v of kVectors, start(r) and the
// `fours` products of the row's bytes, which lie `stride` apart, with the lanes' at b.
template <std::size_t kRows, std::size_t kVectors, typename Start, typename Finish>
[[gnu::always_inline]] inline void tile(const std::int8_t* rows, std::size_t stride,
                                        const std::uint8_t* b, std::size_t fours,
                                        const Start& start, const Finish& finish) noexcept {
  I32 acc[kRows][kVectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) acc[r][v] = Simd::set_ints(start(r));
  }
  for (std::size_t i = 0; i < fours; ++i) {
    I32 col[kVectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      col[v] = Simd::load_ints(b + (i * kBlock + v * kLanes) * kFour);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      std::int32_t four;
      std::memcpy(&four, rows + r * stride + i * kFour, sizeof four);
      const I32 row = Simd::set_ints(four);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) {
        acc[r][v] = Simd::dot(acc[r][v], col[v], row);
        asm volatile("" : "+v"(acc[r][v]));
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) finish(r, v, acc[r][v]);
  }
}

// The products of all kinds of tiles that `count` rows take. kEpilogue gives each tile's start and
// finish, from its first row and the first of its lanes.
template <std::size_t kVectors, typename Epilogue>
void tiles(const std::int8_t* rows, std::size_t stride, std::size_t count, const std::uint8_t* b,
           std::size_t fours, std::size_t lane, const Epilogue& epilogue) noexcept {
  const auto some = [&]<std::size_t kRows>(std::size_t r) __attribute__((always_inline)) {
    tile<kRows, kVectors>(
        rows + r * stride, stride, b + lane * kFour,
        fours, [&](std::size_t i) __attribute__((always_inline)) { return epilogue.start(r + i); },
        [&](std::size_t i, std::size_t v, I32 dots)
            __attribute__((always_inline)) { epilogue.finish(r + i, lane + v * kLanes, dots); });
  };
  std::size_t r = 0;
  for (; r + Simd::kTileRows <= count; r += Simd::kTileRows) {
    some.template operator()<Simd::kTileRows>(r);
  }
  for (; r < count; ++r) some.template operator()<1>(r);
}

template <typename Epilogue>
[[gnu::always_inline]] inline void product(const std::int8_t* rows, std::size_t stride,
                                           std::size_t count, const std::uint8_t* b,
                                           std::size_t fours, std::size_t lanes,
                                           const Epilogue& epilogue) noexcept {
  constexpr std::size_t kFull = Simd::kTileVectors;
  static_assert(kFull == 2 || kFull == 3);
  std::size_t at = 0;
  for (; at + kFull * kLanes <= lanes; at += kFull * kLanes) {
    tiles<kFull>(rows, stride, count, b, fours, at, epilogue);
  }
  if (at + 2 * kLanes == lanes) {
    tiles<2>(rows, stride, count, b, fours, at, epilogue);
  } else if (at + kLanes == lanes) {
    tiles<1>(rows, stride, count, b, fours, at, epilogue);
  }
}

// Scores of the keys of a block, in powers of 2.
struct ToScores {
  Scratch& t;
  const Block<const std::uint8_t>& block;

  [[gnu::always_inline]] inline std::int32_t start(std::size_t key) const noexcept {
    return Simd::kUnsigned ? block.key_offsets[key] : 0;
  }
  [[gnu::always_inline]] inline void finish(std::size_t key, std::size_t lane,
                                            I32 dots) const noexcept {
    const F32 steps = Simd::mul(Simd::to_float(dots), Simd::load(t.q_scale + lane));
    Simd::store(t.s[key] + lane, Simd::mul(steps, Simd::set(block.key_scales[key])));
  }
};

// The outputs so far and the block's share of them.
struct ToOutputs {
  Scratch& t;
  const Block<const std::uint8_t>& block;

  [[gnu::always_inline]] inline std::int32_t start(std::size_t) const noexcept { return 0; }
  [[gnu::always_inline]] inline void finish(std::size_t d, std::size_t lane,
                                            I32 dots) const noexcept {
    const F32 steps = Simd::mul(Simd::to_float(dots), Simd::load(t.grow + lane));
    const F32 before = Simd::mul(Simd::load(t.o[d] + lane), Simd::load(t.shrink + lane));
    Simd::store(t.o[d] + lane, Simd::fma(steps, Simd::set(block.value_scales[d]), before));
  }
};

// Turns the scores of `keys` keys into weights, zeros up to the next multiple of four, and brings
// max, sum, shrink and grow up to date.
void weigh(Scratch& t, std::size_t keys, std::size_t lanes) noexcept {
  const std::size_t whole = keys - keys % kFour;
  for (std::size_t at = 0; at < lanes; at += kLanes) {
    F32 most[2] = {Simd::load(t.s[0] + at), Simd::load(t.s[keys - 1] + at)};
    for (std::size_t j = 0; j + 2 <= keys; j += 2) {
      most[0] = Simd::max(most[0], Simd::load(t.s[j] + at));
      most[1] = Simd::max(most[1], Simd::load(t.s[j + 1] + at));
    }
    const F32 block_max = Simd::max(most[0], most[1]);
    const F32 old_max = Simd::load(t.max + at);
    const F32 max = Simd::max(old_max, block_max);
    const F32 shrink = Simd::exp2(Simd::sub(old_max, max));
    const F32 grow = Simd::exp2(Simd::sub(block_max, max));
    Simd::store(t.max + at, max);
    Simd::store(t.shrink + at, shrink);
    Simd::store(t.grow + at, grow);

    I32 sum = Simd::zero_ints();
    const F32 top = Simd::set(kMost);
    const auto weight = [&](std::size_t j) __attribute__((always_inline)) {
      const F32 power = Simd::exp2(Simd::sub(Simd::load(t.s[j] + at), block_max));
      const I32 p = Simd::to_ints(Simd::mul(power, top));
      sum = Simd::add(sum, p);
      return p;
    };
    std::size_t j = 0;
    for (; j < whole; j += kFour) {
      const I32 a = weight(j), b = weight(j + 1), c = weight(j + 2), d = weight(j + 3);
      Simd::store(t.p[j / kFour][at], Simd::pack4(a, b, c, d));
    }
    if (j < keys) {
      const I32 zero = Simd::zero_ints();
      const I32 a = weight(j), b = j + 1 < keys ? weight(j + 1) : zero;
      Simd::store(t.p[j / kFour][at], Simd::pack4(a, b, j + 2 < keys ? weight(j + 2) : zero, zero));
    }
    const F32 before = Simd::mul(Simd::load(t.sum + at), shrink);
    Simd::store(t.sum + at, Simd::fma(Simd::to_float(sum), grow, before));
  }
}

// The queries q[i, :], `count` of them, and lanes without a query, which are zeros.
[[gnu::always_inline]] inline void quantize_queries(const float* q, std::size_t ldq,
                                                    std::size_t count, std::size_t lanes,
                                                    std::size_t head_dim, float scale,
                                                    Scratch& t) noexcept {
  constexpr std::uint32_t kBias = Simd::kUnsigned ? 0x80808080U : 0;
  const std::size_t fours = ceil_div(head_dim, kFour);
  alignas(64) std::int8_t bytes[quantize_kv::kRowBytes] = {};
  for (std::size_t i = 0; i < lanes; ++i) {
    float step = 0.0F;
    if (i < count) {
      step = quantize_kv::quantize_row(q + i * ldq, head_dim, bytes).scale;
    } else {
      std::memset(bytes, 0, sizeof bytes);
    }
    t.q_scale[i] = step * scale;
    t.sum[i] = step * 0.0F;  // NaN stays: weights of 8 bits would lose it
    t.max[i] = kMinusInfinity;
    for (std::size_t f = 0; f < fours; ++f) {
      std::uint32_t four;
      std::memcpy(&four, bytes + f * kFour, sizeof four);
      four ^= kBias;
      std::memcpy(t.q[f][i], &four, sizeof four);
    }
  }
}

// NaN if a key of the block is not finite, else 0.
[[gnu::always_inline]] inline float poison(const Block<const std::uint8_t>& block) noexcept {
  const F32 zero = Simd::zero();
  F32 sum = zero;
  for (std::size_t j = 0; j < kKeys; j += kLanes) {
    sum = Simd::fma(Simd::load(block.key_scales + j), zero, sum);
  }
  return Simd::reduce_add(sum);
}

// y[i, d] = o[d, i] / sum[i].
[[gnu::always_inline]] inline void store_outputs(Scratch& t, std::size_t count, std::size_t lanes,
                                                 std::size_t head_dim, float* y,
                                                 std::size_t ldy) noexcept {
  for (std::size_t at = 0; at < lanes; at += kLanes) {
    const F32 sum = Simd::load(t.sum + at);
    for (std::size_t d = 0; d < head_dim; ++d) {
      Simd::store(t.o[d] + at, Simd::div(Simd::load(t.o[d] + at), sum));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < head_dim; ++d) y[i * ldy + d] = t.o[d][i];
  }
}

[[gnu::always_inline]] inline void block_of_queries(const Args& a, std::size_t head,
                                                    std::size_t first) noexcept {
  const Layout layout{a.head_dim};
  const std::size_t queries = smaller(kBlock, a.queries - first);
  const std::size_t lanes = ceil_div(queries, kLanes) * kLanes;
  const std::size_t blocks = ceil_div(a.keys, kKeys);
  const std::size_t fours = layout.key_stride() / kFour;
  const std::uint8_t* packed = a.packed + head / (a.heads / a.kv_heads) * blocks * layout.bytes();

  Scratch t;
  quantize_queries(a.q + first * a.ldq + head * a.head_dim, a.ldq, queries, lanes, a.head_dim,
                   a.scale * kLog2E, t);
  for (std::size_t d = 0; d < a.head_dim; ++d) {
    for (std::size_t at = 0; at < lanes; at += kLanes) Simd::store(t.o[d] + at, Simd::zero());
  }
  float finite = 0.0F;
  for (std::size_t j = 0; j < a.keys; j += kKeys, packed += layout.bytes()) {
    const std::size_t count = smaller(kKeys, a.keys - j);
    const Block block(packed, layout);
    product(block.keys, layout.key_stride(), count, &t.q[0][0][0], fours, lanes,
            ToScores{t, block});
    weigh(t, count, lanes);
    product(block.values, kKeys, a.head_dim, &t.p[0][0][0], ceil_div(count, kFour), lanes,
            ToOutputs{t, block});
    finite += poison(block);
  }
  for (std::size_t i = 0; i < lanes; ++i) t.sum[i] += finite;
  store_outputs(t, queries, lanes, a.head_dim, a.y + first * a.ldy + head * a.head_dim, a.ldy);
}

[[gnu::always_inline]] inline void run(const Args& a, Range items) noexcept {
  const std::size_t across = ceil_div(a.queries, kBlock);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    block_of_queries(a, item / across, item % across * kBlock);
  }
}

}  // namespace
}  // namespace sotto::kernels::attention_q8
