// A matrix of weights as gemm, gemv and conv1d read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "tests/support/guarded.h"

namespace sotto::test {

// Random w [n, k] in [-1, 1), and the same packed: 64-byte aligned, followed by poison.
class Packed {
 public:
  Packed(std::size_t n, std::size_t k, std::size_t panel, std::uint32_t seed)
      : matrix_(n * k), panels_(kernels::gemm::packed_size(n, k, panel), slack(n, k, panel)) {
    fill(matrix_, -1.0F, 1.0F, seed);
    kernels::gemm::pack(matrix_.data(), 0, n, n, k, panel, panels_.data());
  }
  const std::vector<float>& matrix() const { return matrix_; }
  const float* data() const { return panels_.data(); }

 private:
  static std::size_t slack(std::size_t n, std::size_t k, std::size_t panel) {
    constexpr std::size_t kLine = 64 / sizeof(float);
    return (kLine - kernels::gemm::packed_size(n, k, panel) % kLine) % kLine;
  }
  std::vector<float> matrix_;
  Guarded<float> panels_;
};

// What a float sum of k products of factors in [-1, 1] may be off: its partial sums grow like
// sqrt(k), each rounds by half an epsilon of itself and the roundings add like sqrt(k) again, so
// that k * epsilon has room to spare; a few epsilons more for scale, bias, residual and GELU.
inline float product_tolerance(std::size_t k) {
  return static_cast<float>(k + 16) * std::numeric_limits<float>::epsilon();
}

}  // namespace sotto::test
