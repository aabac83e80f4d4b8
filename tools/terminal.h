// What a terminal may be shown.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto::tools {

// Whether the descriptor is a terminal that moves its cursor: TERM is not "dumb".
bool is_terminal(int descriptor);

// Whether colours are welcome there: also NO_COLOR is not set, or empty (no-color.org).
bool takes_colors(int descriptor);

// Columns, from 20 to 200; 80 if the terminal does not say.
std::size_t terminal_width(int descriptor);

// The segment's text, its words, or all of it where there are none, in green, yellow (probability
// below 0.8) or red (below 0.5); as it is where the model gives no probabilities.
std::string colored_text(const Segment& segment);

}  // namespace sotto::tools
