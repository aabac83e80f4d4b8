// A matrix of weights as gemm, gemv and conv1d read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "tests/support/guarded.h"

namespace sotto::test {

// Random w [n, k] in [-1, 1), of numbers that Weight has, and the same packed: 64-byte aligned,
// followed by poison.
template <typename Weight>
class PackedOf {
 public:
  PackedOf(std::size_t n, std::size_t k, std::size_t panel, std::uint32_t seed)
      : matrix_(n * k),
        panels_(kernels::gemm::packed_size<Weight>(n, k, panel), slack(n, k, panel)) {
    std::vector<float> floats(n * k);
    fill(floats, -1.0F, 1.0F, seed);
    for (std::size_t i = 0; i < floats.size(); ++i) kernels::narrow(floats[i], matrix_[i]);
    kernels::gemm::pack(matrix_.data(), 0, n, n, k, panel, panels_.data());
  }
  const std::vector<Weight>& matrix() const { return matrix_; }
  const Weight* data() const { return panels_.data(); }

 private:
  static std::size_t slack(std::size_t n, std::size_t k, std::size_t panel) {
    constexpr std::size_t kLine = 64 / sizeof(Weight);
    return (kLine - kernels::gemm::packed_size<Weight>(n, k, panel) % kLine) % kLine;
  }
  std::vector<Weight> matrix_;
  Guarded<Weight> panels_;
};

using Packed = PackedOf<float>;

// What a float sum of k products of factors in [-1, 1] may be off: its partial sums grow like
// sqrt(k), each rounds by half an epsilon of itself and the roundings add like sqrt(k) again, so
// that k * epsilon has room to spare; a few epsilons more for scale, bias, residual and GELU.
inline float product_tolerance(std::size_t k) {
  return static_cast<float>(k + 16) * std::numeric_limits<float>::epsilon();
}

}  // namespace sotto::test
