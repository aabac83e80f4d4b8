#include "lib/format/ggml.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "lib/base/checked.h"
#include "lib/base/quote.h"
#include "lib/format/cursor.h"
#include "lib/format/gguf_layout.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;

constexpr std::uint32_t kMagic = 0x67676D6C;
constexpr std::int32_t kMaxRankHere = 4;
constexpr std::string_view kDimNames[] = {
    "n_vocab",    "n_audio_ctx",  "n_audio_state", "n_audio_head", "n_audio_layer",
    "n_text_ctx", "n_text_state", "n_text_head",   "n_text_layer", "n_mels"};

Status read_filters(Cursor& in, std::string_view file, Ggml::Filters& filters) {
  std::int32_t bands = 0, bins = 0;
  if (!in.read(bands) || !in.read(bins)) return in.truncated("the size of the mel filters");
  if (bands < 0 || bins < 0) {
    return error(ErrorCode::kCorruptFile, file, ": the mel filters are [", bands, ", ", bins, "]");
  }
  filters.bands = static_cast<std::uint32_t>(bands);
  filters.bins = static_cast<std::uint32_t>(bins);
  const std::uint64_t count = std::uint64_t{filters.bands} * filters.bins;  // below 2^62
  const auto bytes = base::checked_mul(count, sizeof(float));
  if (!bytes || !in.take(*bytes, filters.data)) {
    return in.truncated("the mel filters [", bands, ", ", bins, "]");
  }
  return ok();
}

Status read_vocabulary(Cursor& in, std::string_view file, std::vector<std::string_view>& all) {
  std::int32_t count = 0;
  if (!in.read(count)) return in.truncated("the number of tokens");
  if (count < 0) {
    return error(ErrorCode::kCorruptFile, file, ": the number of tokens is ", count);
  }
  if (static_cast<std::uint64_t>(count) > in.left() / sizeof(std::uint32_t)) {
    return in.truncated("a list of ", count, " tokens");
  }
  all.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::uint32_t length = 0;
    if (!in.read(length) || !in.take(length, all[i])) return in.truncated("token ", i);
  }
  return ok();
}

Status read_tensor(Cursor& in, std::string_view file, std::size_t i, TensorInfo& tensor) {
  std::int32_t rank = 0, length = 0;
  std::uint32_t type = 0;
  if (!in.read(rank) || !in.read(length) || !in.read(type)) return in.truncated("tensor ", i);
  if (rank < 1 || rank > kMaxRankHere) {
    return error(ErrorCode::kCorruptFile, file, ": tensor ", i, " has ", rank,
                 " dimensions, expected 1 to ", kMaxRankHere);
  }
  if (length < 1 || static_cast<std::size_t>(length) > kMaxTensorName) {
    return error(ErrorCode::kCorruptFile, file, ": the name of tensor ", i, " has ", length,
                 " bytes, expected 1 to ", kMaxTensorName);
  }
  tensor.shape.resize(static_cast<std::size_t>(rank));
  for (std::size_t dim = tensor.shape.size(); dim-- > 0;) {
    std::uint32_t size = 0;
    if (!in.read(size)) return in.truncated("tensor ", i);
    tensor.shape[dim] = size;
  }
  std::string_view name;
  if (!in.take(static_cast<std::uint64_t>(length), name)) {
    return in.truncated("the name of tensor ", i);
  }
  tensor.name = name;
  const auto dtype = tensor::dtype_from_gguf(type);
  if (!dtype) {
    return error(ErrorCode::kUnsupported, file, ": tensor ", quote(name), " has the unknown type ",
                 type);
  }
  tensor.dtype = *dtype;
  const Result<std::size_t> bytes = gguf::tensor_bytes(file, name, *dtype, tensor.shape);
  if (!bytes) return bytes.error();
  if (!in.take(*bytes, tensor.data)) {
    return in.truncated("the data of tensor ", quote(name), ", ", *bytes, " bytes,");
  }
  return ok();
}

}  // namespace

bool Ggml::recognises(std::span<const std::byte> bytes) noexcept {
  std::uint32_t magic = 0;
  if (bytes.size() < sizeof(magic)) return false;
  std::memcpy(&magic, bytes.data(), sizeof(magic));
  return magic == kMagic;
}

Result<Ggml> Ggml::open(const std::filesystem::path& path, Mode mode) {
  Result<base::MappedFile> file = base::MappedFile::open(path, mode);
  if (!file) return std::move(file).error();
  Result<Ggml> model = parse(path.string(), file->bytes());
  if (model) model->file_ = std::move(*file);
  return model;
}

Result<Ggml> Ggml::parse(std::string name, std::span<const std::byte> bytes) {
  Ggml model;
  model.name_ = std::move(name);
  Status read = model.read(bytes);
  if (!read) return std::move(read).error();
  return Result<Ggml>(std::move(model));
}

Status Ggml::read(std::span<const std::byte> bytes) {
  Cursor in(name_, bytes);
  std::uint32_t magic = 0;
  if (!in.read(magic)) return in.truncated("the magic number");
  if (magic != kMagic) {
    return error(ErrorCode::kCorruptFile, name_, ": not a ggml file: starts with the number ",
                 magic, ", expected ", kMagic);
  }
  std::int32_t ftype = 0;
  for (std::int32_t& dim : dims_) {
    if (!in.read(dim)) return in.truncated("the sizes of the model");
  }
  if (!in.read(ftype)) return in.truncated("ftype");
  if (Status read = read_filters(in, name_, filters_); !read) return read;
  if (Status read = read_vocabulary(in, name_, vocabulary_); !read) return read;
  while (in.left() > 0) {
    TensorInfo tensor{};
    if (Status read = read_tensor(in, name_, tensors_.size(), tensor); !read) return read;
    tensors_.push_back(std::move(tensor));
  }
  if (const auto twice = index_.build(tensors_)) {
    return error(ErrorCode::kCorruptFile, name_, ": tensor ", quote(tensors_[*twice].name),
                 " occurs twice");
  }
  return ok();
}

Result<std::int64_t> Ggml::dim(std::string_view name, std::int64_t least, std::int64_t most) const {
  static_assert(std::size(kDimNames) == kDims);
  const auto at = std::ranges::find(kDimNames, name) - std::begin(kDimNames);
  const std::int64_t value = dims_[static_cast<std::size_t>(at)];
  if (value < least || value > most) {
    return error(ErrorCode::kCorruptFile, name_, ": ", name, " is ", value,
                 ", expected an integer from ", least, " to ", most);
  }
  return value;
}

const TensorInfo* Ggml::find(std::string_view name) const noexcept {
  const auto at = index_.find(tensors_, name);
  return at ? &tensors_[*at] : nullptr;
}

}  // namespace sotto::format
