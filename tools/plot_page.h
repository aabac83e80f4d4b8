// The picture of plot_svg() as a page with the sound to click on. It asks for nothing from outside.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/plot_svg.h"
#include "tools/plot_transcript.h"

namespace sotto::tools {

// Firefox before 136 reads no data URI of more than 32 MiB: 12 minutes at 16 kHz.
inline constexpr std::size_t kMaxEmbeddedBytes = std::size_t{24} << 20;

// The sound as a WAV file of 16 bits, mono; louder than full scale is clipped.
// Requires: at most 1 GiB of it.
std::string wav_bytes(const Sound& sound);

std::string base64(std::string_view bytes);

// A relative reference to a file, with / between folders, as a URI: every byte but letters, digits
// and what is harmless becomes %XX.
std::string uri_path(std::string_view path);

// `link` is a URI to play the sound from; where it is empty the page holds the sound itself.
// Errors: plot_svg()'s; kInvalidArgument: sound over kMaxEmbeddedBytes that the page is to hold.
Result<std::string> plot_page(const SpokenText& text, const Sound& sound, PlotOptions options,
                              const std::string& link);

}  // namespace sotto::tools
