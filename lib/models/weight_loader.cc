#include "lib/models/weight_loader.h"

#include <algorithm>
#include <cstring>

#include "lib/base/error.h"
#include "lib/tensor/dtype.h"

namespace sotto::models {
namespace {

using graph::PackedMatrix;

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const std::uint64_t dim : shape) text += base::concat(text.size() > 1 ? ", " : "", dim);
  return text + "]";
}

// Elements [first, first + count) of the tensor, whole blocks of them, as they are stored.
std::span<const std::byte> bytes_of(const format::TensorInfo& tensor, std::size_t first,
                                    std::size_t count) {
  const auto bytes = [&](std::size_t elements) {
    return *tensor::byte_size(tensor.dtype, elements);
  };
  return tensor.data.subspan(bytes(first), bytes(count));
}

void read(const format::TensorInfo& tensor, std::size_t first, std::size_t count, float* out) {
  tensor::to_f32(tensor.dtype, bytes_of(tensor, first, count).data(), count, out);
}

}  // namespace

void WeightLoader::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
}

template <typename T>
T WeightLoader::take(Result<T> result) {
  if (result) return *std::move(result);
  fail(std::move(result).error());
  return {};
}

const format::TensorInfo* WeightLoader::find(const std::string& name,
                                             std::vector<std::uint64_t> shape) {
  if (failure_) return nullptr;
  const format::TensorInfo* tensor = file_.find(name);
  if (tensor == nullptr) {
    fail(base::error(ErrorCode::kCorruptFile, file_.name(), ": tensor ", name, " is missing"));
  } else if (tensor->shape != shape) {
    fail(base::error(ErrorCode::kCorruptFile, file_.name(), ": tensor ", name, " is ",
                     shape_text(tensor->shape), ", expected ", shape_text(shape)));
  } else if (!graph::has_product(tensor->dtype)) {
    fail(base::error(ErrorCode::kUnsupported, file_.name(), ": tensor ", name, " is ",
                     tensor::name(tensor->dtype), ", expected F32, F16, BF16, Q8_0 or Q4_0"));
  } else if (shape.empty() || shape.back() % tensor::block(tensor->dtype).elements != 0) {
    fail(base::error(ErrorCode::kUnsupported, file_.name(), ": tensor ", name, " is ",
                     tensor::name(tensor->dtype), ", and its rows no whole blocks"));
  }
  return failure_ ? nullptr : tensor;
}

// Of elements [first, first + count).
void WeightLoader::check_finite(const format::TensorInfo& tensor, std::size_t first,
                                std::size_t count) {
  if (!tensor::all_finite(tensor.dtype, bytes_of(tensor, first, count).data(), count)) {
    fail(base::error(ErrorCode::kCorruptFile, file_.name(), ": tensor ", tensor.name,
                     " holds a value that is not finite"));
  }
}

PackedMatrix WeightLoader::matrix(const std::string& name, std::size_t n, std::size_t k) {
  return joined({{name, n}}, k);
}

PackedMatrix WeightLoader::joined(const std::vector<Rows>& parts, std::size_t k) {
  std::vector<const format::TensorInfo*> tensors;
  std::size_t n = 0;
  for (const Rows& part : parts) {
    tensors.push_back(find(part.name, {part.rows, k}));
    if (tensors.back() == nullptr) return {};
    n += part.rows;
  }
  const tensor::Dtype first = tensors.front()->dtype;
  const bool alike = std::ranges::all_of(
      tensors, [&](const format::TensorInfo* tensor) { return tensor->dtype == first; });
  const tensor::Dtype dtype = alike ? first : tensor::Dtype::kF32;
  const std::size_t row_bytes = *tensor::byte_size(dtype, k);
  const auto read_rows = [&](std::size_t row, std::size_t rows, std::byte* out) {
    std::size_t begin = 0;  // of the part, in rows of the whole
    for (std::size_t p = 0; p < parts.size() && rows > 0; begin += parts[p++].rows) {
      if (row >= begin + parts[p].rows) continue;
      const std::size_t here = std::min(rows, begin + parts[p].rows - row);
      const std::size_t from = (row - begin) * k, count = here * k;
      check_finite(*tensors[p], from, count);
      if (alike) {
        std::memcpy(out, bytes_of(*tensors[p], from, count).data(), here * row_bytes);
      } else {
        read(*tensors[p], from, count, reinterpret_cast<float*>(out));
      }
      row += here;
      rows -= here;
      out += here * row_bytes;
    }
  };
  const PackedMatrix packed = take(store_.pack(dtype, n, k, read_rows));
  for (const format::TensorInfo* tensor : tensors) file_.drop_pages(*tensor);
  return packed;
}

PackedMatrix WeightLoader::convolution(const std::string& name, std::size_t c_out, std::size_t c_in,
                                       std::size_t taps) {
  const format::TensorInfo* tensor = find(name, {c_out, c_in, taps});
  if (tensor == nullptr) return {};
  const std::size_t k = c_in * taps;
  std::vector<float> filter(k);
  const auto read_rows = [&](std::size_t row, std::size_t rows, float* out) {
    for (std::size_t r = 0; r < rows; ++r, out += k) {
      read(*tensor, (row + r) * k, k, filter.data());
      check_finite(*tensor, (row + r) * k, k);
      for (std::size_t c = 0; c < c_in; ++c) {
        for (std::size_t i = 0; i < taps; ++i) out[i * c_in + c] = filter[c * taps + i];
      }
    }
  };
  const PackedMatrix packed = take(store_.pack(c_out, k, read_rows));
  file_.drop_pages(*tensor);
  return packed;
}

const float* WeightLoader::vector(const std::string& name, std::size_t n) {
  return copy(find(name, {n}));
}

const float* WeightLoader::table(const std::string& name, std::size_t rows, std::size_t cols) {
  return copy(find(name, {rows, cols}));
}

const float* WeightLoader::copy(const format::TensorInfo* tensor) {
  if (tensor == nullptr) return nullptr;
  const std::size_t count = tensor->elements();
  const std::span<float> values = take(store_.floats(count));
  if (failure_) return nullptr;
  read(*tensor, 0, count, values.data());
  check_finite(*tensor, 0, count);
  file_.drop_pages(*tensor);
  return values.data();
}

const float* WeightLoader::joined_optional(const std::vector<Rows>& parts) {
  const bool any = std::any_of(parts.begin(), parts.end(),
                               [&](const Rows& part) { return file_.find(part.name) != nullptr; });
  if (failure_ || !any) return nullptr;
  std::size_t n = 0;
  for (const Rows& part : parts) n += part.rows;
  const std::span<float> values = take(store_.floats(n));
  float* out = values.data();
  for (const Rows& part : parts) {
    if (failure_) return nullptr;
    if (file_.find(part.name) != nullptr) {
      const format::TensorInfo* tensor = find(part.name, {part.rows});
      if (tensor == nullptr) return nullptr;
      read(*tensor, 0, part.rows, out);
      check_finite(*tensor, 0, part.rows);
    }
    out += part.rows;
  }
  return values.data();
}

}  // namespace sotto::models
