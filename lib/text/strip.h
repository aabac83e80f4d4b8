// Text without the blanks around it.
#pragma once

#include <string>
#include <string_view>

namespace sotto::text {

// Python's str.strip(): without the characters at either end that are blanks to str.isspace().
// Views `text`, which may be any bytes; ill-formed ones are no blanks.
std::string_view strip(std::string_view text);
// The same in the memory of `text`.
std::string stripped(std::string text);

}  // namespace sotto::text
