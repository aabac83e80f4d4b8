#include "tools/model_store.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <tuple>

#include "tools/catalogue.h"
#include "tools/suggest.h"
#include "tools/text_parts.h"
#include "tools/weight_types.h"

namespace sotto::tools {
namespace {

constexpr std::string_view kEnding = ".gguf";
constexpr std::size_t kMostFiles = 10'000;  // more is no folder of models

bool is_set(const char* value) { return value != nullptr && *value != '\0'; }

}  // namespace

Result<std::filesystem::path> models_folder(const char* xdg_data_home, const char* home) {
  if (is_set(xdg_data_home) && std::filesystem::path(xdg_data_home).is_absolute()) {
    return std::filesystem::path(xdg_data_home) / "sotto" / "models";
  }
  if (!is_set(home)) {
    return Error{ErrorCode::kIo,
                 "there is no folder for models: neither HOME nor XDG_DATA_HOME (an absolute path) "
                 "is set"};
  }
  if (!std::filesystem::path(home).is_absolute()) {
    return Error{ErrorCode::kIo, concat({"there is no folder for models: HOME is \"", home,
                                         "\", expected an absolute path"})};
  }
  return std::filesystem::path(home) / ".local" / "share" / "sotto" / "models";
}

Result<std::filesystem::path> models_folder() {
  return models_folder(std::getenv("XDG_DATA_HOME"), std::getenv("HOME"));
}

NameAndType split_name(std::string_view full_name) {
  const std::size_t dash = full_name.rfind('-');
  if (dash != std::string_view::npos && dash > 0) {
    const std::string type(full_name.substr(dash + 1));
    if (weight_types().contains(type)) return {std::string(full_name.substr(0, dash)), type};
  }
  return {std::string(full_name), ""};
}

Result<std::vector<StoredModel>> stored_models(const std::filesystem::path& folder) {
  std::vector<StoredModel> models;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    const std::filesystem::path& file = entry->path();
    std::error_code skip;
    if (file.extension() != kEnding || !entry->is_regular_file(skip)) continue;
    const std::string stem = file.stem().string();
    if (stem.empty() || stem.front() == '.') continue;
    auto [name, type] = split_name(stem);
    models.push_back({std::move(name), std::move(type), file, entry->file_size(skip),
                      entry->last_write_time(skip)});
    if (models.size() > kMostFiles) {
      return Error{ErrorCode::kIo, concat({folder.native(), ": holds more than ",
                                           std::to_string(kMostFiles), " model files"})};
    }
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return Error{ErrorCode::kIo, concat({folder.native(), ": ", failure.message()})};
  }
  std::ranges::sort(models, {},
                    [](const StoredModel& model) { return std::tie(model.name, model.type); });
  return models;
}

const StoredModel* find_stored(std::span<const StoredModel> models, std::string_view name) {
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  auto [plain, type] = split_name(name);
  if (const OfficialModel* official = find_official(plain)) plain = official->name;
  const StoredModel* newest = nullptr;
  for (const StoredModel& model : models) {
    if (model.full_name() == name || (model.name == plain && model.type == type)) return &model;
    const bool meant = type.empty() && model.name == plain;
    if (meant && (newest == nullptr || newest->time < model.time)) newest = &model;
  }
  return newest;
}

std::string why_not_found(std::string_view given, std::span<const StoredModel> models,
                          const std::filesystem::path& folder) {
  std::string_view name = given;
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  const auto [plain, type] = split_name(name);
  if (const OfficialModel* official = find_official(plain)) {
    const std::string option = type.empty() ? "" : concat({"--type ", type, " "});
    return concat(
        {given, ": is not in ", folder.native(), " yet: sotto pull ", option, official->name});
  }
  std::vector<std::string> names;
  for (const StoredModel& model : models) {
    names.push_back(model.name);
    if (!model.type.empty()) names.push_back(model.full_name());
  }
  const std::size_t here = names.size();
  for (std::string& each : official_names()) names.push_back(std::move(each));
  std::string reason = concat({given, ": no such file, and no model of that name in ",
                               folder.native(), did_you_mean(given, names)});
  const std::optional<std::string> near = nearest(given, names);
  const std::span<const std::string> stored(names.data(), here);
  if (near && std::ranges::find(stored, *near) == stored.end()) {
    reason += concat({" (sotto pull ", *near, ")"});
  } else if (!near) {
    reason += "; sotto models lists what is there, sotto pull --list what there is";
  }
  return reason;
}

Result<std::string> resolve_model(const std::string& given) {
  std::error_code unknown;
  if (given.empty() || given.find('/') != std::string::npos ||
      std::filesystem::exists(given, unknown)) {
    return given;
  }
  const Result<std::filesystem::path> folder = models_folder();
  if (!folder) {
    return Error{folder.error().code,
                 concat({given, ": no such file, and ", folder.error().message})};
  }
  const Result<std::vector<StoredModel>> models = stored_models(*folder);
  if (!models) return models.error();
  if (const StoredModel* found = find_stored(*models, given)) return found->file.string();
  return Error{ErrorCode::kIo, why_not_found(given, *models, *folder)};
}

}  // namespace sotto::tools
