#include "lib/format/pytorch.h"

#include <algorithm>
#include <utility>

#include "lib/base/checked.h"
#include "lib/base/quote.h"
#include "lib/format/pickle.h"
#include "lib/format/zip.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;
using tensor::Dtype;
using Kind = PickleValue::Kind;

constexpr std::string_view kRebuildTensor = "torch._utils _rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils _rebuild_parameter";
constexpr std::string_view kFloatStorage = "torch FloatStorage";
constexpr std::string_view kHalfStorage = "torch HalfStorage";
constexpr std::string_view kBfloat16Storage = "torch BFloat16Storage";
constexpr std::string_view kGlobals[] = {kRebuildTensor, kRebuildParameter, kFloatStorage,
                                         kHalfStorage, kBfloat16Storage};

std::optional<Dtype> dtype_of(std::string_view storage) {
  if (storage == kFloatStorage) return Dtype::kF32;
  if (storage == kHalfStorage) return Dtype::kF16;
  if (storage == kBfloat16Storage) return Dtype::kBF16;
  return std::nullopt;
}

// The folder of the archive, with a slash, or nothing where it holds no checkpoint.
std::optional<std::string> folder_of(const Zip& zip) {
  constexpr std::string_view kPickle = "/data.pkl";
  for (const ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(kPickle)) continue;
    const std::string_view folder = entry.name.substr(0, entry.name.size() - kPickle.size());
    if (folder.find('/') == std::string_view::npos) return std::string(folder) + "/";
  }
  return std::nullopt;
}

// Of the state dict.
struct Entry {
  std::string_view name;
  PickleId value;
};

// Makes TensorInfos of the values that stand for tensors.
class Rebuilder {
 public:
  Rebuilder(std::string_view file, const Zip& zip, const Pickle& pickle, std::string folder)
      : file_(file), zip_(zip), pickle_(pickle), folder_(std::move(folder)) {}

  Result<TensorInfo> tensor(std::string_view name, const PickleValue& value) const {
    if (name.empty() || name.size() > kMaxTensorName) {
      return error(ErrorCode::kCorruptFile, file_, ": tensor name ", quote(name), " has ",
                   name.size(), " bytes, expected 1 to ", kMaxTensorName);
    }
    const auto wrong = [&](const auto&... what) {
      return error(ErrorCode::kCorruptFile, file_, ": tensor ", quote(name), " ", what...);
    };
    const PickleValue* call = &value;
    if (callee(*call) == kRebuildParameter) {
      if (arguments(*call).empty()) return wrong("is a parameter of nothing");
      call = &pickle_[arguments(*call)[0]];
    }
    // storage, offset, shape, strides; then requires_grad, backward_hooks, perhaps metadata.
    const std::span<const PickleId> args = arguments(*call);
    if (callee(*call) != kRebuildTensor || args.size() < 4) return wrong("is not a tensor");
    const Result<Storage> storage = find_storage(name, pickle_[args[0]]);
    if (!storage) return storage.error();
    const PickleValue& offset = pickle_[args[1]];
    if (offset.kind != Kind::kInteger || offset.integer() < 0) {
      return wrong("has no offset into its storage");
    }
    const auto shape = sizes(pickle_[args[2]]);
    const auto strides = sizes(pickle_[args[3]]);
    if (!shape || !strides || shape->size() != strides->size()) {
      return wrong("has no shape of at most ", kMaxRank, " dimensions with as many strides");
    }
    const auto elements = element_count(*shape);
    const auto first = static_cast<std::uint64_t>(offset.integer());
    if (!elements || first > storage->elements || *elements > storage->elements - first) {
      return wrong("goes past the ", storage->elements, " elements of its storage");
    }
    if (!contiguous(*shape, *strides)) {
      return error(ErrorCode::kUnsupported, file_, ": tensor ", quote(name),
                   " is a transposed or cut view, expected a contiguous tensor");
    }
    const std::size_t size = tensor::block(storage->dtype).bytes;
    return TensorInfo{std::string(name), storage->dtype, *shape,
                      storage->data.subspan(static_cast<std::size_t>(first) * size,
                                            static_cast<std::size_t>(*elements) * size)};
  }

 private:
  struct Storage {
    Dtype dtype = Dtype::kF32;
    std::uint64_t elements = 0;
    std::span<const std::byte> data;
  };

  // What a call calls, or "", and with what.
  std::string_view callee(const PickleValue& call) const {
    return call.kind == Kind::kCall ? pickle_[call.items()[0]].text() : std::string_view();
  }
  std::span<const PickleId> arguments(const PickleValue& call) const {
    if (call.kind != Kind::kCall) return {};
    return pickle_[call.items()[1]].items();
  }

  Result<Storage> find_storage(std::string_view name, const PickleValue& value) const {
    const auto wrong = [&](const auto&... what) {
      return error(ErrorCode::kCorruptFile, file_, ": the storage of tensor ", quote(name), " ",
                   what...);
    };
    if (value.kind != Kind::kPersistent) return wrong("is missing");
    const PickleValue& id = pickle_[value.items()[0]];
    const std::span<const PickleId> parts = id.items();
    if (id.kind != Kind::kTuple || parts.size() != 5 || pickle_[parts[0]].text() != "storage") {
      return wrong("has an id that is not (\"storage\", type, key, device, elements)");
    }
    const std::optional<Dtype> dtype = dtype_of(pickle_[parts[1]].text());
    if (!dtype) return wrong("has no type");
    const PickleValue& count = pickle_[parts[4]];
    const std::string_view key = pickle_[parts[2]].text();
    const ZipEntry* entry =
        zip_.find(base::concat(folder_, "data/", key.substr(0, kMaxTensorName)));
    if (entry == nullptr) return wrong(quote(key), " is not in the archive");
    const auto bytes = count.kind == Kind::kInteger && count.integer() >= 0
                           ? tensor::byte_size(*dtype, static_cast<std::uint64_t>(count.integer()))
                           : std::nullopt;
    if (bytes != entry->data.size()) {
      return wrong(quote(key), " has ", entry->data.size(), " bytes in the archive, expected ",
                   count.integer(), " elements of ", tensor::name(*dtype));
    }
    return Storage{*dtype, static_cast<std::uint64_t>(count.integer()), entry->data};
  }

  std::optional<std::vector<std::uint64_t>> sizes(const PickleValue& value) const {
    if (value.kind != Kind::kTuple || value.items().size() > kMaxRank) return std::nullopt;
    std::vector<std::uint64_t> all;
    for (const PickleId id : value.items()) {
      const PickleValue& size = pickle_[id];
      if (size.kind != Kind::kInteger || size.integer() < 0) return std::nullopt;
      all.push_back(static_cast<std::uint64_t>(size.integer()));
    }
    return all;
  }

  // Whether the elements lie one after the other. Strides of dimensions of one element, and of
  // tensors of none, mean nothing.
  static bool contiguous(std::span<const std::uint64_t> shape,
                         std::span<const std::uint64_t> strides) {
    if (std::ranges::find(shape, 0U) != shape.end()) return true;
    std::uint64_t expected = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (shape[i] != 1 && strides[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }

  std::string_view file_;
  const Zip& zip_;
  const Pickle& pickle_;
  std::string folder_;
};

}  // namespace

Result<Pytorch> Pytorch::open(const std::filesystem::path& path, Mode mode) {
  Result<base::MappedFile> file = base::MappedFile::open(path, mode);
  if (!file) return std::move(file).error();
  Result<Pytorch> checkpoint = parse(path.string(), file->bytes());
  if (checkpoint) checkpoint->file_ = std::move(*file);
  return checkpoint;
}

Result<Pytorch> Pytorch::parse(std::string name, std::span<const std::byte> bytes) {
  Pytorch checkpoint;
  checkpoint.name_ = std::move(name);
  Status read = checkpoint.read(bytes);
  if (!read) return std::move(read).error();
  return Result<Pytorch>(std::move(checkpoint));
}

Status Pytorch::read(std::span<const std::byte> bytes) {
  const Result<Zip> zip = Zip::parse(name_, bytes);
  if (!zip) return zip.error();
  const std::optional<std::string> folder = folder_of(*zip);
  if (!folder) {
    return error(ErrorCode::kUnsupported, name_, ": has no data.pkl, expected what torch.save() ",
                 "makes of a Whisper checkpoint");
  }
  if (const ZipEntry* order = zip->find(*folder + "byteorder")) {
    const std::string_view text(reinterpret_cast<const char*>(order->data.data()),
                                order->data.size());
    if (text != "little") {
      return error(ErrorCode::kUnsupported, name_, ": byteorder is ", quote(text),
                   ", expected \"little\"");
    }
  }
  const std::string pickle_name = base::concat(name_, ": ", *folder, "data.pkl");
  const Result<Pickle> pickle =
      Pickle::parse(pickle_name, zip->find(*folder + "data.pkl")->data, kGlobals);
  if (!pickle) return pickle.error();

  const PickleValue& root = (*pickle)[pickle->root()];
  const PickleValue* dims = pickle->find(root, "dims");
  const PickleValue* state = pickle->find(root, "model_state_dict");
  if (dims == nullptr || dims->kind != Kind::kDict || state == nullptr ||
      state->kind != Kind::kDict) {
    return error(ErrorCode::kUnsupported, name_,
                 ": has no dicts \"dims\" and \"model_state_dict\", expected a checkpoint of "
                 "openai/whisper");
  }
  for (std::size_t i = 0; i + 1 < dims->items().size(); i += 2) {
    const PickleValue& key = (*pickle)[dims->items()[i]];
    const PickleValue& value = (*pickle)[dims->items()[i + 1]];
    if (value.kind == Kind::kInteger) dims_.push_back({key.text(), value.integer()});
  }
  // Names first: a pickle may repeat one in two bytes.
  std::vector<Entry> entries;
  for (std::size_t i = 0; i + 1 < state->items().size(); i += 2) {
    entries.push_back({(*pickle)[state->items()[i]].text(), state->items()[i + 1]});
  }
  if (const auto twice = index_.build(entries)) {
    return error(ErrorCode::kCorruptFile, name_, ": tensor ", quote(entries[*twice].name),
                 " occurs twice");
  }
  const Rebuilder rebuilder(name_, *zip, *pickle, *folder);
  for (const Entry& entry : entries) {
    Result<TensorInfo> tensor = rebuilder.tensor(entry.name, (*pickle)[entry.value]);
    if (!tensor) return std::move(tensor).error();
    tensors_.push_back(*std::move(tensor));
  }
  return ok();
}

const TensorInfo* Pytorch::find(std::string_view name) const noexcept {
  const auto at = index_.find(tensors_, name);
  return at ? &tensors_[*at] : nullptr;
}

Result<std::int64_t> Pytorch::dim(std::string_view name, std::int64_t least,
                                  std::int64_t most) const {
  const auto found = std::ranges::find(dims_, name, &Dim::name);
  if (found == dims_.end()) {
    return error(ErrorCode::kCorruptFile, name_, ": dims has no ", name);
  }
  if (found->value < least || found->value > most) {
    return error(ErrorCode::kCorruptFile, name_, ": ", name, " is ", found->value,
                 ", expected an integer from ", least, " to ", most);
  }
  return found->value;
}

}  // namespace sotto::format
