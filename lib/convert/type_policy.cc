#include "lib/convert/type_policy.h"

#include <algorithm>
#include <string>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/convert/glob.h"
#include "lib/format/tensor_info.h"
#include "lib/tensor/blocks.h"

namespace sotto::converter {
namespace {

using tensor::Dtype;

constexpr std::uint32_t kQuantizationVersion = 2;  // GGML_QNT_VERSION

// Nothing for kExact, which depends on the source.
std::optional<Dtype> dtype_of(WeightType type) {
  switch (type) {
    case WeightType::kExact: break;
    case WeightType::kF32: return Dtype::kF32;
    case WeightType::kF16: return Dtype::kF16;
    case WeightType::kBF16: return Dtype::kBF16;
    case WeightType::kQ8_0: return Dtype::kQ8_0;
    case WeightType::kQ4_0: return Dtype::kQ4_0;
  }
  return std::nullopt;
}

// LlamaFileType of ggml's gguf-py, which the specification of GGUF lists in part.
std::uint32_t file_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF16: return 1;
    case Dtype::kQ4_0: return 2;
    case Dtype::kQ8_0: return 7;
    case Dtype::kBF16: return 32;
    default: return 0;  // all F32
  }
}

// Read a value at a time, not by products: vectors and positions.
bool is_table(std::string_view name, const TypePolicy::Shape& shape) {
  return shape.size() < 2 || name.ends_with("position_embd.weight");
}

bool fits(Dtype dtype, const TypePolicy::Shape& shape) {
  return !tensor::is_quantised(dtype) ||
         (shape.size() == 2 && shape.back() % tensor::block(dtype).elements == 0);
}

}  // namespace

TypePolicy::TypePolicy(const ConvertOptions& options)
    : options_(options), used_(options.keep.size(), false) {}

Dtype TypePolicy::choose(std::string_view name, const Shape& shape, Dtype found) {
  WeightType wanted = options_.type;
  for (std::size_t i = 0; i < options_.keep.size(); ++i) {
    const auto& [pattern, type] = options_.keep[i];
    if (!matches_glob(pattern, name)) continue;
    wanted = type;
    used_[i] = true;
  }
  Dtype dtype = Dtype::kF32;
  if (!is_table(name, shape)) {
    const bool is_half = found == Dtype::kF16 || found == Dtype::kBF16;
    dtype = dtype_of(wanted).value_or(is_half ? found : Dtype::kF32);
    if (!fits(dtype, shape)) dtype = Dtype::kF16;
  }
  values_[dtype] += format::element_count(shape).value_or(0);
  return dtype;
}

std::optional<Error> TypePolicy::unused() const {
  const auto first = std::ranges::find(used_, false);
  if (first == used_.end()) return std::nullopt;
  const auto& [pattern, type] = options_.keep[static_cast<std::size_t>(first - used_.begin())];
  return base::error(ErrorCode::kInvalidArgument, "keep: no tensor of the model has a name like ",
                     base::quote(pattern));
}

void TypePolicy::add_keys(format::GgufWriter& writer) const {
  const auto asked = dtype_of(options_.type);
  Dtype most = asked.value_or(Dtype::kF32);
  if (!asked || !values_.contains(*asked)) {
    const auto count = [](const auto& item) { return item.second; };
    const auto largest = std::ranges::max_element(values_, {}, count);
    if (largest != values_.end()) most = largest->first;
  }
  writer.add_u32(std::string(kFileTypeKey), file_type(most));
  const auto quantised = [](const auto& item) { return tensor::is_quantised(item.first); };
  if (std::ranges::any_of(values_, quantised)) {
    writer.add_u32(std::string(kQuantizationKey), kQuantizationVersion);
  }
}

}  // namespace sotto::converter
