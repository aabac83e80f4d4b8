// Words put into their segments: add_word_timestamps() of openai/whisper's timing.py.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/decode/segment.h"
#include "lib/decode/window_source.h"

namespace sotto::decode {

// Marks that belong to the next word and to the one before: quotation marks, brackets, stops,
// western and eastern.
inline constexpr std::string_view kPrependPunctuations = "\"'\u201C\u00BF([{-";
inline constexpr std::string_view kAppendPunctuations =
    "\"'.\u3002,\uFF0C!\uFF01?\uFF1F:\uFF1A\u201D)]}\u3001";

// `seconds` to two decimals as Python's round() does it: by its exact value, ties to even.
double round_to_hundredths(double seconds);

// Joins words that are marks with their neighbours; what was joined is left empty. A word is a mark
// where it is a part, maybe an empty one, of `prepended` (and begins with a blank), or of
// `appended` (and does not follow a blank).
void merge_punctuations(std::span<WordTiming> alignment, std::string_view prepended,
                        std::string_view appended);

// Gives the segments of one window their words, and the times of their words where those are
// plausible. `alignment` is the window's, of the text tokens (below `end_of_text`) of all segments;
// `last_speech` is the end of speech before the window, in seconds of the sound.
void add_word_times(std::span<Segment> segments, std::vector<WordTiming> alignment,
                    std::int32_t end_of_text, std::string_view prepended, std::string_view appended,
                    double last_speech);

}  // namespace sotto::decode
