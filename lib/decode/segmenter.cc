#include "lib/decode/segmenter.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>

#include "lib/decode/window_source.h"

namespace sotto::decode {
namespace {

constexpr double kTimeStep = 0.02;  // seconds between two times
constexpr std::size_t kFramesOfTimeStep = 2;

class Segmenter {
 public:
  Segmenter(const Window& window, const DecodingResult& result,
            const text::WhisperTokenizer& tokenizer)
      : window_(window), result_(result), tokenizer_(tokenizer) {}

  Cut cut() {
    const std::size_t size = result_.tokens.size();
    cut_.single_timestamp_ending = size >= 2 && !is_time(size - 2) && is_time(size - 1);
    std::size_t pairs = 0;
    for (std::size_t i = 1; i < size; ++i) pairs += ends_segment(i) ? 1 : 0;
    cut_.segments.reserve(pairs + 1);
    std::size_t begin = 0;
    for (std::size_t i = 1; i < size; ++i) {
      if (!ends_segment(i)) continue;
      add_between_times(begin, i);
      begin = i;
    }
    if (begin == 0) {
      add(0, size, window_.start(), window_.start() + duration_without_pairs());
      cut_.advance = window_.count;
    } else if (cut_.single_timestamp_ending) {
      add_between_times(begin, size);
      cut_.advance = window_.count;
    } else {
      cut_.advance = static_cast<std::size_t>(steps(begin - 1)) * kFramesOfTimeStep;
      cut_.segments.back().truncated = false;  // what is missing is heard again
    }
    return std::move(cut_);
  }

 private:
  // Steps of 0.02 s since the window's start; negative for a token that is no time.
  std::int32_t steps(std::size_t i) const {
    return result_.tokens[i] - tokenizer_.ids().timestamp_begin;
  }
  bool is_time(std::size_t i) const { return steps(i) >= 0; }
  // Whether a segment ends before token i and the next begins with it.
  bool ends_segment(std::size_t i) const { return is_time(i - 1) && is_time(i); }

  double duration_without_pairs() const {
    for (std::size_t i = result_.tokens.size(); i-- > 0;) {
      if (is_time(i)) return steps(i) > 0 ? steps(i) * kTimeStep : window_.duration();
    }
    return window_.duration();
  }

  // Its first and last token are its times, whatever they are.
  void add_between_times(std::size_t begin, std::size_t end) {
    add(begin, end, window_.start() + steps(begin) * kTimeStep,
        window_.start() + steps(end - 1) * kTimeStep);
  }

  void add(std::size_t begin, std::size_t end, double start_time, double end_time) {
    Segment& segment = cut_.segments.emplace_back();
    segment.seek = window_.seek;
    segment.start = start_time;
    segment.end = end_time;
    const auto slice = [&](const auto& all) { return std::span(all).subspan(begin, end - begin); };
    const auto tokens = slice(result_.tokens);
    segment.tokens.assign(tokens.begin(), tokens.end());
    if (!result_.token_log_probabilities.empty()) {
      const auto probabilities = slice(result_.token_log_probabilities);
      segment.token_log_probabilities.assign(probabilities.begin(), probabilities.end());
    }
    segment.text = tokenizer_.decode_text(tokens);
    segment.temperature = result_.temperature;
    segment.avg_logprob = result_.avg_logprob;
    segment.compression_ratio = result_.compression_ratio;
    segment.no_speech_prob = result_.no_speech_prob;
    segment.truncated = result_.truncated && end == result_.tokens.size();
  }

  const Window& window_;
  const DecodingResult& result_;
  const text::WhisperTokenizer& tokenizer_;
  Cut cut_;
};

}  // namespace

double Window::start() const { return static_cast<double>(seek) / kFramesPerSecond; }
double Window::duration() const { return static_cast<double>(count) / kFramesPerSecond; }
double Window::end() const { return static_cast<double>(seek + kWindowFrames) / kFramesPerSecond; }

Cut cut_segments(const Window& window, const DecodingResult& result,
                 const text::WhisperTokenizer& tokenizer) {
  return Segmenter(window, result, tokenizer).cut();
}

}  // namespace sotto::decode
