// The folder of models that have names: where it is, what is in it, and which file a name means.
#pragma once

#include <sotto/result.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::tools {

// $XDG_DATA_HOME/sotto/models, else $HOME/.local/share/sotto/models, of the values given (null: not
// set). A relative XDG_DATA_HOME is passed over, as its specification demands; no HOME is an error
// that says so.
Result<std::filesystem::path> models_folder(const char* xdg_data_home, const char* home);
// Of this process's environment.
Result<std::filesystem::path> models_folder();

// A file of the folder: NAME-TYPE.gguf, or any other *.gguf that somebody put there.
struct StoredModel {
  std::string name;  // "tiny.en", or all before ".gguf" where no type ends it
  std::string type;  // "q8_0", or empty
  std::filesystem::path file;
  std::uintmax_t bytes = 0;
  std::filesystem::file_time_type time;

  std::string full_name() const { return type.empty() ? name : name + "-" + type; }
};

// "tiny.en-q8_0" in its two parts; no type where none ends it.
struct NameAndType {
  std::string name;
  std::string type;
};
NameAndType split_name(std::string_view full_name);

// Those of the folder, by name and type; none where there is no such folder.
Result<std::vector<StoredModel>> stored_models(const std::filesystem::path& folder);

// What `name` means: a full name itself; else, of the files of that name, the one that was pulled
// last (the newest). Second names mean what they mean to `pull`. Null: nothing.
const StoredModel* find_stored(std::span<const StoredModel> models, std::string_view name);

// The model file that a user's `-m` means: `given` itself if it has a path separator or is there,
// else the file of that name in the models folder. Errors name the nearest name and say how to
// pull it.
Result<std::string> resolve_model(const std::string& given);

// Why there is no model `given` among these, and what to do: for messages.
std::string why_not_found(std::string_view given, std::span<const StoredModel> models,
                          const std::filesystem::path& folder);

}  // namespace sotto::tools
