#include "kernels/gemm_f16/gemm_f16.h"

#include "bench/kernels/product_bench.h"

namespace sotto::kernels::gemm_f16 {
namespace {

const bool kRegistered = bench::register_gemm("gemm_f16", variants(), gemm::work_items<F16>);

}  // namespace
}  // namespace sotto::kernels::gemm_f16
