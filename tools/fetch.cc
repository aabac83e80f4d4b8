// The files of a checkpoint, from a server or found in a folder.
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "tools/download.h"
#include "tools/pull.h"
#include "tools/text_parts.h"

namespace sotto::tools {
namespace {

constexpr std::uint64_t kMostTextBytes = 64'000'000;  // of a vocabulary, by far the longest
constexpr std::size_t kMostShards = 200;
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

// A name that stays in its folder, as a mirror may say anything.
bool is_shard_name(std::string_view name) {
  constexpr std::size_t kMostBytes = 200;
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return name.size() <= kMostBytes && !name.starts_with('.') && name.ends_with(".safetensors") &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

class Fetch {
 public:
  Fetch(Http& http, const OfficialModel& model, const std::filesystem::path& folder,
        const FetchOptions& options, const FetchHooks& hooks)
      : http_(http), model_(model), folder_(folder), options_(options), hooks_(hooks) {}

  Status run() {
    for (const Status& status :
         {need("config.json"), vocabulary(), may("generation_config.json"), may("README.md")}) {
      if (!status) return status;
    }
    return weights();
  }

 private:
  // Whether there is such a file.
  Result<bool> get(const std::string& file, std::uint64_t most_bytes, std::uint64_t room_beside) {
    if (failed_) return *failed_;
    Download what{.url = checkpoint_url(options_.base, model_, file),
                  .file = folder_ / file,
                  .most_bytes = most_bytes,
                  .progress = {},
                  .room = {}};
    if (hooks_.progress) {
      what.progress = [&](std::uint64_t done, std::optional<std::uint64_t> total) {
        hooks_.progress(file, done, total);
      };
    }
    what.room = [&](std::uint64_t more) { return check_room(folder_, more + room_beside); };
    for (unsigned tries = 0;; ++tries) {
      DownloadResult result = download(http_, what);
      if (result.kind == DownloadResult::Kind::kWhole) return true;
      if (result.kind == DownloadResult::Kind::kMissing) return false;
      if (!result.may_pass || tries == options_.retries) {
        if (result.kept > 0 && file.ends_with(".safetensors")) {  // all else is small
          result.error.message +=
              concat({"; ", format_bytes(result.kept), " are kept: pull again to continue"});
        }
        return *(failed_ = result.error);
      }
      if (hooks_.note) hooks_.note(result.error.message + "; trying again");
      std::this_thread::sleep_for(options_.pause * (1U << std::min(tries, 6U)));
    }
  }

  Status need(const std::string& file) {
    const Result<bool> there = get(file, kMostTextBytes, 0);
    if (!there) return there.error();
    return *there ? ok() : missing(file);
  }

  Status may(const std::string& file) {
    const Result<bool> there = get(file, kMostTextBytes, 0);
    return there ? ok() : Status(there.error());
  }

  Status missing(const std::string& file) {
    failed_ =
        Error{ErrorCode::kIo,
              concat({shown_url(checkpoint_url(options_.base, model_, file)), ": 404: not found"})};
    return *failed_;
  }

  Status vocabulary() {
    if (!model_.whisper()) return need("tokenizer.json");
    const Result<bool> there = get("vocab.json", kMostTextBytes, 0);
    if (!there) return there.error();
    return *there ? may("added_tokens.json") : need("tokenizer.json");
  }

  Status weights() {
    // A mirror may have them in F32 where the publisher has F16.
    const std::uint64_t most = model_.download_mb * std::uint64_t{3'000'000};
    const Result<bool> whole = get(kWeights, most, options_.room_for_result);
    if (!whole || *whole) return whole ? ok() : Status(whole.error());
    const Result<bool> index = get(kIndex, kMostTextBytes, 0);
    if (!index) return index.error();
    if (!*index) return missing(kWeights);
    std::ifstream in(folder_ / kIndex, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto shards =
        parse_shards(text, shown_url(checkpoint_url(options_.base, model_, kIndex)));
    if (!shards) return shards.error();
    for (const std::string& shard : *shards) {
      const Result<bool> there = get(shard, most, options_.room_for_result);
      if (!there) return there.error();
      if (!*there) return missing(shard);
    }
    return ok();
  }

  Http& http_;
  const OfficialModel& model_;
  const std::filesystem::path& folder_;
  const FetchOptions& options_;
  const FetchHooks& hooks_;
  std::optional<Error> failed_;  // the first failure ends it
};

}  // namespace

Result<std::vector<std::string>> parse_shards(std::string_view json, std::string_view name) {
  const auto corrupt = [name](std::string_view reason) {
    return Error{ErrorCode::kCorruptFile, concat({name, ": ", reason})};
  };
  const auto root = nlohmann::json::parse(json, nullptr, false);
  if (!root.is_object()) return corrupt("is not a JSON object");
  const auto map = root.find("weight_map");
  if (map == root.end() || !map->is_object() || map->empty()) {
    return corrupt("has no \"weight_map\"");
  }
  std::vector<std::string> shards;
  for (const auto& value : *map) {
    if (!value.is_string() || !is_shard_name(value.get_ref<const std::string&>())) {
      return corrupt("names a shard that is not a plain file name");
    }
    const auto& shard = value.get_ref<const std::string&>();
    if (std::ranges::find(shards, shard) != shards.end()) continue;
    if (shards.size() == kMostShards) return corrupt("names too many shards");
    shards.push_back(shard);
  }
  std::ranges::sort(shards);
  return shards;
}

std::string checkpoint_url(std::string_view base, const OfficialModel& model,
                           std::string_view file) {
  while (base.ends_with('/')) base.remove_suffix(1);
  return concat({base, "/", model.repository, "/resolve/main/", file});
}

Result<std::filesystem::path> find_checkpoint(const std::filesystem::path& folder,
                                              const OfficialModel& model) {
  const std::filesystem::path repository(model.repository);
  const std::array<std::filesystem::path, 4> places = {folder, folder / repository,
                                                       folder / repository / "resolve" / "main",
                                                       folder / repository.filename()};
  for (const std::filesystem::path& place : places) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(place / "config.json", none)) continue;
    std::array<char, 64> text{};
    std::ifstream weights(place / kWeights, std::ios::binary);
    weights.read(text.data(), text.size());
    if (is_lfs_pointer({text.data(), static_cast<std::size_t>(weights.gcount())})) {
      return Error{ErrorCode::kCorruptFile,
                   concat({(place / kWeights).native(),
                           ": is the stand-in that Git LFS leaves for a big file: git lfs pull"})};
    }
    return place;
  }
  return Error{ErrorCode::kIo,
               concat({folder.native(), ": no config.json is in it, nor in ", places[1].native(),
                       ", ", places[2].native(), " or ", places[3].native()})};
}

Status check_room(const std::filesystem::path& folder, std::uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return ok();  // the writing will tell
  const std::uint64_t room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (room >= bytes) return ok();
  return Error{ErrorCode::kIo, concat({folder.native(), ": the disk has ", format_bytes(room),
                                       " left, ", format_bytes(bytes), " are needed"})};
}

Status fetch_checkpoint(Http& http, const OfficialModel& model, const std::filesystem::path& folder,
                        const FetchOptions& options, const FetchHooks& hooks) {
  return Fetch(http, model, folder, options, hooks).run();
}

}  // namespace sotto::tools
