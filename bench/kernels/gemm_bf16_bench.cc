#include "kernels/gemm_bf16/gemm_bf16.h"

#include "bench/kernels/product_bench.h"

namespace sotto::kernels::gemm_bf16 {
namespace {

const bool kRegistered = bench::register_gemm("gemm_bf16", variants(), gemm::work_items<Bf16>);

}  // namespace
}  // namespace sotto::kernels::gemm_bf16
