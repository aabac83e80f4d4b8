#include "lib/text/word_error_rate.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "lib/text/unicode.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

using Word = std::size_t;  // an index instead of the text
using Words = std::span<const Word>;

std::vector<Word> number_words(std::string_view text, std::map<std::string_view, Word>& known) {
  std::vector<Word> words;
  std::size_t begin = 0;
  const auto end_word = [&](std::size_t end) {
    if (end > begin) {
      words.push_back(known.emplace(text.substr(begin, end - begin), known.size()).first->second);
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    if (is_python_space(step.code)) {
      end_word(at);
      begin = at + step.length;
    }
    at += step.length;
  }
  end_word(text.size());
  return words;
}

// Errors and, as the lower half, how many of them are substitutions: of two costs with the same
// errors the one with more hits is less.
using Cost = std::uint64_t;
constexpr Cost kError = Cost{1} << 32;
constexpr Cost kSubstitution = kError + 1;
constexpr Cost kTooMuch = std::numeric_limits<Cost>::max() / 2;

// The cost of the cheapest way, if it has at most `most` errors (Ukkonen, "Algorithms for
// approximate string matching", 1985: such a way keeps within `most` of the diagonal).
Cost cost_within(Words reference, Words hypothesis, std::size_t most) {
  const std::size_t columns = hypothesis.size();
  std::vector<Cost> row(columns + 1, kTooMuch);
  for (std::size_t j = 0; j <= std::min(columns, most); ++j) row[j] = j * kError;
  for (std::size_t i = 1; i <= reference.size(); ++i) {
    const std::size_t first = i > most ? i - most : 0;
    const std::size_t last = std::min(columns, i + most);
    Cost diagonal = kTooMuch;
    if (first == 0) {
      diagonal = row[0];
      row[0] = i * kError;
    } else {
      diagonal = row[first - 1];
      row[first - 1] = kTooMuch;
    }
    const Word word = reference[i - 1];
    for (std::size_t j = std::max<std::size_t>(first, 1); j <= last; ++j) {
      const Cost either = diagonal + (hypothesis[j - 1] == word ? 0 : kSubstitution);
      diagonal = row[j];
      row[j] = std::min({either, row[j] + kError, row[j - 1] + kError});
    }
  }
  return row[columns];
}

// How many words of one have a partner in the other, in whatever order: no way has more hits, so
// each has at least as many errors as the longer has words beyond these.
std::size_t common_words(Words reference, Words hypothesis, std::size_t known) {
  std::vector<std::size_t> unpaired(known);
  for (const Word word : reference) ++unpaired[word];
  return static_cast<std::size_t>(std::ranges::count_if(hypothesis, [&](Word word) {
    if (unpaired[word] == 0) return false;
    --unpaired[word];
    return true;
  }));
}

}  // namespace

WordErrors count_word_errors(std::string_view reference_text, std::string_view hypothesis_text) {
  std::map<std::string_view, Word> known;
  const std::vector<Word> all_reference = number_words(reference_text, known);
  const std::vector<Word> all_hypothesis = number_words(hypothesis_text, known);

  // No way is better than one on which the same words at both ends are hits.
  Words reference = all_reference;
  Words hypothesis = all_hypothesis;
  const auto ends = std::ranges::mismatch(reference, hypothesis);
  const auto same = static_cast<std::size_t>(ends.in1 - reference.begin());
  reference = reference.subspan(same);
  hypothesis = hypothesis.subspan(same);
  while (!reference.empty() && !hypothesis.empty() && reference.back() == hypothesis.back()) {
    reference = reference.first(reference.size() - 1);
    hypothesis = hypothesis.first(hypothesis.size() - 1);
  }

  const std::size_t longer = std::max(reference.size(), hypothesis.size());
  std::size_t most =
      std::min(longer, longer - common_words(reference, hypothesis, known.size()) + 16);
  Cost cost = cost_within(reference, hypothesis, most);
  while (cost / kError > most && most < longer) {
    most = std::min(longer, most * 2);
    cost = cost_within(reference, hypothesis, most);
  }

  // deletions + insertions and deletions - insertions are known.
  const std::size_t errors = cost / kError;
  WordErrors found;
  found.substitutions = cost % kError;
  const std::size_t others = errors - found.substitutions;
  found.deletions = (others + all_reference.size() - all_hypothesis.size()) / 2;
  found.insertions = others - found.deletions;
  found.hits = all_reference.size() - found.substitutions - found.deletions;
  return found;
}

}  // namespace sotto::text
