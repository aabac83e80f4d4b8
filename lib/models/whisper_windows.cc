#include "lib/models/whisper_windows.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lib/base/error.h"

namespace sotto::models {
namespace {

using Clock = std::chrono::steady_clock;

// Adds the time of its life to `seconds`.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  double& seconds_;
  Clock::time_point start_ = Clock::now();
};

Error aborted() { return base::error(ErrorCode::kAborted, "aborted"); }

}  // namespace

WhisperWindows::WhisperWindows(WhisperSession& session, decode::WhisperDecoder& decoder,
                               decode::Aligner& aligner, const text::WhisperTokenizer& tokenizer,
                               audio::MelSource& mel, WindowOptions options)
    : session_(session),
      decoder_(decoder),
      aligner_(aligner),
      tokenizer_(tokenizer),
      mel_(mel),
      options_(std::move(options)),
      detects_(tokenizer.ids().multilingual && options_.decoding.language.empty()) {}

std::size_t WhisperWindows::frames() const { return mel_.frames(); }
std::size_t WhisperWindows::context() const { return session_.context(); }

Status WhisperWindows::encode(std::size_t seek, std::size_t count) {
  const bool whole = detects_ && !options_.detect_per_window;
  if (whole && !detection_) {
    // The reference hears the first 30 s for this, wherever the window is; what the sound lacks of
    // them is silence, not the zeros of a window.
    if (Status status = hear(0, decode::kWindowFrames); !status) return status;
    if (Status status = detect(); !status) return status;
  }
  if (Status status = hear(seek, count); !status) return status;
  return detects_ && !whole ? detect() : ok();
}

Status WhisperWindows::hear(std::size_t seek, std::size_t count) {
  const Stopwatch stopwatch(times_.encode_seconds);
  const std::span<float> mel = session_.mel();
  if (options_.silence_after) count = decode::kWindowFrames;
  const std::size_t size = mel.size() / decode::kWindowFrames * count;
  if (Status status = mel_.read(seek, count, mel.first(size)); !status) return status;
  std::fill(mel.begin() + static_cast<std::ptrdiff_t>(size), mel.end(), 0.0F);
  session_.clear_usage();
  session_.encode();
  if (stopped()) return aborted();
  const WhisperUsage usage = session_.usage();
  times_.session.encode += usage.encode;
  times_.session.cross += usage.cross;
  return ok();
}

Status WhisperWindows::detect() {
  const Stopwatch stopwatch(times_.decode_seconds);
  Result<decode::LanguageDetection> detection =
      decode::detect_language(session_, tokenizer_, options_.languages);
  if (!detection) return std::move(detection).error();
  if (stopped()) return aborted();
  options_.decoding.language = detection->code;
  if (!detection_) detection_ = *std::move(detection);
  return ok();
}

Result<decode::DecodingResult> WhisperWindows::decode(std::span<const std::int32_t> prompt) {
  const Stopwatch stopwatch(times_.decode_seconds);
  const Clock::time_point start = Clock::now();
  options_.decoding.prompt.assign(prompt.begin(), prompt.end());
  session_.clear_usage();
  Result<decode::DecodingResult> result =
      decode::decode_with_fallback(decoder_, options_.decoding, options_.fallback);
  add_decoding(start);
  if (result && result->aborted) return aborted();
  return result;
}

bool WhisperWindows::stopped() const {
  return options_.decoding.abort != nullptr && options_.decoding.abort->requested();
}

// What decode() did since `start`.
void WhisperWindows::add_decoding(Clock::time_point start) {
  const Clock::time_point end = Clock::now();
  const WhisperUsage usage = session_.usage();
  // The first step feeds the first token.
  if (!times_.first_token) times_.first_token = usage.step.runs > 0 ? usage.step.started : end;
  times_.session.prompt += usage.prompt;
  times_.session.prompt_tokens += usage.prompt_tokens;
  times_.session.step += usage.step;
  times_.choice_seconds += std::chrono::duration<double>(end - start).count() -
                           usage.prompt.seconds - usage.step.seconds;
}

Result<std::vector<decode::WordTiming>> WhisperWindows::align(
    std::span<const std::int32_t> text_tokens, std::size_t count) {
  const Stopwatch stopwatch(times_.decode_seconds);
  auto alignment = aligner_.find_alignment(text_tokens, count, options_.decoding.language,
                                           options_.decoding.task);
  if (stopped()) return aborted();
  return alignment;
}

}  // namespace sotto::models
