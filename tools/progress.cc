#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/display_text.h"
#include "tools/terminal.h"

namespace sotto::tools {
namespace {

constexpr std::size_t kMaxBar = 30;
constexpr std::size_t kMinBar = 5;
constexpr std::chrono::milliseconds kInterval{100};

std::string format_span(double seconds) {
  const long long whole = std::llrint(std::clamp(seconds, 0.0, 359'999.0));
  char text[64];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// The first `width` columns' worth of bytes, not more than so many code points; a wide character
// counts two columns, as does whatever is not ASCII.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t columns = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    std::size_t next = end + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    columns += next - end == 1 ? 1 : 2;
    if (columns > width) break;
    end = next;
  }
  return text.substr(0, end);
}

}  // namespace

std::string progress_line(const ProgressState& state, std::size_t width) {
  const double share = std::clamp(state.share, 0.0, 1.0);
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3d%%", static_cast<int>(share * 100));
  std::string line = percent;

  std::string facts;
  if (state.sound_seconds && share > 0 && state.elapsed_seconds > 0) {
    char speed[64];
    const double factor = share * *state.sound_seconds / state.elapsed_seconds;
    std::snprintf(speed, sizeof speed, " %.1fx", std::min(factor, 99'999.0));
    facts += speed;
  }
  if (state.remaining_seconds) {
    facts.append(facts.empty() ? " " : ", ").append(format_span(*state.remaining_seconds));
    facts += " left";
  } else {
    facts.append(" ").append(format_span(state.waited_seconds)).append(" so far");
  }
  const std::size_t fixed = line.size() + 3 + facts.size();  // with " [" and "]"
  if (fixed + kMinBar <= width) {
    const std::size_t bar = std::min(kMaxBar, width - fixed);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(bar));
    line.append(" [").append(full, '#').append(bar - full, ' ').append("]");
  }
  line += facts;
  if (line.size() + 2 < width && !state.name.empty()) {
    line.append(", ").append(cut(state.name, width - line.size() - 2));
  }
  return cut(line, width);
}

void LengthEstimate::add_segment(double window_seconds, double end_seconds) {
  end_seconds_ = end_seconds;
  // The last progress was the share up to this window.
  if (share_ <= 0 || window_seconds <= start_seconds_) return;
  seconds_ = (window_seconds - start_seconds_) / share_;
  exact_ = true;
}

void LengthEstimate::add_progress(double share) {
  share_ = share;
  // Roughly, as the window may end after its last segment.
  if (!exact_ && share > 0 && end_seconds_ > start_seconds_) {
    seconds_ = (end_seconds_ - start_seconds_) / share;
  }
  end_seconds_ = 0;
}

Progress::Progress(bool shown, std::string name) : shown_(shown) {
  state_.name = printable(name);
  draw();
}

void Progress::update(double share) {
  updated_ = Clock::now();
  state_.share = share;
  const double elapsed = seconds_between(begin_, updated_);
  if (share > 0) remaining_at_update_ = elapsed * (1 - share) / share;
  draw();
}

void Progress::tick() {
  if (shown_ && Clock::now() - drawn_at_ >= kInterval) draw();
}

void Progress::draw() {
  if (!shown_) return;
  drawn_at_ = Clock::now();
  state_.elapsed_seconds = seconds_between(begin_, updated_);
  state_.waited_seconds = seconds_between(begin_, drawn_at_);
  if (remaining_at_update_) {
    state_.remaining_seconds =
        std::max(0.0, *remaining_at_update_ - seconds_between(updated_, drawn_at_));
  }
  // One column is left free: a full line would move the cursor to the next.
  const std::string line = progress_line(state_, terminal_width(STDERR_FILENO) - 1);
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace sotto::tools
