// What the long-form loop asks of whoever hears the sound: windows of at most 30 s, decoded and
// aligned.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/decode/decoding.h"

namespace sotto::decode {

inline constexpr std::size_t kWindowFrames = 3000;  // 30 s
inline constexpr double kFramesPerSecond = 100;     // a frame is 160 samples at 16 kHz
inline constexpr double kTokensPerSecond = 50;  // an encoder position, a step of times: 2 frames

// Times are in seconds from the window's beginning.
struct WordTiming {
  std::string word;  // with the blank before it, if there is one; may be empty
  std::vector<std::int32_t> tokens;
  double start = 0;
  double end = 0;
  double probability = 0;  // mean of its tokens'
};

class WindowSource {
 public:
  WindowSource() = default;
  WindowSource(const WindowSource&) = delete;
  WindowSource& operator=(const WindowSource&) = delete;
  virtual ~WindowSource() = default;

  // Frames that the sound has.
  virtual std::size_t frames() const = 0;

  // Tokens that a hypothesis can hold: DecoderModel::context().
  virtual std::size_t context() const = 0;

  // Takes frames [seek, seek + count), zeros after them up to 3000, through the encoder. Requires:
  // 0 < count <= 3000, seek + count <= frames(). Fails where the sound cannot be read or the caller
  // wants no more.
  virtual Status encode(std::size_t seek, std::size_t count) = 0;

  // The encoded window with temperature fallback; `prompt` are the tokens of the text before, which
  // may be more than fit. Fails where the decoding was aborted.
  virtual Result<DecodingResult> decode(std::span<const std::int32_t> prompt) = 0;

  // The words of the encoded window and their times: Aligner::find_alignment(). `count` is the
  // window's, as given to encode(). Requires: text_tokens are text.
  virtual Result<std::vector<WordTiming>> align(std::span<const std::int32_t> text_tokens,
                                                std::size_t count) = 0;
};

}  // namespace sotto::decode
