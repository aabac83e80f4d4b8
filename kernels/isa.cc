#include "kernels/isa.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace sotto::kernels {
namespace {

constexpr Isa kBuilt[] = {
    Isa::kScalar,
#if defined(__x86_64__)
    Isa::kAvx2,   Isa::kAvxVnni, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAvx512Bf16, Isa::kAmx,
#elif defined(__aarch64__)
    Isa::kNeon,
    Isa::kNeonDot,
    Isa::kNeonI8mm,
#endif
};

#if defined(__x86_64__)
// clang 14's __builtin_cpu_supports does not know AVX-VNNI: leaf 7, subleaf 1, EAX bit 4. The
// registers are those of AVX2.
bool has_avx_vnni() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax >> 4 & 1U) != 0;
}

// Leaf 7, EDX: the tiles and their products of bfloat16 and of bytes. XCR0: the system saves the
// tiles' configuration and their data. Requires: AVX (so that there is XGETBV).
bool has_amx() noexcept {
  constexpr unsigned kBf16 = 1U << 22, kTile = 1U << 24, kInt8 = 1U << 25;
  constexpr unsigned kWanted = kBf16 | kTile | kInt8, kSaved = 3U << 17;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (edx & kWanted) != kWanted) {
    return false;
  }
  __asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return (eax & kSaved) == kSaved;
}

// Asks Linux for the tiles, for all threads of the process, those that run already included. Asking
// again changes nothing.
bool may_use_tiles() noexcept {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}
#elif defined(__aarch64__)
// Linux's bits; the headers of older systems do not name the later ones.
constexpr unsigned long kHwcapFphp = 1UL << 9, kHwcapAsimdHp = 1UL << 10, kHwcapAsimdDp = 1UL << 20;
constexpr unsigned long kHwcap2I8mm = 1UL << 13;
constexpr unsigned long kHwcapDot = kHwcapFphp | kHwcapAsimdHp | kHwcapAsimdDp;
#endif

}  // namespace

std::span<const Isa> built_isas() noexcept { return kBuilt; }

std::optional<Isa> parse_isa(std::string_view text) noexcept {
  for (const Isa isa : kBuilt) {
    if (text == name(isa)) return isa;
  }
  return std::nullopt;
}

bool slow_avx512bf16() noexcept {
#if defined(__x86_64__)
  return __builtin_cpu_is("intel");
#else
  return false;
#endif
}

bool supported(Isa isa) noexcept {
  switch (isa) {
    case Isa::kScalar: return true;
#if defined(__x86_64__)
    // __builtin_cpu_supports also asks the operating system (XGETBV) for the wide registers. GCC 12
    // knows no name for F16C; every CPU with AVX2 has it.
    case Isa::kAvx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvx512:
      return supported(Isa::kAvx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
    case Isa::kAvxVnni: return supported(Isa::kAvx2) && has_avx_vnni();
    case Isa::kAvx512Vnni: return supported(Isa::kAvx512) && __builtin_cpu_supports("avx512vnni");
    case Isa::kAvx512Bf16:
      return supported(Isa::kAvx512Vnni) && __builtin_cpu_supports("avx512bf16");
    case Isa::kAmx: return supported(Isa::kAvx512Bf16) && has_amx() && may_use_tiles();
#elif defined(__aarch64__)
    case Isa::kNeon: return true;
    case Isa::kNeonDot: return (getauxval(AT_HWCAP) & kHwcapDot) == kHwcapDot;
    case Isa::kNeonI8mm:
      return supported(Isa::kNeonDot) && (getauxval(AT_HWCAP2) & kHwcap2I8mm) != 0;
#endif
    default: return false;
  }
}

}  // namespace sotto::kernels
