#include "lib/audio/audio.h"
#include "lib/base/error.h"

#ifdef SOTTO_WITH_SAMPLERATE
#include <samplerate.h>

#include <algorithm>
#include <cmath>
#include <memory>
#endif

namespace sotto::audio {
namespace {

using base::error;

#ifdef SOTTO_WITH_SAMPLERATE

struct Delete {
  void operator()(SRC_STATE* state) const { src_delete(state); }
};

Result<std::vector<float>> convert(std::span<const float> samples, int from_rate, int to_rate) {
  constexpr std::size_t kBlock = std::size_t{1} << 16;
  const double ratio = static_cast<double>(to_rate) / from_rate;
  int failure = 0;
  const std::unique_ptr<SRC_STATE, Delete> state(src_new(SRC_SINC_MEDIUM_QUALITY, 1, &failure));
  if (state == nullptr) return error(ErrorCode::kOutOfMemory, "resample: ", src_strerror(failure));
  const auto frames =
      static_cast<std::size_t>(std::llround(static_cast<double>(samples.size()) * ratio));
  std::vector<float> out(frames);  // zeros at the end, should the filter give one less
  std::size_t in = 0;
  std::size_t made = 0;
  while (made < frames) {
    const std::size_t count = std::min(kBlock, samples.size() - in);
    SRC_DATA data = {};
    data.data_in = samples.data() + in;
    data.input_frames = static_cast<long>(count);
    data.data_out = out.data() + made;
    data.output_frames = static_cast<long>(std::min(kBlock, frames - made));
    data.end_of_input = in + count == samples.size() ? 1 : 0;
    data.src_ratio = ratio;
    failure = src_process(state.get(), &data);
    if (failure != 0) return error(ErrorCode::kInternal, "resample: ", src_strerror(failure));
    in += static_cast<std::size_t>(data.input_frames_used);
    made += static_cast<std::size_t>(data.output_frames_gen);
    if (data.input_frames_used == 0 && data.output_frames_gen == 0) break;
  }
  return out;
}

#else

Result<std::vector<float>> convert(std::span<const float>, int from_rate, int to_rate) {
  return error(ErrorCode::kUnsupported, "cannot resample from ", from_rate, " to ", to_rate,
               " Hz: sotto was built without libsamplerate");
}

#endif

}  // namespace

Result<std::vector<float>> resample(std::span<const float> samples, int from_rate, int to_rate) {
  constexpr int kMaxRatio = 256;  // libsamplerate's own limit
  const auto in_range = [](int rate) { return rate >= 1 && rate <= kMaxSampleRate; };
  if (!in_range(from_rate) || !in_range(to_rate) || from_rate / kMaxRatio >= to_rate ||
      to_rate / kMaxRatio >= from_rate) {
    return error(ErrorCode::kInvalidArgument, "cannot resample from ", from_rate, " to ", to_rate,
                 " Hz: expected 1 to ", kMaxSampleRate, " Hz, less than ", kMaxRatio,
                 " times apart");
  }
  if (from_rate == to_rate) return std::vector<float>(samples.begin(), samples.end());
  if (samples.empty()) return std::vector<float>();
  return convert(samples, from_rate, to_rate);
}

}  // namespace sotto::audio
