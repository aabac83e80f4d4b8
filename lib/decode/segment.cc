#include "lib/decode/segment.h"

namespace sotto::decode {

std::optional<double> end_of_speech(std::span<const Segment> segments) {
  for (std::size_t i = segments.size(); i-- > 0;) {
    if (!segments[i].words.empty()) return segments[i].words.back().end;
  }
  if (segments.empty()) return std::nullopt;
  return segments.back().end;
}

}  // namespace sotto::decode
