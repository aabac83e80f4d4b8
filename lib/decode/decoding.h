// What a decoded window is, and what decoding it may be told: the names and defaults of
// openai/whisper's DecodingOptions and transcribe().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sotto::decode {

enum class Task { kTranscribe, kTranslate };

// Asked before every sampled token, and by a model before every node of its graph, whether the
// caller still wants it. Once it has said so, it says so to the end of the transcription.
class Abort {
 public:
  Abort() = default;
  Abort(const Abort&) = delete;
  Abort& operator=(const Abort&) = delete;
  virtual ~Abort() = default;

  virtual bool requested() noexcept = 0;
};

// A rule of the caller's own.
class LogitFilter {
 public:
  LogitFilter() = default;
  LogitFilter(const LogitFilter&) = delete;
  LogitFilter& operator=(const LogitFilter&) = delete;
  virtual ~LogitFilter() = default;

  // Called once for each hypothesis and token, after all other rules: `logits` [V] are what the
  // rules left of those that follow `sampled`, the tokens after the initial ones. May write any
  // value; minus infinity is a token that must not follow.
  virtual void apply(std::span<const std::int32_t> sampled, std::span<float> logits) noexcept = 0;
};

// How tokens are chosen: what the attempts of a fallback differ in.
struct Sampling {
  double temperature = 0;     // 0: the likeliest token; else sampled
  std::size_t best_of = 0;    // temperature > 0: independent samples, the best is kept; 0: one
  std::size_t beam_size = 0;  // beams, at any temperature; 0: no beam search
  // Beam search stops at round(beam_size * patience) hypotheses; 0 is 1, as in the reference.
  double patience = 1;
  std::uint64_t seed = 0;
};

struct DecodingOptions : Sampling {
  Task task = Task::kTranscribe;          // no matter where the model knows one language only
  std::string language;                   // code or name; empty where the model knows only English
  std::optional<std::size_t> sample_len;  // most tokens to sample; none or 0: half the context
  std::optional<double> length_penalty;   // alpha of Google NMT; none: the mean log-probability
  std::vector<std::int32_t> prompt;       // tokens of the text before; the last ones are used
  std::vector<std::int32_t> prefix;       // tokens that the window begins with
  std::string suppress_tokens = "-1";     // ids, separated by commas; -1: what is not speech
  bool suppress_blank = true;
  bool without_timestamps = false;
  std::optional<double> max_initial_timestamp = 1.0;  // seconds; none or 0: no limit
  Abort* abort = nullptr;                             // must outlive the decoding; null: never
  LogitFilter* filter = nullptr;                      // must outlive the decoding; null: none
};

struct DecodingResult {
  std::string language;                        // code
  std::vector<std::int32_t> tokens;            // sampled, without the end of text
  std::vector<float> token_log_probabilities;  // one for each of tokens: log-softmax of the
                                               // filtered logits
  std::string text;                            // of tokens, blanks stripped
  double avg_logprob = 0;                      // with the end of text, where it was sampled
  double no_speech_prob = 0;
  double temperature = 0;
  double compression_ratio = 0;
  bool truncated = false;  // ran into sample_len or the context, not into an end of text
  bool aborted = false;    // Abort::requested(): the rest is what was sampled until then
};

}  // namespace sotto::decode
