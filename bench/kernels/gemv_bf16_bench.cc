#include "kernels/gemv_bf16/gemv_bf16.h"

#include "bench/kernels/product_bench.h"

namespace sotto::kernels::gemv_bf16 {
namespace {

const bool kRegistered = bench::register_gemv("gemv_bf16", variants(), gemv::work_items<Bf16>);

}  // namespace
}  // namespace sotto::kernels::gemv_bf16
