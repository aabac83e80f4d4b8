#include "lib/graph/weights.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm_q4/gemm_q4.h"
#include "kernels/gemm_q8/gemm_q8.h"
#include "kernels/rope/rope.h"
#include "lib/base/error.h"

namespace sotto::graph {
namespace {

namespace gemm = kernels::gemm;
namespace gemm_q4 = kernels::gemm_q4;
namespace gemm_q8 = kernels::gemm_q8;

// Rows read at a time: a few panels, so that a packed cache line is written while it is in L1.
constexpr std::size_t kRowsAtOnce = 64;

}  // namespace

Result<Isa> isa_from_environment() {
  const char* text = std::getenv("SOTTO_MAX_ISA");
  if (text == nullptr || *text == '\0') return kernels::kBestIsa;
  if (const std::optional<Isa> isa = kernels::parse_isa(text)) return *isa;
  std::string expected;
  for (const Isa isa : kernels::built_isas()) {
    expected += base::concat(expected.empty() ? "" : ", ", kernels::name(isa));
  }
  return base::error(ErrorCode::kInvalidArgument, "SOTTO_MAX_ISA is '", text, "', expected one of ",
                     expected);
}

WeightStore::WeightStore(Isa cap) : cap_(cap) {}

Result<std::byte*> WeightStore::allocate(std::size_t count, std::size_t size) {
  if (count > std::numeric_limits<std::size_t>::max() / size) {
    return base::error(ErrorCode::kOutOfMemory, "a weight exceeds the address space");
  }
  Result<tensor::Arena> block = tensor::Arena::allocate(count * size, "a weight");
  if (!block) return std::move(block).error();
  bytes_ += block->size();
  blocks_.push_back(*std::move(block));
  return blocks_.back().data();
}

Result<PackedMatrix> WeightStore::pack(std::size_t n, std::size_t k, const ReadRows& read) {
  return pack(Dtype::kF32, n, k, [&read](std::size_t row, std::size_t rows, std::byte* out) {
    read(row, rows, reinterpret_cast<float*>(out));
  });
}

namespace {

template <typename Weight>
struct FloatPacker {
  static std::size_t size(std::size_t n, std::size_t k, const gemm_q8::Layout& layout) {
    return gemm::packed_size<Weight>(n, k, layout.panel) * sizeof(Weight);
  }
  static void pack(const std::byte* w, std::size_t row, std::size_t rows, std::size_t n,
                   std::size_t k, const gemm_q8::Layout& layout, std::byte* packed) {
    gemm::pack(reinterpret_cast<const Weight*>(w), row, rows, n, k, layout.panel,
               reinterpret_cast<Weight*>(packed));
  }
};

// How a type is packed.
struct Packer {
  std::size_t (*size)(std::size_t n, std::size_t k, const gemm_q8::Layout& layout);
  void (*pack)(const std::byte* w, std::size_t row, std::size_t rows, std::size_t n, std::size_t k,
               const gemm_q8::Layout& layout, std::byte* packed);
};

const std::uint8_t* u8(const std::byte* p) { return reinterpret_cast<const std::uint8_t*>(p); }
std::uint8_t* u8(std::byte* p) { return reinterpret_cast<std::uint8_t*>(p); }

Packer packer(Dtype dtype) {
  using Layout = gemm_q8::Layout;
  switch (dtype) {
    case Dtype::kF16: return {FloatPacker<kernels::F16>::size, FloatPacker<kernels::F16>::pack};
    case Dtype::kBF16: return {FloatPacker<kernels::Bf16>::size, FloatPacker<kernels::Bf16>::pack};
    case Dtype::kQ8_0:
      return {[](std::size_t n, std::size_t k, const Layout& layout) {
                return gemm_q8::packed_size(n, k, layout);
              },
              [](const std::byte* w, std::size_t row, std::size_t rows, std::size_t n,
                 std::size_t k, const Layout& layout,
                 std::byte* packed) { gemm_q8::pack(u8(w), row, rows, n, k, layout, u8(packed)); }};
    case Dtype::kQ4_0:
      return {[](std::size_t n, std::size_t k, const Layout& layout) {
                return gemm_q4::packed_size(n, k, layout);
              },
              [](const std::byte* w, std::size_t row, std::size_t rows, std::size_t n,
                 std::size_t k, const Layout& layout,
                 std::byte* packed) { gemm_q4::pack(u8(w), row, rows, n, k, layout, u8(packed)); }};
    default: return {FloatPacker<float>::size, FloatPacker<float>::pack};
  }
}

}  // namespace

Result<PackedMatrix> WeightStore::pack(Dtype dtype, std::size_t n, std::size_t k,
                                       const ReadBytes& read) {
  const MatrixKernels chosen = matrix_kernels(dtype, cap_);
  const gemm_q8::Layout layout = chosen.layout;
  widest_ = std::max(widest_, chosen.isa);
  const Packer packer = graph::packer(dtype);
  Result<std::byte*> packed = allocate(packer.size(n, k, layout), 1);
  if (!packed) return std::move(packed).error();
  const std::size_t row_bytes = *tensor::byte_size(dtype, k);
  // Of floats, so that rows of any type are aligned.
  std::vector<float> rows(std::min(n, kRowsAtOnce) * row_bytes / sizeof(float) + 1);
  auto* const bytes = reinterpret_cast<std::byte*>(rows.data());
  for (std::size_t row = 0; row < n; row += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, n - row);
    read(row, count, bytes);
    packer.pack(bytes, row, count, n, k, layout, *packed);
  }
  return PackedMatrix{*packed, n, k, dtype, layout};
}

PackedRows rows_of(const PackedMatrix& w, std::size_t first, std::size_t count) {
  const std::size_t before = first % w.layout.panel;
  PackedRows rows{w, before};
  rows.matrix.n = before + count;
  if (first > before) rows.matrix.data += packer(w.dtype).size(first - before, w.k, w.layout);
  return rows;
}

Result<std::span<float>> WeightStore::floats(std::size_t count) {
  Result<std::byte*> data = allocate(count, sizeof(float));
  if (!data) return std::move(data).error();
  return std::span<float>(reinterpret_cast<float*>(*data), count);
}

Result<RopeTables> rope_tables(WeightStore& store, std::size_t positions, std::size_t rotary_dim,
                               double base) {
  const std::size_t count = positions * (rotary_dim / 2);
  Result<std::span<float>> cos = store.floats(count);
  if (!cos) return std::move(cos).error();
  Result<std::span<float>> sin = store.floats(count);
  if (!sin) return std::move(sin).error();
  kernels::rope::fill_tables(positions, rotary_dim, base, cos->data(), sin->data());
  return RopeTables{cos->data(), sin->data(), static_cast<std::uint32_t>(positions),
                    static_cast<std::uint32_t>(rotary_dim)};
}

}  // namespace sotto::graph
