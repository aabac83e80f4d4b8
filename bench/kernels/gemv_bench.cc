#include "kernels/gemv/gemv.h"

#include "bench/kernels/product_bench.h"

namespace sotto::kernels::gemv {
namespace {

const bool kRegistered = bench::register_gemv("gemv", variants(), gemv::work_items<float>);

}  // namespace
}  // namespace sotto::kernels::gemv
