#include "lib/graph/weights.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "kernels/rope/rope.h"
#include "lib/base/error.h"

namespace sotto::graph {
namespace {

namespace gemm = kernels::gemm;

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

std::string_view isa_in_use(Isa cap) noexcept {
  return kernels::name(kernels::best(gemm::variants(), cap).isa);
}

WeightStore::WeightStore(Isa cap) : cap_(cap), panel_(kernels::best(gemm::variants(), cap).panel) {}

Result<float*> WeightStore::allocate(std::size_t floats) {
  if (floats > std::numeric_limits<std::size_t>::max() / sizeof(float)) {
    return base::error(ErrorCode::kOutOfMemory, "a weight exceeds the address space");
  }
  Result<tensor::Arena> block = tensor::Arena::allocate(floats * sizeof(float), "a weight");
  if (!block) return std::move(block).error();
  bytes_ += block->size();
  blocks_.push_back(*std::move(block));
  return reinterpret_cast<float*>(blocks_.back().data());
}

Result<PackedMatrix> WeightStore::pack(std::size_t n, std::size_t k, const ReadRows& read) {
  Result<float*> packed = allocate(gemm::packed_size(n, k, panel_));
  if (!packed) return std::move(packed).error();
  std::vector<float> rows(std::min(n, kRowsAtOnce) * k);
  for (std::size_t row = 0; row < n; row += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, n - row);
    read(row, count, rows.data());
    gemm::pack(rows.data(), row, count, n, k, panel_, *packed);
  }
  return PackedMatrix{*packed, n, k, panel_};
}

Result<std::span<float>> WeightStore::floats(std::size_t count) {
  Result<float*> data = allocate(count);
  if (!data) return std::move(data).error();
  return std::span<float>(*data, count);
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
