#include "lib/convert/convert.h"

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/quote.h"
#include "lib/convert/moonshine.h"
#include "lib/format/json_config.h"

namespace sotto::converter {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\"'[]";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

// A few lines of YAML, of which we understand `key: value` and a list's first `- value`.
ModelCard read_model_card(const std::filesystem::path& folder) {
  ModelCard card;
  const Result<base::MappedFile> file = base::MappedFile::open(folder / "README.md");
  if (!file) return card;
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
  if (trim(next_line()) != "---") return card;
  std::string* list = nullptr;  // that takes the next "- value"
  while (!text.empty()) {
    const std::string_view line = next_line();
    if (trim(line) == "---") return card;
    const std::size_t colon = line.find(':');
    if (list != nullptr && trim(line).starts_with("- ")) {
      *list = trim(trim(line).substr(2));
      list = nullptr;
      continue;
    }
    list = nullptr;
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    std::string* field = key == "license"    ? &card.license
                         : key == "language" ? &card.language
                                             : nullptr;
    if (field == nullptr) continue;
    const std::string_view value = trim(line.substr(colon + 1));
    *field = trim(value.substr(0, value.find(',')));
    if (value.empty()) list = field;
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
  if (!std::filesystem::is_directory(status)) {
    return base::error(ErrorCode::kUnsupported, source,
                       ": not a folder; expected a Hugging Face folder with config.json, "
                       "model.safetensors and tokenizer.json");
  }
  const Result<format::JsonConfig> config = format::JsonConfig::open(source / "config.json");
  if (!config) return config.error();
  Result<std::string> type = config->string("model_type");
  if (!type) return std::move(type).error();
  if (*type == "moonshine") return convert_moonshine(source, *config, target, options);
  return base::error(ErrorCode::kUnsupported, config->name(), ": model_type is ",
                     base::quote(*type), ", expected \"moonshine\"");
}

}  // namespace sotto::converter
