// Builds a static graph: a model says its layers in order, finish() proves the shapes, lays out the
// arena and gives a Plan. Everything is settled here; running decides nothing but the row counts.
//
//   Graph g(store.cap());
//   const Dim frames = g.extent("frames", 1500);
//   g.begin_stage("encode");
//   Tensor x = g.input("mel", frames, 80);
//   x = g.linear(g.layer_norm(x, {...}), w, {.bias = b, .residual = x});
//   g.output(x);
//   Result<Plan> plan = std::move(g).finish();
//
// A builder that is given what does not fit records the first error, which finish() returns, so
// that a model's layers read without a check a line.
#pragma once

#include <sotto/result.h>

#include <optional>
#include <string>
#include <vector>

#include "kernels/isa.h"
#include "lib/graph/ops.h"
#include "lib/graph/plan.h"
#include "lib/graph/weights.h"

namespace sotto::graph {

struct LinearOptions {
  const float* bias = nullptr;                // [n]
  Activation activation = Activation::kNone;  // before the residual is added
  Tensor residual = {};                       // [rows of x, n]
  Tensor into = {};                           // a state to write, instead of a new tensor; rounded
                                              // where it is of f16
};

struct ConvOptions {
  const float* bias = nullptr;  // [c_out]
  std::uint32_t taps = 0;
  std::uint32_t stride = 1;
  std::uint32_t pad = 0;
  Activation activation = Activation::kNone;
};

struct NormOptions {
  const float* gamma = nullptr;  // [cols]
  const float* beta = nullptr;   // [cols]; null: none (layer norm alone)
  float eps = 1e-5F;
  Tensor into = {};  // a state to write, instead of a new tensor (layer norm alone)
};

struct RopeOptions {
  RopeTables tables = {};
  std::uint32_t heads = 0;
  Dim past = {};  // the position of row 0
};

struct AttentionOptions {
  std::uint32_t heads = 0;
  std::uint32_t kv_heads = 0;
  bool causal = false;
  Dim past = {};          // causal: rows of k and v before the first query's own
  Dim keys = {};          // not causal: rows of k and v to attend to
  bool in_place = false;  // the result takes the place of q
  // Of the matrices around it: what products of theirs round, those of attention may, too. Where it
  // is not causal and its keys and values are F32, it is of 8-bit integers among matrices in blocks
  // of 8 or 4 bits, if this CPU multiplies bytes fast, and of floats split into two of bfloat16
  // among those of 16 bits, if it multiplies those fast.
  Dtype weights = Dtype::kF32;
};

// Sequences of one length that are decoded side by side; see KvAppendEach and AttentionEach.
struct SequenceOptions {
  Tensor slots = {};           // i32 [rows, 1]: whose cache a row's is
  std::uint32_t capacity = 0;  // rows of a sequence's cache
  std::uint32_t heads = 0;     // attention alone
  Dim past = {};               // rows that each sequence has
};

// Not thread-safe. Weights and constants are borrowed: they must outlive the Plan.
class Graph {
 public:
  explicit Graph(Isa cap) : cap_(cap) {}

  // Rows that conv1d gives for `rows_in` rows; 0 where they are fewer than a window.
  static std::size_t conv_rows(std::size_t rows_in, std::uint32_t taps, std::uint32_t stride,
                               std::uint32_t pad = 0) noexcept;

  // A number of rows in [0, maximum] that each run sets.
  Dim extent(std::string name, std::size_t maximum);

  // The nodes that follow, up to the next stage, run together. Tensors live within a stage, but for
  // states.
  void begin_stage(std::string name);
  // The nodes that follow, up to the next section or stage, are timed apart from those before. A
  // stage begins with a section of its name.
  void begin_section(std::string name);
  // The nodes that follow, up to end_row_blocks(), run for some rows after the other; see
  // RowBlocks. All of their tensors have `rows`, and no row is made of others: linear, layer_norm,
  // gelu, tanh, add.
  void begin_row_blocks(Dim rows);
  void end_row_blocks();
  // Names the nodes that follow, for the printed plan: "layer 3".
  void scope(std::string name) { scope_ = std::move(name); }

  // Written by the caller before the stage in which it is declared runs.
  Tensor input(std::string name, Dim rows, std::size_t cols, Dtype = Dtype::kF32);
  // Kept from run to run: a cache, of F32 or F16.
  Tensor state(std::string name, Dim rows, std::size_t cols, Dtype dtype = Dtype::kF32);
  // A state that each run of this stage makes anew before it reads it: what it held is gone as soon
  // as this stage runs, or an earlier one, whose tensors may lie in its place.
  Tensor remade(std::string name, Dim rows, std::size_t cols, Dtype dtype = Dtype::kF32);
  // [rows, cols] at `data`, outside of the arena.
  Tensor constant(std::string name, std::size_t rows, std::size_t cols, const float* data);
  // Keeps x readable by the caller until another stage runs.
  void output(Tensor x);

  // Views; they copy nothing.
  Tensor columns(Tensor x, std::size_t first, std::size_t count);
  Tensor last_row(Tensor x);

  // Each returns its result. Row counts are those of the input unless said.
  Tensor conv1d(Tensor x, const PackedMatrix& w, Dim rows_out, const ConvOptions& options);
  Tensor linear(Tensor x, const PackedMatrix& w, const LinearOptions& options = {});
  Tensor layer_norm(Tensor x, const NormOptions& options);
  Tensor group_norm(Tensor x, const NormOptions& options);
  Tensor tanh(Tensor x);
  Tensor gelu(Tensor x);
  Tensor add(Tensor a, Tensor b);
  Tensor silu_glu(Tensor value, Tensor gate);
  Tensor rope(Tensor x, const RopeOptions& options);  // in place: returns x
  void kv_append(Tensor k, Tensor v, Tensor k_cache, Tensor v_cache, Dim past);
  Tensor attention(Tensor q, Tensor k, Tensor v, const AttentionOptions& options);
  void kv_append_each(Tensor k, Tensor v, Tensor k_cache, Tensor v_cache,
                      const SequenceOptions& options);
  Tensor attention_each(Tensor q, Tensor k_cache, Tensor v_cache, const SequenceOptions& options);
  // One head's scores of q against the first `keys` rows of k, scaled by 1 / sqrt(head size).
  Tensor attention_scores(Tensor q, Tensor k, Dim keys);
  Tensor embedding(Tensor ids, const PackedMatrix& table);

  Result<Plan> finish() &&;

 private:
  Tensor add_tensor(std::string name, tensor::Shape shape, Role role);
  Tensor add_result(std::string_view op, Dim rows, std::size_t cols);
  const tensor::Shape& shape(Tensor x) const;
  Dim rows(Tensor x) const;
  bool require(bool holds, std::string_view op, std::string_view what);
  Tensor to_f16(Tensor x, Tensor into);
  template <typename Kernel, typename Table, typename Table16>
  std::string_view choose(Tensor cache, Table table, Table16 table16, Kernel& kernel) const;
  template <typename T, typename Packs, typename Table>
  std::optional<T> packed_attention(Packs packs, Table table) const;
  template <typename T>
  Tensor attend(T op, std::size_t bytes, Tensor q, Tensor k, Tensor v,
                const AttentionOptions& options);
  bool fits_sequences(const SequenceOptions& options, Dim sequences, Dim k_rows, Dim v_rows) const;
  template <typename T>
  void push(T op);
  template <typename T>
  Tensor elementwise(Tensor x, T op);

  Isa cap_;
  Plan plan_;
  std::string scope_;
  bool in_row_blocks_ = false;
  std::optional<Error> error_;
};

}  // namespace sotto::graph
