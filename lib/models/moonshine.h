// Moonshine v1: raw sound to tokens (Jeffries et al., Moonshine, 2024; transformers'
// modeling_moonshine.py is the reference).
//
//   Moonshine         weights and hyper-parameters, immutable, shared by any number of sessions
//   MoonshineSession  the graph planned for a longest sound, its arena and threads
#pragma once

#include <sotto/result.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/decode/decoding.h"
#include "lib/format/gguf.h"
#include "lib/graph/executor.h"
#include "lib/graph/graph.h"
#include "lib/graph/weights.h"

namespace sotto::models {

struct StackConfig {
  std::uint32_t layers = 0;
  std::uint32_t heads = 0;
  std::uint32_t kv_heads = 0;
  std::uint32_t head_dim = 0;    // hidden / heads
  std::uint32_t rotary_dim = 0;  // leading dimensions of a head that are rotated
};

struct MoonshineConfig {
  std::uint32_t hidden = 0;
  std::uint32_t feed_forward = 0;
  std::uint32_t vocabulary = 0;
  StackConfig encoder, decoder;
  float rope_base = 0;
  float norm_eps = 0;
  std::int32_t start_token = 0;
  std::int32_t end_token = 0;
  float max_tokens_per_second = 0;

  // The `moonshine.*` keys, each checked for range and for fitting the others.
  static Result<MoonshineConfig> read(const format::Gguf& file);
};

inline constexpr int kMoonshineRate = 16000;             // samples per second
inline constexpr std::size_t kMoonshineWindow = 895;     // samples that one frame sees
inline constexpr std::size_t kMoonshineMaxSeconds = 64;  // of one pass; longer sound is cut

class Moonshine {
 public:
  // Reads and packs every weight; `file` is not needed afterwards.
  static Result<std::unique_ptr<const Moonshine>> load(const format::Gguf& file, graph::Isa cap);

  const MoonshineConfig& config() const noexcept { return config_; }
  std::size_t weights_bytes() const noexcept { return store_.bytes(); }
  std::string_view instruction_set() const noexcept { return store_.instruction_set(); }
  graph::Isa cap() const noexcept { return store_.cap(); }

 private:
  friend class MoonshineGraph;
  struct Attention {
    graph::PackedMatrix in, out;  // in: q, k and v; q alone where it attends to the encoder
    const float* in_bias = nullptr;
  };
  struct Layer {
    const float* attention_norm = nullptr;
    Attention attention;
    const float* cross_norm = nullptr;  // decoder alone, as is cross
    Attention cross;
    graph::PackedMatrix cross_kv;
    const float* cross_kv_bias = nullptr;
    const float* ffn_norm = nullptr;
    graph::PackedMatrix up, down;
    const float* up_bias = nullptr;
    const float* down_bias = nullptr;
  };

  Moonshine(const MoonshineConfig& config, graph::Isa cap) : config_(config), store_(cap) {}

  MoonshineConfig config_;
  graph::WeightStore store_;
  graph::PackedMatrix conv1_, conv2_, conv3_;
  const float* conv2_bias_ = nullptr;
  const float* conv3_bias_ = nullptr;
  const float* stem_gamma_ = nullptr;
  const float* stem_beta_ = nullptr;
  std::vector<Layer> encoder_, decoder_;
  const float* encoder_norm_ = nullptr;
  const float* decoder_norm_ = nullptr;
  graph::PackedMatrix embedding_;  // also the output projection where that is tied
  graph::PackedMatrix output_;
};

struct MoonshineLimits {
  std::size_t max_samples = 30 * kMoonshineRate;  // of one pass
  std::size_t max_prompt = 1;                     // tokens fed to the decoder at once
  std::size_t max_tokens = 0;                     // of a pass; 0: what max_samples allows

  // Tokens that a pass over `samples` may emit: ceil(seconds * max_tokens_per_second).
  static std::size_t tokens_for(std::size_t samples, const MoonshineConfig& config) noexcept;
};

// What a session did since clear_usage().
struct MoonshineUsage {
  graph::Usage stem, encode, cross;
  graph::Usage prompt;  // the start tokens of greedy()
  graph::Usage step;    // every other run of the decoder
};

// One transcription at a time. After create() nothing allocates and nothing fails.
class MoonshineSession {
 public:
  // The memory plan alone: what create() would allocate as its arena.
  static Result<graph::Plan> plan(const Moonshine& model, const MoonshineLimits& limits);
  // `model` must outlive the session.
  static Result<std::unique_ptr<MoonshineSession>> create(const Moonshine& model,
                                                          const MoonshineLimits& limits,
                                                          unsigned threads);
  ~MoonshineSession();

  const graph::Plan& plan() const noexcept;
  std::size_t max_samples() const noexcept;
  std::size_t max_tokens() const noexcept;

  // Encodes 16 kHz mono sound of 1 to max_samples samples; one shorter than kMoonshineWindow counts
  // as followed by silence. Returns the encoder's output [frames, hidden], valid until decode().
  std::span<const float> encode(std::span<const float> samples) noexcept;

  // Feeds 1 to max_prompt tokens that follow `past` tokens fed since encode(), and returns the
  // logits [vocabulary] after the last. Requires: 0 <= token < vocabulary, past + tokens within
  // max_tokens + 1.
  std::span<const float> decode(std::span<const std::int32_t> tokens, std::size_t past) noexcept;

  // How greedy() came to its end.
  enum class Stop { kEndToken, kTokenLimit, kRepetition, kAborted };
  struct Greedy {
    std::span<const std::int32_t> tokens;  // without start and end; valid until the next call
    Stop stop = Stop::kEndToken;
    std::chrono::steady_clock::time_point first_token;  // when it was chosen
  };
  // The likeliest token after token, from the start token to the end token or to `limit` tokens
  // (<= max_tokens); of equal logits the smallest id. Ids from `vocabulary` on are never chosen.
  // With `guard`, stops when it is caught in a loop and drops the copies. `filter` sees the logits
  // [vocabulary] before each choice.
  Greedy greedy(std::size_t limit, std::size_t vocabulary, bool guard,
                decode::LogitFilter* filter = nullptr) noexcept;

  // Asked before each node of the graph; once it says so, what has not run yet never does, and what
  // the functions above return is anything. Null: never.
  void set_abort(decode::Abort* abort) noexcept;

  MoonshineUsage usage() const noexcept;
  void clear_usage() noexcept;

 private:
  struct State;
  explicit MoonshineSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sotto::models
