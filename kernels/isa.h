// The instruction sets we write kernels for, what this CPU can run, and how a variant is chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sotto::kernels {

// Ordered within an architecture: a larger value is a wider instruction set. What each one needs:
//   kAvx2        AVX2, FMA, F16C
//   kAvxVnni     kAvx2 and AVX-VNNI
//   kAvx512      kAvx2 and AVX-512 F, BW, DQ, VL
//   kAvx512Vnni  kAvx512 and AVX-512 VNNI
//   kAvx512Bf16  kAvx512Vnni and AVX-512 BF16
//   kAmx         kAvx512Bf16 and AMX TILE, INT8, BF16
//   kNeon        ARMv8.0-A Advanced SIMD
//   kNeonDot     kNeon and ARMv8.2-A FP16 and DotProd
//   kNeonI8mm    kNeonDot and I8MM
enum class Isa : std::uint8_t {
  kScalar,
  kAvx2,
  kAvxVnni,
  kAvx512,
  kAvx512Vnni,
  kAvx512Bf16,
  kAmx,
  kNeon,
  kNeonDot,
  kNeonI8mm,
};

inline constexpr Isa kBestIsa = Isa::kNeonI8mm;  // no cap

constexpr std::string_view name(Isa isa) noexcept {
  switch (isa) {
    case Isa::kScalar: return "scalar";
    case Isa::kAvx2: return "avx2";
    case Isa::kAvxVnni: return "avxvnni";
    case Isa::kAvx512: return "avx512";
    case Isa::kAvx512Vnni: return "avx512vnni";
    case Isa::kAvx512Bf16: return "avx512bf16";
    case Isa::kAmx: return "amx";
    case Isa::kNeon: return "neon";
    case Isa::kNeonDot: return "neondot";
    case Isa::kNeonI8mm: return "neoni8mm";
  }
  return "?";
}

// The instruction sets of the architecture this was compiled for, narrowest first.
std::span<const Isa> built_isas() noexcept;

// The member of built_isas() of that name; nothing for any other text.
std::optional<Isa> parse_isa(std::string_view text) noexcept;

// True if this CPU and its operating system can execute `isa`. Thread-safe.
//
// Linux gives a process AMX's tiles when it asks for them. The first call for kAmx on a CPU that
// has it does so, for all threads; a thread's stack for signals (sigaltstack) must from then on
// hold 8 KiB more. Where the system refuses, kAmx is not supported.
bool supported(Isa isa) noexcept;

// Whether products by AVX-512 BF16 are slower than f32 ones of widened weights: Intel's CPUs leave
// bfloat16 to AMX and execute vdpbf16ps at a quarter of the rate of vfmadd (Sapphire Rapids: 121
// GFLOP/s, f32 243), AMD's at the full rate. Thread-safe.
bool slow_avx512bf16() noexcept;

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

// The same of a table of products in bfloat16, without avx512bf16 where that is slow.
template <typename Entry>
const Entry& best_bfloat16(std::span<const Entry> table, Isa cap) noexcept {
  const Entry& entry = best(table, cap);
  return entry.isa == Isa::kAvx512Bf16 && slow_avx512bf16() ? best(table, Isa::kAvx512Vnni) : entry;
}

}  // namespace sotto::kernels
