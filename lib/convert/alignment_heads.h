// Which heads of Whisper's cross attention follow the sound: word timestamps are made of them.
#pragma once

#include <sotto/result.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/format/json_config.h"

namespace sotto::converter {

struct AlignmentHead {
  std::uint32_t layer = 0, head = 0;
  bool operator==(const AlignmentHead&) const = default;
};

// What tells the published models apart. large-v1 and large-v2 do not differ in it.
struct WhisperShape {
  std::uint32_t encoder_layers = 0, decoder_layers = 0, width = 0, vocabulary = 0;
};

// The heads that OpenAI publishes for the models (openai/whisper, __init__.py), large-v2's for its
// shape; for any other shape all `heads` of each layer of the upper half of the decoder, as the
// reference does it.
std::vector<AlignmentHead> default_alignment_heads(const WhisperShape& shape, std::uint32_t heads);

// The pairs of "alignment_heads" in a generation_config.json. Errors: kCorruptFile for a layer or
// head that the decoder does not have, a pair given twice, or none at all.
Result<std::vector<AlignmentHead>> read_alignment_heads(const format::JsonConfig& config,
                                                        std::uint32_t layers, std::uint32_t heads);

// "layer,head;layer,head", or JSON as above: [[2, 0], [3, 1]]. Errors: the same, and for any other
// text, as kInvalidArgument.
Result<std::vector<AlignmentHead>> parse_alignment_heads(std::string_view text,
                                                         std::uint32_t layers, std::uint32_t heads);

}  // namespace sotto::converter
