#include "lib/api/model.h"

#include <algorithm>
#include <map>

#include "lib/api/wall.h"
#include "lib/base/error.h"
#include "lib/base/quote.h"

namespace sotto {
namespace {

ModelInfo read_info(const format::Gguf& file, std::size_t file_bytes) {
  ModelInfo info;
  info.file = file.name();
  info.file_bytes = file_bytes;
  const auto text = [&](std::string_view key) {
    const Result<std::string_view> value = file.string(key);
    return value ? std::string(*value) : std::string();
  };
  info.architecture = text("general.architecture");
  info.name = text("general.name");
  info.license = text("general.license");
  if (const auto languages = file.string_array("general.languages")) {
    info.spoken_languages.assign(languages->begin(), languages->end());
  }
  for (format::Gguf::Described& entry : file.describe()) {
    info.metadata.emplace_back(entry.key, std::move(entry.value));
  }
  for (const format::TensorInfo& tensor : file.tensors()) {
    std::string shape;
    for (const std::uint64_t dim : tensor.shape) {
      shape += base::concat(shape.empty() ? "" : ", ", dim);
    }
    info.tensors.emplace_back(tensor.name,
                              base::concat(tensor::name(tensor.dtype), " [", shape, "]"));
    info.parameters += tensor.elements();
  }
  return info;
}

using Loaded = Result<std::shared_ptr<const Model::Impl>>;

Loaded load(const format::Gguf& file, std::size_t file_bytes, const Log& log) {
  const Result<graph::Isa> isa = graph::isa_from_environment();
  if (!isa) return isa.error();
  const Result<std::string_view> architecture = file.string("general.architecture");
  if (!architecture) return architecture.error();
  using Load = Result<std::unique_ptr<const api::Engine>> (*)(const format::Gguf&, graph::Isa);
  constexpr std::pair<std::string_view, Load> kArchitectures[] = {
      {"moonshine", api::load_moonshine}, {"whisper", api::load_whisper}};
  const auto known =
      std::ranges::find(kArchitectures, *architecture, &std::pair<std::string_view, Load>::first);
  if (known == std::end(kArchitectures)) {
    return base::error(ErrorCode::kUnsupported, file.name(), ": general.architecture is ",
                       base::quote(*architecture), ", expected \"moonshine\" or \"whisper\"");
  }
  Result<std::unique_ptr<const api::Engine>> engine = known->second(file, *isa);
  if (!engine) return std::move(engine).error();

  ModelInfo info = read_info(file, file_bytes);
  (*engine)->describe(info);
  if (log) {
    log(LogLevel::kInfo,
        base::concat(info.file, ": ", info.architecture, " of ", info.parameters, " parameters, ",
                     info.weights_bytes, " bytes of weights, ", info.instruction_set));
    if (info.license.empty()) log(LogLevel::kWarning, base::concat(info.file, ": no licence"));
  }
  return std::shared_ptr<const Model::Impl>(
      std::make_shared<Model::Impl>(Model::Impl{*std::move(engine), std::move(info)}));
}

Loaded load(const std::filesystem::path& path, const LoadOptions& options) {
  using Mode = base::MappedFile::Mode;
  const Result<format::Gguf> file =
      format::Gguf::open(path, options.memory_map ? Mode::kMap : Mode::kRead);
  if (!file) return file.error();
  std::error_code none;
  const auto bytes = static_cast<std::size_t>(std::filesystem::file_size(path, none));
  return load(*file, none ? 0 : bytes, options.log);
}

Loaded load(std::span<const std::byte> bytes, std::string_view name, const LoadOptions& options) {
  const Result<format::Gguf> file = format::Gguf::parse(std::string(name), bytes);
  if (!file) return file.error();
  return load(*file, bytes.size(), options.log);
}

// The memory grows with what was read, not with what was promised.
Result<std::vector<std::byte>> read_all(const ModelReader& reader, std::string_view name) {
  if (!reader.read) {
    return base::error(ErrorCode::kInvalidArgument, name, ": there is nothing to read it with");
  }
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  std::vector<std::byte> bytes;
  while (bytes.size() < reader.size) {
    const std::size_t at = bytes.size();
    bytes.resize(at + static_cast<std::size_t>(std::min(kPiece, reader.size - at)));
    if (Status read = reader.read(at, std::span(bytes).subspan(at)); !read) {
      return std::move(read).error();
    }
    if (at == 0 && !format::Gguf::recognises(bytes)) break;  // parsing it says why
  }
  return bytes;
}

}  // namespace

Model::Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Model> Model::load(const std::filesystem::path& file, const LoadOptions& options) noexcept {
  return api::guarded<Result<Model>>([&]() -> Result<Model> {
    Loaded impl = sotto::load(file, options);
    if (!impl) return std::move(impl).error();
    return Model(*std::move(impl));
  });
}

Result<Model> Model::load(const ModelReader& reader, std::string_view name,
                          const LoadOptions& options) noexcept {
  return api::guarded<Result<Model>>([&]() -> Result<Model> {
    const Result<std::vector<std::byte>> bytes = read_all(reader, name);
    if (!bytes) return bytes.error();
    Loaded impl = sotto::load(*bytes, name, options);
    if (!impl) return std::move(impl).error();
    return Model(*std::move(impl));
  });
}

Result<Model> Model::load(std::span<const std::byte> bytes, std::string_view name,
                          const LoadOptions& options) noexcept {
  return api::guarded<Result<Model>>([&]() -> Result<Model> {
    Loaded impl = sotto::load(bytes, name, options);
    if (!impl) return std::move(impl).error();
    return Model(*std::move(impl));
  });
}

const ModelInfo& Model::info() const noexcept { return impl_->info; }

}  // namespace sotto
