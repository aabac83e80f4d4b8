#include "tools/score.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sotto::tools {
namespace {

// Whether the model file states English as its one language; none: it states nothing.
std::optional<bool> states_english(const ModelInfo& model) {
  for (const auto& [key, value] : model.metadata) {
    if (key == "general.languages") return value == "\"en\"";  // a list of one, as text
  }
  return std::nullopt;
}

}  // namespace

Normalizer normalizer_for(const ModelInfo& model, Task task, const Transcript& transcript) {
  bool english = task == Task::kTranslate || transcript.language == "en";
  if (!english && transcript.language.empty()) {
    english = states_english(model).value_or(model.architecture == "whisper");
  }
  return english ? Normalizer::kEnglish : Normalizer::kBasic;
}

std::string_view name_of(Normalizer normalizer) {
  return normalizer == Normalizer::kEnglish ? "english" : "basic";
}

Result<ClipScore> score_clip(std::string_view reference, std::string_view hypothesis,
                             Normalizer normalizer) {
  Result<std::string> expected = normalize(reference, normalizer);
  if (!expected) return std::move(expected).error();
  Result<std::string> found = normalize(hypothesis, normalizer);
  if (!found) return std::move(found).error();
  const Result<WordErrors> errors = count_word_errors(*expected, *found);
  if (!errors) return errors.error();
  return ClipScore{*std::move(expected), *std::move(found), *errors};
}

std::optional<double> word_error_rate(const WordErrors& errors) {
  if (errors.words == 0) return std::nullopt;
  return static_cast<double>(errors.errors()) / static_cast<double>(errors.words);
}

std::string format_percent(const std::optional<double>& rate) {
  if (!rate) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", 100 * *rate);
  return text;
}

void Totals::add(const Transcript& transcript, const WordErrors& clip) {
  ++files;
  truncated_segments += static_cast<std::size_t>(
      std::count_if(transcript.segments.begin(), transcript.segments.end(),
                    [](const Segment& segment) { return segment.truncated; }));
  errors.words += clip.words;
  errors.substitutions += clip.substitutions;
  errors.deletions += clip.deletions;
  errors.insertions += clip.insertions;
  audio_seconds += transcript.audio_seconds;
  total_seconds += transcript.total_seconds;
}

}  // namespace sotto::tools
