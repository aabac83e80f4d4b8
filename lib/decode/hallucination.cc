#include "lib/decode/hallucination.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "lib/decode/window_source.h"
#include "lib/decode/word_times.h"

namespace sotto::decode {
namespace {

// One string, as the reference has it: what spans its two halves is a mark as well.
bool is_mark(std::string_view word) {
  static const std::string kMarks = std::string(kPrependPunctuations).append(kAppendPunctuations);
  return kMarks.find(word) != std::string::npos;
}

double anomaly(const Word& word) {
  const double duration = word.end - word.start;
  double score = 0;
  if (word.probability < 0.15) score += 1.0;
  if (duration < 0.133) score += (0.133 - duration) * 15;
  if (duration > 2.0) score += duration - 2.0;
  return score;
}

const Segment* first_with_words(std::span<const Segment> segments) {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [](const Segment& segment) { return !segment.words.empty(); });
  return found == segments.end() ? nullptr : &*found;
}

// Where segment `i`, which is suspicious, stands alone.
bool is_surrounded(const SilenceRule& rule, const Window& window, const Segment& segment,
                   const Segment* next, double last_speech) {
  const double next_start =
      next != nullptr ? next->words.front().start : window.start() + window.duration();
  const bool silence_before = segment.start - last_speech > rule.threshold ||
                              segment.start < rule.threshold ||
                              segment.start - window.start() < 2.0;
  const bool silence_after = next_start - segment.end > rule.threshold ||
                             (next != nullptr && is_anomalous(*next)) ||
                             window.end() - segment.end < 2.0;
  return silence_before && silence_after;
}

}  // namespace

std::size_t frame_at(double seconds) {
  return static_cast<std::size_t>(std::nearbyint(seconds * kFramesPerSecond));
}

bool is_anomalous(const Segment& segment) {
  if (segment.words.empty()) return false;
  constexpr std::size_t kMost = 8;
  std::size_t words = 0;
  double score = 0;
  for (const Word& word : segment.words) {
    if (is_mark(word.word)) continue;
    score += anomaly(word);
    if (++words == kMost) break;
  }
  return score >= 3 || score + 0.01 >= static_cast<double>(words);
}

bool skip_silence(const SilenceRule& rule, const Window& window, std::vector<Segment>& segments,
                  std::size_t& seek) {
  if (!rule.single_timestamp_ending) {
    const std::optional<double> speech = end_of_speech(segments);
    if (speech && *speech > window.start()) {
      seek =
          window.end() - *speech > rule.threshold ? frame_at(*speech) : window.seek + window.count;
    }
  }

  const Segment* first = first_with_words(segments);
  if (first != nullptr && is_anomalous(*first)) {
    const double gap = first->start - window.start();
    if (gap > rule.threshold) {
      seek = window.seek + frame_at(gap);
      return false;
    }
  }

  double last_speech = rule.last_speech;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    if (segment.words.empty()) continue;
    const Segment* next = first_with_words(std::span<const Segment>(segments).subspan(i + 1));
    if (is_anomalous(segment) && is_surrounded(rule, window, segment, next, last_speech)) {
      seek = frame_at(std::max(window.start() + 1, segment.start));
      const double sound = static_cast<double>(rule.frames) / kFramesPerSecond;
      if (sound - segment.end < rule.threshold) seek = rule.frames;
      segments.resize(i);
      break;
    }
    last_speech = segment.end;
  }
  return true;
}

}  // namespace sotto::decode
