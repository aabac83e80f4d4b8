#include "kernels/gemm/gemm.h"

#include "bench/kernels/product_bench.h"

namespace sotto::kernels::gemm {
namespace {

const bool kRegistered = bench::register_gemm("gemm", variants(), gemm::work_items<float>);

}  // namespace
}  // namespace sotto::kernels::gemm
