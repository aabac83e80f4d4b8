// sotto transcribe: sound files to text.
#include <sotto/sotto.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tools/commands.h"

namespace sotto::tools {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> files;
  unsigned threads = 0;
  double window = 30;
  std::size_t memory_limit = 0;
  bool json = false;
  bool quiet = false;
  bool no_mmap = false;
};

// All of the standard input, which may be a pipe.
std::optional<std::vector<std::byte>> read_stdin() {
  std::vector<std::byte> bytes;
  std::array<std::byte, 1 << 16> block;
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), stdin)) {
    bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(n));
  }
  if (std::ferror(stdin) != 0) return std::nullopt;
  return bytes;
}

Result<Sound> read(const std::string& file) {
  if (file != "-") return read_sound(std::filesystem::path(file));
  const std::optional<std::vector<std::byte>> bytes = read_stdin();
  if (!bytes) return Error{ErrorCode::kIo, "standard input: cannot be read"};
  return read_sound(*bytes, "standard input");
}

double real_time_factor(const Transcript& t) { return t.total_seconds / t.audio_seconds; }

void print_json(const std::string& file, const Transcript& t, const Session& session,
                const Model& model) {
  using nlohmann::ordered_json;
  ordered_json segments = ordered_json::array();
  for (const Segment& s : t.segments) {
    segments.push_back({{"start", s.start_seconds},
                        {"end", s.end_seconds},
                        {"text", s.text},
                        {"tokens", s.tokens},
                        {"truncated", s.truncated}});
  }
  const ordered_json object = {{"file", file},
                               {"text", t.text},
                               {"segments", segments},
                               {"audio_seconds", t.audio_seconds},
                               {"rtf", real_time_factor(t)},
                               {"encode_seconds", t.encode_seconds},
                               {"decode_seconds", t.decode_seconds},
                               {"total_seconds", t.total_seconds},
                               {"model", model.info().name},
                               {"threads", session.threads()},
                               {"isa", model.info().instruction_set}};
  std::printf("%s\n", object.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
}

int transcribe(const Options& options) {
  const Result<Model> model = Model::load(options.model, {.memory_map = !options.no_mmap});
  if (!model) {
    complain(model.error().message);
    return kFailure;
  }
  SessionOptions settings;
  settings.threads = options.threads;
  settings.window_seconds = options.window;
  settings.memory_limit_bytes = options.memory_limit;
  Result<Session> session = Session::create(*model, settings);
  if (!session) {
    complain(session.error().message);
    return kFailure;
  }

  int status = kOk;
  for (const std::string& file : options.files) {
    const Result<Sound> sound = read(file);
    if (!sound) {
      complain(sound.error().message);
      status = kFailure;
      continue;
    }
    const Result<Transcript> t = session->transcribe(sound->samples, sound->sample_rate);
    if (!t) {
      complain(file + ": " + t.error().message);
      status = kFailure;
      continue;
    }
    if (options.json) {
      print_json(file, *t, *session, *model);
    } else if (options.files.size() == 1) {
      std::printf("%s\n", t->text.c_str());
    } else {
      std::printf("%s: %s\n", file.c_str(), t->text.c_str());
    }
    std::fflush(stdout);
    if (options.quiet) continue;
    for (const Segment& s : t->segments) {
      if (!s.truncated) continue;
      std::fprintf(stderr,
                   "%s: warning: cut short between %.2f s and %.2f s; words may be missing\n",
                   file.c_str(), s.start_seconds, s.end_seconds);
    }
    std::fprintf(stderr, "%s: %.2f s of sound in %.3f s, real-time factor %.4f (%u threads, %s)\n",
                 file.c_str(), t->audio_seconds, t->total_seconds, real_time_factor(*t),
                 session->threads(), model->info().instruction_set.c_str());
  }
  return status;
}

}  // namespace

Run add_transcribe(CLI::App& app) {
  CLI::App* command = app.add_subcommand("transcribe", "Sound files to text");
  auto options = std::make_shared<Options>();
  command->add_option("-m,--model", options->model, "Model file (GGUF)")->required();
  command
      ->add_option("files", options->files,
                   "Sound files: WAV, FLAC, OGG, MP3, ...; - reads the standard input")
      ->required();
  command->add_option("-t,--threads", options->threads, "Threads; by default one a core, at most 8")
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "A JSON object a file, one a line");
  command
      ->add_option("--window", options->window,
                   "Seconds of sound in one pass; longer sound is cut at its pauses")
      ->check(CLI::Range(1.0, 64.0))
      ->capture_default_str();
  command->add_option("--memory-limit", options->memory_limit,
                      "Most bytes that a session may plan for; more is an error before it starts");
  command->add_flag("--no-mmap", options->no_mmap, "Read the model file instead of mapping it");
  command->add_flag("-q,--quiet", options->quiet, "Nothing but errors on stderr");
  return [options] { return transcribe(*options); };
}

}  // namespace sotto::tools
