// What a node of the graph can be. An op is a struct: its tensors, its constants, and the kernel
// that the planner chose. Adding one means a struct here, a builder in graph.h, and an overload of
// `run` in executor.cc.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

#include "kernels/add/add.h"
#include "kernels/attention/attention.h"
#include "kernels/attention_f16/attention_f16.h"
#include "kernels/attention_q8/attention_q8.h"
#include "kernels/attention_scores/attention_scores.h"
#include "kernels/attention_scores_f16/attention_scores_f16.h"
#include "kernels/attention_split/attention_split.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/gelu/gelu.h"
#include "kernels/gemm/gemm.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/kv_append/kv_append.h"
#include "kernels/kv_append_f16/kv_append_f16.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/quantize_kv/quantize_kv.h"
#include "kernels/rope/rope.h"
#include "kernels/silu_glu/silu_glu.h"
#include "kernels/split_kv/split_kv.h"
#include "kernels/tanh/tanh.h"
#include "kernels/to_f16/to_f16.h"
#include "lib/graph/products.h"
#include "lib/graph/weights.h"
#include "lib/tensor/shape.h"

namespace sotto::graph {

using tensor::Dim;
using Activation = kernels::gemm::Activation;

// A handle to a tensor of a graph, or to a part of one: a block of its columns, or its last row.
struct Tensor {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t id = kNone;
  std::uint32_t first_col = 0;
  std::uint32_t cols = 0;
  bool last_row = false;

  explicit operator bool() const noexcept { return id != kNone; }
};

// Every op tells the planner its tensors: visit(read, write) calls read(t) for each tensor read and
// write(t) for each written. Where the result may take the place of an input that dies here,
// replaces() names it. kByRows says that each row of the result is made of the same rows of the
// inputs: that the op may run for some rows after the other.
struct Op {
  static constexpr bool kByRows = false;
  Tensor replaces() const { return {}; }
};

struct Conv1d : Op {
  static constexpr std::string_view kName = "conv1d";
  Tensor x, y;
  const float* w = nullptr;  // packed
  const float* bias = nullptr;
  std::uint32_t c_in = 0, c_out = 0, taps = 0, stride = 0, pad = 0;
  std::size_t panel = 0;
  Activation activation = Activation::kNone;
  kernels::conv1d::Fn fn = nullptr;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    write(y);
  }
};

struct Linear : Op {
  static constexpr std::string_view kName = "linear";
  static constexpr bool kByRows = true;
  Tensor x, residual, y;
  Tensor quantised;  // x in blocks of 8 bits, where the weights are in blocks
  PackedMatrix w;
  const float* bias = nullptr;
  Activation activation = Activation::kNone;
  Product product;
  std::string_view kernel;

  Tensor replaces() const { return residual; }
  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    if (residual) read(residual);
    if (quantised) write(quantised);
    write(y);
  }
};

struct LayerNorm : Op {
  static constexpr std::string_view kName = "layer_norm";
  static constexpr bool kByRows = true;
  Tensor x, y;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float eps = 0;
  kernels::layer_norm::Fn fn = nullptr;
  std::string_view kernel;

  Tensor replaces() const { return x; }
  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    write(y);
  }
};

struct GroupNorm : Op {
  static constexpr std::string_view kName = "group_norm";
  Tensor x, y, partials;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float eps = 0;
  kernels::group_norm::Passes passes{};
  std::string_view kernel;

  Tensor replaces() const { return x; }
  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    write(partials);
    write(y);
  }
};

// y[i] = f(x[i]).
template <typename Kernel>
struct Elementwise : Op {
  Tensor x, y;
  Kernel fn = nullptr;
  std::string_view kernel;

  Tensor replaces() const { return x; }
  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    write(y);
  }
};
struct Tanh : Elementwise<kernels::tanh::Fn> {
  static constexpr std::string_view kName = "tanh";
  static constexpr bool kByRows = true;
};
struct Gelu : Elementwise<kernels::gelu::Fn> {
  static constexpr std::string_view kName = "gelu";
  static constexpr bool kByRows = true;
};

struct Add : Op {
  static constexpr std::string_view kName = "add";
  static constexpr bool kByRows = true;
  Tensor a, b, y;
  kernels::add::Fn fn = nullptr;
  std::string_view kernel;

  Tensor replaces() const { return a; }
  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(a);
    read(b);
    write(y);
  }
};

// y = value * silu(gate), the halves of x.
struct SiluGlu : Op {
  static constexpr std::string_view kName = "silu_glu";
  Tensor value, gate, y;
  kernels::silu_glu::Fn fn = nullptr;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(value);
    read(gate);
    write(y);
  }
};

// Rotates x in place.
struct Rope : Op {
  static constexpr std::string_view kName = "rope";
  Tensor x;
  const float* cos = nullptr;
  const float* sin = nullptr;
  std::uint32_t heads = 0, head_dim = 0, rotary_dim = 0;
  Dim past;  // the position of row 0
  kernels::rope::Fn fn = nullptr;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    write(x);
  }
};

// Rounds to a state of f16.
struct ToF16 : Op {
  static constexpr std::string_view kName = "to_f16";
  static constexpr bool kByRows = true;
  Tensor x, y;
  kernels::to_f16::Fn fn = nullptr;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(x);
    write(y);
  }
};

// Kernels of what keeps or reads keys and values: of caches in f32 or, where that is not null, f16.
template <typename Fn, typename Fn16>
struct CacheKernel {
  Fn f32 = nullptr;
  Fn16 f16 = nullptr;
};
using AppendKernel = CacheKernel<kernels::kv_append::Fn, kernels::kv_append_f16::Fn>;
using AttentionKernel = CacheKernel<kernels::attention::Fn, kernels::attention_f16::Fn>;
using ScoresKernel = CacheKernel<kernels::attention_scores::Fn, kernels::attention_scores_f16::Fn>;

struct KvAppend : Op {
  static constexpr std::string_view kName = "kv_append";
  Tensor k, v, k_cache, v_cache;
  Dim past;
  AppendKernel fn;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(k);
    read(v);
    write(k_cache);
    write(v_cache);
  }
};

struct Attention : Op {
  static constexpr std::string_view kName = "attention";
  Tensor q, k, v, y;
  std::uint32_t heads = 0, kv_heads = 0, head_dim = 0;
  bool causal = false;
  Dim past;  // where causal; the keys are then past + the rows of q
  Dim keys;  // else
  AttentionKernel fn;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(q);
    read(k);
    read(v);
    write(y);
  }
};

// Attention of all keys, which packs those and the values first, those of a head after the other's.
template <typename Pack, typename Fn>
struct PackedAttention : Op {
  Tensor q, k, v, y;
  Tensor packed;  // of one head
  std::uint32_t heads = 0, kv_heads = 0, head_dim = 0;
  Dim keys;
  Pack pack = nullptr;
  Fn fn = nullptr;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(q);
    read(k);
    read(v);
    write(packed);
    write(y);
  }
};
// Its products are of 8-bit integers, or of floats split into two of bfloat16.
struct AttentionQ8 : PackedAttention<kernels::quantize_kv::Fn, kernels::attention_q8::Fn> {
  static constexpr std::string_view kName = "attention_q8";
};
struct AttentionSplit : PackedAttention<kernels::split_kv::Fn, kernels::attention_split::Fn> {
  static constexpr std::string_view kName = "attention_split";
};

// Row i of k and v goes to row slots[i] * capacity + past of the caches: several sequences of one
// length, each with a cache of its own.
struct KvAppendEach : Op {
  static constexpr std::string_view kName = "kv_append_each";
  Tensor k, v, slots, k_cache, v_cache;
  std::uint32_t capacity = 0;  // rows of a sequence's cache
  Dim past;
  AppendKernel fn;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(k);
    read(v);
    read(slots);
    write(k_cache);
    write(v_cache);
  }
};

// Row i of q attends to the past + 1 rows of its own sequence.
struct AttentionEach : Op {
  static constexpr std::string_view kName = "attention_each";
  Tensor q, k_cache, v_cache, slots, y;
  std::uint32_t capacity = 0;
  std::uint32_t heads = 0, head_dim = 0;
  Dim past;
  AttentionKernel fn;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(q);
    read(slots);
    read(k_cache);
    read(v_cache);
    write(y);
  }
};

// The scores of one head over the first `keys` rows of k, [rows of q, keys] without gaps.
struct AttentionScores : Op {
  static constexpr std::string_view kName = "attention_scores";
  Tensor q, k, y;
  Dim keys;
  ScoresKernel fn;
  std::string_view kernel;

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(q);
    read(k);
    write(y);
  }
};

struct Embedding : Op {
  static constexpr std::string_view kName = "embedding";
  Tensor ids, y;
  PackedMatrix w;
  Lookup lookup;
  std::string_view kernel = "ref";

  template <typename Read, typename Write>
  void visit(Read read, Write write) const {
    read(ids);
    write(y);
  }
};

using AnyOp = std::variant<Conv1d, Linear, LayerNorm, GroupNorm, Tanh, Gelu, Add, SiluGlu, Rope,
                           ToF16, KvAppend, Attention, AttentionQ8, AttentionSplit, KvAppendEach,
                           AttentionEach, AttentionScores, Embedding>;

}  // namespace sotto::graph
