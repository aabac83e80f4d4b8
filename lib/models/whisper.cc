#include "lib/models/whisper.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/base/error.h"

namespace sotto::models {
namespace {

using graph::Activation;
using graph::Dim;
using graph::Graph;
using graph::Tensor;

constexpr std::uint32_t kConvPad = 1;
constexpr std::uint32_t kConv2Stride = 2;

}  // namespace

// ---------------------------------------------------------------------------- graph

// Writes the model's layers into a graph, in the order of the paper. Its stages:
//   encode     log-mel to the encoder's output and, as its section "cross", the keys and values
//              that the decoder attends to
//   prompt     tokens of one hypothesis, all at once, to hidden states; fills cache slot 0
//   pick       some of those hidden states to logits
//   languages  the last of them to the logits of languages
//   step       a token of each hypothesis to its logits
//   align N    the scores of alignment head N, for the queries of the last prompt
class WhisperGraph {
 public:
  // The extents and tensors by which a session talks to the graph.
  struct Handles {
    Dim tokens, hypotheses, picks, past, keys;
    Tensor mel, encoded;
    Tensor prompt_ids, prompt_positions, hidden;
    Tensor picked, picked_logits;
    Tensor language_logits;
    std::size_t before_languages = 0;  // columns of language_logits that are none
    Tensor step_ids, step_positions, slots, step_logits;
    std::vector<Tensor> k_caches, v_caches;  // a layer each, [hypotheses * context, width]
    std::vector<Tensor> scores;              // an alignment head each
  };

  WhisperGraph(const Whisper& model, const WhisperLimits& limits)
      : m_(model), c_(model.config_), limits_(limits), g_(model.cap()) {}

  Result<graph::Plan> build() {
    h_.tokens = g_.extent("tokens", c_.decoder.context);
    h_.hypotheses = g_.extent("hypotheses", limits_.max_hypotheses);
    h_.picks = g_.extent("picks", kPicks);
    h_.past = g_.extent("past", c_.decoder.context - 1);
    h_.keys = g_.extent("keys", c_.encoder.context);
    encoder();
    prompt();
    pick();
    languages();
    step();
    align();
    return std::move(g_).finish();
  }

  const Handles& handles() const { return h_; }

  static constexpr std::size_t kPicks = 4;  // as many rows as the kernels take at a time

 private:
  Tensor norm(Tensor x, const Whisper::Norm& norm) {
    return g_.layer_norm(x, {.gamma = norm.gamma, .beta = norm.beta, .eps = c_.norm_eps});
  }
  Tensor linear(Tensor x, const Whisper::Linear& linear, Tensor residual = {}) {
    return g_.linear(x, linear.w, {.bias = linear.bias, .residual = residual});
  }
  Tensor feed_forward(Tensor x, const Whisper::Layer& layer) {
    const Tensor y = g_.linear(norm(x, layer.ffn_norm), layer.up.w,
                               {.bias = layer.up.bias, .activation = Activation::kGelu});
    return linear(y, layer.down, x);
  }
  // Part `i` of tensors of the model's width that lie side by side.
  Tensor part(Tensor x, std::size_t i) { return g_.columns(x, i * c_.width, c_.width); }

  void encoder() {
    const Dim mel_frames{c_.mel_frames()}, frames{c_.encoder.context};
    g_.begin_stage("encode");
    g_.scope("stem");
    h_.mel = g_.input("mel", mel_frames, c_.mel_bins);
    Tensor x = g_.conv1d(h_.mel, m_.conv1_.w, mel_frames,
                         {.bias = m_.conv1_.bias,
                          .taps = kWhisperConvTaps,
                          .pad = kConvPad,
                          .activation = Activation::kGelu});
    x = g_.conv1d(x, m_.conv2_.w, frames,
                  {.bias = m_.conv2_.bias,
                   .taps = kWhisperConvTaps,
                   .stride = kConv2Stride,
                   .pad = kConvPad,
                   .activation = Activation::kGelu});
    x = g_.add(x, g_.constant("positions", frames.maximum, c_.width, m_.encoder_positions_));

    for (std::size_t i = 0; i < m_.encoder_.size(); ++i) {
      const Whisper::Layer& layer = m_.encoder_[i];
      g_.scope(base::concat("encoder ", i));
      g_.begin_row_blocks(frames);
      const Tensor qkv = linear(norm(x, layer.attention_norm), layer.qkv);
      g_.end_row_blocks();
      const Tensor y = g_.attention(part(qkv, 0), part(qkv, 1), part(qkv, 2),
                                    {.heads = c_.encoder.heads,
                                     .kv_heads = c_.encoder.heads,
                                     .keys = frames,
                                     .in_place = true,
                                     .weights = layer.qkv.w.dtype});
      x = linear(y, layer.out, x);
      g_.begin_row_blocks(frames);
      x = feed_forward(x, layer);
      g_.end_row_blocks();
    }
    g_.scope("encoder");
    h_.encoded = norm(x, m_.encoder_norm_);
    g_.output(h_.encoded);

    // What the decoder's layers attend to does not change while it runs.
    g_.begin_section("cross");
    for (std::size_t i = 0; i < m_.decoder_.size(); ++i) {
      const Whisper::Linear& kv = m_.decoder_[i].cross_kv;
      g_.scope(base::concat("cross ", i));
      cross_.push_back(g_.remade(base::concat("cross k/v ", i), frames, kv.w.n, m_.cache_dtype()));
      g_.begin_row_blocks(frames);
      g_.linear(h_.encoded, kv.w, {.bias = kv.bias, .into = cross_[i]});
      g_.end_row_blocks();
    }
  }

  Tensor embed(Tensor ids, Tensor positions) {
    return g_.add(g_.embedding(ids, m_.embedding_), g_.embedding(positions, m_.decoder_positions_));
  }

  Tensor cross_attention(Tensor x, std::size_t i, Tensor query_into) {
    const Whisper::Layer& layer = m_.decoder_[i];
    const Tensor q = g_.linear(norm(x, layer.cross_norm), layer.cross_q.w,
                               {.bias = layer.cross_q.bias, .into = query_into});
    const Tensor y = g_.attention(
        q, part(cross_[i], 0), part(cross_[i], 1),
        {.heads = c_.decoder.heads, .kv_heads = c_.decoder.heads, .keys = {c_.encoder.context}});
    return linear(y, layer.cross_out, x);
  }
  void prompt() {
    const Dim rows{static_cast<std::uint32_t>(limits_.max_hypotheses * c_.decoder.context)};
    g_.begin_stage("prompt");
    h_.prompt_ids = g_.input("tokens", h_.tokens, 1, tensor::Dtype::kI32);
    h_.prompt_positions = g_.input("positions", h_.tokens, 1, tensor::Dtype::kI32);
    Tensor x = embed(h_.prompt_ids, h_.prompt_positions);
    for (std::size_t i = 0; i < m_.decoder_.size(); ++i) {
      const Whisper::Layer& layer = m_.decoder_[i];
      g_.scope(base::concat("decoder ", i));
      h_.k_caches.push_back(
          g_.remade(base::concat("k cache ", i), rows, c_.width, m_.cache_dtype()));
      h_.v_caches.push_back(
          g_.remade(base::concat("v cache ", i), rows, c_.width, m_.cache_dtype()));
      const Tensor qkv = linear(norm(x, layer.attention_norm), layer.qkv);
      g_.kv_append(part(qkv, 1), part(qkv, 2), h_.k_caches[i], h_.v_caches[i], h_.past);
      const Tensor y = g_.attention(part(qkv, 0), h_.k_caches[i], h_.v_caches[i],
                                    {.heads = c_.decoder.heads,
                                     .kv_heads = c_.decoder.heads,
                                     .causal = true,
                                     .past = h_.past});
      x = linear(y, layer.out, x);
      queries_.push_back(aligns(i) ? g_.remade(base::concat("queries ", i), h_.tokens, c_.width)
                                   : Tensor{});
      x = cross_attention(x, i, queries_[i]);
      x = feed_forward(x, layer);
    }
    g_.scope("decoder");
    h_.hidden = g_.remade("hidden", h_.tokens, c_.width);
    g_.layer_norm(x, {.gamma = m_.decoder_norm_.gamma,
                      .beta = m_.decoder_norm_.beta,
                      .eps = c_.norm_eps,
                      .into = h_.hidden});
  }

  void pick() {
    g_.begin_stage("pick");
    h_.picked = g_.input("picked", h_.picks, c_.width);
    h_.picked_logits = g_.linear(h_.picked, m_.embedding_);
    g_.output(h_.picked_logits);
  }

  void languages() {
    if (limits_.languages == 0) return;
    g_.begin_stage("languages");
    const graph::PackedRows rows =
        graph::rows_of(m_.embedding_, limits_.first_language, limits_.languages);
    h_.before_languages = rows.before;
    h_.language_logits = g_.linear(g_.last_row(h_.hidden), rows.matrix);
    g_.output(h_.language_logits);
  }

  void step() {
    g_.begin_stage("step");
    h_.step_ids = g_.input("tokens", h_.hypotheses, 1, tensor::Dtype::kI32);
    h_.step_positions = g_.input("positions", h_.hypotheses, 1, tensor::Dtype::kI32);
    h_.slots = g_.input("slots", h_.hypotheses, 1, tensor::Dtype::kI32);
    const graph::SequenceOptions sequences = {.slots = h_.slots,
                                              .capacity = c_.decoder.context,
                                              .heads = c_.decoder.heads,
                                              .past = h_.past};
    Tensor x = embed(h_.step_ids, h_.step_positions);
    for (std::size_t i = 0; i < m_.decoder_.size(); ++i) {
      const Whisper::Layer& layer = m_.decoder_[i];
      g_.scope(base::concat("decoder ", i));
      const Tensor qkv = linear(norm(x, layer.attention_norm), layer.qkv);
      g_.kv_append_each(part(qkv, 1), part(qkv, 2), h_.k_caches[i], h_.v_caches[i], sequences);
      const Tensor y = g_.attention_each(part(qkv, 0), h_.k_caches[i], h_.v_caches[i], sequences);
      x = linear(y, layer.out, x);
      x = cross_attention(x, i, {});
      x = feed_forward(x, layer);
    }
    g_.scope("decoder");
    h_.step_logits = g_.linear(norm(x, m_.decoder_norm_), m_.embedding_);
    g_.output(h_.step_logits);
  }

  void align() {
    if (!limits_.alignment) return;
    const std::size_t head_dim = c_.width / c_.decoder.heads;
    for (std::size_t i = 0; i < c_.alignment_heads.size(); ++i) {
      const WhisperConfig::Head& head = c_.alignment_heads[i];
      g_.begin_stage(base::concat("align ", i));
      h_.scores.push_back(g_.attention_scores(
          g_.columns(queries_[head.layer], head.head * head_dim, head_dim),
          g_.columns(cross_[head.layer], head.head * head_dim, head_dim), h_.keys));
      g_.output(h_.scores[i]);
    }
  }

  // Whether an alignment head lies in layer `i`, and someone wants it.
  bool aligns(std::size_t i) const {
    return limits_.alignment && std::ranges::any_of(c_.alignment_heads, [&](const auto& head) {
             return head.layer == i;
           });
  }

  const Whisper& m_;
  const WhisperConfig& c_;
  const WhisperLimits limits_;
  Graph g_;
  Handles h_;
  std::vector<Tensor> cross_;    // a layer each: keys, then values
  std::vector<Tensor> queries_;  // a layer each: of the last prompt, where an alignment head is
};

// ---------------------------------------------------------------------------- session

namespace {

Status check(const Whisper& model, const WhisperLimits& limits) {
  if (limits.max_hypotheses < 1 || limits.max_hypotheses > WhisperLimits::kMaxHypotheses) {
    return base::error(ErrorCode::kInvalidArgument, "room for ", limits.max_hypotheses,
                       " hypotheses, expected 1 to ", WhisperLimits::kMaxHypotheses);
  }
  const std::size_t vocabulary = model.config().vocabulary;
  if (limits.first_language > vocabulary || limits.languages > vocabulary - limits.first_language) {
    return base::error(ErrorCode::kInvalidArgument, "the model's vocabulary has no tokens ",
                       limits.first_language, " to ", limits.first_language + limits.languages);
  }
  if (limits.alignment && model.config().alignment_heads.empty()) {
    return base::error(ErrorCode::kInvalidArgument,
                       "the model names no alignment heads: it has no word timestamps");
  }
  return ok();
}

}  // namespace

// The hypotheses' caches are slots of one block. A new hypothesis takes over its parent's slot; the
// second child of a parent gets a free one and a copy of what differs. `written` tells which rows
// are equal: every row that the decoder writes has a number of its own, which goes along with its
// copies.
namespace {

bool stop_of(void* abort) noexcept { return static_cast<decode::Abort*>(abort)->requested(); }

}  // namespace

struct WhisperSession::State {
  explicit State(const Whisper& of) : model(of) {}

  const Whisper& model;
  WhisperLimits limits;
  WhisperGraph::Handles h;
  graph::Plan plan;
  std::size_t encode_stage = 0, prompt_stage = 0, pick_stage = 0, languages_stage = 0;
  std::size_t step_stage = 0, align_stage = 0;
  std::unique_ptr<graph::Executor> executor;

  std::vector<std::uint32_t> slots;       // of each row
  std::size_t past = 0;                   // tokens that each row has
  std::vector<std::uint64_t> written;     // [slots, context]
  std::uint64_t writes = 0;               // numbers given so far
  bool picked = false;                    // the last logits are pick's, not step's
  std::size_t first_pick = 0, picks = 0;  // positions whose forced_logits() are there
  std::size_t prompt_tokens = 0;          // since clear_usage()
  // Of a step in the making, kept so that nothing is allocated.
  std::vector<std::uint32_t> next_slots;
  std::vector<bool> taken, placed;

  void feed(std::span<const std::int32_t> tokens) noexcept;
  void pick(std::size_t index, std::size_t position) noexcept;
  void place(std::span<const std::uint32_t> parents) noexcept;
  void copy_slot(std::size_t from, std::size_t to) noexcept;
};

Result<graph::Plan> WhisperSession::plan(const Whisper& model, const WhisperLimits& limits) {
  if (Status status = check(model, limits); !status) return std::move(status).error();
  return WhisperGraph(model, limits).build();
}

Result<std::unique_ptr<WhisperSession>> WhisperSession::create(const Whisper& model,
                                                               const WhisperLimits& limits,
                                                               unsigned threads) {
  if (Status status = check(model, limits); !status) return std::move(status).error();
  auto state = std::make_unique<State>(model);
  state->limits = limits;
  WhisperGraph graph(model, limits);
  Result<graph::Plan> plan = graph.build();
  if (!plan) return std::move(plan).error();
  state->plan = *std::move(plan);
  state->h = graph.handles();
  state->encode_stage = *state->plan.find_stage("encode");
  state->prompt_stage = *state->plan.find_stage("prompt");
  state->pick_stage = *state->plan.find_stage("pick");
  state->languages_stage = state->pick_stage + 1;
  state->step_stage = *state->plan.find_stage("step");
  state->align_stage = state->step_stage + 1;
  Result<std::unique_ptr<graph::Executor>> executor = graph::Executor::create(state->plan, threads);
  if (!executor) return std::move(executor).error();
  state->executor = *std::move(executor);
  state->slots.reserve(limits.max_hypotheses);
  state->next_slots.reserve(limits.max_hypotheses);
  state->taken.resize(limits.max_hypotheses);
  state->placed.resize(limits.max_hypotheses);
  state->written.resize(limits.max_hypotheses * model.config().decoder.context);
  return std::unique_ptr<WhisperSession>(new WhisperSession(std::move(state)));
}

WhisperSession::WhisperSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
WhisperSession::~WhisperSession() = default;

const graph::Plan& WhisperSession::plan() const noexcept { return state_->plan; }

std::span<float> WhisperSession::mel() noexcept { return state_->executor->f32(state_->h.mel); }

void WhisperSession::set_abort(decode::Abort* abort) noexcept {
  state_->executor->set_stop(abort == nullptr ? nullptr : stop_of, abort);
}

WhisperUsage WhisperSession::usage() const noexcept {
  const auto of = [this](std::string_view section) {
    return state_->executor->usage(*state_->plan.find_section(section));
  };
  WhisperUsage usage{of("encode"), of("cross"), of("prompt"), of("step"), state_->prompt_tokens};
  usage.prompt += of("pick");
  return usage;
}

void WhisperSession::clear_usage() noexcept {
  state_->executor->clear_usage();
  state_->prompt_tokens = 0;
}

std::span<const float> WhisperSession::encode() noexcept {
  state_->executor->run(state_->encode_stage);
  return state_->executor->f32(state_->h.encoded);
}

std::size_t WhisperSession::vocabulary() const noexcept {
  return state_->model.config().vocabulary;
}
std::size_t WhisperSession::context() const noexcept {
  return state_->model.config().decoder.context;
}
std::size_t WhisperSession::max_hypotheses() const noexcept {
  return state_->limits.max_hypotheses;
}

// Runs the tokens through the prompt stage: they are row 0, in slot 0.
void WhisperSession::State::feed(std::span<const std::int32_t> tokens) noexcept {
  executor->set(h.tokens, tokens.size());
  executor->set(h.past, 0);
  std::copy(tokens.begin(), tokens.end(), executor->i32(h.prompt_ids).begin());
  const std::span<std::int32_t> positions = executor->i32(h.prompt_positions);
  for (std::size_t i = 0; i < tokens.size(); ++i) positions[i] = static_cast<std::int32_t>(i);
  executor->run(prompt_stage);
  prompt_tokens += tokens.size();
  slots.assign(1, 0);
  past = tokens.size();
  for (std::size_t i = 0; i < past; ++i) written[i] = ++writes;
}

// Puts the hidden state of a position into the pick stage's input.
void WhisperSession::State::pick(std::size_t index, std::size_t position) noexcept {
  const std::size_t width = model.config().width;
  const std::span<const float> from = executor->f32(h.hidden).subspan(position * width, width);
  std::copy(from.begin(), from.end(), executor->f32(h.picked).subspan(index * width).begin());
}

void WhisperSession::prompt(std::span<const std::int32_t> tokens, std::size_t probe) noexcept {
  State& s = *state_;
  s.feed(tokens);
  s.executor->set(s.h.picks, 2);
  s.pick(0, tokens.size() - 1);
  s.pick(1, probe);
  s.executor->run(s.pick_stage);
  s.picked = true;
}

std::span<const float> WhisperSession::probe_logits() const noexcept {
  return state_->executor->f32(state_->h.picked_logits).subspan(vocabulary(), vocabulary());
}

std::span<const float> WhisperSession::language_logits(std::int32_t start) noexcept {
  State& s = *state_;
  s.feed(std::span(&start, 1));
  s.executor->run(s.languages_stage);
  return s.executor->f32(s.h.language_logits).subspan(s.h.before_languages, s.limits.languages);
}

std::span<float> WhisperSession::logits(std::size_t row) noexcept {
  const Tensor all = state_->picked ? state_->h.picked_logits : state_->h.step_logits;
  return state_->executor->f32(all).subspan(row * vocabulary(), vocabulary());
}

// Gives each new row a slot whose cache is its parent's.
void WhisperSession::State::place(std::span<const std::uint32_t> parents) noexcept {
  next_slots.assign(parents.size(), 0);
  std::fill(taken.begin(), taken.end(), false);
  std::fill(placed.begin(), placed.end(), false);
  for (std::size_t i = 0; i < parents.size(); ++i) {
    const std::uint32_t slot = slots[parents[i]];
    if (taken[slot]) continue;
    next_slots[i] = slot;
    taken[slot] = true;
    placed[i] = true;
  }
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (placed[i]) continue;
    const auto free = std::find(taken.begin(), taken.end(), false);
    next_slots[i] = static_cast<std::uint32_t>(free - taken.begin());
    *free = true;
    copy_slot(slots[parents[i]], next_slots[i]);
  }
  std::swap(slots, next_slots);
}

void WhisperSession::State::copy_slot(std::size_t from, std::size_t to) noexcept {
  const std::size_t context = model.config().decoder.context;
  const std::span<std::uint64_t> source(written.data() + from * context, past);
  const std::span<std::uint64_t> target(written.data() + to * context, past);
  // They parted once and never met again, but for rows of older prompts.
  const std::size_t same =
      static_cast<std::size_t>(std::ranges::mismatch(source, target).in1 - source.begin());
  std::copy(source.begin() + static_cast<std::ptrdiff_t>(same), source.end(),
            target.begin() + static_cast<std::ptrdiff_t>(same));
  for (const std::vector<Tensor>* caches : {&h.k_caches, &h.v_caches}) {
    for (const Tensor cache : *caches) {
      const std::span<std::byte> rows = executor->bytes(cache);
      const std::size_t row = rows.size() / (limits.max_hypotheses * context);
      std::memcpy(rows.data() + (to * context + same) * row,
                  rows.data() + (from * context + same) * row, (past - same) * row);
    }
  }
}

void WhisperSession::step(std::span<const std::int32_t> tokens,
                          std::span<const std::uint32_t> parents) noexcept {
  State& s = *state_;
  s.place(parents);
  s.executor->set(s.h.hypotheses, tokens.size());
  s.executor->set(s.h.past, s.past);
  const std::span<std::int32_t> ids = s.executor->i32(s.h.step_ids);
  const std::span<std::int32_t> positions = s.executor->i32(s.h.step_positions);
  const std::span<std::int32_t> slots = s.executor->i32(s.h.slots);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    ids[i] = tokens[i];
    positions[i] = static_cast<std::int32_t>(s.past);
    slots[i] = static_cast<std::int32_t>(s.slots[i]);
    s.written[s.slots[i] * context() + s.past] = ++s.writes;
  }
  s.executor->run(s.step_stage);
  ++s.past;
  s.picked = false;
}

std::size_t WhisperSession::alignment_heads() const noexcept { return state_->h.scores.size(); }

void WhisperSession::force(std::span<const std::int32_t> tokens) noexcept {
  state_->feed(tokens);
  state_->picks = 0;
}

std::span<const float> WhisperSession::forced_logits(std::size_t position) noexcept {
  State& s = *state_;
  if (position < s.first_pick || position - s.first_pick >= s.picks) {
    s.first_pick = position;
    s.picks = std::min(WhisperGraph::kPicks, s.past - position);
    s.executor->set(s.h.picks, s.picks);
    for (std::size_t i = 0; i < s.picks; ++i) s.pick(i, position + i);
    s.executor->run(s.pick_stage);
  }
  return s.executor->f32(s.h.picked_logits)
      .subspan((position - s.first_pick) * vocabulary(), vocabulary());
}

std::span<const float> WhisperSession::scores(std::size_t head, std::size_t frames) noexcept {
  State& s = *state_;
  s.picks = 0;
  s.executor->set(s.h.keys, frames);
  s.executor->run(s.align_stage + head);
  return s.executor->f32(s.h.scores[head]).first(s.past * frames);
}

std::span<const float> WhisperSession::hidden() noexcept {
  return state_->executor->f32(state_->h.hidden);
}

}  // namespace sotto::models
