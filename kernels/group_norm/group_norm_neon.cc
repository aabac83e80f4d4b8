#include "kernels/group_norm/group_norm_form.h"

namespace sotto::kernels::group_norm {

void f32_moments_neon(const Args& a, Range items) noexcept { moments<NeonLanes>(a, items); }

void f32_normalise_neon(const Args& a, Range items) noexcept { normalise<NeonLanes>(a, items); }

}  // namespace sotto::kernels::group_norm
