#include "lib/graph/products.h"

#include "kernels/gemm_bf16/gemm_bf16.h"
#include "kernels/gemm_f16/gemm_f16.h"
#include "kernels/gemm_q4/gemm_q4.h"
#include "kernels/gemv/gemv.h"
#include "kernels/gemv_bf16/gemv_bf16.h"
#include "kernels/gemv_f16/gemv_f16.h"
#include "kernels/gemv_q4/gemv_q4.h"
#include "kernels/gemv_q8/gemv_q8.h"

namespace sotto::graph {
namespace {

using kernels::best;

template <typename Weight>
MatrixKernels floats(const kernels::gemm::KernelOf<Weight>& many,
                     const kernels::gemm::KernelOf<Weight>& few, Lookup lookup) noexcept {
  return {
      FloatProduct<Weight>{many.fn, few.fn}, lookup, {many.panel, 1, false}, many.isa, many.name};
}

MatrixKernels blocks(std::span<const kernels::gemm_q8::Kernel> gemm,
                     std::span<const kernels::gemm_q8::Kernel> gemv, Lookup lookup,
                     Isa cap) noexcept {
  const auto& many = best(gemm, cap);
  const auto& quantize = best(kernels::quantize_q8::variants(), cap);
  return {BlockProduct{quantize.fn, many.fn, best(gemv, cap).fn}, lookup, many.layout, many.isa,
          many.name};
}

}  // namespace

bool has_product(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kF32:
    case Dtype::kF16:
    case Dtype::kBF16:
    case Dtype::kQ8_0:
    case Dtype::kQ4_0: return true;
    default: return false;
  }
}

MatrixKernels matrix_kernels(Dtype dtype, Isa cap) noexcept {
  using namespace kernels;
  switch (dtype) {
    case Dtype::kF16:
      return floats<F16>(best(gemm_f16::variants(), cap), best(gemv_f16::variants(), cap),
                         best(embedding::f16_variants(), cap).fn);
    case Dtype::kBF16:
      return floats<Bf16>(best_bfloat16(gemm_bf16::variants(), cap),
                          best_bfloat16(gemv_bf16::variants(), cap),
                          best(embedding::bf16_variants(), cap).fn);
    case Dtype::kQ8_0:
      return blocks(gemm_q8::variants(), gemv_q8::variants(),
                    best(embedding_q8::variants(), cap).fn, cap);
    case Dtype::kQ4_0:
      return blocks(gemm_q4::variants(), gemv_q4::variants(),
                    best(embedding_q4::variants(), cap).fn, cap);
    default:
      return floats<float>(best(gemm::variants(), cap), best(gemv::variants(), cap),
                           best(embedding::variants(), cap).fn);
  }
}

}  // namespace sotto::graph
