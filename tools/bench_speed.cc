// sotto bench: how fast a model works on one sound, run after run.
#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

#include "tools/allocation_counter.h"
#include "tools/bench.h"
#include "tools/commands.h"
#include "tools/machine.h"
#include "tools/model_store.h"
#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

constexpr int kRate = 16000;

// Neither silence nor noise: a rising tone with a beat. As long as a window of Whisper's, or as a
// usual sentence.
Sound made_up_sound(bool whisper) {
  const double seconds = whisper ? 30 : 10;
  Sound sound{std::vector<float>(static_cast<std::size_t>(seconds * kRate)), kRate};
  for (std::size_t i = 0; i < sound.samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRate;
    sound.samples[i] = static_cast<float>(
        0.4 * std::sin(2 * std::numbers::pi * (150 + 90 * t) * t) * std::sin(20 * t));
  }
  return sound;
}

// Random weights make no sense of a sound; they are to decode as many tokens in one pass of a
// window as speech of its length has, some three a second.
void settle_for_random_weights(const ModelInfo& model, TranscribeOptions& options) {
  const TranscribeOptions defaults;
  if (model.architecture != "whisper") {
    options.repetition_guard = false;
    return;
  }
  if (options.temperature == defaults.temperature) options.temperature = {0.0};
  if (options.language.empty()) options.language = "en";
  if (!options.sample_len) options.sample_len = 96;
  options.no_speech_threshold.reset();
  options.without_timestamps = true;  // or the window would be left at a random place in it
}

Result<Model> load(const BenchOptions& options, double& load_ms) {
  if (options.synthetic.empty()) {
    const Result<std::string> file = resolve_model(options.decoding.model);
    if (!file) return file.error();
    const Stopwatch load;
    Result<Model> model = Model::load(*file, options.decoding.load);
    load_ms = load.milliseconds();
    return model;
  }
  const Result<std::vector<std::byte>> bytes = synthetic_model(options.synthetic, options.type);
  if (!bytes) return bytes.error();
  const Stopwatch load;
  Result<Model> model = Model::load(*bytes, options.synthetic);
  load_ms = load.milliseconds();
  return model;
}

// All runs with one number of threads; the limits are left for later, as measuring them takes
// memory.
Result<Speed> measure(const BenchOptions& options, const Model& model, double load_ms,
                      const Sound& sound, unsigned threads) {
  SessionOptions how = options.decoding.session;
  how.threads = threads;
  TranscribeOptions transcribe = options.decoding.transcribe;
  if (!options.synthetic.empty()) settle_for_random_weights(model.info(), transcribe);

  const Stopwatch create;
  Result<Session> session = Session::create(model, how);
  if (!session) return std::move(session).error();
  load_ms += create.milliseconds();
  Recognizer recognizer{model, *std::move(session)};
  Speed speed;
  double audio_seconds = 0;
  for (std::size_t run = 0; run < options.runs; ++run) {
    const std::optional<std::size_t> before = allocations();
    const Result<Transcript> transcript =
        recognizer.session.transcribe(sound.samples, sound.sample_rate, transcribe);
    const std::optional<std::size_t> taken = allocations_since(before);
    if (!transcript) return transcript.error();
    if (transcript->text.empty() && options.synthetic.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "the transcript is empty: the speed of hearing nothing says nothing"};
    }
    speed.runs.emplace_back().add(*transcript, taken);
    audio_seconds = transcript->audio_seconds;
  }
  speed.setup = describe(recognizer, audio_seconds, load_ms);
  return speed;
}

}  // namespace

int bench_speed(const BenchOptions& options) {
  const std::string& name = options.synthetic.empty() ? options.decoding.model : options.synthetic;
  double load_ms = 0;
  const Result<Model> model = load(options, load_ms);
  if (!model) {
    complain(name, model.error());
    return kFailure;
  }
  Result<Sound> sound = options.sound.empty()
                            ? made_up_sound(model->info().architecture == "whisper")
                            : read_sound(options.sound);
  if (!sound) {
    complain(options.sound, sound.error());
    return kFailure;
  }

  std::vector<unsigned> threads = options.threads;
  if (threads.empty()) threads.push_back(0);
  std::vector<Speed> all;
  for (const unsigned count : threads) {
    Result<Speed> speed = measure(options, *model, load_ms, *sound, count);
    if (!speed) {
      complain(options.sound.empty() ? name : options.sound, speed.error());
      return kFailure;
    }
    all.push_back(*std::move(speed));
  }
  for (Speed& speed : all) {
    speed.limits = measure_limits(speed.runs.front(), speed.setup.isa, speed.setup.threads);
    std::printf("%s\n", options.json ? to_line(to_json(speed)).c_str() : to_text(speed).c_str());
  }
  return kOk;
}

std::optional<std::size_t> allocations_since(const std::optional<std::size_t>& before) {
  const std::optional<std::size_t> now = allocations();
  return before && now ? std::optional(*now - *before) : std::nullopt;
}

Setup describe(const Recognizer& recognizer, double audio_seconds, double load_ms) {
  const ModelInfo& model = recognizer.model.info();
  return {.model = model.name,
          .type = weight_type(model),
          .isa = model.instruction_set,
          .threads = recognizer.session.threads(),
          .audio_seconds = audio_seconds,
          .load_ms = load_ms,
          .peak_rss_bytes = peak_rss_bytes(),
          .weights_bytes = model.weights_bytes,
          .arena_bytes = recognizer.session.memory().session_bytes,
          .kernels = recognizer.session.kernels(),
          .machine = read_machine_state()};
}

}  // namespace sotto::tools
