// Every format that libsndfile reads. Part of the library only with SOTTO_WITH_SNDFILE.
#pragma once

#include <sotto/result.h>

#include <memory>

#include "lib/audio/decoder.h"
#include "lib/audio/source.h"

namespace sotto::audio {

Result<std::unique_ptr<Decoder>> decode_with_sndfile(std::unique_ptr<Source> source);

}  // namespace sotto::audio
