// attention_q8 over any instruction set. As in attention_blocks.h all matrices of a block of
// queries have the queries innermost, so that a lane is a query, and keys and values are read one
// broadcast element at a time. An element is four bytes, of four dimensions or of four keys:
//   s [key, query] = sum over d / 4   of K[key, d] . q [d / 4, query]
//   o [d, query]  += sum over key / 4 of V[d, key] . p [key / 4, query]
//
// A variant includes attention_q8_simd_<isa>.h, which adds to quantize_kv's Simd
//   kUnsigned               whether products take unsigned bytes of queries
//   load_ints, set_ints     of kLanes integers, unaligned; one value in all lanes
//   bits, from_bits         an F32 as I32 and back
//   to_exponent(I32)        the lowest bits where a float has its exponent
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

// 127 * 2^r for |r| <= 1/2, exactly 127 at 0, within 4.5e-4: Chebyshev's interpolation. A weight's
// byte is another than the exact power's where that is so close to a half.
constexpr float kWeight[] = {127.0F, 88.0263748F, 30.5083828F, 7.10209084F, 1.22762883F};
// Below this a weight is zero, half a step being 2^-7.99.
constexpr float kLeast = -9.0F;
// Added to a float of small magnitude, rounds it to an integer, which the lowest bits then hold.
constexpr float kRound = 0x1.8p23F;

// What a block of queries needs between its products: 46 KiB.
struct Scratch {
  alignas(64) std::uint8_t q[kMaxHeadDim / kFour][kBlock][kFour];  // + 128 where kUnsigned
  alignas(64) std::uint8_t p[kKeys / kFour][kBlock][kFour];
  alignas(64) float s[kKeys][kBlock];  // in steps of the query
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

// A variant's Product calls, for each of `count` rows of bytes, `stride` apart, and each vector of
// `lanes` lanes, epilogue.finish(row, lane, dots): epilogue.start(row) and the `fours` products of
// four of the row's bytes with the lanes' at b. Its fours(n) and lanes(n) say how many it takes
// where n are there; what lies in the others does not matter, but for bytes at b, which are zeros.

// Scores of the keys of a block, in steps of the query.
struct ToScores {
  Scratch& t;
  const Block<const std::uint8_t>& block;

  [[gnu::always_inline]] inline std::int32_t start(std::size_t key) const noexcept {
    return Simd::kUnsigned ? block.key_offsets[key] : 0;
  }
  [[gnu::always_inline]] inline void finish(std::size_t key, std::size_t lane,
                                            I32 dots) const noexcept {
    Simd::store(t.s[key] + lane, Simd::mul(Simd::to_float(dots), Simd::set(block.key_scales[key])));
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

// round(127 * 2^x) for x <= 0.
[[gnu::always_inline]] inline I32 weight(F32 x) noexcept {
  x = Simd::max(x, Simd::set(kLeast));
  const F32 rounded = Simd::add(x, Simd::set(kRound));
  const F32 r = Simd::sub(x, Simd::sub(rounded, Simd::set(kRound)));
  F32 p = Simd::set(kWeight[4]);
  p = Simd::fma(p, r, Simd::set(kWeight[3]));
  p = Simd::fma(p, r, Simd::set(kWeight[2]));
  p = Simd::fma(p, r, Simd::set(kWeight[1]));
  p = Simd::fma(p, r, Simd::set(kWeight[0]));
  const I32 power = Simd::to_exponent(Simd::bits(rounded));
  return Simd::to_ints(Simd::from_bits(Simd::add(Simd::bits(p), power)));
}

// Turns the scores of `keys` keys into weights, zeros for the block's other keys, and brings max,
// sum, shrink and grow up to date.
void weigh(Scratch& t, std::size_t keys, std::size_t lanes) noexcept {
  const std::size_t whole = keys - keys % kFour;
  for (std::size_t at = 0; at < lanes; at += kLanes) {
    const F32 steps = attention::largest<Simd>(t.s[0] + at, keys);
    const F32 scale = Simd::load(t.q_scale + at);
    const F32 block_max = Simd::mul(steps, scale), old_max = Simd::load(t.max + at);
    const F32 max = Simd::max(old_max, block_max);
    const F32 shrink = Simd::exp2(Simd::sub(old_max, max));
    const F32 grow = Simd::exp2(Simd::sub(block_max, max));
    Simd::store(t.max + at, max);
    Simd::store(t.shrink + at, shrink);
    Simd::store(t.grow + at, grow);

    I32 sum = Simd::zero_ints();
    const auto byte = [&](std::size_t j) __attribute__((always_inline)) {
      const I32 p = weight(Simd::mul(Simd::sub(Simd::load(t.s[j] + at), steps), scale));
      sum = Simd::add(sum, p);
      return p;
    };
    std::size_t j = 0;
    for (; j < whole; j += kFour) {
      const I32 a = byte(j), b = byte(j + 1), c = byte(j + 2), d = byte(j + 3);
      Simd::store(t.p[j / kFour][at], Simd::pack4(a, b, c, d));
    }
    const I32 zero = Simd::zero_ints();
    for (; j < kKeys; j += kFour) {
      const I32 a = j < keys ? byte(j) : zero, b = j + 1 < keys ? byte(j + 1) : zero;
      const I32 c = j + 2 < keys ? byte(j + 2) : zero;
      Simd::store(t.p[j / kFour][at], Simd::pack4(a, b, c, zero));
    }
    const F32 before = Simd::mul(Simd::load(t.sum + at), shrink);
    Simd::store(t.sum + at, Simd::fma(Simd::to_float(sum), grow, before));
  }
}

// The queries q[i, :], `count` of them, and lanes without a query, which are zeros.
[[gnu::always_inline]] inline void quantize_queries(const float* q, std::size_t ldq,
                                                    std::size_t count, std::size_t lanes,
                                                    std::size_t head_dim, std::size_t fours,
                                                    float scale, Scratch& t) noexcept {
  constexpr std::uint32_t kBias = Simd::kUnsigned ? 0x80808080U : 0;
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

template <typename Product>
[[gnu::always_inline]] inline void block_of_queries(const Args& a, std::size_t head,
                                                    std::size_t first) noexcept {
  const Layout layout{a.head_dim};
  const std::size_t queries = smaller(kBlock, a.queries - first);
  const std::size_t lanes = Product::lanes(ceil_div(queries, kLanes) * kLanes);
  const std::size_t fours = Product::fours(layout.key_stride() / kFour);
  const std::size_t blocks = ceil_div(a.keys, kKeys);
  const std::uint8_t* packed = a.packed + head / (a.heads / a.kv_heads) * blocks * layout.bytes();
  const auto count = [&](std::size_t b) __attribute__((always_inline)) {
    return smaller(kKeys, a.keys - b * kKeys);
  };

  const float* q = a.q + first * a.ldq + head * a.head_dim;
  if (first + kBlock < a.queries) {
    attention::fetch(q + kBlock * a.ldq, a.ldq, smaller(kBlock, a.queries - first - kBlock),
                     a.head_dim);
  }
  Scratch t;
  quantize_queries(q, a.ldq, queries, lanes, a.head_dim, fours, a.scale * kLog2E, t);
  for (std::size_t d = 0; d < a.head_dim; ++d) {
    for (std::size_t at = 0; at < lanes; at += kLanes) Simd::store(t.o[d] + at, Simd::zero());
  }
  const auto score = [&](const Block<const std::uint8_t>& block, std::size_t keys)
      __attribute__((always_inline)) {
    Product::run(block.keys, layout.key_stride(), keys, &t.q[0][0][0], fours, lanes,
                 ToScores{t, block});
  };
  float finite = 0.0F;
  score(Block(packed, layout), count(0));
  for (std::size_t b = 0; b < blocks; ++b, packed += layout.bytes()) {
    const Block block(packed, layout);
    weigh(t, count(b), lanes);
    // The next scores before these outputs, which wait for the weights to be in memory.
    if (b + 1 < blocks) score(Block(packed + layout.bytes(), layout), count(b + 1));
    Product::run(block.values, kKeys, a.head_dim, &t.p[0][0][0],
                 Product::fours(ceil_div(count(b), kFour)), lanes, ToOutputs{t, block});
    finite += poison(block);
  }
  for (std::size_t i = 0; i < lanes; ++i) t.sum[i] += finite;
  attention::store_outputs<Simd>(t.o[0], t.sum, queries, a.head_dim,
                                 a.y + first * a.ldy + head * a.head_dim, a.ldy);
}

template <typename Product>
[[gnu::always_inline]] inline void run(const Args& a, Range items) noexcept {
  const std::size_t across = ceil_div(a.queries, kBlock);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    block_of_queries<Product>(a, item / across, item % across * kBlock);
  }
}

}  // namespace
}  // namespace sotto::kernels::attention_q8
