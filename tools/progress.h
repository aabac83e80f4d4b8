// How far a transcription is: one line that is drawn over itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>

namespace sotto::tools {

struct ProgressState {
  std::string name = {};                         // of the sound; cut where there is no room for it
  double share = 0;                              // done, 0 to 1
  std::optional<double> sound_seconds = {};      // length of the sound, if known
  double elapsed_seconds = 0;                    // until `share` was done
  double waited_seconds = 0;                     // until now
  std::optional<double> remaining_seconds = {};  // estimated
};

// " 42% [########            ] 12.5x, 0:17 left, talk.mp3", of at most `width` columns; ASCII but
// for the name. While nothing is done: "0:03 so far".
std::string progress_line(const ProgressState& state, std::size_t width);

// The length of the sound that is transcribed, told from the reports on it: a file may not state
// it.
class LengthEstimate {
 public:
  // Where in the sound the transcription begins.
  explicit LengthEstimate(double start_seconds) : start_seconds_(start_seconds) {}

  // A segment, and where its window begins (Moonshine: 0).
  void add_segment(double window_seconds, double end_seconds);
  void add_progress(double share);
  // From the start; none yet before a segment.
  std::optional<double> seconds() const { return seconds_; }

 private:
  double start_seconds_;
  double share_ = 0;
  double end_seconds_ = 0;  // of the last segment since the last progress
  bool exact_ = false;
  std::optional<double> seconds_;
};

// Draws on stderr, which must be a terminal, no more often than ten times a second. One thread.
class Progress {
 public:
  // `shown` false: never draws.
  Progress(bool shown, std::string name);

  // The sound's length, which makes a speed of a share.
  void set_sound_seconds(std::optional<double> seconds) { state_.sound_seconds = seconds; }
  void update(double share);
  // Lets the time pass on.
  void tick();
  // Takes the line away, so that something else can be written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  bool shown_;
  bool drawn_ = false;
  ProgressState state_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point updated_ = begin_;
  Clock::time_point drawn_at_ = begin_;
  std::optional<double> remaining_at_update_;
};

}  // namespace sotto::tools
