// Counts what a transcript has wrong, word by word.
#pragma once

#include <cstddef>
#include <string_view>

namespace sotto::text {

struct WordErrors {
  std::size_t hits = 0;
  std::size_t substitutions = 0;
  std::size_t deletions = 0;   // words of the reference that the hypothesis lacks
  std::size_t insertions = 0;  // words of the hypothesis that the reference lacks

  std::size_t words() const noexcept {
    return hits + substitutions + deletions;
  }  // of the reference
  std::size_t errors() const noexcept { return substitutions + deletions + insertions; }
};

// The least edits that make `hypothesis` of `reference` (Levenshtein's distance), counted in words
// between blanks; of several ways, one with the most hits. Words are compared byte by byte, so the
// texts should be normalised (normalizer.h). Takes memory linear in both texts, and time in the
// length of the shorter times the number of errors.
WordErrors count_word_errors(std::string_view reference, std::string_view hypothesis);

}  // namespace sotto::text
