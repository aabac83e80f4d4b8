// How repetitive a text is.
#pragma once

#include <string_view>

namespace sotto::decode {

// Bytes of `text` by bytes of its zlib stream at zlib's default level, as compression_ratio() of
// openai/whisper (utils.py). 0 for an empty text. Requires: memory for the stream.
double compression_ratio(std::string_view text);

}  // namespace sotto::decode
