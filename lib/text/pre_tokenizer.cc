#include "lib/text/pre_tokenizer.h"

#include "lib/text/unicode.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

enum class Kind { kLetter, kNumber, kSpace, kOther };

Kind kind_of(const Utf8Step& step) {
  if (!step.valid) return Kind::kOther;
  if (is_white_space(step.code)) return Kind::kSpace;
  const char group = category_group(step.code);
  return group == 'L' ? Kind::kLetter : group == 'N' ? Kind::kNumber : Kind::kOther;
}

// Characters of one kind that follow each other.
struct Run {
  std::size_t end;   // in bytes
  std::size_t last;  // where its last character begins
};

Run run_from(std::string_view text, std::size_t at, Kind kind) {
  Run run{at, at};
  while (run.end < text.size()) {
    const Utf8Step step = utf8_step(text, run.end);
    if (kind_of(step) != kind) break;
    run.last = run.end;
    run.end += step.length;
  }
  return run;
}

}  // namespace

std::size_t first_piece(std::string_view text) {
  if (text.front() == '\'') {
    for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
      if (text.starts_with(ending)) return ending.size();
    }
  }
  const Kind first = kind_of(utf8_step(text, 0));
  if (first != Kind::kSpace) return run_from(text, 0, first).end;
  if (text.front() == ' ' && text.size() > 1) {
    const Kind second = kind_of(utf8_step(text, 1));
    if (second != Kind::kSpace) return run_from(text, 1, second).end;
  }
  // A blank before something else is left to it, if there are others to take.
  const Run blanks = run_from(text, 0, Kind::kSpace);
  return blanks.end == text.size() || blanks.last == 0 ? blanks.end : blanks.last;
}

}  // namespace sotto::text
