#include "lib/format/safetensors.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <system_error>
#include <utility>

#include "lib/base/quote.h"
#include "lib/format/cursor.h"
#include "lib/format/safetensors_json.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;

constexpr std::string_view kFile = "model.safetensors";
constexpr std::string_view kIndexFile = "model.safetensors.index.json";
constexpr std::string_view kIndexEnd = ".index.json";

// The bytes are numbered from the end of the header. Every one belongs to a tensor, and to one
// only.
Status check_ranges(std::string_view file, const std::vector<HeaderTensor>& tensors,
                    std::size_t size) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [&](std::size_t i) { return std::pair(tensors[i].begin, tensors[i].end); });
  std::uint64_t position = 0;
  for (const std::size_t i : order) {
    const HeaderTensor& tensor = tensors[i];
    const auto elements = element_count(tensor.shape);
    const auto bytes = elements ? tensor::byte_size(tensor.dtype, *elements) : std::nullopt;
    if (!bytes) {
      return error(ErrorCode::kCorruptFile, file, ": tensor ", quote(tensor.name),
                   " has a size that does not fit in 64 bits");
    }
    if (tensor.end < tensor.begin || tensor.end - tensor.begin != *bytes) {
      return error(ErrorCode::kCorruptFile, file, ": tensor ", quote(tensor.name),
                   " has the data_offsets ", tensor.begin, " to ", tensor.end, ", expected ",
                   *bytes, " bytes for its shape and type");
    }
    if (tensor.begin != position) {
      return error(ErrorCode::kCorruptFile, file, ": tensor ", quote(tensor.name),
                   " begins at offset ", tensor.begin, ", expected ", position,
                   ", where the one before it ends");
    }
    if (tensor.end > size) {
      return error(ErrorCode::kCorruptFile, file, ": truncated: tensor ", quote(tensor.name),
                   " ends at offset ", tensor.end, ", the data at ", size);
    }
    position = tensor.end;
  }
  if (position != size) {
    return error(ErrorCode::kCorruptFile, file, ": the tensors have ", position,
                 " bytes, the data has ", size);
  }
  return ok();
}

// A shard lies in the folder of its index: its name must not be a way out of there.
bool plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\:\0", 4)) == std::string_view::npos;
}

}  // namespace

Result<Safetensors> Safetensors::parse(std::string name, std::span<const std::byte> bytes) {
  Safetensors file;
  file.name_ = std::move(name);
  Status read = file.read(bytes);
  if (!read) return std::move(read).error();
  return Result<Safetensors>(std::move(file));
}

Status Safetensors::read(std::span<const std::byte> bytes) {
  Cursor in(name_, bytes);
  std::uint64_t length = 0;
  std::span<const std::byte> text;
  if (!in.read(length)) return in.truncated("the length of the header");
  if (length > kMaxJsonBytes) {
    return error(ErrorCode::kCorruptFile, name_, ": not a safetensors file: a header of ", length,
                 " bytes, expected at most ", kMaxJsonBytes);
  }
  if (!in.take(length, text)) return in.truncated("the header of ", length, " bytes");
  Result<std::vector<HeaderTensor>> header = parse_header(name_, text);
  if (!header) return std::move(header).error();
  const std::span<const std::byte> data = bytes.subspan(in.position());
  if (const auto twice = index_.build(*header)) {
    return error(ErrorCode::kCorruptFile, name_, ": tensor ", quote((*header)[*twice].name),
                 " occurs twice");
  }
  Status checked = check_ranges(name_, *header, data.size());
  if (!checked) return checked;
  for (HeaderTensor& tensor : *header) {
    const auto begin = static_cast<std::size_t>(tensor.begin);
    const auto size = static_cast<std::size_t>(tensor.end - tensor.begin);
    tensors_.push_back(
        {std::move(tensor.name), tensor.dtype, std::move(tensor.shape), data.subspan(begin, size)});
  }
  return ok();
}

Result<Safetensors> Safetensors::open(const std::filesystem::path& path, Mode mode) {
  if (path.string().ends_with(kIndexEnd)) return open_index(path, mode);
  Result<base::MappedFile> file = base::MappedFile::open(path, mode);
  if (!file) return std::move(file).error();
  Result<Safetensors> tensors = parse(path.string(), file->bytes());
  if (tensors) tensors->files_.push_back(std::move(*file));
  return tensors;
}

Result<Safetensors> Safetensors::open_folder(const std::filesystem::path& folder, Mode mode) {
  std::error_code ignored;
  if (std::filesystem::exists(folder / kFile, ignored)) return open(folder / kFile, mode);
  if (std::filesystem::exists(folder / kIndexFile, ignored)) {
    return open_index(folder / kIndexFile, mode);
  }
  return error(ErrorCode::kIo, folder, ": has neither ", kFile, " nor ", kIndexFile);
}

Result<Safetensors> Safetensors::open_index(const std::filesystem::path& path, Mode mode) {
  const std::string name = path.string();
  Result<base::MappedFile> index = base::MappedFile::open(path, mode);
  if (!index) return std::move(index).error();
  if (index->bytes().size() > kMaxJsonBytes) {
    return error(ErrorCode::kCorruptFile, name, ": an index of ", index->bytes().size(),
                 " bytes, expected at most ", kMaxJsonBytes);
  }
  Result<std::vector<ShardEntry>> entries = parse_index(name, index->bytes());
  if (!entries) return std::move(entries).error();

  Safetensors all;
  all.name_ = name;
  std::map<std::string_view, Safetensors> shards;
  for (const ShardEntry& entry : *entries) {
    if (!shards.contains(entry.file)) {
      if (!plain_file_name(entry.file)) {
        return error(ErrorCode::kCorruptFile, name, ": tensor ", quote(entry.name),
                     " is said to be in ", quote(entry.file),
                     ", expected the name of a file in the same folder");
      }
      Result<base::MappedFile> file = base::MappedFile::open(path.parent_path() / entry.file, mode);
      if (!file) return std::move(file).error();
      Result<Safetensors> shard = parse(file->path().string(), file->bytes());
      if (!shard) return shard;
      shards.emplace(entry.file, std::move(*shard));
      all.files_.push_back(std::move(*file));
    }
    const Safetensors& shard = shards.at(entry.file);
    const TensorInfo* tensor = shard.find(entry.name);
    if (tensor == nullptr) {
      return error(ErrorCode::kCorruptFile, shard.name(), ": has no tensor ", quote(entry.name),
                   ", which ", name, " says it has");
    }
    all.tensors_.push_back(*tensor);
  }
  if (const auto twice = all.index_.build(all.tensors_)) {
    return error(ErrorCode::kCorruptFile, name, ": tensor ", quote(all.tensors_[*twice].name),
                 " occurs twice");
  }
  return Result<Safetensors>(std::move(all));
}

const TensorInfo* Safetensors::find(std::string_view name) const noexcept {
  const auto at = index_.find(tensors_, name);
  return at ? &tensors_[*at] : nullptr;
}

void Safetensors::drop_pages() const noexcept {
  for (const base::MappedFile& file : files_) file.drop(0, file.bytes().size());
}

}  // namespace sotto::format
