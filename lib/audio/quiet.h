// Where to cut a sound that is too long for one pass.
#pragma once

#include <cstddef>
#include <span>

namespace sotto::audio {

// The middle of the quietest 40 ms whose middle lies in [earliest, latest]: between words, if there
// is a pause. The last such place where several are equally quiet, so that pieces are long.
// Requires: 0 < earliest <= latest <= samples.size().
std::size_t quietest_place(std::span<const float> samples, std::size_t earliest, std::size_t latest,
                           int sample_rate) noexcept;

}  // namespace sotto::audio
