// The part of a transcript's JSON that `sotto plot` draws.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::tools {

// A stretch of sound and what is said in it.
struct Spoken {
  double start_seconds = 0;
  double end_seconds = 0;
  std::string text;
  std::optional<double> probability;  // 0 to 1; none: the model states none
};

struct SpokenSegment {
  Spoken spoken;
  std::vector<Spoken> words;  // none unless the transcript has word timestamps
  bool truncated = false;
};

struct SpokenText {
  std::string model;  // empty: not stated, as the next
  std::string language;
  std::vector<SpokenSegment> segments;
};

inline constexpr std::size_t kMaxTranscriptBytes = std::size_t{32} << 20;
inline constexpr std::size_t kMaxSpoken = 200'000;  // segments and words together

// Reads what `sotto transcribe --json` prints; other keys are passed over, so that openai-whisper's
// JSON will do as well. Of several transcripts (one a line), it is that whose `file` is `sound`, or
// failing that, has the same name. A segment's probability is the exponential of its avg_logprob.
// Errors: kCorruptFile, naming `name` and the key.
Result<SpokenText> parse_spoken(std::string_view json, const std::string& name,
                                const std::string& sound);

}  // namespace sotto::tools
