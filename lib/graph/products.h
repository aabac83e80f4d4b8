// The matrix kernels of each type of weights: what the planner chooses and the executor calls.
#pragma once

#include <string_view>
#include <variant>

#include "kernels/embedding/embedding.h"
#include "kernels/embedding_q4/embedding_q4.h"
#include "kernels/embedding_q8/embedding_q8.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm_q8/gemm_q8.h"
#include "kernels/half.h"
#include "kernels/isa.h"
#include "kernels/quantize_q8/quantize_q8.h"
#include "lib/tensor/dtype.h"

namespace sotto::graph {

using kernels::Isa;
using tensor::Dtype;

// gemm and, for few rows, gemv.
template <typename Weight>
struct FloatProduct {
  kernels::gemm::FnOf<Weight> many_rows = nullptr;
  kernels::gemm::FnOf<Weight> few_rows = nullptr;
};

// Of weights in blocks of 8 or 4 bits; activations are quantised first.
struct BlockProduct {
  kernels::quantize_q8::Fn quantize = nullptr;
  kernels::gemm_q8::Fn many_rows = nullptr;
  kernels::gemm_q8::Fn few_rows = nullptr;
};

using Product = std::variant<FloatProduct<float>, FloatProduct<kernels::F16>,
                             FloatProduct<kernels::Bf16>, BlockProduct>;

// Rows of such a matrix by their numbers.
using Lookup = std::variant<kernels::embedding::Fn, kernels::embedding::FnOf<kernels::F16>,
                            kernels::embedding::FnOf<kernels::Bf16>, kernels::embedding_q8::Fn,
                            kernels::embedding_q4::Fn>;

// What weights of a type are multiplied with, and how they are packed for that. Of F32, F16 and
// BF16 the layout's panel alone says something.
struct MatrixKernels {
  Product product;
  Lookup lookup;
  kernels::gemm_q8::Layout layout = {};
  Isa isa = Isa::kScalar;
  std::string_view name;
};

// Whether weights can be of that type: F32, F16, BF16, Q8_0, Q4_0.
bool has_product(Dtype dtype) noexcept;

// The best that this CPU has up to `cap`. Requires: has_product(dtype).
MatrixKernels matrix_kernels(Dtype dtype, Isa cap) noexcept;

}  // namespace sotto::graph
