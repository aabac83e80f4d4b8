// The two code paths of attention, written once over a few vector operations that each variant
// defines (struct Simd in attention_<isa>.cc). Everything here has internal linkage, so that every
// variant has its own copy, compiled for its own instruction set.
//
// Simd has
//   F32, kLanes                       a vector of kLanes floats
//   load, store, zero, set            unaligned load and store, all lanes 0, all lanes one value
//   load(p), load_first(p, n)         the same of F16, widened
//   load_first(p, n)                  the first n < kLanes lanes; no other element is touched
//   add, sub, mul, div, max           lane by lane
//   fma(a, b, c)                      a * b + c, rounded once
//   exp2(x)                           2^x for x <= 0, exactly 0 for x < -126 and for -infinity
//   keep_from(index, limit, x)        x where index >= limit, else -infinity
//   first(x)                          lane 0
//   reduce_add, reduce_max            over the lanes, in a fixed order
//   reduce_add4(a, b, c, d, p)        p[0..3] = the sums of the lanes of a, b, c, d
//   transpose4(p, ld, q)              q[4 i + j] = p[ld j + i] for i, j < 4
//   kTileRows, kTileVectors           the register tile of a block of queries
#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>

#include "kernels/attention/attention.h"
#include "kernels/attention/attention_packed.h"
#include "kernels/half.h"

namespace sotto::kernels::attention {
namespace {

constexpr std::size_t kBlock = kBlockQueries;
constexpr float kLog2E = 1.44269504F;
constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

// Minimax polynomial of 2^r for |r| <= 1/2: relative error 1.6e-8 with the coefficients in f32, and
// exactly 1 at 0. With its six roundings exp2 is within 2 ulp.
constexpr float kExp2[] = {1.0F,           0.693147182F,   0.240226462F,   0.0555032864F,
                           0.00961848907F, 0.00133999309F, 0.000153458124F};
constexpr float kExp2Least = -126.0F;

// Up to this many queries, each is computed by itself (few_queries): a block of queries costs as
// much as a vector full of them.
constexpr std::size_t kFewQueries = 8;

constexpr std::size_t min(std::size_t a, std::size_t b) noexcept { return a < b ? a : b; }

// ---------------------------------------------------------------------------------------------
// Blocks of queries. All of a block's matrices have the queries innermost, 48 to a row: a lane is a
// query. Then maximum, sum and rescaling are lane by lane, K and V are read in place, one broadcast
// element at a time, and no head_dim needs a tail:
//   s [key, query] = sum over d   of K[key, d] * q [d, query]
//   o [d, query]  += sum over key of V[key, d] * s [key, query]

constexpr std::size_t kBlockKeys = 64;

// What a block of queries needs between its products, for heads of head_dim. Keys and values of 16
// bits are widened first, a block of keys at a time, which is shorter for large heads.
template <typename Cache>
struct Scratch {
  static constexpr bool kWiden = !std::is_same_v<Cache, float>;
  static constexpr std::size_t kFloats = kBlock * (2 * kMaxHeadDim + kBlockKeys);

  explicit Scratch(std::size_t head_dim) noexcept
      : keys(kWiden && head_dim > kMaxHeadDim / 2 ? kBlockKeys / 4 : kBlockKeys),
        q(floats),
        o(q + head_dim * kBlock),
        s(o + head_dim * kBlock),
        wide(s + keys * kBlock) {}

  std::size_t keys;  // of a block
  float* q;          // [head_dim, 48], times scale * log2(e)
  float* o;          // [head_dim, 48]
  float* s;          // [keys, 48]
  float* wide;       // [keys, head_dim]
  alignas(64) float max[kBlock];
  alignas(64) float sum[kBlock];
  alignas(64) float shrink[kBlock];  // 2^(old max - new max)
  alignas(64) float floats[kFloats];
};
static_assert(kBlock * (kMaxHeadDim + kBlockKeys) + kBlockKeys * kMaxHeadDim / 2 <=
              Scratch<F16>::kFloats);
static_assert(kBlock * (2 * kMaxHeadDim + kBlockKeys / 4) + kBlockKeys / 4 * kMaxHeadDim <=
              Scratch<F16>::kFloats);
static_assert(sizeof(Scratch<float>) <= 63 * 1024);

// A matrix of floats.
struct Floats {
  const float* p;
  std::size_t ld;
};

// Rows of keys or values as floats: where they are, or widened.
template <typename Simd>
inline Floats as_floats(const float* p, std::size_t ld, std::size_t, std::size_t, float*) noexcept {
  return {p, ld};
}
template <typename Simd>
inline Floats as_floats(const F16* p, std::size_t ld, std::size_t rows, std::size_t cols,
                        float* wide) noexcept {
  float* to = wide;
  for (std::size_t r = 0; r < rows; ++r, p += ld, to += cols) {
    std::size_t d = 0;
    for (; d + Simd::kLanes <= cols; d += Simd::kLanes) Simd::store(to + d, Simd::load(p + d));
    for (; d < cols; ++d) to[d] = widen(p[d]);
  }
  return {wide, cols};
}

// Asks for rows that are needed soon, into the second-level cache: the first is full.
template <typename Cache>
inline void fetch(const Cache* p, std::size_t ld, std::size_t rows, std::size_t cols) noexcept {
  constexpr std::size_t kLine = 64 / sizeof(Cache);
  for (std::size_t r = 0; r < rows; ++r, p += ld) {
    for (std::size_t d = 0; d < cols; d += kLine) __builtin_prefetch(p + d, 0, 2);
  }
}

// The blocks of keys and values that `items` of a packing op are: calls pack_keys(packed, k, count)
// and pack_values(packed, v, count) with a block's place, `size` numbers from one to the next, its
// first key or value, and how many there are. Rows of a head lie apart, so that no hardware fetches
// them: of quantize_kv half of the time was waiting.
template <typename Packed, typename PackKeys, typename PackValues>
inline __attribute__((always_inline)) void for_blocks(const PackArgsOf<Packed>& a, Range items,
                                                      std::size_t size, const PackKeys& pack_keys,
                                                      const PackValues& pack_values) noexcept {
  const std::size_t blocks = ceil_div(a.keys, kPackedKeys);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    const std::size_t first = item % blocks * kPackedKeys, column = item / blocks * a.head_dim;
    const std::size_t count = min(kPackedKeys, a.keys - first), next = first + count;
    const float* k = a.k + first * a.ldk + column;
    const float* v = a.v + first * a.ldv + column;
    fetch(v, a.ldv, count, a.head_dim);
    pack_keys(a.packed + item * size, k, count);
    fetch(k + count * a.ldk, a.ldk, min(kPackedKeys, a.keys - next), a.head_dim);
    pack_values(a.packed + item * size, v, count);
  }
}

// The largest of s[0 .. rows), rows of 48 floats, rows > 0, in several chains, each as long as the
// latency of max times its rows. Attention of f32 gains nothing from more than the two it has.
template <typename Simd>
inline __attribute__((always_inline)) typename Simd::F32 largest(const float* s,
                                                                 std::size_t rows) noexcept {
  constexpr std::size_t kChains = 8;
  typename Simd::F32 most[kChains];
#pragma GCC unroll 8
  for (std::size_t c = 0; c < kChains; ++c) most[c] = Simd::load(s + (c < rows ? c : 0) * kBlock);
  std::size_t r = kChains;
  for (; r + kChains <= rows; r += kChains) {
#pragma GCC unroll 8
    for (std::size_t c = 0; c < kChains; ++c) {
      most[c] = Simd::max(most[c], Simd::load(s + (r + c) * kBlock));
    }
  }
  for (; r < rows; ++r) most[0] = Simd::max(most[0], Simd::load(s + r * kBlock));
#pragma GCC unroll 8
  for (std::size_t c = 1; c < kChains; ++c) most[0] = Simd::max(most[0], most[c]);
  return most[0];
}

enum class Walk {
  kRows,     // element (r, i) of the broadcast matrix is at a[r * lda + i]
  kColumns,  // ... at a[i * lda + r]
};
enum class Start { kZero, kShrunk };

// c[r, lane] = start + sum over i < depth of a(r, i) * b[i, lane], in the order of i, where start
// is 0 or c[r, lane] * shrink[lane]. b and c have rows of 48 floats.
template <typename Simd, Walk kWalk, Start kStart, std::size_t kRows, std::size_t kVectors>
inline __attribute__((always_inline)) void tile(const float* a, std::size_t lda, const float* b,
                                                std::size_t depth, const float* shrink,
                                                float* c) noexcept {
  using F32 = typename Simd::F32;
  F32 acc[kRows][kVectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::size_t at = v * Simd::kLanes;
      acc[r][v] = kStart == Start::kZero
                      ? Simd::zero()
                      : Simd::mul(Simd::load(c + r * kBlock + at), Simd::load(shrink + at));
    }
  }
  for (std::size_t i = 0; i < depth; ++i) {
    F32 col[kVectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) col[v] = Simd::load(b + v * Simd::kLanes);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const F32 one = Simd::set(kWalk == Walk::kRows ? a[r * lda] : a[r]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) acc[r][v] = Simd::fma(one, col[v], acc[r][v]);
    }
    a += kWalk == Walk::kRows ? 1 : lda;
    b += kBlock;
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) {
      Simd::store(c + r * kBlock + v * Simd::kLanes, acc[r][v]);
    }
  }
}

// All rows of c, for kVectors vectors of queries.
template <typename Simd, Walk kWalk, Start kStart, std::size_t kVectors>
void rows_of_tiles(const float* a, std::size_t lda, const float* b, std::size_t rows,
                   std::size_t depth, const float* shrink, float* c) noexcept {
  constexpr std::size_t kFull = Simd::kTileRows;
  const std::size_t step = kWalk == Walk::kRows ? lda : 1;
  std::size_t r = 0;
  for (; r + kFull <= rows; r += kFull) {
    tile<Simd, kWalk, kStart, kFull, kVectors>(a + r * step, lda, b, depth, shrink, c + r * kBlock);
  }
  if constexpr (kFull > 4) {
    if (r + 4 <= rows) {
      tile<Simd, kWalk, kStart, 4, kVectors>(a + r * step, lda, b, depth, shrink, c + r * kBlock);
      r += 4;
    }
  }
  for (; r < rows; ++r) {
    tile<Simd, kWalk, kStart, 1, kVectors>(a + r * step, lda, b, depth, shrink, c + r * kBlock);
  }
}

// c = start + a * b for the first `vectors` vectors of queries.
template <typename Simd, Walk kWalk, Start kStart>
inline void product(const float* a, std::size_t lda, const float* b, std::size_t rows,
                    std::size_t depth, std::size_t vectors, const float* shrink,
                    float* c) noexcept {
  constexpr std::size_t kFull = Simd::kTileVectors;
  static_assert(kFull == 2 || kFull == 3);
  std::size_t v = 0;
  for (; v + kFull <= vectors; v += kFull) {
    const std::size_t at = v * Simd::kLanes;
    rows_of_tiles<Simd, kWalk, kStart, kFull>(a, lda, b + at, rows, depth, shrink + at, c + at);
  }
  const std::size_t at = v * Simd::kLanes;
  if (vectors - v == 2) {
    rows_of_tiles<Simd, kWalk, kStart, 2>(a, lda, b + at, rows, depth, shrink + at, c + at);
  } else if (vectors - v == 1) {
    rows_of_tiles<Simd, kWalk, kStart, 1>(a, lda, b + at, rows, depth, shrink + at, c + at);
  }
}

// Turns the scores s of `keys` keys into weights, and brings max, sum and shrink up to date. Key j
// is seen by the lanes from lead + j on.
template <typename Simd, typename Cache>
void weigh(Scratch<Cache>& t, std::size_t keys, std::size_t vectors, std::ptrdiff_t lead) noexcept {
  using F32 = typename Simd::F32;
  alignas(64) float index[Simd::kLanes];
  for (std::size_t lane = 0; lane < Simd::kLanes; ++lane) index[lane] = static_cast<float>(lane);

  for (std::size_t v = 0; v < vectors; ++v) {
    const std::size_t at = v * Simd::kLanes;
    float* s = t.s + at;
    const std::ptrdiff_t all_see = static_cast<std::ptrdiff_t>(at) - lead;  // the last such key
    for (std::size_t j = all_see < 0 ? 0 : static_cast<std::size_t>(all_see) + 1; j < keys; ++j) {
      const auto limit = static_cast<float>(static_cast<std::ptrdiff_t>(j) - all_see);
      Simd::store(s + j * kBlock,
                  Simd::keep_from(Simd::load(index), Simd::set(limit), Simd::load(s + j * kBlock)));
    }

    const F32 old_max = Simd::load(t.max + at);
    F32 max0 = old_max;
    F32 max1 = old_max;
    std::size_t j = 0;
    for (; j + 2 <= keys; j += 2) {
      max0 = Simd::max(max0, Simd::load(s + j * kBlock));
      max1 = Simd::max(max1, Simd::load(s + (j + 1) * kBlock));
    }
    if (j < keys) max0 = Simd::max(max0, Simd::load(s + j * kBlock));
    const F32 max = Simd::max(max0, max1);  // finite: key 0 is in the first block and all see it
    const F32 shrink = Simd::exp2(Simd::sub(old_max, max));
    Simd::store(t.max + at, max);
    Simd::store(t.shrink + at, shrink);

    F32 sum0 = Simd::mul(Simd::load(t.sum + at), shrink);
    F32 sum1 = Simd::zero();
    for (j = 0; j + 2 <= keys; j += 2) {
      const F32 p0 = Simd::exp2(Simd::sub(Simd::load(s + j * kBlock), max));
      const F32 p1 = Simd::exp2(Simd::sub(Simd::load(s + (j + 1) * kBlock), max));
      Simd::store(s + j * kBlock, p0);
      Simd::store(s + (j + 1) * kBlock, p1);
      sum0 = Simd::add(sum0, p0);
      sum1 = Simd::add(sum1, p1);
    }
    if (j < keys) {
      const F32 p = Simd::exp2(Simd::sub(Simd::load(s + j * kBlock), max));
      Simd::store(s + j * kBlock, p);
      sum0 = Simd::add(sum0, p);
    }
    Simd::store(t.sum + at, Simd::add(sum0, sum1));
  }
}

// y[i, d] = o[d, i] / sum[i] for the first `queries` lanes i. Four by four: a number at a time
// takes a tenth of the time of a block of attention_q8.
template <typename Simd>
void store_outputs(float* o, const float* sum, std::size_t queries, std::size_t head_dim, float* y,
                   std::size_t ldy) noexcept {
  for (std::size_t at = 0; at < queries; at += Simd::kLanes) {
    const auto total = Simd::load(sum + at);
    for (std::size_t d = 0; d < head_dim; ++d) {
      float* row = o + d * kBlock + at;
      Simd::store(row, Simd::div(Simd::load(row), total));
    }
  }
  const std::size_t fours = head_dim - head_dim % 4;
  for (std::size_t i = 0; i < queries; i += 4) {
    const std::size_t rows = min(4, queries - i);
    for (std::size_t d = 0; d < fours; d += 4) {
      float turned[4][4];
      Simd::transpose4(o + d * kBlock + i, kBlock, turned[0]);
      for (std::size_t n = 0; n < rows; ++n) {
        std::memcpy(y + (i + n) * ldy + d, turned[n], sizeof turned[n]);
      }
    }
    for (std::size_t n = 0; n < rows; ++n) {
      for (std::size_t d = fours; d < head_dim; ++d) y[(i + n) * ldy + d] = o[d * kBlock + i + n];
    }
  }
}

template <typename Simd, typename Cache>
void block_of_queries(const ArgsOf<Cache>& args, std::size_t head, std::size_t first) noexcept {
  const std::size_t head_dim = args.head_dim;
  const std::size_t queries = min(kBlock, args.queries - first);
  const std::size_t vectors = ceil_div(queries, Simd::kLanes);
  const std::size_t lanes = vectors * Simd::kLanes;
  const std::size_t column = head / (args.heads / args.kv_heads) * head_dim;
  const std::size_t past = args.causal ? args.past + first : args.keys;  // the last key all see
  const std::size_t keys = args.causal ? past + queries : args.keys;     // seen by the last query
  const float scale = args.scale * kLog2E;

  Scratch<Cache> t(head_dim);
  const float* q = args.q + first * args.ldq + head * head_dim;
  fetch(q, args.ldq, queries, head_dim);
  for (std::size_t i = 0; i < queries; ++i) {
    for (std::size_t d = 0; d < head_dim; ++d) t.q[d * kBlock + i] = q[i * args.ldq + d] * scale;
  }
  for (std::size_t i = queries; i < lanes; ++i) {
    for (std::size_t d = 0; d < head_dim; ++d) t.q[d * kBlock + i] = 0.0F;
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    t.max[i] = kMinusInfinity;
    t.sum[i] = 0.0F;
  }

  for (std::size_t j = 0; j < keys; j += t.keys) {
    const std::size_t count = min(t.keys, keys - j);
    // Rows of a head lie far apart, so that no hardware fetches them: a tenth of the time was spent
    // waiting for the first element of a row.
    fetch(args.v + j * args.ldv + column, args.ldv, count, head_dim);
    const Floats k =
        as_floats<Simd>(args.k + j * args.ldk + column, args.ldk, count, head_dim, t.wide);
    product<Simd, Walk::kRows, Start::kZero>(k.p, k.ld, t.q, count, head_dim, vectors, t.shrink,
                                             t.s);
    weigh<Simd>(t, count, vectors,
                static_cast<std::ptrdiff_t>(j) - static_cast<std::ptrdiff_t>(past));
    const std::size_t next = j + count;
    fetch(args.k + next * args.ldk + column, args.ldk, min(t.keys, keys - next), head_dim);
    const Floats v =
        as_floats<Simd>(args.v + j * args.ldv + column, args.ldv, count, head_dim, t.wide);
    if (j == 0) {
      product<Simd, Walk::kColumns, Start::kZero>(v.p, v.ld, t.s, head_dim, count, vectors,
                                                  t.shrink, t.o);
    } else {
      product<Simd, Walk::kColumns, Start::kShrunk>(v.p, v.ld, t.s, head_dim, count, vectors,
                                                    t.shrink, t.o);
    }
  }

  store_outputs<Simd>(t.o, t.sum, queries, head_dim, args.y + first * args.ldy + head * head_dim,
                      args.ldy);
}

// ---------------------------------------------------------------------------------------------
// Few queries: head_dim is innermost, K and V pass through once and the time is theirs.

constexpr std::size_t kMixKeys = 128;

// s[i * kMixKeys + j] = q[i] . k[j] for kQueries queries, kMaxHeadDim floats apart and padded with
// zeros to whole vectors, and `keys` keys.
template <typename Simd, std::size_t kQueries, typename Cache>
void score_keys(const float* q, const Cache* k, std::size_t ldk, std::size_t keys,
                std::size_t head_dim, float* s) noexcept {
  using F32 = typename Simd::F32;
  const std::size_t body = head_dim - head_dim % Simd::kLanes;
  const std::size_t tail = head_dim - body;
  std::size_t j = 0;
  for (; j + 4 <= keys; j += 4, k += 4 * ldk) {
    F32 acc[kQueries][4];
#pragma GCC unroll 2
    for (std::size_t i = 0; i < kQueries; ++i) {
#pragma GCC unroll 4
      for (std::size_t n = 0; n < 4; ++n) acc[i][n] = Simd::zero();
    }
    for (std::size_t d = 0; d < body; d += Simd::kLanes) {
#pragma GCC unroll 4
      for (std::size_t n = 0; n < 4; ++n) {
        const F32 x = Simd::load(k + n * ldk + d);
#pragma GCC unroll 2
        for (std::size_t i = 0; i < kQueries; ++i) {
          acc[i][n] = Simd::fma(Simd::load(q + i * kMaxHeadDim + d), x, acc[i][n]);
        }
      }
    }
    if (tail != 0) {
#pragma GCC unroll 4
      for (std::size_t n = 0; n < 4; ++n) {
        const F32 x = Simd::load_first(k + n * ldk + body, tail);
#pragma GCC unroll 2
        for (std::size_t i = 0; i < kQueries; ++i) {
          acc[i][n] = Simd::fma(Simd::load(q + i * kMaxHeadDim + body), x, acc[i][n]);
        }
      }
    }
#pragma GCC unroll 2
    for (std::size_t i = 0; i < kQueries; ++i) {
      Simd::reduce_add4(acc[i][0], acc[i][1], acc[i][2], acc[i][3], s + i * kMixKeys + j);
    }
  }
  for (; j < keys; ++j, k += ldk) {
    for (std::size_t i = 0; i < kQueries; ++i) {
      const float* x = q + i * kMaxHeadDim;
      F32 acc = Simd::zero();
      for (std::size_t d = 0; d < body; d += Simd::kLanes) {
        acc = Simd::fma(Simd::load(x + d), Simd::load(k + d), acc);
      }
      if (tail != 0) {
        acc = Simd::fma(Simd::load(x + body), Simd::load_first(k + body, tail), acc);
      }
      s[i * kMixKeys + j] = Simd::reduce_add(acc);
    }
  }
}

// Vector i of the kVectors at p; where kTail, the last has `last` lanes.
template <typename Simd, std::size_t kVectors, bool kTail, typename Cache>
inline __attribute__((always_inline)) typename Simd::F32 load_vector(const Cache* p, std::size_t i,
                                                                     std::size_t last) noexcept {
  p += i * Simd::kLanes;
  return kTail && i + 1 == kVectors ? Simd::load_first(p, last) : Simd::load(p);
}

// o[i, d] = o[i, d] * shrink[i] + sum_j p[i, j] * v[j, d] for kQueries queries and kVectors vectors
// of d. Rows of o lie kMaxHeadDim floats apart, rows of p kMixKeys.
template <typename Simd, std::size_t kQueries, std::size_t kVectors, bool kTail, typename Cache>
void mix_vectors(const float* p, const Cache* v, std::size_t ldv, std::size_t keys,
                 std::size_t last, const float* shrink, float* o) noexcept {
  using F32 = typename Simd::F32;
  F32 even[kQueries][kVectors];
  F32 odd[kQueries][kVectors];
#pragma GCC unroll 2
  for (std::size_t q = 0; q < kQueries; ++q) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kVectors; ++i) {
      even[q][i] =
          Simd::mul(Simd::load(o + q * kMaxHeadDim + i * Simd::kLanes), Simd::set(shrink[q]));
      odd[q][i] = Simd::zero();
    }
  }
  const auto add = [&](std::size_t j, F32(&acc)[kQueries][kVectors])
      __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kVectors; ++i) {
      const F32 x = load_vector<Simd, kVectors, kTail>(v + j * ldv, i, last);
#pragma GCC unroll 2
      for (std::size_t q = 0; q < kQueries; ++q) {
        acc[q][i] = Simd::fma(Simd::set(p[q * kMixKeys + j]), x, acc[q][i]);
      }
    }
  };
  std::size_t j = 0;
  for (; j + 2 <= keys; j += 2) {
    add(j, even);
    add(j + 1, odd);
  }
  if (j < keys) add(j, even);
#pragma GCC unroll 2
  for (std::size_t q = 0; q < kQueries; ++q) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kVectors; ++i) {
      Simd::store(o + q * kMaxHeadDim + i * Simd::kLanes, Simd::add(even[q][i], odd[q][i]));
    }
  }
}

template <typename Simd, std::size_t kQueries, typename Cache>
void mix_values(const float* p, const Cache* v, std::size_t ldv, std::size_t keys,
                std::size_t head_dim, const float* shrink, float* o) noexcept {
  constexpr std::size_t kLanes = Simd::kLanes;
  std::size_t d = 0;
  if constexpr (kQueries == 1 || kLanes != 8) {  // AVX2 has 16 registers, the others 32
    for (; d + 4 * kLanes <= head_dim; d += 4 * kLanes) {
      mix_vectors<Simd, kQueries, 4, false>(p, v + d, ldv, keys, 0, shrink, o + d);
    }
  }
  for (; d + 2 * kLanes <= head_dim; d += 2 * kLanes) {
    mix_vectors<Simd, kQueries, 2, false>(p, v + d, ldv, keys, 0, shrink, o + d);
  }
  const std::size_t last = head_dim % kLanes;
  if (d + kLanes < head_dim) {
    mix_vectors<Simd, kQueries, 2, true>(p, v + d, ldv, keys, last, shrink, o + d);
  } else if (d + kLanes == head_dim) {
    mix_vectors<Simd, kQueries, 1, false>(p, v + d, ldv, keys, 0, shrink, o + d);
  } else if (d < head_dim) {
    mix_vectors<Simd, kQueries, 1, true>(p, v + d, ldv, keys, last, shrink, o + d);
  }
}

// Queries on their way through the keys.
template <typename Simd>
struct FewQueries {
  alignas(64) float q[kFewQueries][kMaxHeadDim];
  alignas(64) float o[kFewQueries][kMaxHeadDim];
  alignas(64) float s[kFewQueries][kMixKeys];  // of the present keys: scores, then weights
  typename Simd::F32 sum[kFewQueries];
  float max[kFewQueries];
  float shrink[kFewQueries];  // 2^(old max - new max)
};

// Turns the scores of query i and `count` keys into weights, and brings max, sum and shrink up to
// date.
template <typename Simd>
void weigh(FewQueries<Simd>& t, std::size_t i, std::size_t count) noexcept {
  using F32 = typename Simd::F32;
  float* s = t.s[i];
  const std::size_t whole = ceil_div(count, Simd::kLanes) * Simd::kLanes;
  for (std::size_t j = count; j < whole; ++j) s[j] = kMinusInfinity;

  F32 largest = Simd::set(t.max[i]);
  for (std::size_t j = 0; j < whole; j += Simd::kLanes) {
    largest = Simd::max(largest, Simd::load(s + j));
  }
  const float max = Simd::reduce_max(largest);
  const F32 max_lanes = Simd::set(max);
  const F32 shrink = Simd::exp2(Simd::sub(Simd::set(t.max[i]), max_lanes));
  t.max[i] = max;
  t.shrink[i] = Simd::first(shrink);
  F32 sum = Simd::mul(t.sum[i], shrink);
  for (std::size_t j = 0; j < whole; j += Simd::kLanes) {
    const F32 p = Simd::exp2(Simd::sub(Simd::load(s + j), max_lanes));
    Simd::store(s + j, p);
    sum = Simd::add(sum, p);
  }
  t.sum[i] = sum;
}

// Brings kQueries queries from i on up to date with `count` more keys.
template <typename Simd, std::size_t kQueries, typename Cache>
void see_keys(FewQueries<Simd>& t, std::size_t i, const Cache* k, std::size_t ldk, const Cache* v,
              std::size_t ldv, std::size_t count, std::size_t head_dim) noexcept {
  score_keys<Simd, kQueries>(t.q[i], k, ldk, count, head_dim, t.s[i]);
  for (std::size_t n = 0; n < kQueries; ++n) weigh<Simd>(t, i + n, count);
  mix_values<Simd, kQueries>(t.s[i], v, ldv, count, head_dim, t.shrink + i, t.o[i]);
}

// All queries see a block of keys before the next one is read, two at a time if they see the same
// keys of it. A query has the same bits alone.
template <typename Simd, typename Cache>
void few_queries(const ArgsOf<Cache>& args, std::size_t head) noexcept {
  const std::size_t head_dim = args.head_dim;
  const std::size_t column = head / (args.heads / args.kv_heads) * head_dim;
  const float scale = args.scale * kLog2E;
  FewQueries<Simd> t;
  for (std::size_t i = 0; i < args.queries; ++i) {
    const float* q = args.q + i * args.ldq + head * head_dim;
    for (std::size_t d = 0; d < kMaxHeadDim; ++d) {
      t.q[i][d] = d < head_dim ? q[d] * scale : 0.0F;
      t.o[i][d] = 0.0F;
    }
    t.sum[i] = Simd::zero();
    t.max[i] = kMinusInfinity;
  }

  const std::size_t keys = args.causal ? args.past + args.queries : args.keys;
  for (std::size_t j = 0; j < keys; j += kMixKeys) {
    const Cache* k = args.k + j * args.ldk + column;
    const Cache* v = args.v + j * args.ldv + column;
    const auto seen = [&](std::size_t i) {
      const std::size_t end = args.causal ? args.past + i + 1 : args.keys;
      return end <= j ? 0 : min(kMixKeys, end - j);
    };
    for (std::size_t i = 0; i < args.queries;) {
      const std::size_t count = seen(i);
      if (count > 0 && i + 1 < args.queries && seen(i + 1) == count) {
        see_keys<Simd, 2>(t, i, k, args.ldk, v, args.ldv, count, head_dim);
        i += 2;
      } else {
        if (count > 0) see_keys<Simd, 1>(t, i, k, args.ldk, v, args.ldv, count, head_dim);
        i += 1;
      }
    }
  }

  for (std::size_t i = 0; i < args.queries; ++i) {
    const float total = Simd::reduce_add(t.sum[i]);
    float* y = args.y + i * args.ldy + head * head_dim;
    for (std::size_t d = 0; d < head_dim; ++d) y[d] = t.o[i][d] / total;
  }
}

template <typename Simd, typename Cache>
inline void run(const ArgsOf<Cache>& args, Range items) noexcept {
  const std::size_t blocks = ceil_div(args.queries, kBlock);
  for (std::size_t item = items.begin; item < items.end; ++item) {
    if (args.queries > kFewQueries) {
      block_of_queries<Simd>(args, item / blocks, item % blocks * kBlock);
    } else {
      few_queries<Simd>(args, item);
    }
  }
}

}  // namespace
}  // namespace sotto::kernels::attention
