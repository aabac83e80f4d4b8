// A piece of the transcript, as the model divided it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sotto::decode {

// Times are in seconds from the sound's beginning.
struct Word {
  std::string word;  // with the blank before it, if there is one; not empty
  double start = 0;
  double end = 0;
  double probability = 0;
};

struct Segment {
  std::size_t id = 0;    // its place in the transcript
  std::size_t seek = 0;  // the first frame of its window
  double start = 0;
  double end = 0;
  std::string text;                            // with the blank before it, if there is one
  std::vector<std::int32_t> tokens;            // with those of times
  std::vector<float> token_log_probabilities;  // one for each of tokens
  double temperature = 0;
  double avg_logprob = 0;  // this and the next two: of the window
  double compression_ratio = 0;
  double no_speech_prob = 0;
  bool truncated = false;   // ends where the window's tokens ran out: words may be missing
  std::vector<Word> words;  // empty without word timestamps
};

// The end of the last word, of the last segment where there are no words; none without segments.
std::optional<double> end_of_speech(std::span<const Segment> segments);

}  // namespace sotto::decode
