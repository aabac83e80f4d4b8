// sotto models: what is in the models folder.
#include <sotto/sotto.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "tools/commands.h"
#include "tools/model_store.h"
#include "tools/text_parts.h"
#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

struct Options {
  std::string remove;
  bool json = false;
  bool names = false;
};

// What to write after -m to get this one of them: the name alone, where that means it.
std::string shortest_name(const StoredModel& model, std::span<const StoredModel> all) {
  return find_stored(all, model.name) == &model ? model.name : model.full_name();
}

// As the file says; of a model that knows one language alone, ModelInfo::languages says nothing.
std::vector<std::string> languages_of(const ModelInfo& info) {
  if (!info.languages.empty()) return info.languages;
  std::vector<std::string> codes;
  for (const auto& [key, value] : info.metadata) {
    if (key != "general.languages") continue;
    for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos;) {  // "en", "de"
      const std::size_t end = std::min(value.find('"', at + 1), value.size());
      codes.push_back(value.substr(at + 1, end - at - 1));
      at = std::min(end + 1, value.size());
    }
  }
  return codes;
}

std::string join(const std::vector<std::string>& codes) {
  constexpr std::size_t kMost = 6;
  if (codes.size() > kMost) return std::to_string(codes.size());
  std::string all;
  for (const std::string& code : codes) all += concat({all.empty() ? "" : " ", code});
  return all.empty() ? "-" : all;
}

void print_table_row(const std::string& name, const StoredModel& stored, const ModelInfo& info,
                     const MemoryNeed& need) {
  std::printf("%-22s  %-5s  %9s  %9s  %-9s  %s\n", name.c_str(),
              stored.type.empty() ? "-" : stored.type.c_str(), format_bytes(stored.bytes).c_str(),
              format_bytes(need.weights_bytes + need.session_bytes).c_str(),
              join(languages_of(info)).c_str(),
              info.license.empty() ? "not stated" : info.license.c_str());
}

void print_json(const std::string& name, const StoredModel& stored, const ModelInfo& info,
                const MemoryNeed& need) {
  const nlohmann::ordered_json object = {{"name", name},
                                         {"type", stored.type},
                                         {"file", stored.file.string()},
                                         {"file_bytes", stored.bytes},
                                         {"weights_bytes", need.weights_bytes},
                                         {"session_bytes", need.session_bytes},
                                         {"architecture", info.architecture},
                                         {"model", info.name},
                                         {"languages", languages_of(info)},
                                         {"license", info.license}};
  std::printf("%s\n", to_line(object).c_str());
}

int list(std::span<const StoredModel> models, const std::filesystem::path& folder, bool json) {
  if (models.empty()) {
    std::fprintf(stderr, "%s: no models are there; sotto pull --list names some\n", folder.c_str());
    return kOk;
  }
  if (!json) {
    std::printf("%-22s  %-5s  %9s  %9s  %-9s  %s\n", "NAME", "TYPE", "FILE", "MEMORY", "LANGUAGES",
                "LICENSE");
  }
  int status = kOk;
  for (const StoredModel& stored : models) {
    const Result<Model> model = Model::load(stored.file);
    if (!model) {
      complain(stored.file.string(), model.error());
      status = kFailure;
      continue;
    }
    const Result<MemoryNeed> need = Session::memory_need(*model);
    if (!need) {
      complain(stored.file.string(), need.error());
      status = kFailure;
      continue;
    }
    (json ? print_json : print_table_row)(shortest_name(stored, models), stored, model->info(),
                                          *need);
  }
  return status;
}

// A plain name that stands for several is not enough to throw one of them away.
int remove(const std::string& name, std::span<const StoredModel> models,
           const std::filesystem::path& folder) {
  const StoredModel* const found = find_stored(models, name);
  if (found == nullptr) {
    complain(why_not_found(name, models, folder));
    return kFailure;
  }
  std::string others;
  for (const StoredModel& model : models) {
    if (model.name == found->name)
      others += concat({others.empty() ? "" : ", ", model.full_name()});
  }
  const bool several = others.find(',') != std::string::npos;
  if (several && name != found->full_name() && split_name(name).type.empty()) {
    complain(concat({name, ": which of ", others, "?"}));
    return kFailure;
  }
  std::error_code failure;
  std::filesystem::remove(found->file, failure);
  if (failure) {
    complain(concat({found->file.native(), ": ", failure.message()}));
    return kFailure;
  }
  std::fprintf(stderr, "%s: removed\n", found->file.c_str());
  return kOk;
}

int run(const Options& options) {
  const Result<std::filesystem::path> folder = models_folder();
  if (!folder) {
    complain(folder.error().message);
    return kFailure;
  }
  const Result<std::vector<StoredModel>> models = stored_models(*folder);
  if (!models) {
    complain(models.error().message);
    return kFailure;
  }
  if (!options.remove.empty()) return remove(options.remove, *models, *folder);
  if (!options.names) return list(*models, *folder, options.json);
  for (const StoredModel& model : *models) {
    std::printf("%s\n", shortest_name(model, *models).c_str());
  }
  return kOk;
}

}  // namespace

Run add_models(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("models", "The models that -m knows by name: type, size, memory, license");
  auto options = std::make_shared<Options>();
  CLI::Option* json =
      command->add_flag("--json", options->json, "A JSON object a model, one a line");
  CLI::Option* names =
      command->add_flag("--names", options->names, "The names alone, without a look into the files")
          ->excludes(json);
  command
      ->add_option("--remove", options->remove,
                   "Delete this one; where several have the name, with the type: tiny.en-q8_0")
      ->excludes(json)
      ->excludes(names);
  command->footer(
      "Examples:\n"
      "  sotto models\n"
      "  sotto models --json\n"
      "  sotto models --remove tiny.en-q8_0");
  return [options] { return run(*options); };
}

}  // namespace sotto::tools
