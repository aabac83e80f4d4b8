// Wall time of a transcription's parts.
#pragma once

#include <chrono>

namespace sotto::api {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace sotto::api
