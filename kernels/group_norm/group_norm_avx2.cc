#include "kernels/group_norm/group_norm_form.h"

namespace sotto::kernels::group_norm {

void f32_moments_avx2(const Args& a, Range items) noexcept { moments<Avx2Lanes>(a, items); }

void f32_normalise_avx2(const Args& a, Range items) noexcept { normalise<Avx2Lanes>(a, items); }

}  // namespace sotto::kernels::group_norm
