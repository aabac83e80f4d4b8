#include "kernels/group_norm/group_norm_form.h"

namespace sotto::kernels::group_norm {

void f32_moments_avx512(const Args& a, Range items) noexcept { moments<Avx512Lanes>(a, items); }

void f32_normalise_avx512(const Args& a, Range items) noexcept { normalise<Avx512Lanes>(a, items); }

}  // namespace sotto::kernels::group_norm
