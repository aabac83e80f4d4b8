#include "tools/subtitles.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace sotto::tools {
namespace {

constexpr double kLongestSeconds = 1e9;  // 31 years; so that milliseconds fit an integer
constexpr double kLongPauseSeconds = 3;

constexpr std::string_view kBlanks = " \t\n\v\f\r";

std::string_view strip(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// A word's line breaks would be taken for those of the cue.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

// Without blanks around the text and its lines, and without empty lines: they would end a cue.
std::string tidy_lines(std::string_view text) {
  std::string tidy;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = strip(text.substr(0, end));
    if (!line.empty()) {
      if (!tidy.empty()) tidy += '\n';
      tidy += line;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tidy;
}

// Of a word that stands in a cue; its text has the blank or the line break before it.
struct Placed {
  double start = 0;
  double end = 0;
  std::string text;
};

// Places words one after another and cuts them into cues (openai/whisper, utils.py,
// SubtitlesWriter).
class Cutter {
 public:
  explicit Cutter(const CueOptions& options)
      : options_(options), free_(options.max_line_width && options.max_line_count) {}

  // `begins`: the first of a segment, or of a line's share of words.
  void add(const Word& word, bool begins) {
    begins = begins || begins_next_;
    Placed placed{word.start_seconds, word.end_seconds, one_line(word.text)};
    const std::string stripped(strip(placed.text));
    begins_next_ = begins && stripped.empty();
    if (stripped.empty()) return;
    const std::size_t width = count_code_points(placed.text);
    const bool pause = free_ && last_ && word.start_seconds - *last_ > kLongPauseSeconds;
    const bool fits = !options_.max_line_width || line_width_ + width <= *options_.max_line_width;
    const bool cut = begins && !cue_.empty() && !free_;
    if (line_width_ > 0 && fits && !pause && !cut) {
      line_width_ += width;
    } else {
      placed.text.clear();
      const bool full = options_.max_line_count && lines_ >= *options_.max_line_count;
      const bool over = !cue_.empty() && options_.max_line_count && (pause || full);
      if (cut || over) {
        flush();
      } else if (line_width_ > 0) {
        ++lines_;
        placed.text += '\n';
      }
      placed.text += stripped;
      line_width_ = count_code_points(stripped);
    }
    last_ = word.start_seconds;
    cue_.push_back(std::move(placed));
  }

  std::vector<std::vector<Placed>> finish() {
    flush();
    return std::move(cues_);
  }

 private:
  void flush() {
    if (!cue_.empty()) cues_.push_back(std::move(cue_));
    cue_.clear();
    lines_ = 1;
    line_width_ = 0;
  }

  const CueOptions& options_;
  bool free_;  // of the segments' ends
  std::vector<std::vector<Placed>> cues_;
  std::vector<Placed> cue_;
  std::size_t line_width_ = 0;
  std::size_t lines_ = 1;
  bool begins_next_ = false;    // a blank word was to begin a cue
  std::optional<double> last_;  // start of the word before
};

Cue make_cue(double start, double end, std::vector<CueText> parts) {
  const long long start_ms = to_milliseconds(start);
  return {start_ms, std::max(start_ms, to_milliseconds(end)), std::move(parts)};
}

std::vector<CueText> texts(const std::vector<Placed>& words) {
  std::vector<CueText> all;
  for (const Placed& word : words) all.push_back({word.text});
  return all;
}

// The blanks before the word are not underlined.
void underline(std::vector<CueText>& parts, std::size_t at) {
  CueText& word = parts[at];
  const std::size_t begin = word.text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return;
  CueText blanks{word.text.substr(0, begin)};
  word = {word.text.substr(begin), true};
  if (!blanks.text.empty()) parts.insert(parts.begin() + static_cast<long>(at), std::move(blanks));
}

// The words one after another, and between two that are apart none of them.
void add_highlighted(const std::vector<Placed>& words, std::vector<Cue>& cues) {
  double last = words.front().start;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Placed& word = words[i];
    if (to_milliseconds(last) < to_milliseconds(word.start)) {
      cues.push_back(make_cue(last, word.start, texts(words)));
    }
    std::vector<CueText> parts = texts(words);
    underline(parts, i);
    cues.push_back(make_cue(word.start, word.end, std::move(parts)));
    last = word.end;
  }
}

}  // namespace

long long to_milliseconds(double seconds) {
  const double bounded = seconds > 0 ? std::min(seconds, kLongestSeconds) : 0.0;
  return std::llrint(bounded * 1000);
}

std::vector<Cue> make_cues(const Transcript& transcript, const CueOptions& options) {
  std::vector<Cue> cues;
  const bool words =
      std::ranges::any_of(transcript.segments, [](const Segment& s) { return !s.words.empty(); });
  if (!options.any() || !words) {
    for (const Segment& segment : transcript.segments) {
      std::string text = tidy_lines(segment.text);
      if (text.empty()) continue;
      cues.push_back(
          make_cue(segment.start_seconds, segment.end_seconds, {{std::move(text), false}}));
    }
    return cues;
  }
  Cutter cutter(options);
  for (const Segment& segment : transcript.segments) {
    for (std::size_t i = 0; i < segment.words.size(); ++i) {
      cutter.add(segment.words[i],
                 i == 0 || (options.max_words_per_line && i % *options.max_words_per_line == 0));
    }
  }
  for (const std::vector<Placed>& cue : cutter.finish()) {
    if (options.highlight_words) {
      add_highlighted(cue, cues);
    } else {
      cues.push_back(make_cue(cue.front().start, cue.back().end, texts(cue)));
    }
  }
  return cues;
}

}  // namespace sotto::tools
