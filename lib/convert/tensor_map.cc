#include "lib/convert/tensor_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/tensor/dtype.h"

namespace sotto::converter {
namespace {

using format::TensorInfo;
using tensor::Dtype;

std::string text(const TensorMap::Shape& shape) {
  std::string all = "[";
  for (const std::uint64_t dim : shape) all += base::concat(all.size() > 1 ? ", " : "", dim);
  return all + "]";
}

// Converts a piece at a time, so that no tensor is in memory as floats.
Status convert_values(const std::string& file, const TensorInfo& tensor, Dtype dtype,
                      std::span<std::byte> out) {
  constexpr std::size_t kAtOnce = 4096;  // whole blocks of any type
  float values[kAtOnce];
  const std::size_t count = tensor.elements();
  const tensor::Block from = tensor::block(tensor.dtype);
  const tensor::Block to = tensor::block(dtype);
  const bool same = tensor.dtype == dtype;
  const float most = same ? std::numeric_limits<float>::max() : tensor::most_held(dtype);
  for (std::size_t i = 0; i < count; i += kAtOnce) {
    const std::size_t n = std::min(kAtOnce, count - i);
    tensor::to_f32(tensor.dtype, tensor.data.data() + i / from.elements * from.bytes, n, values);
    for (std::size_t j = 0; j < n; ++j) {
      if (!(std::fabs(values[j]) <= most)) {
        return base::error(ErrorCode::kCorruptFile, file, ": tensor ", tensor.name,
                           " holds a value that ", tensor::name(dtype), " cannot hold");
      }
    }
    if (!same) tensor::from_f32(dtype, values, n, out.data() + i / to.elements * to.bytes);
  }
  if (same) std::ranges::copy(tensor.data, out.begin());
  return ok();
}

}  // namespace

TensorMap::TensorMap(TensorSource source, format::GgufWriter& writer, const ConvertOptions& options)
    : source_(std::move(source)), writer_(writer), types_(options) {
  index_.build(source_.tensors);
}

const TensorInfo* TensorMap::find(const std::string& from) const {
  const auto at = index_.find(source_.tensors, from);
  return at ? &source_.tensors[*at] : nullptr;
}

void TensorMap::add(const std::string& from, const std::string& to, Shape shape) {
  const TensorInfo* tensor = take(from, shape);
  if (tensor != nullptr) write(*tensor, to, std::move(shape));
}

void TensorMap::add_if_present(const std::string& from, const std::string& to, Shape shape) {
  if (find(from) != nullptr) add(from, to, std::move(shape));
}

void TensorMap::add_reshaped(const std::string& from, const Shape& found, const std::string& to,
                             Shape shape) {
  const TensorInfo* tensor = take(from, found);
  if (tensor != nullptr) write(*tensor, to, std::move(shape));
}

std::optional<Error> TensorMap::finish() {
  if (failure_) return failure_;
  for (const TensorInfo& tensor : source_.tensors) {
    if (!used_.contains(tensor.name)) {
      return base::error(ErrorCode::kUnsupported, source_.file, ": tensor ",
                         base::quote(tensor.name), " does not belong to a ", source_.model,
                         " model");
    }
  }
  if (auto unused = types_.unused()) return unused;
  types_.add_keys(writer_);
  return std::nullopt;
}

const TensorInfo* TensorMap::take(const std::string& from, const Shape& shape) {
  if (failure_) return nullptr;
  const TensorInfo* tensor = find(from);
  if (tensor == nullptr) {
    failure_ = base::error(ErrorCode::kCorruptFile, source_.file, ": tensor ", from, " is missing");
  } else if (tensor->shape != shape) {
    failure_ = base::error(ErrorCode::kCorruptFile, source_.file, ": tensor ", from, " is ",
                           text(tensor->shape), ", ", source_.config, " says ", text(shape));
  } else if (!tensor::convertible(tensor->dtype)) {
    failure_ = base::error(ErrorCode::kUnsupported, source_.file, ": tensor ", from, " is ",
                           tensor::name(tensor->dtype),
                           ", expected F32, F16, BF16 or a quantised type that sotto reads");
  } else {
    used_.insert(from);
  }
  return failure_ ? nullptr : tensor;
}

void TensorMap::write(const TensorInfo& tensor, const std::string& to, Shape shape) {
  const Dtype dtype = types_.choose(to, shape, tensor.dtype);
  const auto fill = [&tensor, dtype, file = source_.file](std::span<std::byte> out) {
    return convert_values(file, tensor, dtype, out);
  };
  writer_.add_tensor(to, dtype, std::move(shape), fill);
}

}  // namespace sotto::converter
