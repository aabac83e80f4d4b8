// Random tensors for models made in memory: for timing, and for tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/format/gguf.h"
#include "lib/tensor/dtype.h"

namespace sotto::converter {

// Adds tensors to a file. The numbers are the same for a seed, whatever the type.
class RandomWeights {
 public:
  // `dtype` is that of matrices, where their rows are whole blocks of it; else it is F16.
  RandomWeights(format::GgufWriter& file, std::uint32_t seed,
                tensor::Dtype dtype = tensor::Dtype::kF32)
      : file_(file), seed_(seed), dtype_(dtype) {}

  // A linear layer's or an embedding's [n, k], scaled so that values stay of order one through a
  // model's layers.
  void matrix(std::string name, std::vector<std::uint64_t> shape) {
    const bool whole = shape.back() % tensor::block(dtype_).elements == 0;
    add(std::move(name), std::move(shape), whole ? dtype_ : tensor::Dtype::kF16);
  }
  // [c_out, c_in, taps], never in blocks.
  void convolution(std::string name, std::vector<std::uint64_t> shape) {
    const bool blocks = tensor::block(dtype_).elements > 1;
    add(std::move(name), std::move(shape), blocks ? tensor::Dtype::kF16 : dtype_);
  }
  // [n, k] in F32, whatever the type.
  void table(std::string name, std::vector<std::uint64_t> shape) {
    add(std::move(name), std::move(shape), tensor::Dtype::kF32);
  }

  // [n], all the same, in F32.
  void vector(std::string name, std::uint64_t n, float value) {
    file_.add_tensor(std::move(name), tensor::Dtype::kF32, {n},
                     [n, value](std::span<std::byte> out) -> Status {
                       for (std::uint64_t i = 0; i < n; ++i) {
                         std::memcpy(out.data() + i * sizeof value, &value, sizeof value);
                       }
                       return ok();
                     });
  }

 private:
  void add(std::string name, std::vector<std::uint64_t> shape, tensor::Dtype dtype) {
    const std::uint64_t count =
        std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>());
    const float scale = 1.7F / std::sqrt(static_cast<float>(count / shape[0]));
    file_.add_tensor(std::move(name), dtype, std::move(shape),
                     [count, scale, dtype, seed = ++seed_](std::span<std::byte> out) -> Status {
                       fill(count, scale, dtype, seed, out);
                       return ok();
                     });
  }

  static void fill(std::uint64_t count, float scale, tensor::Dtype dtype, std::uint32_t seed,
                   std::span<std::byte> out) {
    constexpr std::uint64_t kAtOnce = 4096;  // whole blocks of any type
    std::minstd_rand rng(seed);
    std::vector<float> values(std::min(count, kAtOnce));
    std::byte* to = out.data();
    for (std::uint64_t i = 0; i < count; i += kAtOnce) {
      const std::span<float> some = std::span(values).first(std::min(kAtOnce, count - i));
      for (float& value : some) {
        value = scale * (static_cast<float>(rng() % 65536) / 32768.0F - 1.0F);
      }
      tensor::from_f32(dtype, some.data(), some.size(), to);
      to += *tensor::byte_size(dtype, some.size());
    }
  }

  format::GgufWriter& file_;
  std::uint32_t seed_;
  tensor::Dtype dtype_;
};

}  // namespace sotto::converter
