#include "lib/graph/graph.h"

#include <algorithm>
#include <utility>

#include "lib/base/error.h"
#include "lib/graph/layout.h"

namespace sotto::graph {
namespace {

using tensor::Shape;

// Every size of a graph stays below this, so that products of two of them fit 64 bits.
constexpr std::size_t kMostRows = std::size_t{1} << 31;

bool whole(Tensor x, const Shape& shape) {
  return x.first_col == 0 && x.cols == shape.cols && !x.last_row;
}

}  // namespace

std::size_t Graph::conv_rows(std::size_t rows_in, std::uint32_t taps, std::uint32_t stride,
                             std::uint32_t pad) noexcept {
  return kernels::conv1d::frames_out(rows_in, taps, stride, pad);
}

Dim Graph::extent(std::string name, std::size_t maximum) {
  if (!require(maximum > 0 && maximum < kMostRows, "extent", name)) return {};
  plan_.extents.push_back({std::move(name), maximum});
  return {static_cast<std::uint32_t>(maximum),
          static_cast<std::uint32_t>(plan_.extents.size() - 1)};
}

void Graph::begin_stage(std::string name) {
  if (!plan_.stages.empty()) plan_.stages.back().end = plan_.nodes.size();
  begin_section(name);
  const std::size_t first_section = plan_.sections.size() - 1;
  plan_.stages.push_back({std::move(name), plan_.nodes.size(), plan_.nodes.size(), first_section});
  scope_.clear();
}

void Graph::begin_section(std::string name) {
  if (!require(!in_row_blocks_, name, "begins among row blocks")) return;
  const std::size_t node = plan_.nodes.size();
  if (!plan_.sections.empty()) plan_.sections.back().end = node;
  if (!plan_.sections.empty() && plan_.sections.back().begin == node) plan_.sections.pop_back();
  plan_.sections.push_back({std::move(name), node, node});
}

void Graph::begin_row_blocks(Dim rows) {
  if (!require(!in_row_blocks_ && !plan_.stages.empty(), "row blocks", "begin where they cannot")) {
    return;
  }
  plan_.row_blocks.push_back({plan_.nodes.size(), plan_.nodes.size(), rows});
  in_row_blocks_ = true;
}

void Graph::end_row_blocks() {
  if (!require(in_row_blocks_, "row blocks", "end before they begin")) return;
  plan_.row_blocks.back().end = plan_.nodes.size();
  in_row_blocks_ = false;
}

Tensor Graph::add_tensor(std::string name, Shape shape, Role role) {
  const std::optional<std::size_t> row = tensor::byte_size(shape.dtype, shape.cols);
  const bool fits = row && *row > 0 && *row < kMostRows && shape.rows.maximum > 0;
  if (!require(fits, "tensor", name)) return {};
  TensorPlan planned;
  planned.name = std::move(name);
  planned.shape = shape;
  planned.role = role;
  planned.bytes = *row * shape.rows.maximum;
  planned.first = plan_.nodes.size();
  planned.last = plan_.nodes.size();
  plan_.tensors.push_back(std::move(planned));
  return {static_cast<std::uint32_t>(plan_.tensors.size() - 1), 0, shape.cols};
}

Tensor Graph::add_result(std::string_view op, Dim rows, std::size_t cols) {
  if (!require(cols > 0 && cols < kMostRows, op, "has no columns, or too many")) return {};
  return add_tensor(base::concat(scope_, scope_.empty() ? "" : " ", op),
                    {rows, static_cast<std::uint32_t>(cols)}, Role::kActivation);
}

Tensor Graph::input(std::string name, Dim rows, std::size_t cols, Dtype dtype) {
  if (!require(!plan_.stages.empty() && cols > 0 && cols < kMostRows, "input", name)) return {};
  return add_tensor(std::move(name), {rows, static_cast<std::uint32_t>(cols), dtype}, Role::kInput);
}

Tensor Graph::state(std::string name, Dim rows, std::size_t cols, Dtype dtype) {
  const bool floats = dtype == Dtype::kF32 || dtype == Dtype::kF16;
  if (!require(floats && cols > 0 && cols < kMostRows, "state", name)) return {};
  return add_tensor(std::move(name), {rows, static_cast<std::uint32_t>(cols), dtype}, Role::kState);
}

Tensor Graph::remade(std::string name, Dim rows, std::size_t cols, Dtype dtype) {
  const Tensor made = state(std::move(name), rows, cols, dtype);
  if (made) plan_.tensors[made.id].remade = true;
  return made;
}

Tensor Graph::constant(std::string name, std::size_t rows, std::size_t cols, const float* data) {
  if (!require(data != nullptr && rows > 0 && rows < kMostRows && cols > 0 && cols < kMostRows,
               "constant", name)) {
    return {};
  }
  const Dim fixed{static_cast<std::uint32_t>(rows)};
  const Tensor x =
      add_tensor(std::move(name), {fixed, static_cast<std::uint32_t>(cols)}, Role::kConstant);
  if (x) {
    plan_.tensors[x.id].constant = data;
    plan_.tensors[x.id].bytes = 0;
  }
  return x;
}

void Graph::output(Tensor x) {
  if (!require(bool(x) && whole(x, shape(x)), "output", "is not a whole tensor")) return;
  plan_.tensors[x.id].role = Role::kOutput;
}

const Shape& Graph::shape(Tensor x) const {
  static const Shape kNoShape;
  return x.id < plan_.tensors.size() ? plan_.tensors[x.id].shape : kNoShape;
}

Dim Graph::rows(Tensor x) const { return x.last_row ? Dim{1, Dim::kFixed} : shape(x).rows; }

// Records the first thing that does not hold. False if anything ever failed: the graph is lost, and
// handles made since may be empty.
bool Graph::require(bool holds, std::string_view op, std::string_view what) {
  if (!holds && !error_) {
    error_ = base::error(ErrorCode::kInternal, "graph: ", scope_, scope_.empty() ? "" : ": ", op,
                         ": ", what);
  }
  return !error_;
}

template <typename T>
void Graph::push(T op) {
  if (!require(!plan_.stages.empty(), T::kName, "is outside of any stage")) return;
  if (in_row_blocks_) {
    bool fits = T::kByRows;
    const auto check = [&](Tensor x) { fits = fits && rows(x) == plan_.row_blocks.back().rows; };
    op.visit(check, check);
    if (!require(fits, T::kName, "does not run in row blocks")) return;
  }
  plan_.nodes.push_back({scope_, std::move(op)});
}

Tensor Graph::columns(Tensor x, std::size_t first, std::size_t count) {
  if (!require(x && count > 0 && first <= x.cols && count <= x.cols - first, "columns",
               "out of range")) {
    return {};
  }
  x.first_col += static_cast<std::uint32_t>(first);
  x.cols = static_cast<std::uint32_t>(count);
  return x;
}

Tensor Graph::last_row(Tensor x) {
  x.last_row = true;
  return x;
}

Tensor Graph::conv1d(Tensor x, const PackedMatrix& w, Dim rows_out, const ConvOptions& options) {
  namespace conv1d = kernels::conv1d;
  const conv1d::Kernel& kernel = kernels::best(conv1d::variants(), cap_);
  const Shape in = shape(x);  // a copy: adding the result may move the tensors
  const std::size_t window = std::size_t{options.taps} * in.cols;
  if (!require(x && whole(x, in), Conv1d::kName, "input is not a whole tensor") ||
      !require(w.k == window && w.dtype == Dtype::kF32 && w.layout.panel == kernel.panel &&
                   options.stride > 0 && options.pad < options.taps &&
                   (options.pad == 0 || window <= conv1d::kMaxWindow),
               Conv1d::kName, "weight does not fit the input") ||
      !require(conv1d::frames_out(in.rows.maximum, options.taps, options.stride, options.pad) ==
                   rows_out.maximum,
               Conv1d::kName, "the maximum of the output's rows does not follow")) {
    return {};
  }
  Conv1d op;
  op.x = x;
  op.y = add_result(Conv1d::kName, rows_out, w.n);
  op.w = reinterpret_cast<const float*>(w.data);
  op.bias = options.bias;
  op.c_in = in.cols;
  op.c_out = static_cast<std::uint32_t>(w.n);
  op.taps = options.taps;
  op.stride = options.stride;
  op.pad = options.pad;
  op.panel = w.layout.panel;
  op.activation = options.activation;
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  push(op);
  return op.y;
}

Tensor Graph::linear(Tensor x, const PackedMatrix& w, const LinearOptions& options) {
  const MatrixKernels kernels = matrix_kernels(w.dtype, cap_);
  if (!require(x && w.data != nullptr && w.k == x.cols && w.layout.panel == kernels.layout.panel,
               Linear::kName, "weight does not fit the input")) {
    return {};
  }
  const bool rounds = options.into && shape(options.into).dtype == Dtype::kF16;
  Linear op;
  op.x = x;
  op.residual = options.residual;
  if (std::holds_alternative<BlockProduct>(kernels.product)) {
    constexpr std::size_t kFloats = sizeof(kernels::quantize_q8::Block) / sizeof(float);
    op.quantised =
        add_result("quantised", rows(x), x.cols / kernels::quantize_q8::kTerms * kFloats);
  }
  op.y = options.into && !rounds ? options.into : add_result(Linear::kName, rows(x), w.n);
  op.w = w;
  op.bias = options.bias;
  op.activation = options.activation;
  op.product = kernels.product;
  op.kernel = kernels.name;
  if (!require(op.y.cols == w.n && rows(op.y).maximum >= rows(x).maximum, Linear::kName,
               "result does not fit") ||
      !require(!op.residual || (op.residual.cols == w.n && rows(op.residual) == rows(x)),
               Linear::kName, "residual does not fit")) {
    return {};
  }
  push(op);
  return rounds ? to_f16(op.y, options.into) : op.y;
}

Tensor Graph::to_f16(Tensor x, Tensor into) {
  const auto& kernel = kernels::best(kernels::to_f16::variants(), cap_);
  if (!require(x && into.cols == x.cols && rows(into).maximum >= rows(x).maximum, ToF16::kName,
               "result does not fit")) {
    return {};
  }
  ToF16 op;
  op.x = x;
  op.y = into;
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  push(op);
  return into;
}

// The kernel for caches of the type of `cache`, and its name.
template <typename Kernel, typename Table, typename Table16>
std::string_view Graph::choose(Tensor cache, Table table, Table16 table16, Kernel& kernel) const {
  if (shape(cache).dtype == Dtype::kF16) {
    const auto& best = kernels::best(table16, cap_);
    kernel.f16 = best.fn;
    return best.name;
  }
  const auto& best = kernels::best(table, cap_);
  kernel.f32 = best.fn;
  return best.name;
}

Tensor Graph::layer_norm(Tensor x, const NormOptions& options) {
  const auto& kernel = kernels::best(kernels::layer_norm::variants(), cap_);
  if (!require(x && options.gamma, LayerNorm::kName, "has no input or no gamma")) return {};
  LayerNorm op;
  op.x = x;
  op.y = options.into ? options.into : add_result(LayerNorm::kName, rows(x), x.cols);
  op.gamma = options.gamma;
  op.beta = options.beta;
  op.eps = options.eps;
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  if (!require(op.y.cols == x.cols && rows(op.y).maximum >= rows(x).maximum, LayerNorm::kName,
               "result does not fit")) {
    return {};
  }
  push(op);
  return op.y;
}

Tensor Graph::group_norm(Tensor x, const NormOptions& options) {
  const auto& kernel = kernels::best(kernels::group_norm::variants(), cap_);
  if (!require(x && whole(x, shape(x)) && options.gamma && options.beta, GroupNorm::kName,
               "needs a whole tensor, gamma and beta")) {
    return {};
  }
  GroupNorm op;
  op.x = x;
  const std::size_t blocks = kernels::group_norm::work_items(rows(x).maximum);
  constexpr std::size_t kFloatsPerBlock = 2 * sizeof(double) / sizeof(float);
  op.partials = add_result("moments", {static_cast<std::uint32_t>(blocks)}, kFloatsPerBlock);
  op.y = add_result(GroupNorm::kName, rows(x), x.cols);
  op.gamma = options.gamma;
  op.beta = options.beta;
  op.eps = options.eps;
  op.passes = kernel.fn;
  op.kernel = kernel.name;
  push(op);
  return op.y;
}

template <typename T>
Tensor Graph::elementwise(Tensor x, T op) {
  if (!require(x && whole(x, shape(x)), T::kName, "input is not a whole tensor")) return {};
  op.x = x;
  op.y = add_result(T::kName, rows(x), x.cols);
  push(op);
  return op.y;
}

Tensor Graph::tanh(Tensor x) {
  const auto& kernel = kernels::best(kernels::tanh::variants(), cap_);
  Tanh op;
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  return elementwise(x, op);
}

Tensor Graph::gelu(Tensor x) {
  const auto& kernel = kernels::best(kernels::gelu::variants(), cap_);
  Gelu op;
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  return elementwise(x, op);
}

Tensor Graph::add(Tensor a, Tensor b) {
  const auto& kernel = kernels::best(kernels::add::variants(), cap_);
  if (!require(a && b && whole(a, shape(a)) && whole(b, shape(b)) && rows(a) == rows(b) &&
                   a.cols == b.cols,
               Add::kName, "needs two whole tensors of one shape")) {
    return {};
  }
  Add op;
  op.a = a;
  op.b = b;
  op.y = add_result(Add::kName, rows(a), a.cols);
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  push(op);
  return op.y;
}

Tensor Graph::silu_glu(Tensor value, Tensor gate) {
  const auto& kernel = kernels::best(kernels::silu_glu::variants(), cap_);
  if (!require(value && value.id == gate.id && value.cols == gate.cols && !value.last_row,
               SiluGlu::kName, "needs two blocks of columns of one tensor")) {
    return {};
  }
  SiluGlu op;
  op.value = value;
  op.gate = gate;
  op.y = add_result(SiluGlu::kName, rows(value), value.cols);
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  push(op);
  return op.y;
}

Tensor Graph::rope(Tensor x, const RopeOptions& options) {
  const auto& kernel = kernels::best(kernels::rope::variants(), cap_);
  const RopeTables& tables = options.tables;
  if (!require(x && options.heads > 0 && x.cols % options.heads == 0, Rope::kName,
               "the heads do not divide the columns")) {
    return {};
  }
  Rope op;
  op.x = x;
  op.cos = tables.cos;
  op.sin = tables.sin;
  op.heads = options.heads;
  op.head_dim = x.cols / options.heads;
  op.rotary_dim = tables.rotary_dim;
  op.past = options.past;
  op.fn = kernel.fn;
  op.kernel = kernel.name;
  const std::size_t positions = std::size_t{options.past.maximum} + rows(x).maximum;
  if (!require(tables.cos && tables.sin && op.rotary_dim <= op.head_dim && op.rotary_dim % 2 == 0 &&
                   positions <= tables.positions,
               Rope::kName, "the tables do not fit")) {
    return {};
  }
  push(op);
  return x;
}

void Graph::kv_append(Tensor k, Tensor v, Tensor k_cache, Tensor v_cache, Dim past) {
  if (!require(k && v && rows(k) == rows(v) && k.cols == v.cols, KvAppend::kName,
               "keys and values differ in shape") ||
      !require(whole(k_cache, shape(k_cache)) && whole(v_cache, shape(v_cache)) &&
                   shape(k_cache).dtype == shape(v_cache).dtype && k_cache.cols == k.cols &&
                   v_cache.cols == v.cols,
               KvAppend::kName, "the caches do not fit")) {
    return;
  }
  KvAppend op;
  op.k = k;
  op.v = v;
  op.k_cache = k_cache;
  op.v_cache = v_cache;
  op.past = past;
  op.kernel =
      choose(k_cache, kernels::kv_append::variants(), kernels::kv_append_f16::variants(), op.fn);
  push(op);
}

Tensor Graph::attention(Tensor q, Tensor k, Tensor v, const AttentionOptions& options) {
  if (!require(q && k && v && options.heads > 0 && options.kv_heads > 0 &&
                   options.heads % options.kv_heads == 0 && q.cols % options.heads == 0,
               Attention::kName, "the heads do not divide the columns")) {
    return {};
  }
  const std::uint32_t head_dim = q.cols / options.heads;
  if (!require(head_dim <= kernels::attention::kMaxHeadDim, Attention::kName,
               "a head is wider than the kernels allow") ||
      !require(k.cols == options.kv_heads * head_dim && v.cols == k.cols &&
                   shape(k).dtype == shape(v).dtype,
               Attention::kName, "keys and values do not fit the heads") ||
      !require(options.causal || options.keys.maximum <= rows(k).maximum, Attention::kName,
               "more keys than rows")) {
    return {};
  }
  if (!options.causal && shape(k).dtype == Dtype::kF32) {
    using namespace kernels;
    const std::size_t keys = options.keys.maximum;
    const bool halves = options.weights == Dtype::kF16 || options.weights == Dtype::kBF16;
    if (tensor::block(options.weights).elements > 1) {
      if (auto op =
              packed_attention<AttentionQ8>(quantize_kv::variants(), attention_q8::variants())) {
        return attend(*op, quantize_kv::packed_size(keys, 1, head_dim), q, k, v, options);
      }
    } else if (halves && head_dim <= split_kv::kMaxHeadDim) {
      if (auto op =
              packed_attention<AttentionSplit>(split_kv::variants(), attention_split::variants())) {
        const std::size_t size = split_kv::packed_size(keys, 1, head_dim) * sizeof(std::uint16_t);
        return attend(*op, size, q, k, v, options);
      }
    }
  }
  Attention op;
  op.q = q;
  op.k = k;
  op.v = v;
  op.y = options.in_place ? q : add_result(Attention::kName, rows(q), q.cols);
  op.heads = options.heads;
  op.kv_heads = options.kv_heads;
  op.head_dim = head_dim;
  op.causal = options.causal;
  op.past = options.past;
  op.keys = options.keys;
  op.kernel = choose(k, kernels::attention::variants(), kernels::attention_f16::variants(), op.fn);
  push(op);
  return op.y;
}

// Attention that packs its keys and values: an op without its tensors where `table` has a kernel
// that is more than a reference.
template <typename T, typename Packs, typename Table>
std::optional<T> Graph::packed_attention(Packs packs, Table table) const {
  const auto& best = kernels::best(table, cap_);
  if (best.isa == Isa::kScalar) return std::nullopt;
  T op;
  op.pack = kernels::best(packs, cap_).fn;
  op.fn = best.fn;
  op.kernel = best.name;
  return op;
}

template <typename T>
Tensor Graph::attend(T op, std::size_t bytes, Tensor q, Tensor k, Tensor v,
                     const AttentionOptions& options) {
  op.q = q;
  op.k = k;
  op.v = v;
  op.heads = options.heads;
  op.kv_heads = options.kv_heads;
  op.head_dim = q.cols / options.heads;
  op.keys = options.keys;
  op.packed = add_result("packed keys and values", {1}, bytes / sizeof(float));
  op.y = options.in_place ? q : add_result(Attention::kName, rows(q), q.cols);
  push(op);
  return op.y;
}

void Graph::kv_append_each(Tensor k, Tensor v, Tensor k_cache, Tensor v_cache,
                           const SequenceOptions& options) {
  if (!require(k && v && rows(k) == rows(v) && k.cols == v.cols, KvAppendEach::kName,
               "keys and values differ in shape") ||
      !require(whole(k_cache, shape(k_cache)) && whole(v_cache, shape(v_cache)) &&
                   shape(k_cache).dtype == shape(v_cache).dtype && k_cache.cols == k.cols &&
                   v_cache.cols == v.cols &&
                   fits_sequences(options, rows(k), rows(k_cache), rows(v_cache)),
               KvAppendEach::kName, "the caches do not fit")) {
    return;
  }
  KvAppendEach op;
  op.k = k;
  op.v = v;
  op.slots = options.slots;
  op.k_cache = k_cache;
  op.v_cache = v_cache;
  op.capacity = options.capacity;
  op.past = options.past;
  op.kernel =
      choose(k_cache, kernels::kv_append::variants(), kernels::kv_append_f16::variants(), op.fn);
  push(op);
}

Tensor Graph::attention_each(Tensor q, Tensor k_cache, Tensor v_cache,
                             const SequenceOptions& options) {
  if (!require(q && options.heads > 0 && q.cols % options.heads == 0 &&
                   q.cols / options.heads <= kernels::attention::kMaxHeadDim,
               AttentionEach::kName, "the heads do not divide the columns, or are too wide") ||
      !require(whole(k_cache, shape(k_cache)) && whole(v_cache, shape(v_cache)) &&
                   shape(k_cache).dtype == shape(v_cache).dtype && k_cache.cols == q.cols &&
                   v_cache.cols == q.cols &&
                   fits_sequences(options, rows(q), rows(k_cache), rows(v_cache)),
               AttentionEach::kName, "the caches do not fit")) {
    return {};
  }
  AttentionEach op;
  op.q = q;
  op.k_cache = k_cache;
  op.v_cache = v_cache;
  op.slots = options.slots;
  op.y = add_result(AttentionEach::kName, rows(q), q.cols);
  op.capacity = options.capacity;
  op.heads = options.heads;
  op.head_dim = q.cols / options.heads;
  op.past = options.past;
  op.kernel =
      choose(k_cache, kernels::attention::variants(), kernels::attention_f16::variants(), op.fn);
  push(op);
  return op.y;
}

// A slot for every row, and a place for one row more in each slot.
bool Graph::fits_sequences(const SequenceOptions& options, Dim sequences, Dim k_rows,
                           Dim v_rows) const {
  const std::size_t needed = std::size_t{sequences.maximum} * options.capacity;
  return options.slots && shape(options.slots).dtype == Dtype::kI32 && options.slots.cols == 1 &&
         rows(options.slots) == sequences && k_rows.fixed() && v_rows.fixed() &&
         k_rows.maximum >= needed && v_rows.maximum >= needed &&
         options.past.maximum < options.capacity;
}

Tensor Graph::attention_scores(Tensor q, Tensor k, Dim keys) {
  if (!require(q && k && q.cols == k.cols && q.cols <= kernels::attention::kMaxHeadDim,
               AttentionScores::kName, "queries and keys differ in width, or are too wide") ||
      !require(keys.maximum <= rows(k).maximum, AttentionScores::kName, "more keys than rows")) {
    return {};
  }
  AttentionScores op;
  op.q = q;
  op.k = k;
  op.y = add_result(AttentionScores::kName, rows(q), keys.maximum);
  op.keys = keys;
  op.kernel = choose(k, kernels::attention_scores::variants(),
                     kernels::attention_scores_f16::variants(), op.fn);
  push(op);
  return op.y;
}

Tensor Graph::embedding(Tensor ids, const PackedMatrix& table) {
  if (!require(ids && shape(ids).dtype == Dtype::kI32 && ids.cols == 1, Embedding::kName,
               "ids are not a column of i32")) {
    return {};
  }
  Embedding op;
  op.ids = ids;
  op.y = add_result(Embedding::kName, rows(ids), table.k);
  op.w = table;
  op.lookup = matrix_kernels(table.dtype, cap_).lookup;
  push(op);
  return op.y;
}

Result<Plan> Graph::finish() && {
  if (!require(!plan_.stages.empty() && !plan_.nodes.empty(), "finish", "there are no nodes") ||
      !require(!in_row_blocks_, "finish", "row blocks have no end")) {
    return *std::move(error_);
  }
  plan_.stages.back().end = plan_.nodes.size();
  plan_.sections.back().end = plan_.nodes.size();
  for (const Stage& stage : plan_.stages) {
    if (!require(stage.begin < stage.end, stage.name, "a stage without nodes")) {
      return *std::move(error_);
    }
  }
  if (Status status = lay_out(plan_); !status) return std::move(status).error();
  return std::move(plan_);
}

}  // namespace sotto::graph
