#include "lib/convert/convert.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/quote.h"
#include "lib/convert/gguf.h"
#include "lib/convert/moonshine.h"
#include "lib/convert/whisper.h"
#include "lib/format/ggml.h"
#include "lib/format/gguf.h"
#include "lib/format/json_config.h"
#include "lib/format/zip.h"

namespace sotto::converter {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\"'[]";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Appends "a", "[a, b]" or "a, b".
void add_values(std::vector<std::string>& to, std::string_view values) {
  while (!values.empty()) {
    const std::size_t end = std::min(values.find(','), values.size());
    const std::string_view value = trim(values.substr(0, end));
    if (!value.empty()) to.emplace_back(value);
    values.remove_prefix(std::min(end + 1, values.size()));
  }
}

Status convert_folder(const std::filesystem::path& source, const std::filesystem::path& target,
                      const ConvertOptions& options) {
  const Result<format::JsonConfig> config = format::JsonConfig::open(source / "config.json");
  if (!config) return config.error();
  Result<std::string> type = config->string("model_type");
  if (!type) return std::move(type).error();
  if (*type == "moonshine") return convert_moonshine(source, *config, target, options);
  if (*type == "whisper") return convert_whisper_folder(source, *config, target, options);
  return base::error(ErrorCode::kUnsupported, config->name(), ": model_type is ",
                     base::quote(*type), ", expected \"moonshine\" or \"whisper\"");
}

// What the file is says how it begins, not its name.
Status convert_file(const std::filesystem::path& source, const std::filesystem::path& target,
                    const ConvertOptions& options) {
  const Result<base::MappedFile> file = base::MappedFile::open(source);
  if (!file) return file.error();
  if (format::Gguf::recognises(file->bytes())) return convert_gguf(source, target, options);
  if (format::Ggml::recognises(file->bytes())) {
    return convert_whisper_ggml(source, target, options);
  }
  if (format::Zip::recognises(file->bytes())) {
    return convert_whisper_checkpoint(source, target, options);
  }
  return base::error(ErrorCode::kUnsupported, source,
                     ": is neither a Whisper checkpoint of PyTorch 1.6 or later (.pt) nor a model "
                     "of whisper.cpp (ggml-*.bin) nor a GGUF file; of a Hugging Face model give "
                     "the folder");
}

}  // namespace

// A few lines of YAML, of which we understand `key: value`, and lists of lines `- value`.
ModelCard read_model_card(const std::filesystem::path& folder) {
  const Result<base::MappedFile> file = base::MappedFile::open(folder / "README.md");
  if (!file) return {};
  constexpr std::size_t kMostBytes = 64 * 1024;
  const std::span<const std::byte> bytes = file->bytes();
  std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                        std::min(bytes.size(), kMostBytes));
  const auto next_line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  if (trim(next_line()) != "---") return {};
  std::vector<std::string> licenses;
  std::vector<std::string> languages;
  std::vector<std::string>* list = nullptr;  // that takes the next "- value"
  while (!text.empty()) {
    const std::string_view line = next_line();
    if (trim(line) == "---") {
      return {licenses.empty() ? std::string() : licenses.front(), std::move(languages)};
    }
    if (trim(line).starts_with("- ")) {
      if (list != nullptr) add_values(*list, trim(line).substr(2));
      continue;
    }
    list = nullptr;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    list = key == "license" ? &licenses : key == "language" ? &languages : nullptr;
    if (list != nullptr) add_values(*list, line.substr(colon + 1));
  }
  return {};  // the head has no end: not a model card
}

Status convert(const std::filesystem::path& source, const std::filesystem::path& target,
               const ConvertOptions& options) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(source, failure);
  if (!std::filesystem::exists(status)) {
    return base::error(ErrorCode::kIo, source, ": no such file or folder");
  }
  return std::filesystem::is_directory(status) ? convert_folder(source, target, options)
                                               : convert_file(source, target, options);
}

}  // namespace sotto::converter
