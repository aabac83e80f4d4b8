#include <algorithm>
#include <chrono>
#include <thread>

#include "lib/api/model.h"
#include "lib/api/wall.h"
#include "lib/audio/audio.h"
#include "lib/audio/quiet.h"
#include "lib/base/error.h"
#include "lib/graph/plan.h"

namespace sotto {
namespace {

using models::kMoonshineRate;
using models::MoonshineLimits;
using models::MoonshineSession;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

unsigned default_threads() {
  constexpr unsigned kMost = 8;  // beyond, small models gain nothing
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
}

Result<MoonshineLimits> limits_of(const SessionOptions& options) {
  const double most = static_cast<double>(models::kMoonshineMaxSeconds);
  if (!(options.window_seconds >= 1 && options.window_seconds <= most)) {
    return base::error(ErrorCode::kInvalidArgument, "window_seconds is ", options.window_seconds,
                       ", expected 1 to ", most);
  }
  MoonshineLimits limits;
  limits.max_samples = static_cast<std::size_t>(options.window_seconds * kMoonshineRate);
  return limits;
}

MemoryNeed need_of(const models::Moonshine& model, const graph::Plan& plan) {
  return {model.weights_bytes(), plan.arena_bytes, plan.state_bytes};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Model::Impl> model;
  std::unique_ptr<MoonshineSession> session;
  MemoryNeed need;
  unsigned threads = 0;

  Result<Transcript> transcribe(std::span<const float> samples, int sample_rate,
                                const TranscribeOptions& options);
  Status add_piece(std::span<const float> piece, double start_seconds,
                   const TranscribeOptions& options, Transcript& transcript);
};

Result<MemoryNeed> Session::memory_need(const Model& model,
                                        const SessionOptions& options) noexcept {
  return api::guarded<Result<MemoryNeed>>([&]() -> Result<MemoryNeed> {
    const models::Moonshine& moonshine = *model.impl_->moonshine;
    const Result<MoonshineLimits> limits = limits_of(options);
    if (!limits) return limits.error();
    const Result<graph::Plan> plan = MoonshineSession::plan(moonshine, *limits);
    if (!plan) return plan.error();
    return need_of(moonshine, *plan);
  });
}

Result<std::string> Session::describe_plan(const Model& model,
                                           const SessionOptions& options) noexcept {
  return api::guarded<Result<std::string>>([&]() -> Result<std::string> {
    const models::Moonshine& moonshine = *model.impl_->moonshine;
    const Result<MoonshineLimits> limits = limits_of(options);
    if (!limits) return limits.error();
    const Result<graph::Plan> plan = MoonshineSession::plan(moonshine, *limits);
    if (!plan) return plan.error();
    return graph::describe(*plan);
  });
}

Result<Session> Session::create(const Model& model, const SessionOptions& options) noexcept {
  return api::guarded<Result<Session>>([&]() -> Result<Session> {
    const models::Moonshine& moonshine = *model.impl_->moonshine;
    const Result<MemoryNeed> need = memory_need(model, options);
    if (!need) return need.error();
    if (options.memory_limit_bytes != 0 && need->session_bytes > options.memory_limit_bytes) {
      return base::error(ErrorCode::kOutOfMemory, model.info().file, ": a session of ",
                         options.window_seconds, " s needs ", need->session_bytes,
                         " bytes, the limit is ", options.memory_limit_bytes);
    }
    const Result<MoonshineLimits> limits = limits_of(options);
    if (!limits) return limits.error();
    auto impl = std::make_unique<Impl>();
    impl->model = model.impl_;
    impl->need = *need;
    impl->threads = options.threads == 0 ? default_threads() : options.threads;
    Result<std::unique_ptr<MoonshineSession>> session =
        MoonshineSession::create(moonshine, *limits, impl->threads);
    if (!session) return std::move(session).error();
    impl->session = *std::move(session);
    return Session(std::move(impl));
  });
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const MemoryNeed& Session::memory() const noexcept { return impl_->need; }
unsigned Session::threads() const noexcept { return impl_->threads; }

Result<Transcript> Session::transcribe(std::span<const float> samples, int sample_rate,
                                       const TranscribeOptions& options) noexcept {
  return api::guarded<Result<Transcript>>(
      [&] { return impl_->transcribe(samples, sample_rate, options); });
}

Result<Transcript> Session::Impl::transcribe(std::span<const float> samples, int sample_rate,
                                             const TranscribeOptions& options) {
  const Clock::time_point start = Clock::now();
  if (Status status = audio::check_samples("the sound", samples); !status) {
    return Error{ErrorCode::kInvalidArgument, std::move(status).error().message};
  }
  std::vector<float> resampled;
  if (sample_rate != kMoonshineRate) {
    Result<std::vector<float>> result = audio::resample(samples, sample_rate, kMoonshineRate);
    if (!result) return std::move(result).error();
    resampled = *std::move(result);
    samples = resampled;
  }

  Transcript transcript;
  transcript.audio_seconds = static_cast<double>(samples.size()) / kMoonshineRate;
  const std::size_t window = session->max_samples();
  for (std::size_t begin = 0; begin < samples.size();) {
    const std::span<const float> rest = samples.subspan(begin);
    // A piece of at least two thirds of the window leaves room to look for a pause.
    const std::size_t length =
        rest.size() <= window ? rest.size()
                              : audio::quietest_place(rest, window * 2 / 3, window, kMoonshineRate);
    const double start_seconds = static_cast<double>(begin) / kMoonshineRate;
    if (Status status = add_piece(rest.first(length), start_seconds, options, transcript);
        !status) {
      return std::move(status).error();
    }
    begin += length;
  }
  transcript.total_seconds = seconds_since(start);
  return transcript;
}

Status Session::Impl::add_piece(std::span<const float> piece, double start_seconds,
                                const TranscribeOptions& options, Transcript& transcript) {
  const Clock::time_point start = Clock::now();
  session->encode(piece);
  transcript.encode_seconds += seconds_since(start);

  const Clock::time_point encoded = Clock::now();
  const std::size_t limit = MoonshineLimits::tokens_for(piece.size(), model->moonshine->config());
  const MoonshineSession::Greedy result =
      session->greedy(limit, model->tokenizer.size(), options.repetition_guard);
  transcript.decode_seconds += seconds_since(encoded);

  const Result<std::string> text = model->tokenizer.decode(result.tokens);
  if (!text) return text.error();
  const std::string_view words = trim(*text);
  if (words.empty()) return ok();
  Segment segment;
  segment.start_seconds = start_seconds;
  segment.end_seconds = start_seconds + static_cast<double>(piece.size()) / kMoonshineRate;
  segment.text = words;
  segment.tokens.assign(result.tokens.begin(), result.tokens.end());
  segment.truncated = result.stop != MoonshineSession::Stop::kEndToken;
  if (!transcript.text.empty()) transcript.text += ' ';
  transcript.text += segment.text;
  transcript.segments.push_back(std::move(segment));
  return ok();
}

}  // namespace sotto
