// Small model files in the formats of other programs, made in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/tensor/dtype.h"
#include "tests/support/bytes.h"
#include "tests/support/zip_builder.h"

namespace sotto::test {

struct SourceTensor {
  std::string name;
  tensor::Dtype dtype;
  std::vector<std::uint64_t> shape;  // outermost first
  std::string data;
};

using Numbers = std::vector<std::pair<std::string, std::int64_t>>;

// ---------------------------------------------------------------------------- safetensors

inline std::string safetensors_file(const std::vector<SourceTensor>& tensors) {
  std::string header = "{";
  std::string data;
  for (const SourceTensor& tensor : tensors) {
    std::string shape;
    for (const std::uint64_t dim : tensor.shape) {
      shape += base::concat(shape.empty() ? "" : ",", dim);
    }
    header +=
        base::concat(header.size() > 1 ? ",\"" : "\"", tensor.name, R"(":{"dtype":")",
                     tensor::name(tensor.dtype), R"(","shape":[)", shape, R"(],"data_offsets":[)",
                     data.size(), ",", data.size() + tensor.data.size(), "]}");
    data += tensor.data;
  }
  header += "}";
  return number(std::uint64_t{header.size()}) + header + data;
}

// ---------------------------------------------------------------------------- PyTorch

// Parts of pickles; a call to another part puts one value on the stack.
namespace pickle {

inline std::string text(std::string_view value) {
  return std::string("X") + number(static_cast<std::uint32_t>(value.size())) + std::string(value);
}
inline std::string integer(std::int64_t value) {
  if (value == static_cast<std::int32_t>(value)) {
    return std::string("J") + number(static_cast<std::int32_t>(value));
  }
  return std::string("\x8A\x08") + number(value);
}
inline std::string global(std::string_view module, std::string_view name) {
  return std::string("c") + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + "t";
}
inline std::string call(const std::string& global, const std::vector<std::string>& arguments) {
  return global + tuple(arguments) + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string all = "}(";
  for (const auto& [key, value] : items) all += text(key) + value;
  return all + "u";
}
inline std::string program(const std::string& value) { return "\x80\x02" + value + "."; }

inline std::string ordered_dict() { return call(global("collections", "OrderedDict"), {}); }

inline std::string storage(std::string_view type, std::string_view key, std::int64_t elements) {
  return tuple(
             {text("storage"), global("torch", type), text(key), text("cpu"), integer(elements)}) +
         "Q";
}
inline std::string sizes(const std::vector<std::uint64_t>& values) {
  std::vector<std::string> items;
  for (const std::uint64_t value : values)
    items.push_back(integer(static_cast<std::int64_t>(value)));
  return tuple(items);
}
inline std::vector<std::uint64_t> strides(const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint64_t> all(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) all[i - 1] = all[i] * shape[i];
  return all;
}
inline std::string tensor(const std::string& storage, std::int64_t offset,
                          const std::vector<std::uint64_t>& shape,
                          const std::vector<std::uint64_t>& strides) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              {storage, integer(offset), sizes(shape), sizes(strides), "\x89", ordered_dict()});
}

}  // namespace pickle

inline const char* torch_storage(tensor::Dtype dtype) {
  return dtype == tensor::Dtype::kF16    ? "HalfStorage"
         : dtype == tensor::Dtype::kBF16 ? "BFloat16Storage"
                                         : "FloatStorage";
}

// {"dims": ..., "model_state_dict": OrderedDict with _metadata}, as model.state_dict() saves it.
inline std::string pytorch_file(const Numbers& dims, const std::vector<SourceTensor>& tensors) {
  std::vector<std::pair<std::string, std::string>> dim_items;
  for (const auto& [name, value] : dims) dim_items.emplace_back(name, pickle::integer(value));
  std::string state = pickle::ordered_dict() + "(";
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const SourceTensor& tensor = tensors[i];
    std::int64_t elements = 1;
    for (const std::uint64_t dim : tensor.shape) elements *= static_cast<std::int64_t>(dim);
    state +=
        pickle::text(tensor.name) +
        pickle::tensor(pickle::storage(torch_storage(tensor.dtype), std::to_string(i), elements), 0,
                       tensor.shape, pickle::strides(tensor.shape));
  }
  state += "u" + pickle::dict({{"_metadata", pickle::ordered_dict()}}) + "b";
  const std::string root = "}(" + pickle::text("dims") + pickle::dict(dim_items) +
                           pickle::text("model_state_dict") + state + "u";
  ZipBuilder zip;
  zip.add("small/data.pkl", pickle::program(root)).add("small/byteorder", "little");
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    zip.add("small/data/" + std::to_string(i), tensors[i].data);
  }
  return zip.add("small/version", "3\n").str();
}

// ---------------------------------------------------------------------------- ggml

inline constexpr const char* kGgmlDims[] = {
    "n_vocab",    "n_audio_ctx",  "n_audio_state", "n_audio_head", "n_audio_layer",
    "n_text_ctx", "n_text_state", "n_text_head",   "n_text_layer", "n_mels"};

// Mel filters are all zero.
inline std::string ggml_file(const Numbers& dims, const std::vector<std::string>& vocabulary,
                             const std::vector<SourceTensor>& tensors) {
  std::string file = number(std::uint32_t{0x67676D6C});
  for (const char* name : kGgmlDims) {
    std::int64_t value = 0;
    for (const auto& [key, found] : dims) value = key == name ? found : value;
    file += number(static_cast<std::int32_t>(value));
  }
  file += number(std::int32_t{1}) + number(std::int32_t{2}) + number(std::int32_t{3}) +
          std::string(2 * 3 * sizeof(float), '\0');
  file += number(static_cast<std::int32_t>(vocabulary.size()));
  for (const std::string& token : vocabulary) {
    file += number(static_cast<std::uint32_t>(token.size())) + token;
  }
  for (const SourceTensor& tensor : tensors) {
    file += number(static_cast<std::int32_t>(tensor.shape.size())) +
            number(static_cast<std::int32_t>(tensor.name.size())) +
            number(static_cast<std::int32_t>(tensor.dtype));
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
      file += number(static_cast<std::int32_t>(tensor.shape[i]));
    }
    file += tensor.name + tensor.data;
  }
  return file;
}

}  // namespace sotto::test
