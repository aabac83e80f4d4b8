#include "lib/models/moonshine.h"

#include <algorithm>
#include <cmath>

#include "lib/base/error.h"
#include "lib/decode/greedy.h"
#include "lib/models/key_reader.h"
#include "lib/models/weight_loader.h"

namespace sotto::models {
namespace {

using graph::Activation;
using graph::Dim;
using graph::Graph;
using graph::Tensor;

// The stem: three convolutions without padding, 384 samples (24 ms) a frame in all.
constexpr std::uint32_t kConv1Taps = 127, kConv1Stride = 64;
constexpr std::uint32_t kConv2Taps = 7, kConv2Stride = 3;
constexpr std::uint32_t kConv3Taps = 3, kConv3Stride = 2;

struct StemRows {
  std::size_t conv1, conv2, conv3;
};
StemRows stem_rows(std::size_t samples) noexcept {
  StemRows rows{};
  rows.conv1 = Graph::conv_rows(samples, kConv1Taps, kConv1Stride);
  rows.conv2 = Graph::conv_rows(rows.conv1, kConv2Taps, kConv2Stride);
  rows.conv3 = Graph::conv_rows(rows.conv2, kConv3Taps, kConv3Stride);
  return rows;
}

}  // namespace

// ---------------------------------------------------------------------------- hyper-parameters

namespace {

StackConfig read_stack(KeyReader& keys, const std::string& stack, std::uint32_t hidden) {
  const std::string prefix = "moonshine." + stack + ".";
  StackConfig config;
  config.layers = keys.count(prefix + "block_count", 1, 128);
  config.heads = keys.count(prefix + "attention.head_count", 1, 128);
  config.kv_heads = keys.count(prefix + "attention.head_count_kv", 1, 128);
  config.rotary_dim = keys.count(prefix + "rope.dimension_count", 2, 128);
  keys.require(hidden % config.heads == 0,
               base::concat("embedding_length ", hidden, " is no multiple of the ", stack, "'s ",
                            config.heads, " heads"));
  keys.require(config.heads % config.kv_heads == 0,
               base::concat("the ", stack, "'s ", config.heads, " heads are no multiple of its ",
                            config.kv_heads, " key/value heads"));
  config.head_dim = hidden / config.heads;
  keys.require(config.head_dim <= 128, base::concat("the ", stack, "'s heads are ", config.head_dim,
                                                    " wide, at most 128 is supported"));
  keys.require(config.rotary_dim % 2 == 0 && config.rotary_dim <= config.head_dim,
               base::concat("the ", stack, "'s rope.dimension_count is ", config.rotary_dim,
                            ", expected an even number up to the head's ", config.head_dim));
  return config;
}

}  // namespace

Result<MoonshineConfig> MoonshineConfig::read(const format::Gguf& file) {
  KeyReader keys(file);
  MoonshineConfig config;
  config.hidden = keys.count("moonshine.embedding_length", 1, 8192);
  config.feed_forward = keys.count("moonshine.feed_forward_length", 1, 65536);
  config.vocabulary = keys.count("moonshine.vocab_size", 2, 1U << 20);
  config.encoder = read_stack(keys, "encoder", config.hidden);
  config.decoder = read_stack(keys, "decoder", config.hidden);
  config.rope_base = keys.real("moonshine.rope.freq_base", 1.0F, 1e9F);
  config.norm_eps = keys.real("moonshine.attention.layer_norm_epsilon", 1e-12F, 1.0F);
  config.max_tokens_per_second = keys.real("moonshine.max_tokens_per_second", 0.1F, 100.0F);
  const std::uint32_t last = config.vocabulary - 1;
  config.start_token =
      static_cast<std::int32_t>(keys.count("moonshine.decoder_start_token_id", 0, last));
  config.end_token = static_cast<std::int32_t>(keys.count("tokenizer.ggml.eos_token_id", 0, last));
  if (keys.failure()) return *keys.failure();
  return config;
}

// ---------------------------------------------------------------------------- weights

Result<std::unique_ptr<const Moonshine>> Moonshine::load(const format::Gguf& file, graph::Isa cap) {
  Result<MoonshineConfig> config = MoonshineConfig::read(file);
  if (!config) return std::move(config).error();
  std::unique_ptr<Moonshine> model(new Moonshine(*config, cap));
  WeightLoader load(file, model->store_);
  const std::size_t C = config->hidden, F = config->feed_forward, V = config->vocabulary;

  const auto attention = [&](const std::string& name, const std::vector<Rows>& in) {
    Attention a;
    a.in = load.joined(in, C);
    std::vector<Rows> biases;
    for (const Rows& part : in) {
      biases.push_back({part.name.substr(0, part.name.rfind('.')) + ".bias", part.rows});
    }
    a.in_bias = load.joined_optional(biases);
    a.out = load.matrix(name + "_out.weight", C, C);
    return a;
  };
  const auto layer = [&](const std::string& name, const StackConfig& stack, std::size_t up_rows) {
    const std::size_t kv = std::size_t{stack.kv_heads} * stack.head_dim;
    Layer l;
    l.attention_norm = load.vector(name + "attn_norm.weight", C);
    l.attention = attention(
        name + "attn",
        {{name + "attn_q.weight", C}, {name + "attn_k.weight", kv}, {name + "attn_v.weight", kv}});
    l.ffn_norm = load.vector(name + "ffn_norm.weight", C);
    l.up = load.matrix(name + "ffn_up.weight", up_rows, C);
    l.up_bias = load.vector(name + "ffn_up.bias", up_rows);
    l.down = load.matrix(name + "ffn_down.weight", C, F);
    l.down_bias = load.vector(name + "ffn_down.bias", C);
    return l;
  };

  model->conv1_ = load.convolution("encoder.conv1.weight", C, 1, kConv1Taps);
  model->stem_gamma_ = load.vector("encoder.conv_norm.weight", C);
  model->stem_beta_ = load.vector("encoder.conv_norm.bias", C);
  model->conv2_ = load.convolution("encoder.conv2.weight", 2 * C, C, kConv2Taps);
  model->conv2_bias_ = load.vector("encoder.conv2.bias", 2 * C);
  model->conv3_ = load.convolution("encoder.conv3.weight", C, 2 * C, kConv3Taps);
  model->conv3_bias_ = load.vector("encoder.conv3.bias", C);
  for (std::uint32_t i = 0; i < config->encoder.layers && !load.failure(); ++i) {
    model->encoder_.push_back(layer(base::concat("encoder.blk.", i, "."), config->encoder, F));
  }
  model->encoder_norm_ = load.vector("encoder.output_norm.weight", C);

  model->embedding_ = load.matrix("decoder.token_embd.weight", V, C);
  const StackConfig& decoder = config->decoder;
  const std::size_t kv = std::size_t{decoder.kv_heads} * decoder.head_dim;
  for (std::uint32_t i = 0; i < decoder.layers && !load.failure(); ++i) {
    const std::string name = base::concat("decoder.blk.", i, ".");
    Layer l = layer(name, decoder, 2 * F);
    l.cross_norm = load.vector(name + "cross_attn_norm.weight", C);
    l.cross = attention(name + "cross_attn", {{name + "cross_attn_q.weight", C}});
    l.cross_kv =
        load.joined({{name + "cross_attn_k.weight", kv}, {name + "cross_attn_v.weight", kv}}, C);
    l.cross_kv_bias =
        load.joined_optional({{name + "cross_attn_k.bias", kv}, {name + "cross_attn_v.bias", kv}});
    model->decoder_.push_back(l);
  }
  model->decoder_norm_ = load.vector("decoder.output_norm.weight", C);
  const bool tied = file.find("decoder.output.weight") == nullptr;
  model->output_ = tied ? model->embedding_ : load.matrix("decoder.output.weight", V, C);

  if (load.failure()) return *load.failure();
  return std::unique_ptr<const Moonshine>(std::move(model));
}

// ---------------------------------------------------------------------------- graph

std::size_t MoonshineLimits::tokens_for(std::size_t samples,
                                        const MoonshineConfig& config) noexcept {
  const double seconds = static_cast<double>(samples) / kMoonshineRate;
  return static_cast<std::size_t>(
      std::ceil(seconds * static_cast<double>(config.max_tokens_per_second)));
}

// Writes the model's layers into a graph, in the order of the paper.
class MoonshineGraph {
 public:
  // The extents and tensors by which a session talks to the graph.
  struct Handles {
    Dim samples, conv1_rows, conv2_rows, frames, tokens, past;
    Tensor sound, encoded, ids, logits;
  };

  MoonshineGraph(const Moonshine& model, const MoonshineLimits& limits, graph::WeightStore& tables)
      : m_(model), c_(model.config_), limits_(limits), tables_(tables), g_(model.cap()) {}

  Result<graph::Plan> build() {
    const StemRows rows = stem_rows(limits_.max_samples);
    const std::size_t positions = limits_.max_tokens + limits_.max_prompt;
    h_.samples = g_.extent("samples", limits_.max_samples);
    h_.conv1_rows = g_.extent("conv1_rows", rows.conv1);
    h_.conv2_rows = g_.extent("conv2_rows", rows.conv2);
    h_.frames = g_.extent("frames", rows.conv3);
    h_.tokens = g_.extent("tokens", limits_.max_prompt);
    h_.past = g_.extent("past", limits_.max_tokens);

    Result<graph::RopeTables> encoder_rope =
        graph::rope_tables(tables_, rows.conv3, c_.encoder.rotary_dim, double{c_.rope_base});
    if (!encoder_rope) return std::move(encoder_rope).error();
    Result<graph::RopeTables> decoder_rope =
        graph::rope_tables(tables_, positions, c_.decoder.rotary_dim, double{c_.rope_base});
    if (!decoder_rope) return std::move(decoder_rope).error();

    encoder(*encoder_rope);
    decoder(*decoder_rope, positions);
    return std::move(g_).finish();
  }

  const Handles& handles() const { return h_; }

 private:
  struct Cache {
    Tensor self_k, self_v;  // [positions, kv]
    Tensor cross;           // [frames, 2 kv]: keys, then values
  };

  Tensor norm(Tensor x, const float* gamma) {
    return g_.layer_norm(x, {.gamma = gamma, .eps = c_.norm_eps});
  }

  void encoder(const graph::RopeTables& rope) {
    g_.begin_stage("encode");
    g_.begin_section("stem");
    g_.scope("stem");
    h_.sound = g_.input("sound", h_.samples, 1);
    Tensor x =
        g_.conv1d(h_.sound, m_.conv1_, h_.conv1_rows, {.taps = kConv1Taps, .stride = kConv1Stride});
    x = g_.tanh(x);
    x = g_.group_norm(x, {.gamma = m_.stem_gamma_, .beta = m_.stem_beta_, .eps = 1e-5F});
    x = g_.conv1d(x, m_.conv2_, h_.conv2_rows,
                  {.bias = m_.conv2_bias_,
                   .taps = kConv2Taps,
                   .stride = kConv2Stride,
                   .activation = Activation::kGelu});
    x = g_.conv1d(x, m_.conv3_, h_.frames,
                  {.bias = m_.conv3_bias_,
                   .taps = kConv3Taps,
                   .stride = kConv3Stride,
                   .activation = Activation::kGelu});

    g_.begin_section("encode");
    for (std::size_t i = 0; i < m_.encoder_.size(); ++i) {
      const Moonshine::Layer& layer = m_.encoder_[i];
      g_.scope(base::concat("encoder ", i));
      const Qkv qkv = project(norm(x, layer.attention_norm), layer.attention, c_.encoder, rope, {});
      Tensor y = g_.attention(qkv.q, qkv.k, qkv.v,
                              {.heads = c_.encoder.heads,
                               .kv_heads = c_.encoder.kv_heads,
                               .keys = h_.frames,
                               .weights = layer.attention.in.dtype});
      x = g_.linear(y, layer.attention.out, {.residual = x});
      y = g_.linear(norm(x, layer.ffn_norm), layer.up,
                    {.bias = layer.up_bias, .activation = Activation::kGelu});
      x = g_.linear(y, layer.down, {.bias = layer.down_bias, .residual = x});
    }
    g_.scope("encoder");
    h_.encoded = norm(x, m_.encoder_norm_);
    g_.output(h_.encoded);

    // What the decoder's layers attend to does not change while it runs.
    g_.begin_section("cross");
    for (std::size_t i = 0; i < m_.decoder_.size(); ++i) {
      const Moonshine::Layer& layer = m_.decoder_[i];
      g_.scope(base::concat("cross ", i));
      caches_.emplace_back();
      caches_[i].cross = g_.remade(base::concat("cross k/v ", i), h_.frames, layer.cross_kv.n);
      g_.linear(h_.encoded, layer.cross_kv,
                {.bias = layer.cross_kv_bias, .into = caches_[i].cross});
    }
  }

  void decoder(const graph::RopeTables& rope, std::size_t positions) {
    const StackConfig& stack = c_.decoder;
    const std::size_t kv = std::size_t{stack.kv_heads} * stack.head_dim;
    const Dim rows{static_cast<std::uint32_t>(positions)};
    g_.begin_stage("decode");
    h_.ids = g_.input("tokens", h_.tokens, 1, tensor::Dtype::kI32);
    Tensor x = g_.embedding(h_.ids, m_.embedding_);

    for (std::size_t i = 0; i < m_.decoder_.size(); ++i) {
      const Moonshine::Layer& layer = m_.decoder_[i];
      Cache& cache = caches_[i];
      g_.scope(base::concat("decoder ", i));
      const Qkv qkv = project(norm(x, layer.attention_norm), layer.attention, stack, rope, h_.past);
      cache.self_k = g_.state(base::concat("k cache ", i), rows, kv);
      cache.self_v = g_.state(base::concat("v cache ", i), rows, kv);
      g_.kv_append(qkv.k, qkv.v, cache.self_k, cache.self_v, h_.past);
      Tensor y = g_.attention(
          qkv.q, cache.self_k, cache.self_v,
          {.heads = stack.heads, .kv_heads = stack.kv_heads, .causal = true, .past = h_.past});
      x = g_.linear(y, layer.attention.out, {.residual = x});

      const Tensor q =
          g_.linear(norm(x, layer.cross_norm), layer.cross.in, {.bias = layer.cross.in_bias});
      y = g_.attention(q, g_.columns(cache.cross, 0, kv), g_.columns(cache.cross, kv, kv),
                       {.heads = stack.heads, .kv_heads = stack.kv_heads, .keys = h_.frames});
      x = g_.linear(y, layer.cross.out, {.residual = x});

      y = g_.linear(norm(x, layer.ffn_norm), layer.up, {.bias = layer.up_bias});
      const std::size_t F = c_.feed_forward;  // the value comes first, its gate second
      y = g_.silu_glu(g_.columns(y, 0, F), g_.columns(y, F, F));
      x = g_.linear(y, layer.down, {.bias = layer.down_bias, .residual = x});
    }
    g_.scope("decoder");
    h_.logits = g_.linear(norm(g_.last_row(x), m_.decoder_norm_), m_.output_);
    g_.output(h_.logits);
  }

  struct Qkv {
    Tensor q, k, v;
  };
  // One product for queries, keys and values; rotates queries and keys, which lie side by side.
  Qkv project(Tensor x, const Moonshine::Attention& attention, const StackConfig& stack,
              const graph::RopeTables& rope, Dim past) {
    const std::size_t q = c_.hidden, kv = std::size_t{stack.kv_heads} * stack.head_dim;
    const Tensor all = g_.linear(x, attention.in, {.bias = attention.in_bias});
    g_.rope(g_.columns(all, 0, q + kv),
            {.tables = rope, .heads = stack.heads + stack.kv_heads, .past = past});
    return {g_.columns(all, 0, q), g_.columns(all, q, kv), g_.columns(all, q + kv, kv)};
  }

  const Moonshine& m_;
  const MoonshineConfig& c_;
  const MoonshineLimits limits_;
  graph::WeightStore& tables_;
  Graph g_;
  Handles h_;
  std::vector<Cache> caches_;
};

// ---------------------------------------------------------------------------- session

namespace {

bool stop_of(void* abort) noexcept { return static_cast<decode::Abort*>(abort)->requested(); }

}  // namespace

struct MoonshineSession::State {
  explicit State(const Moonshine& of) : model(of), tables(of.cap()) {}

  const Moonshine& model;
  MoonshineLimits limits;
  graph::WeightStore tables;
  MoonshineGraph::Handles handles;
  graph::Plan plan;
  std::size_t encode_stage = 0;
  std::size_t decode_stage = 0;
  std::unique_ptr<graph::Executor> executor;
  std::vector<std::int32_t> tokens;  // the start token, then what greedy() chose
  graph::Usage prompt;               // of greedy()'s start tokens
  decode::Abort* abort = nullptr;

  graph::Usage usage(std::string_view section) const {
    return executor->usage(*plan.find_section(section));
  }
};

namespace {

Result<MoonshineLimits> checked(const Moonshine& model, MoonshineLimits limits) {
  const std::size_t most = kMoonshineMaxSeconds * kMoonshineRate;
  if (limits.max_samples < kMoonshineWindow || limits.max_samples > most) {
    return base::error(ErrorCode::kInvalidArgument, "a Moonshine pass of ", limits.max_samples,
                       " samples, expected ", kMoonshineWindow, " to ", most);
  }
  if (limits.max_tokens == 0) {
    limits.max_tokens = MoonshineLimits::tokens_for(limits.max_samples, model.config());
  }
  constexpr std::size_t kMostTokens = 1 << 16;
  if (limits.max_tokens > kMostTokens || limits.max_prompt < 1 || limits.max_prompt > kMostTokens) {
    return base::error(ErrorCode::kInvalidArgument, "a Moonshine pass of ", limits.max_tokens,
                       " tokens after a prompt of ", limits.max_prompt, ", at most ", kMostTokens);
  }
  return limits;
}

}  // namespace

Result<graph::Plan> MoonshineSession::plan(const Moonshine& model, const MoonshineLimits& limits) {
  Result<MoonshineLimits> valid = checked(model, limits);
  if (!valid) return std::move(valid).error();
  graph::WeightStore tables(model.cap());
  return MoonshineGraph(model, *valid, tables).build();
}

Result<std::unique_ptr<MoonshineSession>> MoonshineSession::create(const Moonshine& model,
                                                                   const MoonshineLimits& limits,
                                                                   unsigned threads) {
  Result<MoonshineLimits> valid = checked(model, limits);
  if (!valid) return std::move(valid).error();
  auto state = std::make_unique<State>(model);
  state->limits = *valid;
  MoonshineGraph graph(model, *valid, state->tables);
  Result<graph::Plan> plan = graph.build();
  if (!plan) return std::move(plan).error();
  state->plan = *std::move(plan);
  state->handles = graph.handles();
  state->encode_stage = *state->plan.find_stage("encode");
  state->decode_stage = *state->plan.find_stage("decode");
  Result<std::unique_ptr<graph::Executor>> executor = graph::Executor::create(state->plan, threads);
  if (!executor) return std::move(executor).error();
  state->executor = *std::move(executor);
  state->tokens.resize(valid->max_tokens + 1);
  return std::unique_ptr<MoonshineSession>(new MoonshineSession(std::move(state)));
}

MoonshineSession::MoonshineSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
MoonshineSession::~MoonshineSession() = default;

const graph::Plan& MoonshineSession::plan() const noexcept { return state_->plan; }
std::size_t MoonshineSession::max_samples() const noexcept { return state_->limits.max_samples; }
std::size_t MoonshineSession::max_tokens() const noexcept { return state_->limits.max_tokens; }

std::span<const float> MoonshineSession::encode(std::span<const float> samples) noexcept {
  State& s = *state_;
  const std::size_t padded = std::max(samples.size(), kMoonshineWindow);
  const StemRows rows = stem_rows(padded);
  s.executor->set(s.handles.samples, padded);
  s.executor->set(s.handles.conv1_rows, rows.conv1);
  s.executor->set(s.handles.conv2_rows, rows.conv2);
  s.executor->set(s.handles.frames, rows.conv3);
  const std::span<float> sound = s.executor->f32(s.handles.sound);
  std::fill(std::copy(samples.begin(), samples.end(), sound.begin()), sound.end(), 0.0F);
  s.executor->run(s.encode_stage);
  return s.executor->f32(s.handles.encoded);
}

std::span<const float> MoonshineSession::decode(std::span<const std::int32_t> tokens,
                                                std::size_t past) noexcept {
  State& s = *state_;
  s.executor->set(s.handles.tokens, tokens.size());
  s.executor->set(s.handles.past, past);
  std::copy(tokens.begin(), tokens.end(), s.executor->i32(s.handles.ids).begin());
  s.executor->run(s.decode_stage);
  return s.executor->f32(s.handles.logits);
}

MoonshineSession::Greedy MoonshineSession::greedy(std::size_t limit, std::size_t vocabulary,
                                                  bool guard,
                                                  decode::LogitFilter* filter) noexcept {
  State& s = *state_;
  const MoonshineConfig& config = s.model.config();
  std::vector<std::int32_t>& tokens = s.tokens;
  const auto chosen = [&](std::size_t count) {
    return std::span<const std::int32_t>(tokens).subspan(1, count);
  };
  tokens[0] = config.start_token;
  const graph::Usage before = s.usage("decode");
  std::chrono::steady_clock::time_point first_token;
  for (std::size_t count = 0; count < limit; ++count) {
    decode({&tokens[count], 1}, count);
    if (s.abort != nullptr && s.abort->requested()) {
      return {chosen(count), Stop::kAborted, first_token};
    }
    const std::span<float> all = s.executor->f32(s.handles.logits);
    const std::span<float> logits = all.first(std::min(vocabulary, all.size()));
    if (filter != nullptr) filter->apply(chosen(count), logits);
    const std::int32_t token = decode::argmax(logits);
    if (count == 0) {
      first_token = std::chrono::steady_clock::now();
      s.prompt += s.usage("decode") - before;
    }
    if (token == config.end_token) return {chosen(count), Stop::kEndToken, first_token};
    tokens[count + 1] = token;
    if (!guard) continue;
    const std::size_t kept = decode::loop_start(chosen(count + 1));
    if (kept <= count) return {chosen(kept), Stop::kRepetition, first_token};
  }
  return {chosen(limit), Stop::kTokenLimit, first_token};
}

void MoonshineSession::set_abort(decode::Abort* abort) noexcept {
  state_->abort = abort;
  state_->executor->set_stop(abort == nullptr ? nullptr : stop_of, abort);
}

MoonshineUsage MoonshineSession::usage() const noexcept {
  const State& s = *state_;
  return {s.usage("stem"), s.usage("encode"), s.usage("cross"), s.prompt,
          s.usage("decode") - s.prompt};
}

void MoonshineSession::clear_usage() noexcept {
  state_->executor->clear_usage();
  state_->prompt = {};
}

}  // namespace sotto::models
