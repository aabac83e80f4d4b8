// What the decoding rules ask of a model that has already heard its window: an autoregressive
// decoder over several hypotheses that share what they have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sotto::decode {

// One user at a time. Nothing here fails or allocates.
class DecoderModel {
 public:
  DecoderModel() = default;
  DecoderModel(const DecoderModel&) = delete;
  DecoderModel& operator=(const DecoderModel&) = delete;
  virtual ~DecoderModel() = default;

  virtual std::size_t vocabulary() const noexcept = 0;      // V: logits of a row
  virtual std::size_t context() const noexcept = 0;         // tokens that a hypothesis can hold
  virtual std::size_t max_hypotheses() const noexcept = 0;  // rows of a step, 1 or more

  // Forgets all hypotheses and feeds `tokens` in one pass as the only one, row 0. Keeps the logits
  // after token `probe` as well as those after the last. Requires: 0 < tokens.size() <= context(),
  // probe < tokens.size(), 0 <= token < vocabulary().
  virtual void prompt(std::span<const std::int32_t> tokens, std::size_t probe) noexcept = 0;

  // [V], after the prompt's token `probe`; valid until the next call of prompt() or step().
  virtual std::span<const float> probe_logits() const noexcept = 0;

  // Forgets all hypotheses and feeds `start` alone. Returns the logits after it of the tokens that
  // stand for languages, in the order of their ids; valid until the next call. Requires: the model
  // has such tokens, and was told which.
  virtual std::span<const float> language_logits(std::int32_t start) noexcept = 0;

  // [V], after the last token of row `row`; the caller may write to them. Valid until the next call
  // of prompt() or step().
  virtual std::span<float> logits(std::size_t row) noexcept = 0;

  // Makes new hypotheses: row i is the old row parents[i] and then tokens[i]. Several may have the
  // same parent; an old row that is nobody's parent is forgotten. Requires: as many tokens as
  // parents, 1 to max_hypotheses() of them, each parent a row, no row longer than context().
  virtual void step(std::span<const std::int32_t> tokens,
                    std::span<const std::uint32_t> parents) noexcept = 0;
};

// What word timestamps ask of the same model.
class AlignmentModel {
 public:
  AlignmentModel() = default;
  AlignmentModel(const AlignmentModel&) = delete;
  AlignmentModel& operator=(const AlignmentModel&) = delete;
  virtual ~AlignmentModel() = default;

  virtual std::size_t alignment_heads() const noexcept = 0;
  virtual std::size_t context() const noexcept = 0;  // most tokens

  // Feeds `tokens` at once; what follows speaks of them. Forgets the hypotheses of a DecoderModel.
  virtual void force(std::span<const std::int32_t> tokens) noexcept = 0;

  // [V], the logits after tokens[position]; valid until the next call of this class.
  virtual std::span<const float> forced_logits(std::size_t position) noexcept = 0;

  // [tokens, frames]: the cross-attention logits q.k / sqrt(D) of alignment head `head` over the
  // first `frames` positions of the encoder (20 ms each). Valid until the next call of this class.
  virtual std::span<const float> scores(std::size_t head, std::size_t frames) noexcept = 0;
};

}  // namespace sotto::decode
