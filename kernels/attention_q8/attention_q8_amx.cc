#include "kernels/attention_q8/attention_q8_simd_amx.h"
//
#include "kernels/attention_q8/attention_q8_blocks.h"
#include "kernels/gemm/gemm_tiles.h"

namespace sotto::kernels::attention_q8 {
namespace {

// A tile is 16 rows of 64 bytes. Keys lie in the memory like the left factor of a product of tiles,
// 16 rows of them, and so do values; queries and weights like the right one. Where a key is shorter
// than 64 bytes a tile of keys holds what comes after it, to be multiplied by zeros: `fours` is a
// multiple of kFours, and a block of keys is followed by its values.
constexpr std::size_t kRows = 16, kBytes = 64, kFours = 16;
static_assert(kLanes == 16 && kBlock == 3 * kLanes && kKeys % kRows == 0);

// A register's number must be a literal in each intrinsic: 0 to 2 hold sums, 3 rows, 4 to 6 lanes.
struct TileProduct {
  static constexpr std::size_t fours(std::size_t count) noexcept {
    return quantize_kv::round_up(count, kFours);
  }
  static constexpr std::size_t lanes(std::size_t) noexcept { return kBlock; }

  template <typename Epilogue>
  [[gnu::always_inline]] static inline void run(const std::int8_t* rows, std::size_t stride,
                                                std::size_t count, const std::uint8_t* b,
                                                std::size_t fours, std::size_t,
                                                const Epilogue& epilogue) noexcept {
    // The tiles work on rows while the epilogue takes those before.
    alignas(64) std::int32_t dots[2][kRows][kBlock];
    gemm::finish_writes();
    multiply(rows, stride, b, fours, dots[0]);
    for (std::size_t r = 0; r < count; r += kRows) {
      if (r + kRows < count) {
        multiply(rows + (r + kRows) * stride, stride, b, fours, dots[(r / kRows + 1) % 2]);
      }
      const auto& now = dots[r / kRows % 2];
      const std::size_t some = smaller(kRows, count - r);
      for (std::size_t i = 0; i < some; ++i) {
        for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
          epilogue.finish(r + i, lane, Simd::load_ints(now[i] + lane));
        }
      }
    }
  }

 private:
  [[gnu::always_inline]] static inline void multiply(const std::int8_t* rows, std::size_t stride,
                                                     const std::uint8_t* b, std::size_t fours,
                                                     std::int32_t (&dots)[kRows][kBlock]) noexcept {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    for (std::size_t f = 0; f < fours; f += kFours) {
      const std::uint8_t* right = b + f * kBlock * kFour;
      _tile_loadd(3, rows + f * kFour, static_cast<long>(stride));
      _tile_loadd(4, right, kBlock * kFour);
      _tile_loadd(5, right + kBytes, kBlock * kFour);
      _tile_loadd(6, right + 2 * kBytes, kBlock * kFour);
      _tile_dpbssd(0, 3, 4);
      _tile_dpbssd(1, 3, 5);
      _tile_dpbssd(2, 3, 6);
    }
    _tile_stored(0, dots[0], kBlock * kFour);
    _tile_stored(1, dots[0] + kLanes, kBlock * kFour);
    _tile_stored(2, dots[0] + 2 * kLanes, kBlock * kFour);
  }
};

}  // namespace

void q8_amx(const Args& a, Range items) noexcept {
  constexpr gemm::TileShape kAll = {kRows, kBytes};
  const gemm::Tiles tiles({kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll});
  run<TileProduct>(a, items);
}

}  // namespace sotto::kernels::attention_q8
