// sotto transcribe: sound files to text.
#include <sotto/sotto.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tools/commands.h"
#include "tools/decoding_options.h"
#include "tools/recognizer.h"
#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

struct Options {
  DecodingOptions decoding;
  std::vector<std::string> files;
  bool json = false;
  bool timestamps = false;
  bool quiet = false;
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

Result<Transcript> transcribe_stdin(Session& session, const TranscribeOptions& options,
                                    const TranscribeHooks& hooks) {
  const std::optional<std::vector<std::byte>> bytes = read_stdin();
  if (!bytes) return Error{ErrorCode::kIo, "cannot be read"};
  const Result<Sound> sound = read_sound(*bytes, "standard input");
  if (!sound) return sound.error();
  return session.transcribe(sound->samples, sound->sample_rate, options, hooks);
}

void print_json(const std::string& file, const Transcript& t, const Recognizer& recognizer) {
  nlohmann::ordered_json object = {{"file", file}};
  object.update(to_json(t, recognizer.model.info()));
  object["model"] = recognizer.model.info().name;
  object["threads"] = recognizer.session.threads();
  object["isa"] = recognizer.model.info().instruction_set;
  std::printf("%s\n", to_line(object).c_str());
}

void report(const std::string& name, const Transcript& t, const Recognizer& recognizer) {
  for (const Segment& segment : t.segments) {
    if (!segment.truncated) continue;
    std::fprintf(stderr, "%s: warning: %s\n", name.c_str(), format_cut(segment).c_str());
  }
  const std::optional<double> rtf = real_time_factor(t.total_seconds, t.audio_seconds);
  std::fprintf(stderr, "%s: %.2f s of sound in %.3f s, real-time factor %s (%u threads, %s)\n",
               name.c_str(), t.audio_seconds, t.total_seconds, format_factor(rtf).c_str(),
               recognizer.session.threads(), recognizer.model.info().instruction_set.c_str());
}

// Whether all went well.
bool transcribe_one(const std::string& file, const Options& options, Recognizer& recognizer) {
  const std::string name = file == "-" ? "standard input" : file;
  const std::string prefix = options.files.size() > 1 ? file + ": " : "";
  TranscribeHooks hooks;
  if (options.timestamps) {  // long sound is worth reading before its end
    hooks.segment = [&prefix](const Segment& segment) {
      std::printf("%s%s\n", prefix.c_str(), format_segment(segment).c_str());
      std::fflush(stdout);
    };
  }
  const TranscribeOptions& how = options.decoding.transcribe;
  const Result<Transcript> t = file == "-" ? transcribe_stdin(recognizer.session, how, hooks)
                                           : recognizer.session.transcribe_file(file, how, hooks);
  if (!t) {
    complain(name, t.error());
    return false;
  }
  if (options.json) {
    print_json(file, *t, recognizer);
  } else if (!options.timestamps) {
    std::printf("%s%s\n", prefix.c_str(), t->text.c_str());
  }
  std::fflush(stdout);
  if (!options.quiet) report(name, *t, recognizer);
  return true;
}

int transcribe(const Options& options) {
  Result<Recognizer> recognizer = open_recognizer(options.decoding);
  if (!recognizer) {
    complain(options.decoding.model, recognizer.error());
    return kFailure;
  }
  int status = kOk;
  for (const std::string& file : options.files) {
    if (!transcribe_one(file, options, *recognizer)) status = kFailure;
  }
  return status;
}

}  // namespace

Run add_transcribe(CLI::App& app) {
  CLI::App* command = app.add_subcommand("transcribe", "Sound files to text");
  auto options = std::make_shared<Options>();
  command
      ->add_option("files", options->files,
                   "Sound files: WAV, FLAC, OGG, MP3, ...; - reads the standard input")
      ->required()
      ->type_name("FILE");
  CLI::Option* json =
      command->add_flag("--json", options->json, "A JSON object a file, one a line");
  command
      ->add_flag("--timestamps", options->timestamps,
                 "A line for each segment, with its times: [00:01.000 --> 00:02.500] text")
      ->excludes(json);
  command->add_flag("-q,--quiet", options->quiet, "Nothing but errors on stderr");
  add_decoding_options(*command, options->decoding);
  command->footer(
      "Examples:\n"
      "  sotto transcribe -m tiny.en.gguf talk.mp3 > talk.txt\n"
      "  sotto transcribe -m tiny.en.gguf --timestamps talk.mp3   # [00:00.740 --> 00:08.080] "
      "text\n"
      "  sotto transcribe -m tiny.gguf --language de --translate rede.flac\n"
      "  sotto transcribe -m tiny.en.gguf --json --word-timestamps a.wav b.wav > words.jsonl\n"
      "  ffmpeg -i film.mkv -f wav - | sotto transcribe -m tiny.en.gguf -");
  return [options] { return transcribe(*options); };
}

}  // namespace sotto::tools
