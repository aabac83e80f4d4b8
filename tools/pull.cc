// sotto pull: an official checkpoint, by its name, to a model file in the models folder.
#include "tools/pull.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <system_error>

#include "tools/commands.h"
#include "tools/file_lock.h"
#include "tools/model_store.h"
#include "tools/suggest.h"
#include "tools/text_parts.h"
#include "tools/weight_types.h"

namespace sotto::tools {
namespace {

constexpr const char* kHuggingFace = "https://huggingface.co";

struct Options {
  std::string name;
  bool list = false;
  std::string type = "q8_0";
  std::string from = kHuggingFace;
  bool force = false;
  unsigned retries = 3;
  unsigned timeout_seconds = 60;
  bool quiet = false;
};

// One line on a terminal that is written again and again; nothing elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet) : shown_(!quiet && ::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(std::string_view file, std::uint64_t done, std::optional<std::uint64_t> total) {
    if (!shown_) return;
    const Clock::time_point now = Clock::now();
    if (file != file_) {
      file_ = file;
      start_ = now;
      start_bytes_ = done;
    } else if (done != total && now - last_ < std::chrono::milliseconds(100)) {
      return;
    }
    last_ = now;
    show(concat({file, ": ", amounts(done, total), rate(now, done, total)}));
  }

  void say(std::string_view what) {
    if (shown_) show(what);
  }

  void clear() {
    if (shown_ && dirty_) std::fputs("\r\x1B[K", stderr);
    dirty_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void show(std::string_view text) {
    std::fprintf(stderr, "\r%.*s\x1B[K", static_cast<int>(text.size()), text.data());
    std::fflush(stderr);
    dirty_ = true;
  }

  static std::string amounts(std::uint64_t done, std::optional<std::uint64_t> total) {
    if (!total || *total == 0) return format_bytes(done);
    const auto percent =
        static_cast<unsigned>(100.0 * static_cast<double>(done) / static_cast<double>(*total));
    return concat(
        {format_bytes(done), " of ", format_bytes(*total), ", ", std::to_string(percent), " %"});
  }

  std::string rate(Clock::time_point now, std::uint64_t done,
                   std::optional<std::uint64_t> total) const {
    const double seconds = std::chrono::duration<double>(now - start_).count();
    if (seconds < 0.5 || done <= start_bytes_) return "";
    const double speed = static_cast<double>(done - start_bytes_) / seconds;
    std::string text = concat({", ", format_bytes(static_cast<std::uint64_t>(speed)), "/s"});
    if (total && *total > done) {
      const auto left = static_cast<unsigned>(static_cast<double>(*total - done) / speed);
      char time[32];
      std::snprintf(time, sizeof time, ", %u:%02u left", left / 60, left % 60);
      text += time;
    }
    return text;
  }

  bool shown_;
  bool dirty_ = false;
  std::string file_;
  Clock::time_point start_;
  Clock::time_point last_;
  std::uint64_t start_bytes_ = 0;
};

int list_models() {
  std::vector<StoredModel> stored;
  if (const auto folder = models_folder()) {
    if (auto models = stored_models(*folder)) stored = *std::move(models);
  }
  std::printf("%-18s  %9s  %9s  %-9s  %-4s  %s\n", "NAME", "DOWNLOAD", "AS Q8_0", "LANGUAGES",
              "HERE", "LICENSE");
  for (const OfficialModel& model : catalogue()) {
    const auto megabytes = [](std::uint64_t bytes) {
      return std::to_string((bytes + 500'000) / 1'000'000) + " MB";
    };
    const std::uint64_t as_q8_0 = model.parameters_10k * std::uint64_t{10'000} * 17 / 16;
    std::printf("%-18s  %6u MB  %9s  %-9s  %-4s  %s\n", std::string(model.name).c_str(),
                model.download_mb, megabytes(as_q8_0).c_str(), std::string(model.languages).c_str(),
                find_stored(stored, model.name) != nullptr ? "yes" : "",
                std::string(model.license).c_str());
  }
  return kOk;
}

// A model on its way: what it is and where it goes.
struct Pull {
  const Options& options;
  const OfficialModel& model;
  std::filesystem::path folder;   // of models
  std::filesystem::path partial;  // of this one's checkpoint
  std::filesystem::path target;
};

// Again, as another pull may remove an empty folder above it just then.
Status make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  for (int time = 0; time < 5; ++time) {
    std::filesystem::create_directories(folder, failure);
    if (!failure) return ok();
    if (failure != std::errc::no_such_file_or_directory) break;
  }
  return Error{ErrorCode::kIo, concat({folder.native(), ": ", failure.message()})};
}

// Downloads, or finds, the checkpoint.
Result<std::filesystem::path> get_checkpoint(const Pull& pull, ProgressLine& line) {
  const Options& options = pull.options;
  const std::uint64_t room = most_bytes_as(pull.model, options.type);
  if (!is_http_url(options.from)) {
    Result<std::filesystem::path> found = find_checkpoint(options.from, pull.model);
    if (!found) return found;
    if (const Status status = check_room(pull.folder, room); !status) return status.error();
    return found;
  }
  const auto http = make_http(std::chrono::seconds(options.timeout_seconds));
  if (!http) return http.error();
  const FetchOptions how{.base = options.from, .retries = options.retries, .room_for_result = room};
  const FetchHooks hooks{
      .progress = [&line](std::string_view file, std::uint64_t done,
                          std::optional<std::uint64_t> total) { line.update(file, done, total); },
      .note =
          [&](const std::string& message) {
            line.clear();
            if (!options.quiet) complain(message);
          }};
  const Status status = fetch_checkpoint(**http, pull.model, pull.partial, how, hooks);
  if (!status) return status.error();
  return pull.partial;
}

// What a model card says no more of than "other" is named in full; and so is what none states.
std::string license_for(const OfficialModel& model, const std::filesystem::path& checkpoint) {
  std::error_code none;
  const bool card = std::filesystem::exists(checkpoint / "README.md", none);
  return std::string(card && model.card_states_license ? "" : model.license);
}

// Converts and tries the result before it gets its place. Returns its licence.
Result<std::string> convert_checkpoint(const Pull& pull, const std::filesystem::path& checkpoint) {
  const std::filesystem::path work = pull.partial / "converted";
  std::error_code failure;
  std::filesystem::remove_all(work, failure);  // of a pull that was killed
  if (const Status made = make_folder(work); !made) return made.error();
  const std::filesystem::path made = work / pull.target.filename();
  ConvertOptions how;
  how.type = weight_types().at(pull.options.type);
  how.name = std::filesystem::path(pull.model.repository).filename().string();
  how.license = license_for(pull.model, checkpoint);
  const Status status = convert(checkpoint, made, how);
  if (!status) return status.error();
  std::string license = how.license;
  if (const Result<Model> model = Model::load(made)) {
    license = model->info().license;
  } else if (model.error().code != ErrorCode::kOutOfMemory) {  // that is this machine's fault
    return model.error();
  }
  std::filesystem::rename(made, pull.target, failure);
  if (failure) {
    return Error{ErrorCode::kIo, concat({pull.target.native(), ": ", failure.message()})};
  }
  return license;
}

bool has_weights(const std::filesystem::path& folder) {
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".safetensors") return true;
  }
  return false;
}

// Leaves no more than what is worth to be continued by a next pull.
void clean_up(const Pull& pull, bool keep_checkpoint) {
  std::error_code ignored;
  std::filesystem::remove_all(pull.partial / "converted", ignored);
  if (!keep_checkpoint || !has_weights(pull.partial)) {
    std::filesystem::remove_all(pull.partial, ignored);
  }
  std::filesystem::remove(pull.partial.parent_path(), ignored);  // if it is empty
}

Result<std::string> pull_and_convert(const Pull& pull) {
  if (const Status made = make_folder(pull.partial); !made) return made.error();
  ProgressLine line(pull.options.quiet);
  const Result<std::filesystem::path> checkpoint = get_checkpoint(pull, line);
  if (!checkpoint) {
    clean_up(pull, true);
    return checkpoint.error();
  }
  line.say(concat({"converting to ", pull.options.type}));
  Result<std::string> license = convert_checkpoint(pull, *checkpoint);
  // A checkpoint that is no model would not be one the next time.
  const bool again = !license && (license.error().code == ErrorCode::kIo ||
                                  license.error().code == ErrorCode::kOutOfMemory);
  clean_up(pull, again);
  return license;
}

int finish(const Pull& pull, const std::string& license) {
  std::error_code none;
  const std::uintmax_t bytes = std::filesystem::file_size(pull.target, none);
  if (!pull.options.quiet) {
    const std::string name(pull.model.name);
    std::fprintf(stderr, "%s as %s: %s, license: %s\nsotto transcribe -m %s FILE\n", name.c_str(),
                 pull.options.type.c_str(), format_bytes(none ? 0 : bytes).c_str(),
                 license.empty() ? "not stated" : license.c_str(), name.c_str());
  }
  std::printf("%s\n", pull.target.c_str());
  return kOk;
}

bool is_there(const Pull& pull) {
  std::error_code none;
  return !pull.options.force && std::filesystem::exists(pull.target, none);
}

// Whoever pulls it again wants it to have the plain name.
int already_there(const Pull& pull) {
  std::error_code ignored;
  std::filesystem::last_write_time(pull.target, std::filesystem::file_time_type::clock::now(),
                                   ignored);
  if (!pull.options.quiet) {
    std::fprintf(stderr, "%s is there already as %s (--force pulls it again)\n",
                 std::string(pull.model.name).c_str(), pull.options.type.c_str());
  }
  std::printf("%s\n", pull.target.c_str());
  return kOk;
}

int pull_model(const Options& options, const OfficialModel& model) {
  const Result<std::filesystem::path> folder = models_folder();
  if (!folder) {
    complain(folder.error().message);
    return kFailure;
  }
  const std::string name(model.name);
  const Pull pull{.options = options,
                  .model = model,
                  .folder = *folder,
                  .partial = *folder / ".partial" / name,
                  .target = *folder / concat({name, "-", options.type, ".gguf"})};
  if (is_there(pull)) return already_there(pull);
  if (const Status made = make_folder(*folder); !made) {
    complain(made.error().message);
    return kFailure;
  }
  const auto lock = FileLock::take(*folder / concat({".", name, ".lock"}), [&] {
    if (!options.quiet) complain("another pull of " + name + " is under way: waiting for its end");
  });
  if (!lock) {
    complain(lock.error().message);
    return kFailure;
  }
  if (is_there(pull)) return already_there(pull);  // thanks to the one that was waited for
  const Result<std::string> license = pull_and_convert(pull);
  if (!license) {
    complain(license.error().message);
    return kFailure;
  }
  return finish(pull, *license);
}

int run(const Options& options) {
  if (options.list) return list_models();
  if (options.name.empty()) {
    complain("which model? sotto pull --list names them");
    return kUsage;
  }
  std::error_code none;
  if (!is_http_url(options.from) && !std::filesystem::is_directory(options.from, none)) {
    complain(concat({"--from: ", shown_url(options.from),
                     ": is neither a folder nor a URL that begins with https:// or http://"}));
    return kFailure;
  }
  const OfficialModel* model = find_official(options.name);
  if (model == nullptr) {
    const std::vector<std::string> names = official_names();
    const std::string meant = did_you_mean(options.name, names);
    complain(concat({options.name, ": no official model has that name", meant,
                     meant.empty() ? "; sotto pull --list names them" : ""}));
    return kFailure;
  }
  // A file that may not grow, or a server that is gone, is an error like others, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  return pull_model(options, *model);
}

}  // namespace

Run add_pull(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("pull", "Download an official model by its name, for -m NAME");
  auto options = std::make_shared<Options>();
  CLI::Option* name = command->add_option("name", options->name,
                                          "tiny.en, base, turbo, moonshine-base, ...: see --list");
  command->add_flag("--list", options->list, "Name all, with size, languages and license")
      ->excludes(name);
  std::vector<std::string> types;
  for (const auto& [type, value] : weight_types()) types.push_back(type);
  command
      ->add_option("--type", options->type,
                   "Type of the matrices: f32, f16, bf16, q8_0, q4_0, or exact: as the publisher "
                   "has it; each is a model file of its own")
      ->transform(CLI::IsMember(types, CLI::ignore_case))
      ->capture_default_str();
  command
      ->add_option("--from", options->from,
                   "Another server with the same paths, or a folder with a checkpoint or with such "
                   "paths below it")
      ->capture_default_str();
  command->add_flag("--force", options->force, "Pull it though it is there");
  command
      ->add_option("--retries", options->retries,
                   "How often a download that was cut is continued at once")
      ->check(CLI::Range(0U, 100U))
      ->capture_default_str();
  command
      ->add_option("--timeout", options->timeout_seconds,
                   "Seconds without a byte after which a connection is given up")
      ->check(CLI::Range(1U, 3600U))
      ->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "Nothing but errors on stderr");
  command->footer(
      "Examples:\n"
      "  sotto pull --list\n"
      "  sotto pull tiny.en                         # then: sotto transcribe -m tiny.en talk.mp3\n"
      "  sotto pull --type f16 moonshine-base\n"
      "  sotto pull --from /media/models tiny.en    # a folder that holds openai/whisper-tiny.en");
  return [options] { return run(*options); };
}

}  // namespace sotto::tools
