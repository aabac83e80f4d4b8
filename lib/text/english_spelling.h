// British spellings and the American ones (openai/whisper, normalizers/english.json, which is the
// list of https://www.tysto.com/uk-us-spelling-list.html with a few words of its own).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sotto::text {

// Immutable; any thread.
class EnglishSpelling {
 public:
  EnglishSpelling();

  std::size_t size() const noexcept { return american_.size(); }  // British words
  // Of a word in small letters; the word itself where the list lacks it.
  std::string_view american(std::string_view word) const;

 private:
  std::unordered_map<std::string, std::string> american_;
};

}  // namespace sotto::text
