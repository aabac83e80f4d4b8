// Takes a model file's tensors into a WeightStore, each checked against the shape the model
// expects.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/format/gguf.h"
#include "lib/graph/weights.h"

namespace sotto::models {

// One block of rows of a joined matrix.
struct Rows {
  std::string name;
  std::size_t rows = 0;
};

// The first failure is kept and ends everything after it, so that a model loads its weights in a
// list of calls and asks for the status once. What a failed call returns must not be used.
class WeightLoader {
 public:
  WeightLoader(const format::Gguf& file, graph::WeightStore& store) : file_(file), store_(store) {}

  // A linear layer's weight [n, k], kept in the file's type.
  graph::PackedMatrix matrix(const std::string& name, std::size_t n, std::size_t k);
  // Several weights [rows, k] one below the other: layers that read the same input, as one product;
  // in f32 where their types differ.
  graph::PackedMatrix joined(const std::vector<Rows>& parts, std::size_t k);
  // A convolution's weight [c_out, c_in, taps], reordered to [c_out, taps, c_in].
  graph::PackedMatrix convolution(const std::string& name, std::size_t c_out, std::size_t c_in,
                                  std::size_t taps);
  const float* vector(const std::string& name, std::size_t n);
  // [rows, cols] as it is in the file, for what no product reads.
  const float* table(const std::string& name, std::size_t rows, std::size_t cols);
  // The biases of joined layers; 0 for those the file has none for, null if it has none at all.
  const float* joined_optional(const std::vector<Rows>& parts);

  const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  const format::TensorInfo* find(const std::string& name, std::vector<std::uint64_t> shape);
  const float* copy(const format::TensorInfo* tensor);
  void fail(Error error);
  void check_finite(const format::TensorInfo& tensor, std::size_t first, std::size_t count);
  template <typename T>
  T take(Result<T> result);

  const format::Gguf& file_;
  graph::WeightStore& store_;
  std::optional<Error> failure_;
};

}  // namespace sotto::models
