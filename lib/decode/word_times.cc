#include "lib/decode/word_times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "lib/text/strip.h"

namespace sotto::decode {
namespace {

// Python's `part in whole`: nothing is part of everything.
bool is_part(std::string_view part, std::string_view whole) {
  return whole.find(part) != std::string_view::npos;
}

// The median of the words' durations, of those that are none left out; at most 0.7 s.
double typical_duration(std::span<const WordTiming> alignment) {
  std::vector<double> durations;
  for (const WordTiming& word : alignment) {
    if (word.end - word.start != 0) durations.push_back(word.end - word.start);
  }
  if (durations.empty()) return 0;
  std::sort(durations.begin(), durations.end());
  const std::size_t middle = durations.size() / 2;
  const double median = durations.size() % 2 == 1 ? durations[middle]
                                                  : (durations[middle - 1] + durations[middle]) / 2;
  return std::min(0.7, median);
}

// A word beside the end of a sentence tends to take the pause there.
void shorten_at_sentence_ends(std::span<WordTiming> alignment, double longest) {
  constexpr std::string_view kEnds = ".\u3002!\uFF01?\uFF1F";
  for (std::size_t i = 1; i < alignment.size(); ++i) {
    WordTiming& word = alignment[i];
    if (!(word.end - word.start > longest)) continue;
    if (is_part(word.word, kEnds)) {
      word.end = word.start + longest;
    } else if (is_part(alignment[i - 1].word, kEnds)) {
      word.start = word.end - longest;
    }
  }
}

// So does the first word, or the second, after a pause.
void shorten_after_pause(std::span<Word> words, double typical, double last_speech) {
  const double longest = typical * 2;
  Word& first = words[0];
  Word* second = words.size() > 1 ? &words[1] : nullptr;
  if (!(first.end - last_speech > typical * 4)) return;
  if (!(first.end - first.start > longest) &&
      !(second != nullptr && second->end - first.start > longest * 2)) {
    return;
  }
  if (second != nullptr && second->end - second->start > longest) {
    first.end = second->start = std::max(second->end / 2, second->end - longest);
  }
  first.start = std::max(0.0, first.end - longest);
}

// The segment takes its times from its words, unless these lie far outside: then the first or last
// word takes the segment's.
void reconcile(Segment& segment, double typical) {
  Word& first = segment.words.front();
  if (segment.start < first.end && segment.start - 0.5 > first.start) {
    first.start = std::max(0.0, std::min(first.end - typical, segment.start));
  } else {
    segment.start = first.start;
  }
  Word& last = segment.words.back();
  if (segment.end > last.start && segment.end + 0.5 < last.end) {
    last.end = std::max(last.start + typical, segment.end);
  } else {
    segment.end = last.end;
  }
}

void prepend(WordTiming& from, WordTiming& to) {
  to.word.insert(0, from.word);
  to.tokens.insert(to.tokens.begin(), from.tokens.begin(), from.tokens.end());
  from.word.clear();
  from.tokens.clear();
}

void append(WordTiming& from, WordTiming& to) {
  to.word += from.word;
  to.tokens.insert(to.tokens.end(), from.tokens.begin(), from.tokens.end());
  from.word.clear();
  from.tokens.clear();
}

}  // namespace

double round_to_hundredths(double seconds) {
  std::array<char, 400> digits;  // the largest double has 309 before the point
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), seconds,
                                     std::chars_format::fixed, 2);
  std::from_chars(digits.data(), written.ptr, seconds);
  return seconds;
}

void merge_punctuations(std::span<WordTiming> alignment, std::string_view prepended,
                        std::string_view appended) {
  if (alignment.empty()) return;
  std::size_t following = alignment.size() - 1;
  for (std::size_t i = following; i-- > 0;) {
    WordTiming& previous = alignment[i];
    if (previous.word.starts_with(' ') && is_part(text::strip(previous.word), prepended)) {
      prepend(previous, alignment[following]);
    } else {
      following = i;
    }
  }
  std::size_t previous = 0;
  for (std::size_t i = 1; i < alignment.size(); ++i) {
    if (!alignment[previous].word.ends_with(' ') && is_part(alignment[i].word, appended)) {
      append(alignment[i], alignment[previous]);
    } else {
      previous = i;
    }
  }
}

void add_word_times(std::span<Segment> segments, std::vector<WordTiming> alignment,
                    std::int32_t end_of_text, std::string_view prepended, std::string_view appended,
                    double last_speech) {
  const double typical = typical_duration(alignment);
  shorten_at_sentence_ends(alignment, typical * 2);
  merge_punctuations(alignment, prepended, appended);

  auto timing = alignment.begin();
  for (Segment& segment : segments) {
    const double offset = static_cast<double>(segment.seek) / kFramesPerSecond;
    const auto tokens =
        static_cast<std::size_t>(std::count_if(segment.tokens.begin(), segment.tokens.end(),
                                               [&](std::int32_t id) { return id < end_of_text; }));
    segment.words.clear();
    for (std::size_t said = 0; timing != alignment.end() && said < tokens; ++timing) {
      said += timing->tokens.size();
      if (timing->word.empty()) continue;
      segment.words.push_back({std::move(timing->word), round_to_hundredths(offset + timing->start),
                               round_to_hundredths(offset + timing->end), timing->probability});
    }
    if (segment.words.empty()) continue;
    shorten_after_pause(segment.words, typical, last_speech);
    reconcile(segment, typical);
    last_speech = segment.end;
  }
}

}  // namespace sotto::decode
