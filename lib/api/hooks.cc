#include "lib/api/hooks.h"

namespace sotto::api {

bool Hooks::requested() noexcept {
  if (aborted_ || !hooks_.abort) return aborted_;
  try {
    aborted_ = hooks_.abort();
  } catch (...) {
    failure_ = std::current_exception();
    aborted_ = true;
  }
  return aborted_;
}

void Hooks::apply(std::span<const std::int32_t> tokens, std::span<float> logits) noexcept {
  if (aborted_) return;
  try {
    hooks_.logits(tokens, logits);
  } catch (...) {
    failure_ = std::current_exception();
    aborted_ = true;
  }
}

void Hooks::segment(const Segment& segment) const {
  log(LogLevel::kDebug, "segment of ", segment.tokens.size(), " tokens, ", segment.start_seconds,
      " to ", segment.end_seconds, " s");
  if (segment.temperature > 0) {
    log(LogLevel::kInfo, "from ", segment.seek_seconds, " s: decoded at temperature ",
        segment.temperature);
  }
  if (segment.truncated) {
    log(LogLevel::kWarning, segment.start_seconds, " to ", segment.end_seconds,
        " s: ended before its end of text: words may be missing");
  }
  if (hooks_.segment) hooks_.segment(segment);
}

void Hooks::progress(double share) {
  if (!(share > progress_) || share >= 1) return;
  progress_ = share;
  if (hooks_.progress) hooks_.progress(share);
}

void Hooks::done() const {
  if (hooks_.progress) hooks_.progress(1.0);
}

}  // namespace sotto::api
