// sotto bench: how well, and how fast, a model hears recordings whose words are known.
#include <sotto/sotto.hpp>

#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tools/commands.h"
#include "tools/decoding_options.h"
#include "tools/manifest.h"
#include "tools/recognizer.h"
#include "tools/score.h"
#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

using nlohmann::ordered_json;

struct Options {
  DecodingOptions decoding;
  std::string manifest;
  std::optional<Normalizer> normalizer;
  bool json = false;
  bool verbose = false;
};

struct ClipResult {
  Transcript transcript;
  Normalizer normalizer;
  ClipScore score;
};

Result<ClipResult> run_clip(const Clip& clip, const Options& options, Recognizer& recognizer) {
  const TranscribeOptions& how = options.decoding.transcribe;
  Result<Transcript> transcript = recognizer.session.transcribe_file(clip.file, how);
  if (!transcript) return std::move(transcript).error();
  const Normalizer normalizer =
      options.normalizer.value_or(normalizer_for(recognizer.model.info(), how.task, *transcript));
  Result<ClipScore> score = score_clip(clip.text, transcript->text, normalizer);
  if (!score) return std::move(score).error();
  return ClipResult{*std::move(transcript), normalizer, *std::move(score)};
}

ordered_json or_null(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

void add_errors(const WordErrors& errors, ordered_json& json) {
  json["words"] = errors.words;
  json["substitutions"] = errors.substitutions;
  json["deletions"] = errors.deletions;
  json["insertions"] = errors.insertions;
  json["wer"] = or_null(word_error_rate(errors));
}

void print_json(const Clip& clip, const ClipResult& result) {
  const Transcript& t = result.transcript;
  ordered_json json = {{"path", clip.path},
                       {"text", clip.text},
                       {"hypothesis", t.text},
                       {"language", t.language},
                       {"normalizer", name_of(result.normalizer)},
                       {"normalized_text", result.score.reference},
                       {"normalized_hypothesis", result.score.hypothesis}};
  add_errors(result.score.errors, json);
  json["audio_seconds"] = t.audio_seconds;
  json["encode_seconds"] = t.encode_seconds;
  json["decode_seconds"] = t.decode_seconds;
  json["total_seconds"] = t.total_seconds;
  json["rtf"] = or_null(real_time_factor(t.total_seconds, t.audio_seconds));
  std::printf("%s\n", to_line(json).c_str());
}

void print_row(const Clip& clip, const ClipResult& result) {
  const WordErrors& e = result.score.errors;
  const Transcript& t = result.transcript;
  const std::optional<double> rtf = real_time_factor(t.total_seconds, t.audio_seconds);
  std::printf("%8s %6zu %5zu %5zu %5zu %8.2f %8s  %s\n", format_percent(word_error_rate(e)).c_str(),
              e.words, e.substitutions, e.deletions, e.insertions, t.audio_seconds,
              format_factor(rtf).c_str(), clip.path.c_str());
}

void print_row_titles() {
  std::printf("%8s %6s %5s %5s %5s %8s %8s  %s\n", "WER %", "words", "sub", "del", "ins", "seconds",
              "rtf", "path");
}

void print_summary_json(const Totals& totals, const Recognizer& recognizer) {
  ordered_json json = {{"files", totals.files}, {"failed", totals.failed}};
  add_errors(totals.errors, json);
  json["truncated_segments"] = totals.truncated_segments;
  json["audio_seconds"] = totals.audio_seconds;
  json["total_seconds"] = totals.total_seconds;
  json["rtf"] = or_null(real_time_factor(totals.total_seconds, totals.audio_seconds));
  json["model"] = recognizer.model.info().name;
  json["threads"] = recognizer.session.threads();
  json["isa"] = recognizer.model.info().instruction_set;
  std::printf("%s\n", to_line({{"summary", json}}).c_str());
}

void print_summary(const Totals& totals, const Recognizer& recognizer) {
  const WordErrors& e = totals.errors;
  const std::optional<double> rtf = real_time_factor(totals.total_seconds, totals.audio_seconds);
  std::printf("%-14s %zu\n", "files", totals.files);
  std::printf("%-14s %zu\n", "failed", totals.failed);
  std::printf("%-14s %zu\n", "words", e.words);
  std::printf("%-14s %zu\n", "substitutions", e.substitutions);
  std::printf("%-14s %zu\n", "deletions", e.deletions);
  std::printf("%-14s %zu\n", "insertions", e.insertions);
  std::printf("%-14s %s\n", "WER %", format_percent(word_error_rate(e)).c_str());
  std::printf("%-14s %.2f\n", "audio seconds", totals.audio_seconds);
  std::printf("%-14s %s (%u threads, %s)\n", "rtf", format_factor(rtf).c_str(),
              recognizer.session.threads(), recognizer.model.info().instruction_set.c_str());
  if (totals.truncated_segments > 0) {
    complain("warning: " + std::to_string(totals.truncated_segments) +
             " segments were cut short; words may be missing");
  }
}

int bench(const Options& options) {
  const Result<std::vector<Clip>> clips = read_manifest(options.manifest);
  if (!clips) {
    complain(clips.error().message);
    return kFailure;
  }
  Result<Recognizer> recognizer = open_recognizer(options.decoding);
  if (!recognizer) {
    complain(options.decoding.model, recognizer.error());
    return kFailure;
  }

  Totals totals;
  if (options.verbose && !options.json) print_row_titles();
  for (const Clip& clip : *clips) {
    const Result<ClipResult> result = run_clip(clip, options, *recognizer);
    if (!result) {
      ++totals.failed;
      complain(clip.path, result.error());
      if (options.json) {
        const ordered_json json = {{"path", clip.path}, {"error", result.error().message}};
        std::printf("%s\n", to_line(json).c_str());
      }
    } else {
      totals.add(result->transcript, result->score.errors);
      if (options.json) {
        print_json(clip, *result);
      } else if (options.verbose) {
        print_row(clip, *result);
      }
    }
    std::fflush(stdout);
  }
  if (options.json) {
    print_summary_json(totals, *recognizer);
  } else {
    print_summary(totals, *recognizer);
  }
  return totals.failed == 0 ? kOk : kFailure;
}

}  // namespace

Run add_bench(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("bench", "Word error rate and speed on recordings with known words");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--manifest", options->manifest,
                   "Tab-separated list with a line of column names: path, from the list's folder, "
                   "and text; other columns are passed over")
      ->required();
  const std::map<std::string, Normalizer> normalizers = {{"english", Normalizer::kEnglish},
                                                         {"basic", Normalizer::kBasic}};
  command
      ->add_option("--normalizer", options->normalizer,
                   "Of both texts, Whisper's: english or basic; by default as the language is")
      ->transform(CLI::CheckedTransformer(normalizers, CLI::ignore_case));
  command->add_flag("--json", options->json,
                    "A JSON object a recording, one a line, and one with the summary");
  command->add_flag("-v,--verbose", options->verbose, "A line for each recording, too");
  add_decoding_options(*command, options->decoding);
  return [options] { return bench(*options); };
}

}  // namespace sotto::tools
