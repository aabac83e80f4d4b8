// Random tensors for models made in memory.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lib/format/gguf.h"
#include "lib/tensor/dtype.h"

namespace sotto::test {

// Adds tensors to a file.
class RandomWeights {
 public:
  // Matrices with rows of whole blocks are of type `dtype`, all else F32.
  RandomWeights(format::GgufWriter& file, std::uint32_t seed,
                tensor::Dtype dtype = tensor::Dtype::kF32)
      : file_(file), seed_(seed), dtype_(dtype) {}

  // [n, ...], scaled so that values stay of order one through a model's layers.
  void matrix(std::string name, std::vector<std::uint64_t> shape) {
    add(std::move(name), std::move(shape), dtype_);
  }
  // The same, F32 whatever the others are.
  void table(std::string name, std::vector<std::uint64_t> shape) {
    add(std::move(name), std::move(shape), tensor::Dtype::kF32);
  }

 private:
  void add(std::string name, std::vector<std::uint64_t> shape, tensor::Dtype wanted) {
    std::uint64_t count = 1;
    for (const std::uint64_t dim : shape) count *= dim;
    const float scale = 1.7F / std::sqrt(static_cast<float>(count / shape[0]));
    const bool whole = shape.size() == 2 && shape[1] % tensor::block(wanted).elements == 0;
    const tensor::Dtype dtype = whole ? wanted : tensor::Dtype::kF32;
    file_.add_tensor(std::move(name), dtype, std::move(shape),
                     [count, scale, dtype, seed = ++seed_](std::span<std::byte> out) -> Status {
                       std::minstd_rand rng(seed);
                       std::vector<float> values(count);
                       for (float& value : values) {
                         value = (static_cast<float>(rng() % 65536) / 32768.0F - 1.0F) * scale;
                       }
                       tensor::from_f32(dtype, values.data(), values.size(), out.data());
                       return ok();
                     });
  }

 public:
  // [n], all the same.
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
  format::GgufWriter& file_;
  std::uint32_t seed_;
  tensor::Dtype dtype_;
};

}  // namespace sotto::test
