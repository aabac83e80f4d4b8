// A picture of a recording and its transcript: the waveform in rows, below it the words where they
// are said, coloured by how sure the model is, and between them the pauses.
#pragma once

#include <sotto/sotto.hpp>

#include <optional>
#include <string>

#include "tools/plot_transcript.h"

namespace sotto::tools {

struct PlotOptions {
  std::string title;           // text from outside, as all of the transcript
  double row_seconds = 0;      // 0: 15 with word timestamps, 30 without
  double pause_seconds = 0.5;  // shorter gaps between words are no pause
  bool interactive = false;    // with what the script of plot_page() looks for
};

inline constexpr double kMaxPlotSeconds = 24 * 3600;
inline constexpr std::size_t kMaxPlotRows = 2000;

// "#rrggbb" for a probability from 0 to 1: from vermilion over amber and grey to blue, which differ
// for the colour-blind, too.
std::string confidence_colour(double probability);

// One SVG element. Errors (kInvalidArgument): no sound, sound too long, more rows than
// kMaxPlotRows, or a transcript that goes on long after the sound, which belongs to another.
Result<std::string> plot_svg(const SpokenText& text, const Sound& sound,
                             const PlotOptions& options);

}  // namespace sotto::tools
