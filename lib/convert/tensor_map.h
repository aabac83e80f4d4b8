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

#include "lib/convert/type_policy.h"
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

// The types are those of TypePolicy. Values that are not finite, or that the type cannot hold, are
// errors. Blocks that keep their type keep their bytes.
//
// The first failure is kept and ends everything after it. The source, the writer and what the
// tensors point to must outlive the writer's write().
class TensorMap {
 public:
  using Shape = TypePolicy::Shape;

  TensorMap(TensorSource source, format::GgufWriter& writer, const ConvertOptions& options);

  void add(const std::string& from, const std::string& to, Shape shape);
  void add_if_present(const std::string& from, const std::string& to, Shape shape);
  // The source has the numbers in another shape of as many elements.
  void add_reshaped(const std::string& from, const Shape& found, const std::string& to,
                    Shape shape);
  void ignore(const std::string& from) { used_.insert(from); }

  // The first failure, or the first tensor that nothing asked for: a model of another kind. Where
  // there is none, adds the keys that say the types.
  std::optional<Error> finish();

 private:
  const format::TensorInfo* find(const std::string& from) const;
  const format::TensorInfo* take(const std::string& from, const Shape& shape);
  void write(const format::TensorInfo& tensor, const std::string& to, Shape shape);

  TensorSource source_;
  format::NameIndex index_;
  format::GgufWriter& writer_;
  TypePolicy types_;
  std::set<std::string> used_;
  std::optional<Error> failure_;
};

}  // namespace sotto::converter
