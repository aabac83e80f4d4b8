// sotto transcribe: sound files to text.
#include <sotto/sotto.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "tools/commands.h"
#include "tools/decoding_options.h"
#include "tools/display_text.h"
#include "tools/ffmpeg.h"
#include "tools/interrupt.h"
#include "tools/output_formats.h"
#include "tools/output_plan.h"
#include "tools/pending_file.h"
#include "tools/progress.h"
#include "tools/recognizer.h"
#include "tools/stdin_sound.h"
#include "tools/terminal.h"
#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxStdinBytes = std::size_t{1} << 31;
constexpr int kMaxRate = 768000;

struct Options {
  DecodingOptions decoding;
  std::vector<std::string> files;
  bool json = false;
  bool timestamps = false;

  std::vector<Format> formats;
  std::string output_dir;
  std::vector<std::string> output_names;
  bool overwrite = false;
  CueOptions cues;

  Pcm stdin_format = Pcm::kNone;
  std::optional<int> rate;
  bool no_ffmpeg = false;

  bool colors = false;
  bool no_progress = false;
  bool quiet = false;
  bool verbose = false;

  bool to_stdout() const { return output_names == std::vector<std::string>{"-"}; }
};

// A sound, and the files that are to be made of it.
struct Job {
  std::string sound;
  std::vector<OutputFile> outputs;

  std::string name() const { return sound == "-" ? "standard input" : sound; }
};

bool stop_asked() { return interrupted() != 0; }

// What is wrong with options together; empty: nothing.
std::string contradiction(const Options& o) {
  const bool subtitles = std::ranges::any_of(
      o.formats, [](Format f) { return f == Format::kSrt || f == Format::kVtt; });
  const bool reads_stdin = std::ranges::find(o.files, "-") != o.files.end();
  if (o.formats.empty() && !(o.output_dir.empty() && o.output_names.empty() && !o.overwrite)) {
    return "--output-dir, --output-file and --overwrite need --output-format";
  }
  if (o.cues.any() && !subtitles) {
    return "the options of subtitles need --output-format srt or vtt";
  }
  if (o.to_stdout() && (o.formats.size() > 1 || o.files.size() > 1 || o.json || o.timestamps)) {
    return "--output-file - takes one format of one sound, without --json and --timestamps";
  }
  if (!o.output_names.empty() && o.output_names.size() != o.files.size()) {
    return "--output-file is given " + std::to_string(o.output_names.size()) + " times, expected " +
           std::to_string(o.files.size()) + ": once for each sound";
  }
  if (o.stdin_format != Pcm::kNone && !reads_stdin) {
    return "--stdin-format needs - among the sounds";
  }
  return {};
}

struct Heard {
  Transcript transcript;
  std::string reader;    // "ffmpeg (/usr/bin/ffmpeg)"
  std::string messages;  // of the reader
};

// Reads sounds and transcribes them.
class Listener {
 public:
  Listener(const Options& options, Session& session) : options_(options), session_(session) {}

  Result<Heard> hear(const Job& job, const TranscribeHooks& hooks, Progress& progress) {
    if (job.sound == "-") return hear_stdin(hooks);
    Result<Transcript> heard =
        session_.transcribe_file(job.sound, options_.decoding.transcribe, hooks);
    if (heard) return Heard{*std::move(heard), own_reader(), {}};
    std::error_code none;
    const bool another_may = heard.error().code == ErrorCode::kUnsupported && !options_.no_ffmpeg &&
                             fs::is_regular_file(job.sound, none);
    if (!another_may) return std::move(heard).error();
    return hear_with_ffmpeg(job.sound, std::move(heard).error(), hooks, progress);
  }

 private:
  static std::string own_reader() {
#ifdef SOTTO_WITH_SNDFILE
    return "libsndfile, or sotto's own reader of WAV";
#else
    return "sotto's own reader of WAV";
#endif
  }

  Result<Heard> hear(const Sound& sound, const TranscribeHooks& hooks) {
    Result<Transcript> heard =
        session_.transcribe(sound.samples, sound.sample_rate, options_.decoding.transcribe, hooks);
    if (!heard) return std::move(heard).error();
    return Heard{*std::move(heard), own_reader(), {}};
  }

  Result<Heard> hear_stdin(const TranscribeHooks& hooks) {
    const Result<std::vector<std::byte>> bytes = read_all(STDIN_FILENO, kMaxStdinBytes, stop_asked);
    if (!bytes) return bytes.error();
    if (options_.stdin_format == Pcm::kNone) {
      const Result<Sound> sound = read_sound(*bytes, "standard input");
      if (!sound) return sound.error();
      return hear(*sound, hooks);
    }
    const Result<Sound> sound = read_pcm(*bytes, options_.stdin_format, *options_.rate);
    if (!sound) return sound.error();
    Result<Heard> heard = hear(*sound, hooks);
    if (heard) heard->reader = "sotto's own reader of samples";
    return heard;
  }

  Result<Heard> hear_with_ffmpeg(const std::string& file, Error before,
                                 const TranscribeHooks& hooks, Progress& progress) {
    const fs::path program = find_program("ffmpeg");
    if (program.empty()) {
      before.message += " (ffmpeg, which reads more kinds of files, is not installed)";
      return before;
    }
    Result<Decoded> decoded = decode_with_ffmpeg(program, file, [&progress] {
      progress.tick();
      return stop_asked();
    });
    if (!decoded) {
      if (decoded.error().code == ErrorCode::kAborted) return std::move(decoded).error();
      before.message.append("; ").append(decoded.error().message);
      return before;
    }
    Result<Heard> heard = hear(decoded->sound, hooks);
    if (!heard) return heard;
    heard->reader = "ffmpeg (" + program.string() + ")";
    heard->messages = std::move(decoded->messages);
    return heard;
  }

  const Options& options_;
  Session& session_;
};

std::string write_as(Format format, const Job& job, const Transcript& t,
                     const Recognizer& recognizer, const CueOptions& cues) {
  const ModelInfo& model = recognizer.model.info();
  switch (format) {
    case Format::kTxt: return to_txt(t);
    case Format::kSrt: return to_srt(t, cues);
    case Format::kVtt: return to_vtt(t, cues);
    case Format::kTsv: return to_tsv(t);
    case Format::kCsv: return to_csv(t);
    case Format::kLrc: return to_lrc(t);
    case Format::kJson: {
      nlohmann::ordered_json object = {{"file", job.sound}};
      object.update(to_json(t, model));
      object["model"] = model.name;
      object["threads"] = recognizer.session.threads();
      object["isa"] = model.instruction_set;
      return to_line(object) + "\n";
    }
    case Format::kJsonl: break;
  }
  std::string lines;
  for (const Segment& segment : t.segments) lines += to_line(to_json(segment, model)) + "\n";
  return lines;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Runs the jobs one after another.
class Batch {
 public:
  Batch(const Options& options, Recognizer& recognizer)
      : options_(options),
        recognizer_(recognizer),
        listener_(options, recognizer.session),
        on_terminal_(is_terminal(STDOUT_FILENO)),
        shows_progress_(is_terminal(STDERR_FILENO) && !options.no_progress && !options.quiet),
        colors_(options.colors && takes_colors(STDOUT_FILENO)) {
    const bool whole = options.json || options.to_stdout();
    const bool asked = options.timestamps || (on_terminal_ && !untimed());
    prints_segments_ = asked && !whole;
    prints_text_ = !whole && !prints_segments_ && (options.formats.empty() || on_terminal_);
  }

  // Whether all went well.
  bool run(const Job& job) {
    const std::string prefix = options_.files.size() > 1 ? job.sound + ": " : "";
    Progress progress(shows_progress_, job.name());
    const Result<Heard> heard = listener_.hear(job, hooks(prefix, progress), progress);
    progress.clear();
    if (!heard) {
      if (!stop_asked()) complain(job.name(), heard.error());
      return false;
    }
    const Transcript& t = heard->transcript;
    if (options_.to_stdout()) print(write(options_.formats.front(), job, t));
    if (options_.json) print(write(Format::kJson, job, t));
    if (prints_text_) print(prefix + (on_terminal_ ? printable(t.text) : t.text) + "\n");
    std::fflush(stdout);
    if (!options_.quiet) report(job, *heard);
    return save(job, t);
  }

 private:
  bool untimed() const { return options_.decoding.transcribe.without_timestamps; }

  std::string write(Format format, const Job& job, const Transcript& t) const {
    return write_as(format, job, t, recognizer_, options_.cues);
  }

  TranscribeHooks hooks(const std::string& prefix, Progress& progress) {
    const std::vector<double>& clips = options_.decoding.transcribe.clip_timestamps;
    const auto length = std::make_shared<LengthEstimate>(clips.empty() ? 0 : clips.front());
    TranscribeHooks hooks;
    hooks.segment = [this, &prefix, &progress, length](const Segment& segment) {
      length->add_segment(segment.seek_seconds, segment.end_seconds);
      if (!prints_segments_) return;  // long sound is worth reading before its end
      progress.clear();
      print(prefix + line_of(segment) + "\n");
      std::fflush(stdout);
    };
    hooks.progress = [&progress, length, one = clips.size() <= 2](double share) {
      length->add_progress(share);
      if (one) progress.set_sound_seconds(length->seconds());
      progress.update(share);
    };
    hooks.abort = [&progress] {
      progress.tick();
      return stop_asked();
    };
    return hooks;
  }

  std::string line_of(const Segment& segment) const {
    if (!on_terminal_) return format_segment(segment);
    Segment shown = segment;
    shown.text = colors_ ? colored_text(segment) : printable(segment.text);
    return format_segment(shown);
  }

  // All files are written before the first gets its name.
  bool save(const Job& job, const Transcript& t) const {
    std::vector<PendingFile> files;
    for (const OutputFile& output : job.outputs) {
      Result<PendingFile> file = PendingFile::write(output.path, write(output.format, job, t));
      if (!file) {
        complain(file.error().message);
        return false;
      }
      files.push_back(*std::move(file));
    }
    bool saved = true;
    for (PendingFile& file : files) {
      if (const Status named = file.commit(options_.overwrite); !named) {
        complain(named.error().message);
        saved = false;
      }
    }
    return saved;
  }

  void report(const Job& job, const Heard& heard) const {
    const std::string name = job.name();
    const Transcript& t = heard.transcript;
    if (!heard.messages.empty()) {
      std::fprintf(stderr, "%s: warning: ffmpeg says: %s\n", name.c_str(), heard.messages.c_str());
    }
    for (const Segment& segment : t.segments) {
      if (!segment.truncated) continue;
      std::fprintf(stderr, "%s: warning: %s\n", name.c_str(), format_cut(segment).c_str());
    }
    const std::optional<double> rtf = real_time_factor(t.total_seconds, t.audio_seconds);
    std::fprintf(stderr, "%s: %.2f s of sound in %.3f s, real-time factor %s (%u threads, %s)\n",
                 name.c_str(), t.audio_seconds, t.total_seconds, format_factor(rtf).c_str(),
                 recognizer_.session.threads(), recognizer_.model.info().instruction_set.c_str());
    if (!options_.verbose) return;
    std::fprintf(stderr, "%s: read by %s\n", name.c_str(), heard.reader.c_str());
    for (const OutputFile& output : job.outputs) {
      std::fprintf(stderr, "%s: to %s\n", name.c_str(), output.path.c_str());
    }
  }

  const Options& options_;
  Recognizer& recognizer_;
  Listener listener_;
  bool on_terminal_;
  bool shows_progress_;
  bool colors_;
  bool prints_segments_ = false;  // each as soon as it is final
  bool prints_text_ = false;      // at the end
};

// Those that can be done; complains about the others.
std::vector<Job> plan(const Options& options) {
  OutputPlan::Options outputs{options.formats, options.output_dir, options.output_names,
                              options.overwrite};
  if (options.to_stdout()) outputs = {};
  OutputPlan output_plan(std::move(outputs));
  std::vector<Job> jobs;
  for (const std::string& sound : options.files) {
    Result<std::vector<OutputFile>> files = output_plan.add(sound);
    if (files) {
      jobs.push_back({sound, *std::move(files)});
    } else {
      complain(files.error().message);
    }
  }
  return jobs;
}

bool make_folder(const std::string& folder) {
  std::error_code failure;
  if (folder.empty() || fs::is_directory(folder, failure)) return true;
  fs::create_directories(folder, failure);
  if (failure) complain(folder + ": cannot make the folder: " + failure.message());
  return !failure;
}

int transcribe(Options& options) {
  if (const std::string wrong = contradiction(options); !wrong.empty()) {
    complain(wrong);
    return kUsage;
  }
  catch_interrupts();
  if (options.cues.any()) {
    options.decoding.transcribe.word_timestamps = true;
    options.decoding.session.word_timestamps = true;
  }
  const std::vector<Job> jobs = plan(options);
  if (jobs.empty() || !make_folder(options.output_dir)) return kFailure;

  Result<Recognizer> recognizer = open_recognizer(options.decoding);
  if (!recognizer) {
    complain(options.decoding.model, recognizer.error());
    return kFailure;
  }
  Batch batch(options, *recognizer);
  int status = jobs.size() == options.files.size() ? kOk : kFailure;
  for (const Job& job : jobs) {
    if (!stop_asked() && !batch.run(job)) status = kFailure;
  }
  if (!stop_asked()) return status;
  complain("interrupted");
  return kInterrupted + interrupted();
}

// Sets a list, and makes each use of the option take one value: what follows is a sound.
CLI::Option* add_list(CLI::App& command, const std::string& names,
                      std::function<void(const std::string&)> take, const std::string& help) {
  const auto take_all = [take = std::move(take)](const std::vector<std::string>& all) {
    for (const std::string& each : all) take(each);
  };
  return command.add_option_function<std::vector<std::string>>(names, take_all, help)
      ->allow_extra_args(false);
}

void add_outputs(CLI::App& command, Options& options) {
  const std::string group = "Files";
  const auto add_formats = [&options](const std::string& list) {
    for (const Format format : parse_formats("--output-format", list)) {
      if (std::ranges::find(options.formats, format) == options.formats.end()) {
        options.formats.push_back(format);
      }
    }
  };
  add_list(command, "--output-format", add_formats,
           "Write files: txt, srt, vtt, tsv, csv, lrc, json, jsonl; several with commas between, "
           "or all. They have the sound's name with that ending; stdin's is \"stdin\"")
      ->type_name("LIST")
      ->group(group);
  CLI::Option* folder = command
                            .add_option("-o,--output-dir", options.output_dir,
                                        "Where to write them; made if missing; by default here")
                            ->type_name("FOLDER")
                            ->group(group);
  const auto add_name = [&options](const std::string& name) {
    options.output_names.push_back(name);
  };
  add_list(command, "--output-file", add_name,
           "Another name, without the ending; once for each sound. -: to the standard output")
      ->type_name("NAME")
      ->excludes(folder)
      ->group(group);
  command
      .add_flag("--overwrite", options.overwrite,
                "Replace files that exist; else it is an error, before the sound is listened to")
      ->group(group);
}

void add_subtitles(CLI::App& command, CueOptions& cues) {
  const std::string group = "Subtitles (srt, vtt); these turn --word-timestamps on";
  CLI::Range range(1, 1'000'000);
  range.description("");
  CLI::Option* width = command
                           .add_option("--max-line-width", cues.max_line_width,
                                       "Most characters of a line; longer ones are broken")
                           ->check(range)
                           ->type_name("NUMBER")
                           ->group(group);
  command
      .add_option("--max-line-count", cues.max_line_count,
                  "Most lines of a subtitle, which may then go on over the ends of segments")
      ->check(range)
      ->needs(width)
      ->type_name("NUMBER")
      ->group(group);
  command.add_option("--max-words-per-line", cues.max_words_per_line, "Most words of a subtitle")
      ->check(range)
      ->excludes(width)
      ->type_name("NUMBER")
      ->group(group);
  command
      .add_flag("--highlight-words", cues.highlight_words, "Underline each word while it is spoken")
      ->group(group);
}

void add_input(CLI::App& command, Options& options) {
  const std::string group = "Sound";
  const std::map<std::string, Pcm> names = {{"s16le", Pcm::kS16}, {"f32le", Pcm::kF32}};
  CLI::CheckedTransformer formats(names, CLI::ignore_case);
  formats.description("");  // the type says it
  CLI::Range rates(1, kMaxRate);
  rates.description("");
  CLI::Option* format =
      command
          .add_option("--stdin-format", options.stdin_format,
                      "The standard input is mono samples without a header: s16le or f32le")
          ->transform(formats)
          ->type_name("s16le|f32le")
          ->group(group);
  CLI::Option* rate =
      command.add_option("--rate", options.rate, "Samples a second, for --stdin-format: 16000")
          ->check(rates)
          ->type_name("NUMBER")
          ->needs(format)
          ->group(group);
  format->needs(rate);
  command
      .add_flag("--no-ffmpeg", options.no_ffmpeg,
                "Do not read with ffmpeg, where it is installed, what sotto itself cannot")
      ->group(group);
}

void add_messages(CLI::App& command, Options& options) {
  CLI::Option* json =
      command.add_flag("--json", options.json, "Print a JSON object a file, one a line");
  command
      .add_flag("--timestamps", options.timestamps,
                "Print a line for each segment, with its times: [00:01.000 --> 00:02.500] text. "
                "A terminal always gets them")
      ->excludes(json);
  command.add_flag("--colors", options.colors,
                   "On a terminal: green, yellow or red words, as sure as the model is; not where "
                   "NO_COLOR is set");
  command.add_flag("--no-progress", options.no_progress, "No progress bar on a terminal");
  CLI::Option* quiet =
      command.add_flag("-q,--quiet", options.quiet, "Nothing but errors on stderr");
  command
      .add_flag("-v,--verbose", options.verbose, "Say what read each file, and what was written")
      ->excludes(quiet);
}

}  // namespace

Run add_transcribe(CLI::App& app) {
  CLI::App* command = app.add_subcommand("transcribe", "Sound files to text");
  auto options = std::make_shared<Options>();
  command
      ->add_option("files", options->files,
                   "Sound files: WAV, FLAC, OGG, MP3, ..., and whatever ffmpeg reads where it is "
                   "installed; - reads the standard input")
      ->required()
      ->type_name("FILE");
  add_messages(*command, *options);
  add_outputs(*command, *options);
  add_subtitles(*command, options->cues);
  add_input(*command, *options);
  add_decoding_options(*command, options->decoding);
  command->footer(
      "Examples:\n"
      "  sotto transcribe -m tiny.en.gguf talk.mp3 > talk.txt\n"
      "  sotto transcribe -m tiny.en.gguf --output-format srt,vtt talk.mp3 film.mkv\n"
      "  sotto transcribe -m tiny.gguf --language de --translate rede.flac\n"
      "  sotto transcribe -m tiny.en.gguf --json --word-timestamps a.wav b.wav > words.jsonl\n"
      "\n"
      "The option names of whisper.cpp (-osrt, -ml 42, -bs 5) and of openai-whisper\n"
      "(--output_format srt, --word_timestamps True) are understood, too.");
  return [options] { return transcribe(*options); };
}

}  // namespace sotto::tools
