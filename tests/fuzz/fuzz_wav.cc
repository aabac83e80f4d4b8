// Any bytes as a WAV file. Needs lib/audio: wav.cc, mixer.cc, source.cc, stream.cc, audio.cc.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "lib/audio/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto::audio;
  const auto sound = read_wav("fuzz", std::as_bytes(std::span(data, size)), {3600});
  // Samples have at least a byte each in the file, and are numbers.
  if (sound && (sound->samples.size() > size || !check_samples("fuzz", sound->samples)))
    std::abort();
  return 0;
}
