// Whisper behind the API: options to the decoder's, segments to the API's.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "lib/api/clock.h"
#include "lib/api/engine.h"
#include "lib/api/sound.h"
#include "lib/api/timing.h"
#include "lib/audio/audio.h"
#include "lib/audio/log_mel.h"
#include "lib/audio/mel_source.h"
#include "lib/audio/stream.h"
#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/decode/long_form.h"
#include "lib/models/whisper.h"
#include "lib/models/whisper_windows.h"
#include "lib/text/strip.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::api {
namespace {

using models::WhisperLimits;
using models::WhisperSession;

Error invalid(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

class WhisperEngine final : public Engine {
 public:
  WhisperEngine(std::unique_ptr<const models::Whisper> model,
                std::unique_ptr<const text::WhisperTokenizer> tokenizer)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)) {}

  void describe(ModelInfo& info) const override {
    info.vocabulary = model_->config().vocabulary;
    info.weights_bytes = model_->weights_bytes();
    info.instruction_set = model_->instruction_set();
    info.alignment_heads = model_->config().alignment_heads.size();
    const models::WhisperConfig& config = model_->config();
    info.sizes = {config.width,           config.encoder.layers, config.encoder.heads,
                  config.decoder.layers,  config.decoder.heads,  config.encoder.context,
                  config.decoder.context, config.mel_bins};
    info.tasks = {Task::kTranscribe};
    if (info.spoken_languages.empty()) info.spoken_languages = {"en"};
    if (!tokenizer_->ids().multilingual) return;
    info.tasks.push_back(Task::kTranslate);
    const std::span<const std::string> codes = tokenizer_->language_codes();
    info.languages.assign(codes.begin(), codes.end());
    info.spoken_languages = info.languages;
  }
  Result<graph::Plan> plan(const SessionOptions& options) const override {
    return WhisperSession::plan(*model_, limits_of(options));
  }
  Result<std::unique_ptr<Recognizer>> recognizer(const SessionOptions& options) const override;

  const models::Whisper& model() const { return *model_; }
  const text::WhisperTokenizer& tokenizer() const { return *tokenizer_; }

 private:
  WhisperLimits limits_of(const SessionOptions& options) const {
    const text::WhisperIds& ids = tokenizer_->ids();
    WhisperLimits limits{.max_hypotheses = options.max_hypotheses,
                         .alignment = options.word_timestamps};
    if (ids.multilingual) {
      limits.first_language = static_cast<std::size_t>(ids.first_language);
      limits.languages = static_cast<std::size_t>(ids.languages);
    }
    return limits;
  }

  std::unique_ptr<const models::Whisper> model_;
  std::unique_ptr<const text::WhisperTokenizer> tokenizer_;
};

Word to_word(decode::Word& from) {
  return {from.start, from.end, std::move(from.word), from.probability};
}

// Takes over the memory of what it is made of.
Segment to_segment(decode::Segment from, const std::string& language) {
  Segment segment;
  segment.start_seconds = from.start;
  segment.end_seconds = from.end;
  segment.text = text::stripped(std::move(from.text));
  segment.tokens = std::move(from.tokens);
  segment.truncated = from.truncated;
  segment.token_probabilities = std::move(from.token_log_probabilities);
  for (float& p : segment.token_probabilities) p = std::exp(p);
  std::ranges::transform(from.words, std::back_inserter(segment.words), to_word);
  segment.language = language;
  segment.temperature = from.temperature;
  segment.avg_logprob = from.avg_logprob;
  segment.compression_ratio = from.compression_ratio;
  segment.no_speech_prob = from.no_speech_prob;
  segment.seek_seconds = static_cast<double>(from.seek) / decode::kFramesPerSecond;
  return segment;
}

// Passes segments on as they become final.
class Observer final : public decode::LongFormObserver {
 public:
  Observer(const models::WhisperWindows& windows, Hooks& hooks, Transcript& transcript)
      : windows_(windows), hooks_(hooks), transcript_(transcript) {}

  void on_segment(decode::Segment segment) override {
    if (segment.text.empty()) return;
    transcript_.segments.push_back(to_segment(std::move(segment), windows_.language()));
    hooks_.segment(transcript_.segments.back());
  }
  void on_progress(std::size_t done, std::size_t total) override {
    hooks_.progress(static_cast<double>(done) / static_cast<double>(total));
  }

 private:
  const models::WhisperWindows& windows_;
  Hooks& hooks_;
  Transcript& transcript_;
};

// Lets go of a sound that has been heard.
class Opened {
 public:
  explicit Opened(audio::MelSource& mel) : mel_(mel) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() { mel_.close(); }

 private:
  audio::MelSource& mel_;
};

decode::LongFormOptions long_form_options(const TranscribeOptions& o) {
  decode::LongFormOptions options;
  options.logprob_threshold = o.logprob_threshold;
  options.no_speech_threshold = o.no_speech_threshold;
  options.condition_on_previous_text = o.condition_on_previous_text;
  if (!o.initial_prompt.empty()) options.initial_prompt = o.initial_prompt;
  options.carry_initial_prompt = o.carry_initial_prompt;
  options.word_timestamps = o.word_timestamps;
  options.prepend_punctuations = o.prepend_punctuations;
  options.append_punctuations = o.append_punctuations;
  options.clip_timestamps = o.clip_timestamps;
  options.hallucination_silence_threshold = o.hallucination_silence_threshold;
  return options;
}

Timings to_timings(const models::WindowTimes& from, double encode_seconds,
                   Clock::time_point start) {
  const models::WhisperUsage& session = from.session;
  Timings timings;
  timings.encode = to_timing(session.encode);
  timings.cross_kv = to_timing(session.cross);
  timings.frontend_seconds = encode_seconds - timings.encode.seconds - timings.cross_kv.seconds;
  timings.prompt = to_timing(session.prompt, session.prompt_tokens);
  timings.decode = to_timing(session.step, session.step.runs);
  timings.decode.seconds += from.choice_seconds;
  if (from.first_token) timings.first_token_seconds = seconds(*from.first_token - start);
  return timings;
}

class WhisperRecognizer final : public Recognizer {
 public:
  static Result<std::unique_ptr<Recognizer>> create(const WhisperEngine& engine,
                                                    std::unique_ptr<WhisperSession> session) {
    auto decoder = decode::WhisperDecoder::create(*session, engine.tokenizer());
    if (!decoder) return std::move(decoder).error();
    return std::unique_ptr<Recognizer>(std::unique_ptr<WhisperRecognizer>(
        new WhisperRecognizer(engine, std::move(session), *std::move(decoder))));
  }

  Result<Transcript> transcribe(std::span<const float> samples, int sample_rate,
                                const TranscribeOptions& options, Hooks& hooks) override;
  Result<Transcript> transcribe(std::unique_ptr<audio::Stream> sound,
                                const TranscribeOptions& options, Hooks& hooks) override;

 private:
  WhisperRecognizer(const WhisperEngine& engine, std::unique_ptr<WhisperSession> session,
                    std::unique_ptr<decode::WhisperDecoder> decoder)
      : engine_(engine),
        session_(std::move(session)),
        decoder_(std::move(decoder)),
        aligner_(*session_, engine.tokenizer()),
        mel_(engine.model().config().mel_bins) {}

  Result<models::WindowOptions> window_options(const TranscribeOptions& options) const;

  const WhisperEngine& engine_;
  std::unique_ptr<WhisperSession> session_;
  std::unique_ptr<decode::WhisperDecoder> decoder_;
  decode::Aligner aligner_;
  audio::MelSource mel_;
};

Result<std::unique_ptr<Recognizer>> WhisperEngine::recognizer(const SessionOptions& options) const {
  Result<std::unique_ptr<WhisperSession>> session =
      WhisperSession::create(*model_, limits_of(options), options.threads);
  if (!session) return std::move(session).error();
  return WhisperRecognizer::create(*this, *std::move(session));
}

Result<models::WindowOptions> WhisperRecognizer::window_options(const TranscribeOptions& o) const {
  const text::WhisperTokenizer& tokenizer = engine_.tokenizer();
  const bool multilingual = tokenizer.ids().multilingual;
  if (!multilingual && o.task == Task::kTranslate) {
    return invalid("task is translate, which a model of English alone does not have");
  }
  for (const std::string& language : o.languages) {
    if (!multilingual || tokenizer.language_token(language) < 0) {
      return invalid(base::concat("languages names ", base::quote(language),
                                  ", which the model does not know"));
    }
  }
  if (o.word_timestamps && session_->alignment_heads() == 0) {
    return invalid("word_timestamps is set, SessionOptions::word_timestamps was not");
  }
  if (o.hallucination_silence_threshold && !o.word_timestamps) {
    return invalid("hallucination_silence_threshold is set, word_timestamps is not");
  }
  models::WindowOptions w;
  w.decoding.task =
      o.task == Task::kTranslate ? decode::Task::kTranslate : decode::Task::kTranscribe;
  w.decoding.language = o.language;
  w.decoding.sample_len = o.sample_len;
  w.decoding.best_of = o.best_of;
  w.decoding.beam_size = o.beam_size;
  w.decoding.patience = o.patience;
  w.decoding.length_penalty = o.length_penalty;
  w.decoding.seed = o.seed;
  if (!o.prefix.empty()) {
    w.decoding.prefix = tokenizer.encode(base::concat(" ", text::strip(o.prefix)));
  }
  w.decoding.suppress_tokens = o.suppress_tokens;
  w.decoding.suppress_blank = o.suppress_blank;
  w.decoding.without_timestamps = o.without_timestamps;
  w.decoding.max_initial_timestamp = o.max_initial_timestamp;
  w.fallback.temperatures = o.temperature;
  w.fallback.compression_ratio_threshold = o.compression_ratio_threshold;
  w.fallback.logprob_threshold = o.logprob_threshold;
  w.fallback.no_speech_threshold = o.no_speech_threshold;
  w.languages = o.languages;
  w.detect_per_window = o.detect_language_per_window;
  // Any language stands for the one that is detected later.
  decode::DecodingOptions probe = w.decoding;
  if (multilingual && probe.language.empty()) probe.language = tokenizer.language_codes().front();
  if (Status status = decode::check_with_fallback(*decoder_, probe, w.fallback); !status) {
    return std::move(status).error();
  }
  return w;
}

Result<Transcript> WhisperRecognizer::transcribe(std::span<const float> samples, int sample_rate,
                                                 const TranscribeOptions& options, Hooks& hooks) {
  return transcribe(
      abortable(std::make_unique<audio::SampleStream>("the sound", samples, sample_rate),
                hooks.abort()),
      options, hooks);
}

Result<Transcript> WhisperRecognizer::transcribe(std::unique_ptr<audio::Stream> sound,
                                                 const TranscribeOptions& options, Hooks& hooks) {
  const Clock::time_point start = Clock::now();
  Result<models::WindowOptions> window = window_options(options);
  if (!window) return std::move(window).error();
  const Watched watched(*session_, hooks);
  window->decoding.abort = hooks.abort();
  window->decoding.filter = hooks.filter();

  const Opened opened(mel_);
  if (Status status = mel_.open(std::move(sound)); !status) return std::move(status).error();
  const double mel_seconds = seconds_since(start);
  // The reference transcribes a clip without times by decode() alone, which hears silence after it.
  window->silence_after = options.without_timestamps && options.clip_timestamps.empty() &&
                          mel_.frames() <= decode::kWindowFrames;
  models::WhisperWindows windows(*session_, *decoder_, aligner_, engine_.tokenizer(), mel_,
                                 *std::move(window));
  Transcript transcript;
  Observer observer(windows, hooks, transcript);
  Result<decode::LongForm> result =
      decode::transcribe(windows, engine_.tokenizer(), long_form_options(options), observer);
  if (!result) return std::move(result).error();

  transcript.text = text::stripped(std::move(result->text));
  transcript.language = result->language;
  if (windows.detection()) {
    hooks.log(LogLevel::kInfo, "the language is ", result->language);
    const std::span<const std::string> codes = engine_.tokenizer().language_codes();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      transcript.language_probabilities.emplace_back(codes[i],
                                                     windows.detection()->probabilities[i]);
    }
  }
  transcript.audio_seconds = static_cast<double>(mel_.samples()) / audio::kMelRate;
  transcript.encode_seconds = mel_seconds + windows.times().encode_seconds;
  transcript.decode_seconds = windows.times().decode_seconds;
  transcript.timings = to_timings(windows.times(), transcript.encode_seconds, start);
  transcript.total_seconds = seconds_since(start);
  return transcript;
}

}  // namespace

Result<std::unique_ptr<const Engine>> load_whisper(const format::Gguf& file, graph::Isa cap) {
  const Result<std::vector<std::string_view>> tokens = file.string_array("tokenizer.ggml.tokens");
  if (!tokens) return tokens.error();
  auto tokenizer = text::WhisperTokenizer::create(file.name(), *tokens);
  if (!tokenizer) return std::move(tokenizer).error();
  Result<std::unique_ptr<const models::Whisper>> model = models::Whisper::load(file, cap);
  if (!model) return std::move(model).error();
  const models::WhisperConfig& config = (*model)->config();
  if (config.mel_frames() != decode::kWindowFrames) {
    return base::error(ErrorCode::kUnsupported, file.name(), ": whisper.encoder.context_length is ",
                       config.encoder.context, ", expected ", decode::kWindowFrames / 2);
  }
  if (config.vocabulary != (*tokenizer)->size()) {
    return base::error(ErrorCode::kCorruptFile, file.name(), ": the tokenizer has ",
                       (*tokenizer)->size(), " tokens, the model ", config.vocabulary);
  }
  return std::unique_ptr<const Engine>(
      std::make_unique<WhisperEngine>(*std::move(model), *std::move(tokenizer)));
}

}  // namespace sotto::api
