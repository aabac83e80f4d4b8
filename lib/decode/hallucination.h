// Words that a model makes up in silence are improbable, very short or very long. Where silence is
// beside them, they are dropped and the sound is heard again from there
// (hallucination_silence_threshold of openai/whisper's transcribe()).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lib/decode/segment.h"
#include "lib/decode/segmenter.h"

namespace sotto::decode {

// How many of its first eight words are suspicious, marks left out: three of them, or all.
bool is_anomalous(const Segment& segment);

struct SilenceRule {
  double threshold = 0;    // seconds: silence is longer
  std::size_t frames = 0;  // of the whole sound
  double last_speech = 0;  // end of speech before the window
  bool single_timestamp_ending = false;
};

// Drops segments from the first suspicious one on that silence or more such segments surround, and
// moves `seek`, the frame to go on from, to the end of the silence. False: the window begins in
// silence, and nothing of it is to be kept. Requires: segments have their words.
bool skip_silence(const SilenceRule& rule, const Window& window, std::vector<Segment>& segments,
                  std::size_t& seek);

// The frame at `seconds`, to the nearest, ties to even. Requires: 0 <= seconds < 2^40.
std::size_t frame_at(double seconds);

}  // namespace sotto::decode
