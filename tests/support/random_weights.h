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

namespace sotto::test {

// Adds tensors in F32 to a file.
class RandomWeights {
 public:
  RandomWeights(format::GgufWriter& file, std::uint32_t seed) : file_(file), seed_(seed) {}

  // [n, ...], scaled so that values stay of order one through a model's layers.
  void matrix(std::string name, std::vector<std::uint64_t> shape) {
    std::uint64_t count = 1;
    for (const std::uint64_t dim : shape) count *= dim;
    const float scale = 1.7F / std::sqrt(static_cast<float>(count / shape[0]));
    file_.add_tensor(std::move(name), tensor::Dtype::kF32, std::move(shape),
                     [count, scale, seed = ++seed_](std::span<std::byte> out) -> Status {
                       std::minstd_rand rng(seed);
                       for (std::uint64_t i = 0; i < count; ++i) {
                         const float unit = static_cast<float>(rng() % 65536) / 32768.0F - 1.0F;
                         const float value = unit * scale;
                         std::memcpy(out.data() + i * sizeof value, &value, sizeof value);
                       }
                       return ok();
                     });
  }

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
};

}  // namespace sotto::test
