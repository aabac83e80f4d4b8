// The instruction sets we write kernels for, what this CPU can run, and how a variant is chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sotto::kernels {

// Ordered within an architecture: a larger value is a wider instruction set. What each one needs:
//   kAvx2    AVX2, FMA, F16C            kAvx512  kAvx2 and AVX-512 F, BW, DQ, VL
//   kNeon    ARMv8.0-A Advanced SIMD
enum class Isa : std::uint8_t { kScalar, kAvx2, kAvx512, kNeon };

inline constexpr Isa kBestIsa = Isa::kNeon;  // no cap

constexpr std::string_view name(Isa isa) noexcept {
  switch (isa) {
    case Isa::kScalar: return "scalar";
    case Isa::kAvx2: return "avx2";
    case Isa::kAvx512: return "avx512";
    case Isa::kNeon: return "neon";
  }
  return "?";
}

// The instruction sets of the architecture this was compiled for, narrowest first.
std::span<const Isa> built_isas() noexcept;

// The member of built_isas() of that name; nothing for any other text.
std::optional<Isa> parse_isa(std::string_view text) noexcept;

// True if this CPU and its operating system can execute `isa`. Thread-safe.
bool supported(Isa isa) noexcept;

// The work items [begin, end) of a kernel call. Each op's header says what an item is; every item
// writes outputs of its own and is computed alike whatever the range, so that any split over
// threads gives the same bits.
struct Range {
  std::size_t begin;
  std::size_t end;
};

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) noexcept { return (a + b - 1) / b; }

// One implementation of an op.
template <typename Fn>
struct Variant {
  Isa isa;
  std::string_view name;
  Fn fn;
};

// The first entry of a table that this CPU can run and that does not exceed `cap`. Tables list the
// best first and end with the scalar reference, so there always is one.
template <typename Entry>
const Entry& best(std::span<const Entry> table, Isa cap) noexcept {
  for (const Entry& entry : table) {
    if (entry.isa <= cap && supported(entry.isa)) return entry;
  }
  return table.back();
}

}  // namespace sotto::kernels
