#include "kernels/isa.h"

namespace sotto::kernels {
namespace {

constexpr Isa kBuilt[] = {
    Isa::kScalar,
#if defined(__x86_64__)
    Isa::kAvx2,
    Isa::kAvx512,
#elif defined(__aarch64__)
    Isa::kNeon,
#endif
};

}  // namespace

std::span<const Isa> built_isas() noexcept { return kBuilt; }

std::optional<Isa> parse_isa(std::string_view text) noexcept {
  for (const Isa isa : kBuilt) {
    if (text == name(isa)) return isa;
  }
  return std::nullopt;
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
#elif defined(__aarch64__)
    case Isa::kNeon: return true;
#endif
    default: return false;
  }
}

}  // namespace sotto::kernels
