#include "lib/graph/executor.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "kernels/gemv/gemv.h"
#include "kernels/gemv_q8/gemv_q8.h"
#include "lib/base/error.h"

namespace sotto::graph {
namespace {

// Multiply-adds below which waking other threads costs more than it saves: some 10 us of one core.
constexpr std::size_t kSerialWork = 100'000;
// A range's least work: what it takes to hand it out is lost in it.
constexpr std::size_t kRangeWork = kSerialWork / 2;
// What an element of an element-wise op counts as, in multiply-adds.
constexpr std::size_t kElementWork = 8;

}  // namespace

Result<std::unique_ptr<Executor>> Executor::create(const Plan& plan, unsigned threads) {
  Result<tensor::Arena> arena = tensor::Arena::allocate(plan.arena_bytes, "the session's arena");
  if (!arena) return std::move(arena).error();
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(threads);
  if (!pool) return std::move(pool).error();
  return std::unique_ptr<Executor>(new Executor(plan, *std::move(arena), *std::move(pool)));
}

Executor::Executor(const Plan& plan, tensor::Arena arena, std::unique_ptr<ThreadPool> pool)
    : plan_(plan),
      arena_(std::move(arena)),
      pool_(std::move(pool)),
      extents_(plan.extents.size()),
      usage_(plan.sections.size()) {}

Usage& Usage::operator+=(const Usage& later) noexcept {
  if (runs == 0) started = later.started;
  runs += later.runs;
  seconds += later.seconds;
  cost += later.cost;
  return *this;
}

Usage Usage::operator-(const Usage& before) const noexcept {
  Usage rest = *this;
  rest.runs -= before.runs;
  rest.seconds -= before.seconds;
  rest.cost -= before.cost;
  return rest;
}

void Executor::set(Dim extent, std::size_t rows) noexcept { extents_[extent.extent] = rows; }

std::size_t Executor::value(Dim rows) const noexcept {
  return rows.fixed() ? rows.maximum : extents_[rows.extent];
}

// Binds each op to its kernel's Args at the current extents and splits its work items.
struct Runner {
  Executor& e;
  // Of row blocks: those that run now. Else all rows do.
  std::size_t first_row = 0;
  std::size_t some_rows = 0;

  std::size_t stride(Tensor x) const noexcept { return e.plan_.tensors[x.id].shape.cols; }
  std::size_t rows(Tensor x) const noexcept {
    if (some_rows > 0) return some_rows;
    return x.last_row ? 1 : e.value(e.plan_.tensors[x.id].shape.rows);
  }
  template <typename T = float>
  T* data(Tensor x) const noexcept {
    const TensorPlan& t = e.plan_.tensors[x.id];
    const std::size_t first = t.one_block ? 0 : first_row;
    const std::size_t row = x.last_row ? e.value(t.shape.rows) - 1 : first;
    const std::size_t size = t.shape.dtype == Dtype::kF16 ? sizeof(kernels::F16) : sizeof(float);
    return reinterpret_cast<T*>(base(t) + (row * t.shape.cols + x.first_col) * size);
  }
  // The planner lets no op write to a constant.
  std::byte* base(const TensorPlan& t) const noexcept {
    if (t.constant == nullptr) return e.arena_.data() + t.offset;
    return reinterpret_cast<std::byte*>(const_cast<float*>(t.constant));
  }
  kernels::F16* half(Tensor x) const noexcept { return data<kernels::F16>(x); }

  // `work` in multiply-adds decides whether other threads are worth waking.
  template <typename Fn, typename Args>
  void split(std::size_t items, std::size_t work, Fn fn, const Args& args) const noexcept {
    share(items, work, [&](kernels::Range range) noexcept { fn(args, range); });
  }
  template <typename Body>
  void share(std::size_t items, std::size_t work, const Body& body) const noexcept {
    if (work < kSerialWork) {
      body({0, items});
    } else {
      e.pool_->split(items, work / kRangeWork, body);
    }
  }

  void operator()(const Conv1d& op) const noexcept {
    const kernels::conv1d::Args args{data(op.x), op.w,    op.bias,  data(op.y),
                                     rows(op.x), op.c_in, op.c_out, op.taps,
                                     op.stride,  op.pad,  op.panel, op.activation};
    const std::size_t window = std::size_t{op.taps} * op.c_in;
    split(kernels::conv1d::work_items(args), rows(op.y) * window * op.c_out, op.fn, args);
  }

  void operator()(const Linear& op) const noexcept {
    std::visit([&](const auto& product) { multiply(op, product); }, op.product);
  }

  template <typename Weight>
  void multiply(const Linear& op, const FloatProduct<Weight>& product) const noexcept {
    const std::size_t m = rows(op.x);
    const bool adds = bool(op.residual);
    const kernels::gemm::ArgsOf<Weight> args{data(op.x),
                                             stride(op.x),
                                             reinterpret_cast<const Weight*>(op.w.data),
                                             op.bias,
                                             adds ? data(op.residual) : nullptr,
                                             adds ? stride(op.residual) : 0,
                                             data(op.y),
                                             stride(op.y),
                                             m,
                                             op.w.n,
                                             op.w.k,
                                             op.w.layout.panel,
                                             1.0F,
                                             op.activation};
    const std::size_t work = m * op.w.n * op.w.k;
    if (m <= kernels::gemv::kMaxRows) {
      split(kernels::gemv::work_items(args), work, product.few_rows, args);
    } else {
      split(kernels::gemm::work_items(args), work, product.many_rows, args);
    }
  }

  void multiply(const Linear& op, const BlockProduct& product) const noexcept {
    using kernels::quantize_q8::Block;
    const std::size_t m = rows(op.x), k = op.w.k, blocks = k / kernels::quantize_q8::kTerms;
    const kernels::quantize_q8::Args quantize{
        data(op.x), stride(op.x), data<Block>(op.quantised), blocks, m, k};
    split(kernels::quantize_q8::work_items(quantize), m * k, product.quantize, quantize);
    const bool adds = bool(op.residual);
    const kernels::gemm_q8::Args args{data<const Block>(op.quantised),
                                      blocks,
                                      reinterpret_cast<const std::uint8_t*>(op.w.data),
                                      op.bias,
                                      adds ? data(op.residual) : nullptr,
                                      adds ? stride(op.residual) : 0,
                                      data(op.y),
                                      stride(op.y),
                                      m,
                                      op.w.n,
                                      k,
                                      op.w.layout,
                                      1.0F,
                                      op.activation};
    const std::size_t work = m * op.w.n * k;
    if (m <= kernels::gemv_q8::kMaxRows) {
      split(kernels::gemv_q8::work_items(args), work, product.few_rows, args);
    } else {
      split(kernels::gemm_q8::work_items(args), work, product.many_rows, args);
    }
  }

  void operator()(const LayerNorm& op) const noexcept {
    const kernels::layer_norm::Args args{data(op.x),   stride(op.x), op.gamma,  op.beta, data(op.y),
                                         stride(op.y), rows(op.x),   op.x.cols, op.eps};
    split(kernels::layer_norm::work_items(args), args.rows * args.cols * kElementWork, op.fn, args);
  }

  void operator()(const GroupNorm& op) const noexcept {
    const kernels::group_norm::Args args{
        data(op.x), op.gamma,   op.beta,   data<double>(op.partials),
        data(op.y), rows(op.x), op.x.cols, op.eps};
    const std::size_t items = kernels::group_norm::work_items(args.rows);
    const std::size_t work = args.rows * args.cols * kElementWork;
    split(items, work, op.passes.moments, args);
    split(items, work, op.passes.normalise, args);
  }

  void operator()(const Tanh& op) const noexcept {
    const kernels::tanh::Args args{data(op.x), data(op.y), rows(op.x) * op.x.cols};
    split(kernels::tanh::work_items(args), args.count * kElementWork, op.fn, args);
  }
  void operator()(const Gelu& op) const noexcept {
    const kernels::gelu::Args args{data(op.x), data(op.y), rows(op.x) * op.x.cols};
    split(kernels::gelu::work_items(args), args.count * kElementWork, op.fn, args);
  }

  void operator()(const Add& op) const noexcept {
    const kernels::add::Args args{data(op.a), data(op.b), data(op.y), rows(op.a) * op.a.cols};
    split(kernels::add::work_items(args), args.count, op.fn, args);
  }

  void operator()(const SiluGlu& op) const noexcept {
    const kernels::silu_glu::Args args{data(op.value), data(op.gate),  stride(op.value), data(op.y),
                                       stride(op.y),   rows(op.value), op.value.cols};
    split(kernels::silu_glu::work_items(args), args.rows * args.cols * kElementWork, op.fn, args);
  }

  void operator()(const Rope& op) const noexcept {
    const kernels::rope::Args args{data(op.x),  stride(op.x),  op.cos,
                                   op.sin,      rows(op.x),    op.heads,
                                   op.head_dim, op.rotary_dim, e.value(op.past)};
    split(kernels::rope::work_items(args), args.rows * op.x.cols * 2, op.fn, args);
  }

  void operator()(const ToF16& op) const noexcept {
    const kernels::to_f16::Args args{data(op.x),   stride(op.x), half(op.y),
                                     stride(op.y), rows(op.x),   op.x.cols};
    split(kernels::to_f16::work_items(args), args.rows * args.cols, op.fn, args);
  }

  // Calls body with the kernel for the type of the caches, and a number of that type.
  template <typename Kernel, typename Body>
  static void of_caches(const Kernel& kernel, const Body& body) noexcept {
    if (kernel.f16 != nullptr) {
      body(kernel.f16, kernels::F16{});
    } else {
      body(kernel.f32, 0.0F);
    }
  }
  template <typename T>
  using AppendArgs = std::conditional_t<std::is_same_v<T, float>, kernels::kv_append::Args,
                                        kernels::kv_append_f16::Args>;

  void operator()(const KvAppend& op) const noexcept {
    of_caches(op.fn, [&]<typename T>(auto fn, T) noexcept {
      const AppendArgs<T> args{data(op.k),   stride(op.k),        data(op.v),
                               stride(op.v), data<T>(op.k_cache), data<T>(op.v_cache),
                               rows(op.k),   op.k.cols,           e.value(op.past)};
      static_assert(kernels::kv_append::kBlockRows == kernels::kv_append_f16::kBlockRows);
      const std::size_t items = kernels::ceil_div(args.rows, kernels::kv_append::kBlockRows);
      split(items, args.rows * args.cols, fn, args);
    });
  }

  void operator()(const Attention& op) const noexcept {
    const std::size_t queries = rows(op.q);
    const std::size_t past = op.causal ? e.value(op.past) : 0;
    const std::size_t keys = op.causal ? past + queries : e.value(op.keys);
    if (keys == 0) return;
    of_caches(op.fn, [&]<typename T>(auto fn, T) noexcept {
      const kernels::attention::ArgsOf<T> args{
          data(op.q),   stride(op.q), data<T>(op.k), stride(op.k), data<T>(op.v),
          stride(op.v), data(op.y),   stride(op.y),  queries,      keys,
          op.heads,     op.kv_heads,  op.head_dim,   past,         scale_of(op.head_dim),
          op.causal};
      split(kernels::attention::work_items(args), 2 * queries * keys * op.q.cols, fn, args);
    });
  }

  void operator()(const AttentionQ8& op) const noexcept {
    pack_and_attend<kernels::quantize_kv::Args, kernels::attention_q8::Args, std::uint8_t>(op);
  }
  void operator()(const AttentionSplit& op) const noexcept {
    pack_and_attend<kernels::split_kv::Args, kernels::attention_split::Args, std::uint16_t>(op);
  }
  // A head of keys and values after the other, so that there is room for one.
  template <typename PackArgs, typename Args, typename Packed, typename Op>
  void pack_and_attend(const Op& op) const noexcept {
    const std::size_t keys = e.value(op.keys), queries = rows(op.q);
    const std::size_t heads = op.heads / op.kv_heads;
    if (keys == 0) return;
    auto* packed = data<Packed>(op.packed);
    for (std::size_t g = 0; g < op.kv_heads; ++g) {
      const std::size_t kv_column = g * op.head_dim, column = heads * kv_column;
      const PackArgs pack{data(op.k) + kv_column,
                          stride(op.k),
                          data(op.v) + kv_column,
                          stride(op.v),
                          packed,
                          keys,
                          1,
                          op.head_dim};
      split(work_items(pack), 2 * keys * op.head_dim * kElementWork, op.pack, pack);
      const Args args{data(op.q) + column,
                      stride(op.q),
                      packed,
                      data(op.y) + column,
                      stride(op.y),
                      queries,
                      keys,
                      heads,
                      1,
                      op.head_dim,
                      scale_of(op.head_dim)};
      split(work_items(args), 2 * queries * keys * heads * op.head_dim, op.fn, args);
    }
  }

  static float scale_of(std::size_t head_dim) noexcept {
    return 1.0F / std::sqrt(static_cast<float>(head_dim));
  }

  void operator()(const KvAppendEach& op) const noexcept {
    const std::size_t past = e.value(op.past);
    const auto* slots = data<const std::int32_t>(op.slots);
    of_caches(op.fn, [&]<typename T>(auto fn, T) noexcept {
      for (std::size_t i = 0; i < rows(op.k); ++i) {
        const std::size_t slot = static_cast<std::size_t>(slots[i]) * op.capacity * op.k.cols;
        const AppendArgs<T> args{data(op.k) + i * stride(op.k),
                                 stride(op.k),
                                 data(op.v) + i * stride(op.v),
                                 stride(op.v),
                                 data<T>(op.k_cache) + slot,
                                 data<T>(op.v_cache) + slot,
                                 1,
                                 op.k.cols,
                                 past};
        fn(args, {0, 1});
      }
    });
  }

  void operator()(const AttentionEach& op) const noexcept {
    const std::size_t sequences = rows(op.q), keys = e.value(op.past) + 1;
    const auto* slots = data<const std::int32_t>(op.slots);
    of_caches(op.fn, [&]<typename T>(auto fn, T) noexcept {
      const auto some_heads = [&](kernels::Range range) noexcept {
        for (std::size_t item = range.begin; item < range.end; ++item) {
          const std::size_t i = item / op.heads, head = item % op.heads;
          const std::size_t slot = static_cast<std::size_t>(slots[i]) * op.capacity * op.q.cols;
          const kernels::attention::ArgsOf<T> args{data(op.q) + i * stride(op.q),
                                                   stride(op.q),
                                                   data<T>(op.k_cache) + slot,
                                                   stride(op.k_cache),
                                                   data<T>(op.v_cache) + slot,
                                                   stride(op.v_cache),
                                                   data(op.y) + i * stride(op.y),
                                                   stride(op.y),
                                                   1,
                                                   keys,
                                                   op.heads,
                                                   op.heads,
                                                   op.head_dim,
                                                   0,
                                                   scale_of(op.head_dim),
                                                   false};
          fn(args, {head, head + 1});
        }
      };
      share(sequences * op.heads, 2 * sequences * keys * op.q.cols, some_heads);
    });
  }

  void operator()(const AttentionScores& op) const noexcept {
    of_caches(op.fn, [&]<typename T>(auto fn, T) noexcept {
      const kernels::attention_scores::ArgsOf<T> args{
          data(op.q), stride(op.q),     data<T>(op.k), stride(op.k),       data(op.y),
          rows(op.q), e.value(op.keys), op.q.cols,     scale_of(op.q.cols)};
      split(kernels::attention_scores::work_items(args), args.queries * args.keys * args.head_dim,
            fn, args);
    });
  }

  void operator()(const Embedding& op) const noexcept {
    std::visit([&](auto fn) { look_up(op, fn); }, op.lookup);
  }
  template <typename Weight>
  void look_up(const Embedding& op, void (*fn)(const kernels::embedding::ArgsOf<Weight>&,
                                               kernels::Range) noexcept) const noexcept {
    const kernels::embedding::ArgsOf<Weight> args{data<const std::int32_t>(op.ids),
                                                  reinterpret_cast<const Weight*>(op.w.data),
                                                  data(op.y),
                                                  rows(op.ids),
                                                  op.y.cols,
                                                  op.w.layout.panel};
    split(kernels::embedding::work_items(args), args.rows * args.cols, fn, args);
  }
  template <typename Args>
  void look_up(const Embedding& op,
               void (*fn)(const Args&, kernels::Range) noexcept) const noexcept {
    const Args args{data<const std::int32_t>(op.ids),
                    reinterpret_cast<const std::uint8_t*>(op.w.data),
                    data(op.y),
                    rows(op.ids),
                    op.y.cols,
                    op.w.layout};
    split(args.rows, args.rows * args.cols, fn, args);
  }
};

std::span<float> Executor::f32(Tensor x) noexcept {
  const Runner view{*this};
  return {view.data(x), view.rows(x) * x.cols};
}

std::span<std::int32_t> Executor::i32(Tensor x) noexcept {
  const Runner view{*this};
  return {view.data<std::int32_t>(x), view.rows(x) * x.cols};
}

std::span<std::byte> Executor::bytes(Tensor x) noexcept {
  const Runner view{*this};
  const tensor::Shape& shape = plan_.tensors[x.id].shape;
  return {view.data<std::byte>(x), *tensor::byte_size(shape.dtype, view.rows(x) * x.cols)};
}

void Executor::run(std::size_t index) noexcept {
  const Stage& stage = plan_.stages[index];
  for (std::size_t i = stage.first_section;
       i < plan_.sections.size() && plan_.sections[i].begin < stage.end; ++i) {
    run_section(plan_.sections[i], usage_[i]);
  }
}

void Executor::run_section(const Section& section, Usage& usage) noexcept {
  const auto start = std::chrono::steady_clock::now();
  const Runner all{*this};
  std::size_t i = section.begin;
  for (const RowBlocks& blocks : plan_.row_blocks) {
    if (blocks.begin < i) continue;
    if (blocks.begin >= section.end) break;
    if (!run_nodes(all, i, blocks.begin) || !run_blocks(blocks)) return;
    i = blocks.end;
  }
  if (!run_nodes(all, i, section.end)) return;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  usage += {1, start, taken.count(), count_cost(plan_, section.begin, section.end, extents_)};
}

bool Executor::run_nodes(const Runner& runner, std::size_t begin, std::size_t end) noexcept {
  for (std::size_t i = begin; i < end; ++i) {
    if (stop_ != nullptr && stop_(stop_context_)) return false;
    std::visit(runner, plan_.nodes[i].op);
  }
  return true;
}

bool Executor::run_blocks(const RowBlocks& blocks) noexcept {
  const std::size_t rows = value(blocks.rows);
  for (std::size_t row = 0; row < rows;) {
    const std::size_t left = rows - row;
    const Runner some{*this, row, left > RowBlocks::kMostRows ? RowBlocks::kRows : left};
    if (!run_nodes(some, blocks.begin, blocks.end)) return false;
    row += some.some_rows;
  }
  return true;
}

void Executor::clear_usage() noexcept { std::ranges::fill(usage_, Usage{}); }

}  // namespace sotto::graph
