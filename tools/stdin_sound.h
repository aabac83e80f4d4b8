// Sound from the standard input: a file's bytes, or samples without any header.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sotto::tools {

enum class Pcm { kNone, kS16, kF32 };  // little-endian, mono

// The samples of `bytes`; +-1 is full scale. Errors (kCorruptFile): none at all, or bytes that are
// no whole number of them.
Result<Sound> read_pcm(std::span<const std::byte> bytes, Pcm format, int sample_rate);

// All of the descriptor up to its end. Errors: kIo, kAborted (`stop` said so, asked before each
// block and when a signal came), kOutOfMemory (over `most` bytes).
Result<std::vector<std::byte>> read_all(int descriptor, std::size_t most,
                                        const std::function<bool()>& stop);

}  // namespace sotto::tools
