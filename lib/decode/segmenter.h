// A decoded window cut into segments where the model put its times.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/decode/decoding.h"
#include "lib/decode/segment.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::decode {

// Which frames were heard. Times are in seconds of the sound.
struct Window {
  std::size_t seek = 0;   // the first
  std::size_t count = 0;  // how many

  double start() const;
  double duration() const;
  double end() const;  // of 30 s, sound or not
};

struct Cut {
  std::vector<Segment> segments;
  std::size_t advance = 0;  // frames that are done; 0 where the model says that none are
  bool single_timestamp_ending = false;
};

// As transcribe() of openai/whisper does it. Two times in a row end a segment and begin the next.
// What follows the last such pair is heard again, from the time there, unless it is one time that
// follows text: no one speaks after it. Without a pair the window is one segment up to its last
// time. Requires: where result.tokens has log-probabilities, as many.
Cut cut_segments(const Window& window, const DecodingResult& result,
                 const text::WhisperTokenizer& tokenizer);

}  // namespace sotto::decode
