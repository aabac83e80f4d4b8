// Moonshine behind the API: cuts long sound at its pauses and makes text of the tokens.
#include <algorithm>

#include "lib/api/clock.h"
#include "lib/api/engine.h"
#include "lib/api/sound.h"
#include "lib/api/timing.h"
#include "lib/audio/audio.h"
#include "lib/audio/quiet.h"
#include "lib/base/error.h"
#include "lib/models/moonshine.h"
#include "lib/text/sentencepiece.h"

namespace sotto::api {
namespace {

using models::kMoonshineRate;
using models::MoonshineLimits;
using models::MoonshineSession;

Result<MoonshineLimits> limits_of(const SessionOptions& options) {
  const double most = static_cast<double>(models::kMoonshineMaxSeconds);
  if (!(options.window_seconds >= 1 && options.window_seconds <= most)) {
    return base::error(ErrorCode::kInvalidArgument, "window_seconds is ", options.window_seconds,
                       ", expected 1 to ", most);
  }
  if (options.max_hypotheses != 1 || options.word_timestamps) {
    return base::error(ErrorCode::kInvalidArgument,
                       options.word_timestamps ? "word_timestamps is" : "max_hypotheses is",
                       " set, which Moonshine does not have");
  }
  MoonshineLimits limits;
  limits.max_samples = static_cast<std::size_t>(options.window_seconds * kMoonshineRate);
  return limits;
}

// An error where an option that Moonshine does not have differs from its default.
Status check(const TranscribeOptions& o) {
  const TranscribeOptions d;
  const std::pair<std::string_view, bool> options[] = {
      {"task", o.task == d.task},
      {"language", o.language == d.language},
      {"languages", o.languages == d.languages},
      {"detect_language_per_window", o.detect_language_per_window == d.detect_language_per_window},
      {"temperature", o.temperature == d.temperature || o.temperature == std::vector{0.0}},
      {"compression_ratio_threshold",
       o.compression_ratio_threshold == d.compression_ratio_threshold},
      {"logprob_threshold", o.logprob_threshold == d.logprob_threshold},
      {"no_speech_threshold", o.no_speech_threshold == d.no_speech_threshold},
      {"beam_size", o.beam_size <= 1},
      {"patience", o.patience == d.patience},
      {"length_penalty", o.length_penalty == d.length_penalty},
      {"best_of", o.best_of <= 1},
      {"seed", o.seed == d.seed},
      {"sample_len", o.sample_len == d.sample_len},
      {"suppress_tokens", o.suppress_tokens == d.suppress_tokens},
      {"suppress_blank", o.suppress_blank == d.suppress_blank},
      {"without_timestamps", o.without_timestamps == d.without_timestamps},
      {"max_initial_timestamp", o.max_initial_timestamp == d.max_initial_timestamp},
      {"condition_on_previous_text", o.condition_on_previous_text == d.condition_on_previous_text},
      {"initial_prompt", o.initial_prompt == d.initial_prompt},
      {"carry_initial_prompt", o.carry_initial_prompt == d.carry_initial_prompt},
      {"prefix", o.prefix == d.prefix},
      {"clip_timestamps", o.clip_timestamps == d.clip_timestamps},
      {"word_timestamps", o.word_timestamps == d.word_timestamps},
      {"prepend_punctuations", o.prepend_punctuations == d.prepend_punctuations},
      {"append_punctuations", o.append_punctuations == d.append_punctuations},
      {"hallucination_silence_threshold",
       o.hallucination_silence_threshold == d.hallucination_silence_threshold},
  };
  for (const auto& [name, fits] : options) {
    if (!fits) {
      return base::error(ErrorCode::kInvalidArgument, name,
                         " is set, which Moonshine does not have");
    }
  }
  return ok();
}

Error aborted() { return base::error(ErrorCode::kAborted, "aborted"); }

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

class MoonshineEngine final : public Engine {
 public:
  MoonshineEngine(std::unique_ptr<const models::Moonshine> model, text::SentencePiece tokenizer)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)) {}

  void describe(ModelInfo& info) const override {
    info.vocabulary = model_->config().vocabulary;
    info.weights_bytes = model_->weights_bytes();
    info.instruction_set = model_->instruction_set();
    info.tasks = {Task::kTranscribe};
    const models::MoonshineConfig& config = model_->config();
    info.sizes.width = config.hidden;
    info.sizes.encoder_layers = config.encoder.layers;
    info.sizes.encoder_heads = config.encoder.heads;
    info.sizes.decoder_layers = config.decoder.layers;
    info.sizes.decoder_heads = config.decoder.heads;
  }
  Result<graph::Plan> plan(const SessionOptions& options) const override {
    const Result<MoonshineLimits> limits = limits_of(options);
    if (!limits) return limits.error();
    return MoonshineSession::plan(*model_, *limits);
  }
  Result<std::unique_ptr<Recognizer>> recognizer(const SessionOptions& options) const override;

  const models::Moonshine& model() const { return *model_; }
  const text::SentencePiece& tokenizer() const { return tokenizer_; }

 private:
  std::unique_ptr<const models::Moonshine> model_;
  text::SentencePiece tokenizer_;
};

class MoonshineRecognizer final : public Recognizer {
 public:
  MoonshineRecognizer(const MoonshineEngine& engine, std::unique_ptr<MoonshineSession> session)
      : engine_(engine), session_(std::move(session)) {}

  Result<Transcript> transcribe(std::span<const float> samples, int sample_rate,
                                const TranscribeOptions& options, Hooks& hooks) override;
  Result<Transcript> transcribe(std::unique_ptr<audio::Stream> sound,
                                const TranscribeOptions& options, Hooks& hooks) override;

 private:
  // What is seen of a sound at most: a window, and what finding the quietest place in it looks at.
  std::size_t most_ahead() const { return session_->max_samples() + kMoonshineRate; }
  Result<Transcript> transcribe(Ahead sound, const TranscribeOptions& options, Hooks& hooks,
                                Clock::time_point start);
  Result<Clock::time_point> add_piece(std::span<const float> piece, double start_seconds,
                                      const TranscribeOptions& options, Hooks& hooks,
                                      Transcript& transcript);
  void add_timings(Transcript& transcript) const;

  const MoonshineEngine& engine_;
  std::unique_ptr<MoonshineSession> session_;
};

Result<std::unique_ptr<Recognizer>> MoonshineEngine::recognizer(
    const SessionOptions& options) const {
  const Result<MoonshineLimits> limits = limits_of(options);
  if (!limits) return limits.error();
  Result<std::unique_ptr<MoonshineSession>> session =
      MoonshineSession::create(*model_, *limits, options.threads);
  if (!session) return std::move(session).error();
  return std::unique_ptr<Recognizer>(
      std::make_unique<MoonshineRecognizer>(*this, *std::move(session)));
}

Result<Transcript> MoonshineRecognizer::transcribe(std::span<const float> samples, int sample_rate,
                                                   const TranscribeOptions& options, Hooks& hooks) {
  if (sample_rate == kMoonshineRate) {
    return transcribe(Ahead(samples), options, hooks, Clock::now());
  }
  return transcribe(
      abortable(std::make_unique<audio::SampleStream>("the sound", samples, sample_rate),
                hooks.abort()),
      options, hooks);
}

Result<Transcript> MoonshineRecognizer::transcribe(std::unique_ptr<audio::Stream> sound,
                                                   const TranscribeOptions& options, Hooks& hooks) {
  const Clock::time_point start = Clock::now();
  auto resampled = audio::resampled(std::move(sound), kMoonshineRate);
  if (!resampled) return std::move(resampled).error();
  return transcribe(Ahead(*std::move(resampled), most_ahead()), options, hooks, start);
}

Result<Transcript> MoonshineRecognizer::transcribe(Ahead sound, const TranscribeOptions& options,
                                                   Hooks& hooks, Clock::time_point start) {
  if (Status status = check(options); !status) return std::move(status).error();
  const Watched watched(*session_, hooks);
  session_->clear_usage();
  Transcript transcript;
  const std::size_t window = session_->max_samples();
  while (true) {
    if (hooks.requested()) return aborted();
    const Result<std::span<const float>> seen = sound.look(most_ahead());
    if (!seen) return seen.error();
    if (seen->empty()) break;
    // A piece of at least two thirds of the window leaves room to look for a pause.
    const std::size_t length =
        seen->size() <= window
            ? seen->size()
            : audio::quietest_place(*seen, window * 2 / 3, window, kMoonshineRate);
    const double start_seconds = static_cast<double>(sound.left()) / kMoonshineRate;
    const Result<Clock::time_point> first_token =
        add_piece(seen->first(length), start_seconds, options, hooks, transcript);
    if (!first_token) return first_token.error();
    if (sound.left() == 0) transcript.timings.first_token_seconds = seconds(*first_token - start);
    sound.leave(length);
    if (sound.length()) {
      hooks.progress(static_cast<double>(sound.left()) / static_cast<double>(*sound.length()));
    }
  }
  if (sound.left() == 0) {
    return base::error(ErrorCode::kInvalidArgument, "the sound holds no samples");
  }
  transcript.audio_seconds = static_cast<double>(sound.left()) / kMoonshineRate;
  add_timings(transcript);
  transcript.total_seconds = seconds_since(start);
  return transcript;
}

// Of all pieces.
void MoonshineRecognizer::add_timings(Transcript& transcript) const {
  const models::MoonshineUsage usage = session_->usage();
  Timings& timings = transcript.timings;
  timings.frontend_seconds = usage.stem.seconds;
  timings.encode = to_timing(usage.encode);
  timings.cross_kv = to_timing(usage.cross);
  timings.prompt = to_timing(usage.prompt, usage.prompt.runs);
  timings.decode = to_timing(usage.step, usage.step.runs);
  timings.decode.seconds = transcript.decode_seconds - usage.prompt.seconds;
}

// Returns when the piece's first token was chosen.
Result<Clock::time_point> MoonshineRecognizer::add_piece(std::span<const float> piece,
                                                         double start_seconds,
                                                         const TranscribeOptions& options,
                                                         Hooks& hooks, Transcript& transcript) {
  const Clock::time_point start = Clock::now();
  session_->encode(piece);
  if (hooks.requested()) return aborted();
  transcript.encode_seconds += seconds_since(start);

  const Clock::time_point encoded = Clock::now();
  const text::SentencePiece& tokenizer = engine_.tokenizer();
  const std::size_t limit = MoonshineLimits::tokens_for(piece.size(), engine_.model().config());
  const MoonshineSession::Greedy result =
      session_->greedy(limit, tokenizer.size(), options.repetition_guard, hooks.filter());
  if (result.stop == MoonshineSession::Stop::kAborted) return aborted();
  transcript.decode_seconds += seconds_since(encoded);

  const Result<std::string> text = tokenizer.decode(result.tokens);
  if (!text) return text.error();
  const std::string_view words = trim(*text);
  if (words.empty()) return result.first_token;
  Segment segment;
  segment.start_seconds = start_seconds;
  segment.end_seconds = start_seconds + static_cast<double>(piece.size()) / kMoonshineRate;
  segment.text = words;
  segment.tokens.assign(result.tokens.begin(), result.tokens.end());
  segment.truncated = result.stop != MoonshineSession::Stop::kEndToken;
  if (!transcript.text.empty()) transcript.text += ' ';
  transcript.text += segment.text;
  hooks.segment(segment);
  transcript.segments.push_back(std::move(segment));
  return result.first_token;
}

}  // namespace

Result<std::unique_ptr<const Engine>> load_moonshine(const format::Gguf& file, graph::Isa cap) {
  const Result<std::span<const std::byte>> proto = file.bytes("tokenizer.ggml.sentencepiece_model");
  if (!proto) return proto.error();
  Result<text::SentencePiece> tokenizer =
      text::SentencePiece::load({reinterpret_cast<const char*>(proto->data()), proto->size()});
  if (!tokenizer) {
    return base::error(tokenizer.error().code, file.name(), ": ", tokenizer.error().message);
  }
  Result<std::unique_ptr<const models::Moonshine>> model = models::Moonshine::load(file, cap);
  if (!model) return std::move(model).error();
  const std::size_t vocabulary = (*model)->config().vocabulary;
  if (tokenizer->size() > vocabulary) {
    return base::error(ErrorCode::kCorruptFile, file.name(), ": the tokenizer has ",
                       tokenizer->size(), " pieces, the model ", vocabulary);
  }
  return std::unique_ptr<const Engine>(
      std::make_unique<MoonshineEngine>(*std::move(model), *std::move(tokenizer)));
}

}  // namespace sotto::api
