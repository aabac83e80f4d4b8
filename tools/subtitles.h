// Transcripts cut into what is shown at a time, with the options and the rules of openai-whisper.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sotto::tools {

// Whatever is asked for needs the times of words.
struct CueOptions {
  std::optional<std::size_t> max_line_width = {};      // characters (code points)
  std::optional<std::size_t> max_line_count = {};      // of a cue; with max_line_width
  std::optional<std::size_t> max_words_per_line = {};  // in a cue, which is a line then
  bool highlight_words = false;  // a cue for each word, with that word underlined

  bool any() const {
    return max_line_width || max_line_count || max_words_per_line || highlight_words;
  }
};

struct CueText {
  std::string text;  // line breaks are '\n'; none at the ends of a cue, nor two in a row
  bool underlined = false;
};

struct Cue {
  long long start_ms = 0;
  long long end_ms = 0;  // at least start_ms
  std::vector<CueText> parts;
};

// Milliseconds of a time, rounded half to even; what is not above 0 is 0, 31 years the most.
long long to_milliseconds(double seconds);

// The cues in order. Where both max_line_width and max_line_count are given, lines are filled with
// words across segments, and a pause of more than 3 s begins a cue; otherwise no cue holds words of
// two segments. Segments without words are cues as they are, those without text none.
std::vector<Cue> make_cues(const Transcript& transcript, const CueOptions& options);

}  // namespace sotto::tools
