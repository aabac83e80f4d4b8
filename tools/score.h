// Word error rates of transcripts against what was said.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sotto::tools {

// The normaliser for the words of `transcript`: English if they are English, else basic. They are
// English if that was spoken or translated to; where the model knows one language alone, if that
// is what its file states. A Whisper model with one language is English.
Normalizer normalizer_for(const ModelInfo& model, Task task, const Transcript& transcript);

// "english", "basic"
std::string_view name_of(Normalizer normalizer);

struct ClipScore {
  std::string reference;   // normalised
  std::string hypothesis;  // normalised
  WordErrors errors;
};
Result<ClipScore> score_clip(std::string_view reference, std::string_view hypothesis,
                             Normalizer normalizer);

// Errors by words of the reference; none where it has no words.
std::optional<double> word_error_rate(const WordErrors& errors);

// "12.34", or "-" for none.
std::string format_percent(const std::optional<double>& rate);

// Sums over clips. The rates of the sums are those of all clips as one, as is the custom for word
// error rates, not means over clips.
struct Totals {
  std::size_t files = 0;   // scored
  std::size_t failed = 0;  // not scored
  std::size_t truncated_segments = 0;
  WordErrors errors;
  double audio_seconds = 0;
  double total_seconds = 0;

  void add(const Transcript& transcript, const WordErrors& clip);
};

}  // namespace sotto::tools
