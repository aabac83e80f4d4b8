// What a decoded window is, and what decoding it may be told: the names and defaults of
// openai/whisper's DecodingOptions and transcribe().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sotto::decode {

enum class Task { kTranscribe, kTranslate };

struct DecodingOptions {
  Task task = Task::kTranscribe;
  std::string language;                   // code; empty where the model knows one language only
  double temperature = 0;                 // 0: the likeliest token; else sampled
  std::optional<std::size_t> sample_len;  // most tokens to sample; none: half the context
  std::size_t best_of = 0;                // temperature > 0: independent samples; 0: one
  std::size_t beam_size = 0;              // temperature 0: beams; 0: greedy
  double patience = 1;  // beam search stops at round(beam_size * patience) hypotheses
  std::optional<double> length_penalty;  // alpha of Google NMT; none: the mean log-probability
  std::uint64_t seed = 0;                // of the sampling
  std::vector<std::int32_t> prompt;      // tokens of the text before
  std::vector<std::int32_t> prefix;      // tokens that the window begins with
  std::string suppress_tokens = "-1";    // ids, separated by commas; -1: what is not speech
  bool suppress_blank = true;
  bool without_timestamps = false;
  std::optional<double> max_initial_timestamp = 1.0;  // seconds
};

struct DecodingResult {
  std::string language;
  std::vector<std::int32_t> tokens;            // sampled, without the end of text
  std::vector<float> token_log_probabilities;  // one for each of tokens: log-softmax of the
                                               // filtered logits
  std::string text;                            // of tokens, blanks stripped
  double avg_logprob = 0;                      // with the end of text, where it was sampled
  double no_speech_prob = 0;
  double temperature = 0;
  double compression_ratio = 0;
  bool truncated = false;  // ran into sample_len or the context, not into an end of text
};

}  // namespace sotto::decode
