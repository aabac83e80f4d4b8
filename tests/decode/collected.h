// A long-form transcription with the segments it told of.
#pragma once

#include <utility>
#include <vector>

#include "lib/decode/long_form.h"

namespace sotto::test {

struct Collected : decode::LongForm {
  std::vector<decode::Segment> segments;
};

class Collector : public decode::LongFormObserver {
 public:
  void on_segment(decode::Segment segment) override { segments.push_back(std::move(segment)); }
  void on_progress(std::size_t, std::size_t) override {}

  std::vector<decode::Segment> segments;
};

inline Result<Collected> collect(decode::WindowSource& source,
                                 const text::WhisperTokenizer& tokenizer,
                                 const decode::LongFormOptions& options) {
  Collector collector;
  Result<decode::LongForm> made = decode::transcribe(source, tokenizer, options, collector);
  if (!made) return std::move(made).error();
  return Collected{*std::move(made), std::move(collector.segments)};
}

}  // namespace sotto::test
