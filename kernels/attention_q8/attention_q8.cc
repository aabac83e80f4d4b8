#include "kernels/attention_q8/attention_q8.h"

namespace sotto::kernels::attention_q8 {

std::span<const Variant<Fn>> variants() noexcept {
  static constexpr Variant<Fn> kTable[] = {
#if defined(__x86_64__)
    {Isa::kAmx, "q8_amx", q8_amx},
    {Isa::kAvx512Vnni, "q8_avx512vnni", q8_avx512vnni},
    {Isa::kAvxVnni, "q8_avxvnni", q8_avxvnni},
#elif defined(__aarch64__)
    {Isa::kNeonDot, "q8_neondot", q8_neondot},
#endif
    {Isa::kScalar, "q8_ref", q8_ref},
  };
  return kTable;
}

}  // namespace sotto::kernels::attention_q8
