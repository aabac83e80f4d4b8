// When each word was said, from where the decoder's cross-attention looked: find_alignment() of
// openai/whisper's timing.py.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lib/decode/decoder_model.h"
#include "lib/decode/decoding.h"
#include "lib/decode/window_source.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::decode {

// Words that follow each other and have times where dtw() sees their tokens begin, and the mean of
// their tokens' probabilities. Requires: `costs` [n + 1, frames], where the words have at most n
// tokens together, each at least one, and `probabilities` has n.
std::vector<WordTiming> time_words(std::vector<text::TokenizedWord> words,
                                   std::span<const double> probabilities,
                                   std::span<const float> costs, std::size_t frames);

// One user at a time. Keeps its buffers from one window to the next: three floats for each token
// and 20 ms at most, whatever the number of heads.
class Aligner {
 public:
  // Requires: both outlive it and belong together.
  Aligner(AlignmentModel& model, const text::WhisperTokenizer& tokenizer)
      : model_(model), tokenizer_(tokenizer) {}

  // The words of `text_tokens` in the window that the model heard, of which `count` frames are
  // sound. None for no tokens. Words whose times cannot be told, in a window of less than two
  // encoder positions, start and end at -0.02 s, as with the reference. Errors: kInvalidArgument
  // (more tokens than the model's context holds), kUnsupported (no alignment heads). Requires:
  // text_tokens are below end_of_text; tokenizer.language_token(language) >= 0 where multilingual.
  Result<std::vector<WordTiming>> find_alignment(std::span<const std::int32_t> text_tokens,
                                                 std::size_t count, std::string_view language,
                                                 Task task);

  // [text tokens + 1, encoder positions]: the costs that the last find_alignment() put into dtw().
  std::span<const float> costs() const { return costs_; }

 private:
  void attend(std::size_t tokens, std::size_t first, std::size_t frames);
  void add_head(std::span<const float> scores, std::size_t tokens, std::size_t first,
                std::size_t frames);

  AlignmentModel& model_;
  const text::WhisperTokenizer& tokenizer_;
  std::vector<float> weights_;         // [tokens, frames] of one head
  std::vector<float> costs_;           // [text tokens + 1, frames]
  std::vector<double> mean_, square_;  // [frames]
  std::vector<float> row_, filtered_;  // [frames]
  std::vector<std::int32_t> scratch_;
};

}  // namespace sotto::decode
