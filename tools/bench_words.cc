// sotto bench --manifest: how well, and how fast, a model hears recordings whose words are known.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tools/allocation_counter.h"
#include "tools/bench.h"
#include "tools/commands.h"
#include "tools/manifest.h"
#include "tools/recognizer.h"
#include "tools/score.h"
#include "tools/speed.h"
#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

using nlohmann::ordered_json;

struct ClipResult {
  Transcript transcript;
  Normalizer normalizer;
  ClipScore score;
};

Result<ClipResult> run_clip(const Clip& clip, const BenchOptions& options, Recognizer& recognizer,
                            RunTotals& speed) {
  const TranscribeOptions& how = options.decoding.transcribe;
  const std::optional<std::size_t> before = allocations();
  Result<Transcript> transcript = recognizer.session.transcribe_file(clip.file, how);
  if (!transcript) return std::move(transcript).error();
  speed.add(*transcript, allocations_since(before));
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

// The words' figures, then those of the speed over all recordings as one run.
void print_summary_json(const Totals& totals, const Recognizer& recognizer, const RunTotals& run,
                        double load_ms) {
  ordered_json json = {{"files", totals.files}, {"failed", totals.failed}};
  add_errors(totals.errors, json);
  json["truncated_segments"] = totals.truncated_segments;
  json["audio_seconds"] = totals.audio_seconds;
  json["total_seconds"] = totals.total_seconds;
  json["rtf"] = or_null(real_time_factor(totals.total_seconds, totals.audio_seconds));
  Speed speed{describe(recognizer, totals.audio_seconds, load_ms), {run}, {}};
  speed.limits = measure_limits(run, speed.setup.isa, speed.setup.threads);
  const ordered_json figures = to_json(speed);
  for (const auto& [key, value] : figures.items()) {
    if (!json.contains(key)) json[key] = value;
  }
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

}  // namespace

int bench_words(const BenchOptions& options) {
  const Result<std::vector<Clip>> clips = read_manifest(options.manifest);
  if (!clips) {
    complain(clips.error().message);
    return kFailure;
  }
  const Stopwatch load;
  Result<Recognizer> recognizer = open_recognizer(options.decoding);
  const double load_ms = load.milliseconds();
  if (!recognizer) {
    complain(options.decoding.model, recognizer.error());
    return kFailure;
  }

  Totals totals;
  RunTotals speed;
  if (options.verbose && !options.json) print_row_titles();
  for (const Clip& clip : *clips) {
    const Result<ClipResult> result = run_clip(clip, options, *recognizer, speed);
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
    print_summary_json(totals, *recognizer, speed, load_ms);
  } else {
    print_summary(totals, *recognizer);
  }
  return totals.failed == 0 ? kOk : kFailure;
}

}  // namespace sotto::tools
