#include "lib/text/normalizer.h"

#include <algorithm>
#include <cstddef>

#include "lib/text/english_numbers.h"
#include "lib/text/english_spelling.h"
#include "lib/text/python_text.h"
#include "lib/text/unicode.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

constexpr std::u32string_view kKeptSymbols = U".%$\u00A2\u20AC\u00A3";
constexpr std::u32string_view kNumberSigns = U".$\u00A2\u20AC\u00A3";

// Letters that NFKD does not take apart.
std::u32string_view plain_letters(char32_t code) {
  switch (code) {
    case U'\u0153': return U"oe";
    case U'\u0152': return U"OE";
    case U'\u00F8': return U"o";
    case U'\u00D8': return U"O";
    case U'\u00E6': return U"ae";
    case U'\u00C6': return U"AE";
    case U'\u00DF': return U"ss";
    case U'\u1E9E': return U"SS";
    case U'\u0111': return U"d";
    case U'\u0110': return U"D";
    case U'\u00F0': return U"d";
    case U'\u00D0': return U"D";
    case U'\u00FE': return U"th";
    case U'\u00DE': return U"th";
    case U'\u0142': return U"l";
    case U'\u0141': return U"L";
    default: return {};
  }
}

bool is_mark_or_symbol(char32_t code) {
  const char group = category_group(code);
  return group == 'M' || group == 'S' || group == 'P';
}

std::u32string remove_symbols(std::u32string_view text) {
  std::u32string out = nfkc(text);
  std::ranges::replace_if(out, is_mark_or_symbol, U' ');
  return out;
}

std::u32string remove_symbols_and_diacritics(std::u32string_view text, std::u32string_view keep) {
  std::u32string out;
  for (const char32_t code : nfkd(text)) {
    if (keep.find(code) != std::u32string_view::npos) {
      out += code;
    } else if (const std::u32string_view plain = plain_letters(code); !plain.empty()) {
      out += plain;
    } else if (!is_nonspacing_mark(code)) {
      out += is_mark_or_symbol(code) ? U' ' : code;
    }
  }
  return out;
}

// Removes what stands between one of `open` and the next of `close`, if at least `least` characters
// do. Where nothing closes, an opening one stays.
std::u32string remove_between(std::u32string_view text, std::u32string_view open,
                              std::u32string_view close, std::size_t least) {
  std::u32string out;
  std::size_t closing = 0;  // the first of `close` at or after `at`, once it is needed
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (open.find(text[at]) != std::u32string_view::npos) {
      if (closing <= at && closing != std::u32string_view::npos) {
        closing = text.find_first_of(close, at + 1);
      }
      if (closing != std::u32string_view::npos && closing - at > least) {
        at = closing;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

std::u32string remove_brackets(std::u32string_view text) {
  return remove_between(remove_between(text, U"<[", U">]", 0), U"(", U")", 1);
}

// One blank for each run of blanks.
std::u32string collapse_blanks(std::u32string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = skip_blanks(text, at);
    out += end > at ? U' ' : text[at++];
    at = std::max(at, end);
  }
  return out;
}

// Whole words that say nothing.
std::u32string remove_fillers(std::u32string_view text) {
  constexpr std::u32string_view kFillers[] = {U"hmm", U"mm", U"mhm", U"mmm", U"uh", U"um"};
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_character(text[end])) ++end;
    const std::u32string_view word = text.substr(at, std::max<std::size_t>(end - at, 1));
    if (std::ranges::find(kFillers, word) == std::end(kFillers)) out += word;
    at += word.size();
  }
  return out;
}

std::u32string remove_blanks_before_apostrophes(std::u32string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = skip_blanks(text, at);
    if (end == at) {
      out += text[at++];
    } else {
      if (text.substr(end, 1) != U"'") out += text.substr(at, end - at);
      at = end;
    }
  }
  return out;
}

struct Replacement {
  std::u32string_view from;  // \b from \b, where it begins with an apostrophe or n't: from \b
  std::u32string_view to;
};

// In this order, each over the whole text.
constexpr Replacement kReplacements[] = {
    // contractions
    {U"won't", U"will not"},
    {U"can't", U"can not"},
    {U"let's", U"let us"},
    {U"ain't", U"aint"},
    {U"y'all", U"you all"},
    {U"wanna", U"want to"},
    {U"gotta", U"got to"},
    {U"gonna", U"going to"},
    {U"i'ma", U"i am going to"},
    {U"imma", U"i am going to"},
    {U"woulda", U"would have"},
    {U"coulda", U"could have"},
    {U"shoulda", U"should have"},
    {U"ma'am", U"madam"},
    // titles
    {U"mr", U"mister "},
    {U"mrs", U"missus "},
    {U"st", U"saint "},
    {U"dr", U"doctor "},
    {U"prof", U"professor "},
    {U"capt", U"captain "},
    {U"gov", U"governor "},
    {U"ald", U"alderman "},
    {U"gen", U"general "},
    {U"sen", U"senator "},
    {U"rep", U"representative "},
    {U"pres", U"president "},
    {U"rev", U"reverend "},
    {U"hon", U"honorable "},
    {U"asst", U"assistant "},
    {U"assoc", U"associate "},
    {U"lt", U"lieutenant "},
    {U"col", U"colonel "},
    {U"jr", U"junior "},
    {U"sr", U"senior "},
    {U"esq", U"esquire "},
    // perfect tenses
    {U"'d been", U" had been"},
    {U"'s been", U" has been"},
    {U"'d gone", U" had gone"},
    {U"'s gone", U" has gone"},
    {U"'d done", U" had done"},
    {U"'s got", U" has got"},
    // endings
    {U"n't", U" not"},
    {U"'re", U" are"},
    {U"'s", U" is"},
    {U"'d", U" would"},
    {U"'ll", U" will"},
    {U"'t", U" not"},
    {U"'ve", U" have"},
    {U"'m", U" am"},
};

std::u32string replace(std::u32string_view text, const Replacement& rule) {
  const bool is_ending = rule.from.front() == U'\'' || rule.from == U"n't";
  std::u32string out;
  std::size_t done = 0;
  for (std::size_t at = text.find(rule.from); at != std::u32string_view::npos;) {
    const std::size_t end = at + rule.from.size();
    if ((is_ending || is_boundary(text, at)) && is_boundary(text, end)) {
      out += text.substr(done, at - done);
      out += rule.to;
      done = end;
      at = text.find(rule.from, end);
    } else {
      at = text.find(rule.from, at + 1);
    }
  }
  return out += text.substr(done);
}

std::u32string remove_commas_between_digits(std::u32string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    // As with a pattern of three characters, the digit after a comma is none before the next.
    if (at + 2 < text.size() && text[at + 1] == U',' && decimal_digit(text[at]) >= 0 &&
        decimal_digit(text[at + 2]) >= 0) {
      out += text[at + 2];
      at += 2;
    }
  }
  return out;
}

// A blank for each of `signs` that no digit follows; what follows is passed over, even if it is a
// sign too.
std::u32string remove_before_non_digits(std::u32string_view text, std::u32string_view signs,
                                        bool at_end) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_last = at + 1 == text.size();
    if (signs.find(text[at]) == std::u32string_view::npos || (is_last && !at_end) ||
        (!is_last && is_ascii_digit(text[at + 1]))) {
      out += text[at];
      continue;
    }
    out += U' ';
    if (!is_last) out += text[++at];
  }
  return out;
}

// A blank for each % that follows no digit.
std::u32string remove_percents_without_number(std::u32string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (!is_ascii_digit(text[at]) && text.substr(at + 1, 1) == U"%") {
      out += U' ';
      ++at;
    }
  }
  return out;
}

std::u32string american_words(std::u32string_view text) {
  static const EnglishSpelling kSpelling;
  std::u32string out;
  for (const std::u32string_view word : split_words(text)) {
    if (!out.empty()) out += U' ';
    out += utf32_from_utf8(kSpelling.american(utf8_from_utf32(word)));
  }
  return out;
}

}  // namespace

std::string normalize_basic(std::string_view text, const BasicNormalizerOptions& options) {
  std::u32string out = remove_brackets(lower(utf32_from_utf8(text)));
  out = lower(options.remove_diacritics ? remove_symbols_and_diacritics(out, {})
                                        : remove_symbols(out));
  if (options.split_letters) {
    std::u32string apart;
    for (std::u32string_view rest = out; !rest.empty();) {
      const std::size_t length = first_grapheme(rest);
      if (!apart.empty()) apart += U' ';
      apart += rest.substr(0, length);
      rest.remove_prefix(length);
    }
    out = std::move(apart);
  }
  return utf8_from_utf32(collapse_blanks(out));
}

std::string normalize_english(std::string_view text) {
  static const EnglishNumbers kNumbers;
  std::u32string out = remove_brackets(lower(utf32_from_utf8(text)));
  out = remove_blanks_before_apostrophes(remove_fillers(out));
  for (const Replacement& rule : kReplacements) out = replace(out, rule);
  out = remove_commas_between_digits(out);
  out = remove_before_non_digits(out, U".", true);
  out = remove_symbols_and_diacritics(out, kKeptSymbols);
  out = american_words(kNumbers.standardize(out));
  out = remove_before_non_digits(out, kNumberSigns, false);
  out = remove_percents_without_number(out);
  return utf8_from_utf32(collapse_blanks(out));
}

}  // namespace sotto::text
