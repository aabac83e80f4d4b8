#include "lib/audio/quiet.h"

#include <algorithm>
#include <limits>

namespace sotto::audio {

std::size_t quietest_place(std::span<const float> samples, std::size_t earliest, std::size_t latest,
                           int sample_rate) noexcept {
  const std::size_t half = static_cast<std::size_t>(std::max(sample_rate / 50, 1));
  const std::size_t step = std::max<std::size_t>(half / 2, 1);
  std::size_t place = latest;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t middle = earliest; middle <= latest; middle += step) {
    const std::size_t begin = middle - std::min(middle, half);
    const std::size_t end = std::min(samples.size(), middle + half);
    double energy = 0;
    for (std::size_t i = begin; i < end; ++i) energy += double{samples[i]} * double{samples[i]};
    energy /= static_cast<double>(end - begin);
    if (energy <= least) {
      least = energy;
      place = middle;
    }
  }
  return place;
}

}  // namespace sotto::audio
