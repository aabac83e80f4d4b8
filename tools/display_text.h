// Text from outside, made fit to be shown: on a terminal, and in SVG and HTML, where letters have
// widths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sotto::tools {

// What may be shown of a text: line breaks and tabs become blanks, other control characters, what
// turns the direction of a line around, and what XML has no place for are dropped; bytes that are
// not UTF-8 become U+FFFD.
std::string printable(std::string_view text);

// printable(), with the characters that mean something to XML and HTML escaped: fit for elements
// and for quoted attributes.
std::string xml_text(std::string_view text);

// What a reader takes for one character each: a letter with its accents, an emoji with its parts.
// Requires, as all below: `text` is of printable().
std::vector<std::string_view> characters(std::string_view text);

// About how wide the text is in a usual sans-serif font of that size.
double text_width(std::string_view text, double font_size);

// The text, or its beginning and an ellipsis, in no more than `width`; empty where not even one
// character and the ellipsis fit.
std::string shorten(std::string_view text, double width, double font_size);

// The text on lines of no more than `width`, broken at blanks, within a word only where that is
// wider; shortened where it takes more than `most_lines`.
std::vector<std::string> wrap(std::string_view text, double width, double font_size,
                              std::size_t most_lines);

}  // namespace sotto::tools
