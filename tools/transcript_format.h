// Transcripts as text and as JSON.
#pragma once

#include <sotto/sotto.hpp>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace sotto::tools {

// Wall time of the work by the length of the sound; none where there is no sound.
std::optional<double> real_time_factor(double total_seconds, double audio_seconds);

// "0.0123", or "-" for none.
std::string format_factor(const std::optional<double>& factor);

// "01:02.345", from one hour on "01:01:02.345"; rounded to the nearest millisecond; what is not
// above 0 is 0.
std::string format_time(double seconds);

// "[00:01.000 --> 00:02.500] text"
std::string format_segment(const Segment& segment);

// "cut short between 1.00 s and 2.50 s; words may be missing", for a truncated segment.
std::string format_cut(const Segment& segment);

// All of a transcript but the parts that only Whisper has, which are there for its models alone.
nlohmann::ordered_json to_json(const Transcript& transcript, const ModelInfo& model);

// One of its segments, likewise.
nlohmann::ordered_json to_json(const Segment& segment, const ModelInfo& model);

// On one line, without the line's end; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::ordered_json& json);

}  // namespace sotto::tools
