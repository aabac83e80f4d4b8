// Every format that libsndfile reads. Part of the library only with SOTTO_WITH_SNDFILE.
#pragma once

#include <sotto/result.h>

#include "lib/audio/audio.h"
#include "lib/audio/source.h"

namespace sotto::audio {

Result<Sound> read_with_sndfile(Source& source, const ReadOptions& options);

}  // namespace sotto::audio
