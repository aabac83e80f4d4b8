// The parts of `sotto pull`.
#pragma once

#include <sotto/sotto.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/catalogue.h"
#include "tools/http.h"

namespace sotto::tools {

// The names of the shards that a model.safetensors.index.json lists, each once: files beside it,
// never elsewhere. `name` stands for the file in errors.
Result<std::vector<std::string>> parse_shards(std::string_view json, std::string_view name);

// Of a mirror with the layout of huggingface.co.
std::string checkpoint_url(std::string_view base, const OfficialModel& model,
                           std::string_view file);

// Where the model's checkpoint is in `folder`: the folder itself, or below it as a mirror or a
// clone has it. kIo if nowhere, naming the places.
Result<std::filesystem::path> find_checkpoint(const std::filesystem::path& folder,
                                              const OfficialModel& model);

// "cannot hold ..." if less than `bytes` are free for files in `folder`.
Status check_room(const std::filesystem::path& folder, std::uint64_t bytes);

// What a pull tells of its way; each may be empty.
struct FetchHooks {
  std::function<void(std::string_view file, std::uint64_t done, std::optional<std::uint64_t> total)>
      progress;
  std::function<void(const std::string& message)> note;
};

struct FetchOptions {
  std::string base;  // URL
  unsigned retries = 3;
  std::uint64_t room_for_result = 0;      // bytes that must stay free beside the download
  std::chrono::milliseconds pause{1000};  // before the first retry; then twice as long each time
};

// Downloads what the converter needs of the model to `folder`. Errors: what cannot be had. What can
// be continued stays in the folder.
Status fetch_checkpoint(Http& http, const OfficialModel& model, const std::filesystem::path& folder,
                        const FetchOptions& options, const FetchHooks& hooks);

}  // namespace sotto::tools
