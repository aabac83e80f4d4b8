#include "lib/audio/mel_filters.h"

#include <algorithm>
#include <cmath>

#include "lib/audio/fft.h"

namespace sotto::audio {
namespace {

constexpr double kHighestHertz = 8000;
constexpr double kLinearHertz = 200.0 / 3;  // a mel's, below
constexpr double kLogFrom = 1000;           // Hz
constexpr double kLogFromMel = kLogFrom / kLinearHertz;

double log_step() { return std::log(6.4) / 27; }

double mel_of(double hertz) {
  if (hertz < kLogFrom) return hertz / kLinearHertz;
  return kLogFromMel + std::log(hertz / kLogFrom) / log_step();
}

double hertz_of(double mel) {
  if (mel < kLogFromMel) return mel * kLinearHertz;
  return kLogFrom * std::exp((mel - kLogFromMel) * log_step());
}

}  // namespace

MelFilters::MelFilters(std::size_t bands) {
  const double mel_step = mel_of(kHighestHertz) / static_cast<double>(bands + 1);
  const auto edge = [&](std::size_t i) { return hertz_of(mel_step * static_cast<double>(i)); };
  for (std::size_t band = 0; band < bands; ++band) {
    const double low = edge(band), top = edge(band + 1), high = edge(band + 2);
    Place place{0, 0, weights_.size()};
    for (std::size_t bin = 0; bin < kFftBins; ++bin) {
      const double hertz = kHighestHertz * static_cast<double>(bin) / (kFftBins - 1);
      const double weight = std::min((hertz - low) / (top - low), (high - hertz) / (high - top));
      if (weight <= 0) continue;
      if (place.count == 0) place.first = bin;
      ++place.count;
      weights_.push_back(static_cast<float>(weight * 2 / (high - low)));
    }
    rows_.push_back(place);
  }
}

}  // namespace sotto::audio
