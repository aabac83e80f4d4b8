// From logits to a hypothesis: the greedy, the sampling and the beam search of openai/whisper
// (decoding.py: GreedyDecoder, BeamSearchDecoder, MaximumLikelihoodRanker and the loop around
// them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "lib/decode/decoder_model.h"
#include "lib/decode/decoding.h"
#include "lib/decode/rules.h"
#include "lib/decode/sampling.h"

namespace sotto::decode {

struct SearchOptions {
  const Rules* rules = nullptr;
  LogitFilter* filter = nullptr;  // after the rules; null: none
  Abort* abort = nullptr;         // asked before every token; null: never
  std::size_t max_tokens = 0;     // to sample
  double temperature = 0;         // of the samples; 0: the likeliest token
  std::size_t samples = 1;        // hypotheses that are sampled, where there are no beams
  std::uint64_t seed = 0;
  std::size_t beams = 0;         // 0: no beam search
  std::size_t max_finished = 0;  // beam search stops at so many hypotheses
  std::optional<double> length_penalty;
};

// The hypothesis that ranks first.
struct Hypothesis {
  std::vector<std::int32_t> tokens;  // without the end of text
  std::vector<float> log_probabilities;
  double sum = 0;  // of log-probabilities, with that of the end of text
  bool ended = false;
  bool aborted = false;
};

// One user at a time. Apart from the hypothesis it returns, only the constructor allocates.
class Search {
 public:
  // Makes room for all that `model` can hold; it must outlive the search.
  explicit Search(DecoderModel& model);

  // Goes on from the prompt that the model was fed last, of `prompt` tokens. It ends as the
  // reference does: at max_tokens, at the first token that the context has no room to feed, at the
  // ends of texts. Beyond the reference: tokens that cannot be chosen continue no beam, so that
  // there may be fewer; where no hypothesis can be continued, they stop without an end of text; one
  // without tokens is ranked as if it had one. Requires: 0 < prompt <= model.context(),
  // max_tokens > 0, temperature 0 or as draw() requires it; samples, or beams with max_finished,
  // from 1 to model.max_hypotheses().
  Hypothesis run(std::size_t prompt, const SearchOptions& options);

 private:
  static constexpr std::uint32_t kRoot = std::numeric_limits<std::uint32_t>::max();

  // A sampled token and, by their index, those before it. All hypotheses are paths in one tree.
  struct Node {
    std::int32_t token;
    std::uint32_t parent;
    float log_probability;
  };
  struct Path {
    std::uint32_t node = kRoot;  // the last; kRoot: no token yet
    std::uint32_t row = 0;       // of the model
    double sum = 0;
    Sampled sampled = {};
  };
  struct Sample {
    Random random;
    Path path = {};
    bool active = true;
    bool ended = false;
  };
  struct Candidate {
    double sum;
    double log_probability;
    std::int32_t token;
    std::uint32_t beam;
    std::uint32_t order;  // of equal sums the earlier one goes first
  };
  struct Best {
    Path path = {};
    double score = 0;
    bool ended = false;
  };

  void sample(std::size_t steps, const SearchOptions& options);
  void beam(std::size_t steps, const SearchOptions& options);
  void expand(const SearchOptions& options);
  double filter(const Path& path, const SearchOptions& options);
  void extend(Path& path, std::int32_t token, double log_probability, const Rules& rules);
  void feed(Path& path);
  void finish(const Path& path, bool ended, const SearchOptions& options);
  bool aborted(const SearchOptions& options);
  void tokens_of(const Path& path, std::span<std::int32_t> tokens) const;

  DecoderModel& model_;
  std::vector<Node> nodes_;
  std::vector<Sample> samples_;
  std::vector<Path> beams_, next_beams_;
  std::vector<Candidate> candidates_;
  std::vector<std::int32_t> best_ids_;
  std::vector<float> weights_;         // draw()'s scratch
  std::vector<std::int32_t> history_;  // what a LogitFilter is shown
  std::vector<std::int32_t> fed_;      // to the model's next step
  std::vector<std::uint32_t> fed_parents_;
  std::size_t finished_ = 0;
  Best best_;  // of those finished; the first of equals
  bool aborted_ = false;
};

}  // namespace sotto::decode
