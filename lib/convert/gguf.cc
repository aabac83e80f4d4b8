#include "lib/convert/gguf.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/convert/tensor_map.h"
#include "lib/convert/type_policy.h"
#include "lib/format/gguf.h"

namespace sotto::converter {
namespace {

using format::Gguf;
using format::GgufWriter;

Status check_options(const std::string& file, const ConvertOptions& options) {
  const std::pair<const char*, bool> others[] = {
      {"vocabulary", !options.vocabulary.empty()},
      {"alignment_heads", !options.alignment_heads.empty()},
      {"max_tokens_per_second", options.max_tokens_per_second != 0}};
  for (const auto& [option, given] : others) {
    if (!given) continue;
    return base::error(ErrorCode::kInvalidArgument, file, ": ", option,
                       " is for checkpoints; a GGUF file keeps its own");
  }
  return ok();
}

// Tensors that share bytes could make a file of any size of a small one.
Status check_overlap(const Gguf& file) {
  std::vector<const format::TensorInfo*> order;
  for (const format::TensorInfo& tensor : file.tensors()) order.push_back(&tensor);
  std::ranges::sort(order, std::ranges::less{},
                    [](const format::TensorInfo* tensor) { return tensor->data.data(); });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::span<const std::byte> before = order[i - 1]->data;
    if (before.data() + before.size() <= order[i]->data.data()) continue;
    return base::error(ErrorCode::kCorruptFile, file.name(), ": tensors ",
                       base::quote(order[i - 1]->name), " and ", base::quote(order[i]->name),
                       " overlap");
  }
  return ok();
}

void copy_metadata(const Gguf& from, const ConvertOptions& options, GgufWriter& writer) {
  // The writer has an alignment of its own.
  std::set<std::string_view> replaced = {"general.alignment", kFileTypeKey, kQuantizationKey};
  const std::pair<std::string_view, const std::string&> texts[] = {
      {"general.name", options.name}, {"general.license", options.license}};
  for (const auto& [key, value] : texts) {
    if (value.empty()) continue;
    writer.add_string(std::string(key), value);
    replaced.insert(key);
  }
  if (!options.language.empty()) {
    writer.add_string_array("general.languages", {options.language});
    replaced.insert("general.languages");
  }
  for (const Gguf::Encoded& entry : from.encoded()) {
    if (!replaced.contains(entry.key)) writer.add_encoded(entry);
  }
}

}  // namespace

Status convert_gguf(const std::filesystem::path& source, const std::filesystem::path& target,
                    const ConvertOptions& options) {
  const Result<Gguf> file = Gguf::open(source);
  if (!file) return file.error();
  const Result<std::string_view> architecture = file->string("general.architecture");
  if (!architecture) return architecture.error();
  if (*architecture != "moonshine" && *architecture != "whisper") {
    return base::error(ErrorCode::kUnsupported, file->name(), ": general.architecture is ",
                       base::quote(*architecture), ", expected \"moonshine\" or \"whisper\"");
  }
  if (Status good = check_options(file->name(), options); !good) return good;
  if (Status good = check_overlap(*file); !good) return good;

  GgufWriter writer;
  copy_metadata(*file, options, writer);
  TensorMap map({file->name(), std::string(*architecture), "the file", file->tensors()}, writer,
                options);
  for (const format::TensorInfo& tensor : file->tensors()) {
    map.add(tensor.name, tensor.name, tensor.shape);
  }
  if (auto failure = map.finish()) return *std::move(failure);
  return writer.write(target);
}

}  // namespace sotto::converter
