// Sound of any length to text: the loop of openai/whisper's transcribe() over windows of 30 s.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/decode/segment.h"
#include "lib/decode/window_source.h"
#include "lib/decode/word_times.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::decode {

// Names and defaults are the reference's; none: the rule is off.
struct LongFormOptions {
  std::optional<double> logprob_threshold = -1.0;   // a likelier text is kept whatever
  std::optional<double> no_speech_threshold = 0.6;  // no_speech_prob above it: silence
  bool condition_on_previous_text = true;           // the text so far is the next prompt
  std::optional<std::string> initial_prompt;        // text before the first window
  bool carry_initial_prompt = false;                // and before all others
  bool word_timestamps = false;
  std::string_view prepend_punctuations = kPrependPunctuations;  // this and the next: views
  std::string_view append_punctuations = kAppendPunctuations;
  // start, end, start, end, ... in seconds: what to hear. A missing last end is the sound's, and so
  // is one beyond it. Empty: everything.
  std::vector<double> clip_timestamps;
  // Seconds; with word_timestamps, silence longer than that around suspicious words drops them.
  std::optional<double> hallucination_silence_threshold;
};

// But for the segments, which the observer was given.
struct LongForm {
  // The reference's: the decoding of all segments' tokens at once, without blanks taken off.
  // Special tokens that a model puts among its words stand in it under their names. A character
  // that lies across two segments is whole in it alone.
  std::string text;
  std::string language;  // of the first window; empty without windows
};

// Told between windows, by the thread that transcribes.
class LongFormObserver {
 public:
  LongFormObserver() = default;
  LongFormObserver(const LongFormObserver&) = delete;
  LongFormObserver& operator=(const LongFormObserver&) = delete;
  virtual ~LongFormObserver() = default;

  // The next segment, in the order of decoding. One that is instantaneous or says nothing has its
  // id and times, but its text, tokens and words are empty.
  virtual void on_segment(Segment segment) = 0;
  // Frames done of those to be heard, the clips' together; after each window. Never less than the
  // time before, at last all of them.
  virtual void on_progress(std::size_t done, std::size_t total) = 0;
};

// Hears the clips of `source` window after window. Ends for every source: a window that would be
// heard again from the same frame, with which the reference can go on forever, is left behind as a
// whole. Errors: kInvalidArgument (an option out of range), and those of the source, which is how
// to stop early; what was done by then only the observer knows.
Result<LongForm> transcribe(WindowSource& source, const text::WhisperTokenizer& tokenizer,
                            const LongFormOptions& options, LongFormObserver& observer);

}  // namespace sotto::decode
