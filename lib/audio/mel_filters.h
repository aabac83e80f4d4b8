// The bank of triangular filters between a spectrum and mel bands.
#pragma once

#include <cstddef>
#include <vector>

namespace sotto::audio {

// Slaney's mel scale (Auditory Toolbox, 1998): 200/3 Hz a mel below 1 kHz, above it a factor of
// 6.4 in 27 mels. Band i rises from edge i to edge i + 1 and falls to edge i + 2, where the
// bands + 2 edges lie evenly in mel between 0 and 8 kHz; its area is 1, so its top is
// 2 / (edge[i + 2] - edge[i]). That is what librosa.filters.mel(16000, 400, bands) makes.
class MelFilters {
 public:
  // Of one band: `count` weights from bin `first` on; the others are 0.
  struct Row {
    std::size_t first = 0;
    std::size_t count = 0;
    const float* weights = nullptr;
  };

  explicit MelFilters(std::size_t bands);

  std::size_t bands() const noexcept { return rows_.size(); }
  Row row(std::size_t band) const noexcept {
    return {rows_[band].first, rows_[band].count, weights_.data() + rows_[band].offset};
  }

 private:
  struct Place {
    std::size_t first = 0;
    std::size_t count = 0;
    std::size_t offset = 0;  // in weights_
  };
  std::vector<Place> rows_;
  std::vector<float> weights_;
};

}  // namespace sotto::audio
