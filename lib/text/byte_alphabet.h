// GPT-2's alphabet for bytes: in vocabulary files a byte is a printable character, itself where it
// is one, else U+0100 and up (openai/gpt-2, encoder.py, bytes_to_unicode).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sotto::text {

std::string printable_from_bytes(std::string_view bytes);
// Appends to `bytes`. False where `printable` holds a character outside the alphabet; `bytes` then
// has what came before it.
[[nodiscard]] bool append_bytes(std::string_view printable, std::string& bytes);
// Nothing where `printable` holds a character outside the alphabet.
std::optional<std::string> bytes_from_printable(std::string_view printable);

}  // namespace sotto::text
