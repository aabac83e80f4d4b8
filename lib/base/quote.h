// Text of unknown origin made fit for a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto::base {

// `text` in double quotes. Bytes other than printable ASCII become \xNN, so that a name from a
// hostile file can neither steer a terminal nor break a line; what goes beyond `max_bytes` bytes
// of `text` becomes "...".
std::string quote(std::string_view text, std::size_t max_bytes = 64);

}  // namespace sotto::base
