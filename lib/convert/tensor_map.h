// Takes tensors from a checkpoint to a GGUF file, each under our name and with the shape that the
// model's configuration asks for.
#pragma once

#include <sotto/sotto.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/format/gguf.h"
#include "lib/format/name_index.h"
#include "lib/format/tensor_info.h"

namespace sotto::converter {

// Where tensors come from, and what messages call it.
struct TensorSource {
  std::string file;
  std::string model;   // "Moonshine"
  std::string config;  // what says the shapes: "config.json"
  std::span<const format::TensorInfo> tensors;
};

// Matrices, tensors of two dimensions and more, get the type that was asked for; vectors are F32.
// kExact keeps F16 and BF16 and makes everything else F32. Values that are not finite, or that the
// type cannot hold, are errors.
//
// The first failure is kept and ends everything after it. The source, the writer and what the
// tensors point to must outlive the writer's write().
class TensorMap {
 public:
  using Shape = std::vector<std::uint64_t>;

  TensorMap(TensorSource source, format::GgufWriter& writer, WeightType type);

  void add(const std::string& from, const std::string& to, Shape shape);
  void add_if_present(const std::string& from, const std::string& to, Shape shape);
  // A matrix that is read like a vector, a row at a time: always F32.
  void add_f32(const std::string& from, const std::string& to, Shape shape);
  // The source has the numbers in another shape of as many elements.
  void add_reshaped(const std::string& from, const Shape& found, const std::string& to,
                    Shape shape);
  void ignore(const std::string& from) { used_.insert(from); }

  // The first failure, or the first tensor that nothing asked for: a model of another kind.
  std::optional<Error> finish() const;

 private:
  const format::TensorInfo* find(const std::string& from) const;
  const format::TensorInfo* take(const std::string& from, const Shape& shape);
  tensor::Dtype type_of(const format::TensorInfo& tensor) const;
  void write(const format::TensorInfo& tensor, const std::string& to, Shape shape,
             tensor::Dtype dtype);

  TensorSource source_;
  format::NameIndex index_;
  format::GgufWriter& writer_;
  WeightType type_;
  std::set<std::string> used_;
  std::optional<Error> failure_;
};

}  // namespace sotto::converter
