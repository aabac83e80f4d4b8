// Whisper: log-mel to tokens (Radford et al., Robust Speech Recognition via Large-Scale Weak
// Supervision, 2022; openai/whisper's model.py is the reference).
//
//   Whisper         weights and hyper-parameters, immutable, shared by any number of sessions
//   WhisperSession  the graph of one window, its arena and threads
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/decode/decoder_model.h"
#include "lib/decode/decoding.h"
#include "lib/format/gguf.h"
#include "lib/graph/executor.h"
#include "lib/graph/graph.h"
#include "lib/graph/weights.h"

namespace sotto::models {

struct WhisperConfig {
  struct Stack {
    std::uint32_t layers = 0;
    std::uint32_t heads = 0;
    std::uint32_t context = 0;  // positions: frames of the encoder, tokens of the decoder
    std::uint32_t feed_forward = 0;
  };
  // An attention head of the decoder whose cross-attention follows the words.
  struct Head {
    std::uint32_t layer = 0;
    std::uint32_t head = 0;
  };

  std::uint32_t width = 0;
  std::uint32_t mel_bins = 0;
  std::uint32_t vocabulary = 0;
  Stack encoder, decoder;
  float norm_eps = 0;
  std::vector<Head> alignment_heads;  // may be empty: no word timestamps

  std::uint32_t mel_frames() const noexcept { return 2 * encoder.context; }  // of a window

  // The `whisper.*` keys, each checked for range and for fitting the others.
  static Result<WhisperConfig> read(const format::Gguf& file);
};

inline constexpr std::uint32_t kWhisperConvTaps = 3;  // of both convolutions of the stem

class Whisper {
 public:
  // Reads and packs every weight; `file` is not needed afterwards.
  static Result<std::unique_ptr<const Whisper>> load(const format::Gguf& file, graph::Isa cap);

  const WhisperConfig& config() const noexcept { return config_; }
  std::size_t weights_bytes() const noexcept { return store_.bytes(); }
  std::string_view instruction_set() const noexcept { return store_.instruction_set(); }
  graph::Isa cap() const noexcept { return store_.cap(); }
  // What keys and values are kept in: F32 where the vocabulary is, else F16.
  graph::Dtype cache_dtype() const noexcept;

 private:
  friend class WhisperGraph;
  struct Norm {
    const float* gamma = nullptr;
    const float* beta = nullptr;
  };
  struct Linear {
    graph::PackedMatrix w;
    const float* bias = nullptr;
  };
  struct Layer {
    Norm attention_norm, ffn_norm;
    Linear qkv, out;  // qkv: queries, keys and values side by side
    Linear up, down;
    // The decoder's:
    Norm cross_norm;
    Linear cross_q, cross_kv, cross_out;
  };

  Whisper(WhisperConfig config, graph::Isa cap) : config_(std::move(config)), store_(cap) {}

  WhisperConfig config_;
  graph::WeightStore store_;
  Linear conv1_, conv2_;
  const float* encoder_positions_ = nullptr;  // [encoder.context, width]
  std::vector<Layer> encoder_, decoder_;
  Norm encoder_norm_, decoder_norm_;
  graph::PackedMatrix embedding_;          // [vocabulary, width], also the output projection
  graph::PackedMatrix decoder_positions_;  // [decoder.context, width]
};

struct WhisperLimits {
  std::size_t max_hypotheses = 1;  // decoded side by side, 1 to kMaxHypotheses
  bool alignment = false;          // room for the cross-attention of the alignment heads
  std::size_t first_language = 0;  // the tokens that stand for languages, and how many there are;
  std::size_t languages = 0;       // what language_logits() needs

  static constexpr std::size_t kMaxHypotheses = 32;
};

// What a session did since clear_usage().
struct WhisperUsage {
  graph::Usage encode, cross;
  graph::Usage prompt;  // with the logits after it
  graph::Usage step;
  std::size_t prompt_tokens = 0;
};

// One window at a time. After create() nothing allocates and nothing fails.
class WhisperSession final : public decode::DecoderModel, public decode::AlignmentModel {
 public:
  // The memory plan alone: what create() would allocate as its arena.
  static Result<graph::Plan> plan(const Whisper& model, const WhisperLimits& limits);
  // `model` must outlive the session.
  static Result<std::unique_ptr<WhisperSession>> create(const Whisper& model,
                                                        const WhisperLimits& limits,
                                                        unsigned threads);
  ~WhisperSession() override;

  const graph::Plan& plan() const noexcept;

  // Where the caller puts a window's log-mel, [config.mel_frames(), config.mel_bins], before each
  // encode().
  std::span<float> mel() noexcept;
  // Returns the encoder's output [encoder.context, width], valid until the decoder runs.
  std::span<const float> encode() noexcept;

  // The decoder; all rules of decode::DecoderModel, after encode().
  std::size_t vocabulary() const noexcept override;
  std::size_t context() const noexcept override;
  std::size_t max_hypotheses() const noexcept override;
  void prompt(std::span<const std::int32_t> tokens, std::size_t probe) noexcept override;
  std::span<const float> probe_logits() const noexcept override;
  std::span<const float> language_logits(std::int32_t start) noexcept override;
  std::span<float> logits(std::size_t row) noexcept override;
  void step(std::span<const std::int32_t> tokens,
            std::span<const std::uint32_t> parents) noexcept override;

  // The alignment; 0 heads where the limits left no room for it.
  std::size_t alignment_heads() const noexcept override;
  void force(std::span<const std::int32_t> tokens) noexcept override;
  std::span<const float> forced_logits(std::size_t position) noexcept override;
  std::span<const float> scores(std::size_t head, std::size_t frames) noexcept override;

  // [tokens, width]: the last prompt's hidden states after the last norm.
  std::span<const float> hidden() noexcept;

  // Asked before each node of the graph; once it says so, what has not run yet never does, and what
  // the functions above return is anything. Null: never.
  void set_abort(decode::Abort* abort) noexcept;

  WhisperUsage usage() const noexcept;
  void clear_usage() noexcept;

 private:
  struct State;
  explicit WhisperSession(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace sotto::models
