// A call of attention over packed keys and values, and of attention on the same numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/attention/attention_packed.h"
#include "tests/support/guarded.h"

namespace sotto::test {

struct PackedShape {
  std::size_t queries, keys, heads, kv_heads, head_dim;
  std::size_t gap = 0;  // between the rows of all matrices
  float reach = 1.0F;   // largest magnitude of queries and keys
};

template <typename Packed>
struct PackedCase {
  using Args = kernels::attention::PackedArgsOf<Packed>;
  using PackArgs = kernels::attention::PackArgsOf<Packed>;
  using PackedSize = std::size_t (*)(std::size_t keys, std::size_t kv_heads, std::size_t head_dim);

  PackedCase(const PackedShape& s, PackedSize packed_size)
      : ld(s.heads * s.head_dim + s.gap),
        kv_ld(s.kv_heads * s.head_dim + s.gap),
        q(s.queries * ld - s.gap),
        k(s.keys * kv_ld - s.gap),
        v(s.keys * kv_ld - s.gap),
        got(q.size()),
        want(q.size()),
        packed(packed_size(s.keys, s.kv_heads, s.head_dim)),
        args{.q = q.data(),
             .ldq = ld,
             .packed = packed.data(),
             .y = got.data(),
             .ldy = ld,
             .queries = s.queries,
             .keys = s.keys,
             .heads = s.heads,
             .kv_heads = s.kv_heads,
             .head_dim = s.head_dim,
             .scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim))},
        exact{.q = q.data(),
              .ldq = ld,
              .k = k.data(),
              .ldk = kv_ld,
              .v = v.data(),
              .ldv = kv_ld,
              .y = want.data(),
              .ldy = ld,
              .queries = s.queries,
              .keys = s.keys,
              .heads = s.heads,
              .kv_heads = s.kv_heads,
              .head_dim = s.head_dim,
              .past = 0,
              .scale = args.scale,
              .causal = false} {
    fill(q, -s.reach, s.reach, 1);
    fill(k, -s.reach, s.reach, 2);
    fill(v, -2.0F, 2.0F, 3);
    fill(got, 5.0F, 6.0F, 4);
    std::copy_n(got.data(), got.size(), want.data());
  }
  void run(void (*pack)(const PackArgs&, kernels::Range) noexcept,
           void (*attend)(const Args&, kernels::Range) noexcept) {
    const PackArgs a{k.data(),      kv_ld,     v.data(),      kv_ld,
                     packed.data(), args.keys, args.kv_heads, args.head_dim};
    pack(a, {0, work_items(a)});
    attend(args, {0, work_items(args)});
  }

  std::size_t ld, kv_ld;
  Guarded<float> q, k, v, got, want;
  Guarded<Packed> packed;
  Args args;
  kernels::attention::Args exact;
};

}  // namespace sotto::test
