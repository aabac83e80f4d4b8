#include "kernels/gemv_f16/gemv_f16.h"

#include "bench/kernels/product_bench.h"

namespace sotto::kernels::gemv_f16 {
namespace {

const bool kRegistered = bench::register_gemv("gemv_f16", variants(), gemv::work_items<F16>);

}  // namespace
}  // namespace sotto::kernels::gemv_f16
