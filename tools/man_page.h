// The manual page, from the table of options.
#pragma once

#include <string>

#include "tools/option_table.h"

namespace sotto::tools {

// sotto(1), for man's macros of roff. A paragraph of a footer that begins with "Title: " or has a
// line "Title:" of its own becomes a section; its indented lines stay lines.
std::string man_page(const CommandFacts& root, const std::string& version);

}  // namespace sotto::tools
