#include "kernels/group_norm/group_norm.h"

namespace sotto::kernels::group_norm {

std::span<const Variant<Passes>> variants() noexcept {
  static constexpr Variant<Passes> kTable[] = {
#if defined(__x86_64__)
    {Isa::kAvx512, "f32_avx512", {f32_moments_avx512, f32_normalise_avx512}},
    {Isa::kAvx2, "f32_avx2", {f32_moments_avx2, f32_normalise_avx2}},
#elif defined(__aarch64__)
    {Isa::kNeon, "f32_neon", {f32_moments_neon, f32_normalise_neon}},
#endif
    {Isa::kScalar, "f32_ref", {f32_moments_ref, f32_normalise_ref}},
  };
  return kTable;
}

}  // namespace sotto::kernels::group_norm
