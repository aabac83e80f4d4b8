#include "lib/decode/long_form.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>

#include "lib/base/error.h"
#include "lib/decode/hallucination.h"
#include "lib/decode/segmenter.h"
#include "lib/text/strip.h"

namespace sotto::decode {
namespace {

struct Clip {
  std::size_t start;
  std::size_t end;
};

// In frames, none beyond the sound.
Result<std::vector<Clip>> clips_of(std::span<const double> timestamps, std::size_t frames) {
  std::vector<Clip> clips;
  for (std::size_t i = 0; i < timestamps.size(); ++i) {
    if (!(timestamps[i] >= 0) || !std::isfinite(timestamps[i])) {
      return base::error(ErrorCode::kInvalidArgument, "clip_timestamps[", i, "] is ", timestamps[i],
                         ", expected seconds, 0 or more");
    }
    const double end = static_cast<double>(frames) / kFramesPerSecond;
    const std::size_t at = timestamps[i] < end ? std::min(frame_at(timestamps[i]), frames) : frames;
    if (i % 2 == 0) {
      clips.push_back({at, frames});
    } else {
      clips.back().end = at;
    }
  }
  if (clips.empty()) clips.push_back({0, frames});
  std::erase_if(clips, [](const Clip& clip) { return clip.start >= clip.end; });
  return clips;
}

class Loop {
 public:
  Loop(WindowSource& source, const text::WhisperTokenizer& tokenizer,
       const LongFormOptions& options, LongFormObserver& observer)
      : source_(source),
        tokenizer_(tokenizer),
        options_(options),
        observer_(observer),
        frames_(source.frames()) {
    tokens_.reserve(source.context());
  }

  Result<LongForm> run() {
    const std::optional<double>& threshold = options_.hallucination_silence_threshold;
    if (threshold && !(*threshold >= 0)) {
      return base::error(ErrorCode::kInvalidArgument, "hallucination_silence_threshold is ",
                         *threshold, ", expected seconds, 0 or more");
    }
    const Result<std::vector<Clip>> clips = clips_of(options_.clip_timestamps, frames_);
    if (!clips) return clips.error();
    std::size_t total = 0;
    for (const Clip& clip : *clips) total += clip.end - clip.start;

    if (options_.initial_prompt) {
      tokens_ = tokenizer_.encode(std::string(" ").append(text::strip(*options_.initial_prompt)));
      initial_tokens_ = tokens_.size();
    }
    std::size_t before = 0;  // frames of the clips before
    for (const Clip& clip : *clips) {
      for (std::size_t seek = clip.start; seek < clip.end;) {
        const Window window{seek, std::min(kWindowFrames, clip.end - seek)};
        const Result<std::size_t> next = hear(window);
        if (!next) return next.error();
        seek = *next > seek ? *next : seek + window.count;
        observer_.on_progress(before + std::min(seek, clip.end) - clip.start, total);
      }
      before += clip.end - clip.start;
    }
    made_.text = tokenizer_.decode(std::span(tokens_).subspan(initial_tokens_));
    return std::move(made_);
  }

 private:
  // One window. Returns the frame to go on from.
  Result<std::size_t> hear(const Window& window) {
    if (Status heard = source_.encode(window.seek, window.count); !heard) {
      return std::move(heard).error();
    }
    const Result<DecodingResult> result = source_.decode(prompt());
    if (!result) return result.error();
    if (made_.language.empty()) made_.language = result->language;
    if (is_silence(*result)) return window.seek + window.count;

    Cut cut = cut_segments(window, *result, tokenizer_);
    std::size_t seek = window.seek + cut.advance;
    if (options_.word_timestamps) {
      const Result<bool> keep = add_words(window, cut, seek);
      if (!keep) return keep.error();
      if (!*keep) return seek;
    }
    for (Segment& segment : cut.segments) keep_segment(std::move(segment));
    if (!options_.condition_on_previous_text || result->temperature > 0.5) {
      prompt_reset_since_ = tokens_.size();
    }
    return seek;
  }

  // The tokens of the text before the window.
  std::span<const std::int32_t> prompt() {
    if (!options_.carry_initial_prompt) return std::span(tokens_).subspan(prompt_reset_since_);
    // The reference takes the text's last `room` tokens by a Python slice, [-room:], which without
    // room is all of them, and with less than none all but the first.
    const std::size_t budget = source_.context() / 2 - 1;
    std::span<const std::int32_t> text =
        std::span(tokens_).subspan(std::max(initial_tokens_, prompt_reset_since_));
    if (initial_tokens_ < budget) {
      text = text.last(std::min(text.size(), budget - initial_tokens_));
    } else {
      text = text.subspan(std::min(text.size(), initial_tokens_ - budget));
    }
    const auto initial = std::span(tokens_).first(initial_tokens_);
    carried_.assign(initial.begin(), initial.end());
    carried_.insert(carried_.end(), text.begin(), text.end());
    return carried_;
  }

  bool is_silence(const DecodingResult& result) const {
    if (!options_.no_speech_threshold) return false;
    if (options_.logprob_threshold && result.avg_logprob > *options_.logprob_threshold)
      return false;
    return result.no_speech_prob > *options_.no_speech_threshold;
  }

  // Words for the segments of `cut`, and what follows from them for `seek`. False where nothing of
  // the window is to be kept.
  Result<bool> add_words(const Window& window, Cut& cut, std::size_t& seek) {
    const std::int32_t end_of_text = tokenizer_.ids().end_of_text;
    std::vector<std::int32_t> text;
    for (const Segment& segment : cut.segments) {
      std::copy_if(segment.tokens.begin(), segment.tokens.end(), std::back_inserter(text),
                   [&](std::int32_t id) { return id < end_of_text; });
    }
    std::vector<WordTiming> alignment;
    if (!text.empty()) {
      Result<std::vector<WordTiming>> aligned = source_.align(text, window.count);
      if (!aligned) return std::move(aligned).error();
      alignment = *std::move(aligned);
    }
    add_word_times(cut.segments, std::move(alignment), end_of_text, options_.prepend_punctuations,
                   options_.append_punctuations, last_speech_);

    if (!cut.single_timestamp_ending) {
      const std::optional<double> speech = end_of_speech(cut.segments);
      if (speech && *speech > window.start()) seek = frame_at(*speech);
    }
    if (options_.hallucination_silence_threshold) {
      const SilenceRule rule{*options_.hallucination_silence_threshold, frames_, last_speech_,
                             cut.single_timestamp_ending};
      if (!skip_silence(rule, window, cut.segments, seek)) return false;
    }
    last_speech_ = end_of_speech(cut.segments).value_or(last_speech_);
    return true;
  }

  void keep_segment(Segment segment) {
    segment.id = segments_++;
    if (segment.start == segment.end || text::strip(segment.text).empty()) {
      segment.text.clear();
      segment.tokens.clear();
      segment.token_log_probabilities.clear();
      segment.words.clear();
    }
    tokens_.insert(tokens_.end(), segment.tokens.begin(), segment.tokens.end());
    observer_.on_segment(std::move(segment));
  }

  WindowSource& source_;
  const text::WhisperTokenizer& tokenizer_;
  const LongFormOptions& options_;
  LongFormObserver& observer_;
  const std::size_t frames_;
  std::vector<std::int32_t> tokens_;  // the initial prompt's, then the segments'
  std::size_t initial_tokens_ = 0;
  std::vector<std::int32_t> carried_;   // the initial prompt's and the last of the segments'
  std::size_t prompt_reset_since_ = 0;  // only tokens from here on are a prompt
  double last_speech_ = 0;              // seconds of the sound
  std::size_t segments_ = 0;            // so far
  LongForm made_;
};

}  // namespace

Result<LongForm> transcribe(WindowSource& source, const text::WhisperTokenizer& tokenizer,
                            const LongFormOptions& options, LongFormObserver& observer) {
  return Loop(source, tokenizer, options, observer).run();
}

}  // namespace sotto::decode
