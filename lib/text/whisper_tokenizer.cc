#include "lib/text/whisper_tokenizer.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/text/bpe.h"
#include "lib/text/byte_alphabet.h"
#include "lib/text/languages.h"
#include "lib/text/strip.h"
#include "lib/text/utf8.h"

namespace sotto::text {
namespace {

constexpr std::size_t kEnglishSize = 51864;
constexpr std::size_t kMultilingualSize = 51865;
constexpr std::size_t kOldLanguages = 99;  // of English-only vocabularies too
constexpr int kTimes = 1501;               // 0 to 30 seconds in steps of 20 ms
constexpr int kTimeStep = 2;               // in hundredths of a second

constexpr std::string_view kEndOfText = "<|endoftext|>";
constexpr std::string_view kNoSpeech = "<|nospeech|>";
constexpr std::string_view kNoCaptions = "<|nocaptions|>";

// Which are not written with blanks between words.
constexpr std::string_view kUnspaced[] = {"zh", "ja", "th", "lo", "my", "yue"};

constexpr std::string_view kAsciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

// What is written in sounds, but not said (tokenizer.py, non_speech_tokens).
constexpr std::string_view kNonSpeech[] = {
    "\"",
    "#",
    "(",
    ")",
    "*",
    "+",
    "/",
    ":",
    ";",
    "<",
    "=",
    ">",
    "@",
    "[",
    "\\",
    "]",
    "^",
    "_",
    "`",
    "{",
    "|",
    "}",
    "~",
    "<<",
    ">>",
    "<<<",
    ">>>",
    "--",
    "---",
    "-(",
    "-[",
    "('",
    "(\"",
    "((",
    "))",
    "(((",
    ")))",
    "[[",
    "]]",
    "{{",
    "}}",
    "\xE3\x80\x8C",                          // left corner bracket
    "\xE3\x80\x8D",                          // right corner bracket
    "\xE3\x80\x8E",                          // left white corner bracket
    "\xE3\x80\x8F",                          // right white corner bracket
    "\xE2\x99\xAA\xE2\x99\xAA",              // eighth notes
    "\xE2\x99\xAA\xE2\x99\xAA\xE2\x99\xAA",  // eighth notes
};
// Of these the first token counts even if it is only a part: their first two bytes are those of
// U+2640 to U+267F, which are never said.
constexpr std::string_view kMusic[] = {"\xE2\x99\xA9", "\xE2\x99\xAA", "\xE2\x99\xAB",
                                       "\xE2\x99\xAC", "\xE2\x99\xAD", "\xE2\x99\xAE",
                                       "\xE2\x99\xAF"};

std::string special(std::string_view name) { return base::concat("<|", name, "|>"); }

std::string time_name(int step) {
  const int hundredths = step * kTimeStep;
  const std::string fraction = std::to_string(hundredths % 100);
  return base::concat("<|", hundredths / 100, fraction.size() == 1 ? ".0" : ".", fraction, "|>");
}

std::vector<std::string> names_of_specials(std::size_t language_count) {
  std::vector<std::string> names = {std::string(kEndOfText), special("startoftranscript")};
  for (const Language& language : languages().first(language_count)) {
    names.push_back(special(language.code));
  }
  for (const char* name : {"translate", "transcribe", "startoflm", "startofprev"}) {
    names.push_back(special(name));
  }
  names.emplace_back(kNoSpeech);
  names.push_back(special("notimestamps"));
  for (int step = 0; step < kTimes; ++step) names.push_back(time_name(step));
  return names;
}

// As to_language_token() finds them: by the place of a name among the names of a vocabulary.
WhisperIds ids_of_specials(std::size_t text_tokens, std::size_t size, std::size_t language_count) {
  auto next = static_cast<std::int32_t>(text_tokens);
  WhisperIds ids;
  ids.end_of_text = next++;
  ids.start_of_transcript = next++;
  ids.first_language = next;
  ids.languages = static_cast<std::int32_t>(language_count);
  next += ids.languages;
  ids.translate = next++;
  ids.transcribe = next++;
  ids.start_of_lm = next++;
  ids.start_of_prev = next++;
  ids.no_speech = next++;
  ids.no_timestamps = next++;
  ids.timestamp_begin = next;
  ids.multilingual = size >= kMultilingualSize;
  return ids;
}

// Python's text.strip() in string.punctuation: also where nothing but blanks is in the text.
bool is_punctuation(std::string_view text) {
  return kAsciiPunctuation.find(strip(text)) != std::string_view::npos;
}

}  // namespace

struct WhisperTokenizer::Impl {
  Bpe bpe;
  std::vector<std::string> specials;  // names, from the end of text on
  WhisperIds ids;
  std::vector<std::string> codes;
  std::vector<std::int32_t> non_speech;
  std::vector<std::int32_t> blank;

  // Of a text or special token; empty for ids that are neither.
  std::string_view text_of(std::int32_t id) const noexcept {
    if (id < 0) return {};
    const auto index = static_cast<std::size_t>(id);
    if (index < bpe.size()) return bpe.bytes(id);
    return index - bpe.size() < specials.size() ? std::string_view(specials[index - bpe.size()])
                                                : std::string_view();
  }
  std::string decode(std::span<const std::int32_t> tokens, std::int32_t end) const;
  std::vector<std::int32_t> encode(std::string_view text) const;
  std::vector<std::int32_t> find_non_speech() const;
  std::vector<TokenizedWord> split_on_unicode(std::span<const std::int32_t> tokens) const;
  std::vector<TokenizedWord> split_on_spaces(std::span<const std::int32_t> tokens) const;
};

// Leaves out ids from `end` on.
std::string WhisperTokenizer::Impl::decode(std::span<const std::int32_t> tokens,
                                           std::int32_t end) const {
  std::size_t size = 0;
  for (const std::int32_t id : tokens) size += id < end ? text_of(id).size() : 0;
  std::string bytes;
  bytes.reserve(size);
  for (const std::int32_t id : tokens) {
    if (id < end) bytes += text_of(id);
  }
  if (!is_utf8(bytes)) return replace_ill_formed(bytes);
  return bytes;
}

std::vector<std::int32_t> WhisperTokenizer::Impl::encode(std::string_view text) const {
  std::vector<std::int32_t> tokens;
  bpe.encode(text, tokens);
  return tokens;
}

std::vector<std::int32_t> WhisperTokenizer::Impl::find_non_speech() const {
  // Hyphens and quotes are fine within a word, but not before one.
  std::vector<std::int32_t> found = {encode(" -")[0], encode(" '")[0]};
  const auto add = [&](std::string_view symbol, bool whole) {
    for (const char* before : {"", " "}) {
      const std::vector<std::int32_t> tokens = encode(base::concat(before, symbol));
      if (tokens.size() == 1 || !whole) found.push_back(tokens[0]);
    }
  };
  for (const std::string_view symbol : kNonSpeech) add(symbol, true);
  for (const std::string_view symbol : kMusic) add(symbol, false);
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

// A word ends where its bytes are whole characters, or where the text as a whole has U+FFFD too
// at the place of its first one. That place is counted as the reference does; where a character
// broken in two makes it lie after the text, at which the reference fails, the word ends.
std::vector<TokenizedWord> WhisperTokenizer::Impl::split_on_unicode(
    std::span<const std::int32_t> tokens) const {
  const std::u32string all =
      utf32_from_utf8(decode(tokens, std::numeric_limits<std::int32_t>::max()));
  std::vector<TokenizedWord> words;
  TokenizedWord word;
  Utf8Stream stream;
  std::size_t length = 0;               // of word.word in characters
  std::optional<std::size_t> replaced;  // where its first U+FFFD is
  std::size_t offset = 0;               // of the word in `all`
  for (const std::int32_t id : tokens) {
    const std::string more = stream.push(text_of(id));
    for (const char32_t code : utf32_from_utf8(more)) {
      if (code == kReplacementCharacter && !replaced) replaced = length;
      ++length;
    }
    word.word += more;
    word.tokens.push_back(id);
    std::optional<std::size_t> first = replaced;
    if (!first && stream.waiting()) first = length;
    if (first && offset + *first < all.size() && all[offset + *first] != kReplacementCharacter) {
      continue;
    }
    if (stream.waiting()) ++length;
    word.word += stream.finish();
    words.push_back(std::exchange(word, {}));
    offset += std::exchange(length, 0);
    replaced.reset();
  }
  return words;
}

std::vector<TokenizedWord> WhisperTokenizer::Impl::split_on_spaces(
    std::span<const std::int32_t> tokens) const {
  std::vector<TokenizedWord> words;
  for (TokenizedWord& part : split_on_unicode(tokens)) {
    const bool begins = part.tokens[0] >= ids.end_of_text || part.word.starts_with(' ') ||
                        is_punctuation(part.word) || words.empty();
    if (begins) {
      words.push_back(std::move(part));
    } else {
      words.back().word += part.word;
      words.back().tokens.insert(words.back().tokens.end(), part.tokens.begin(), part.tokens.end());
    }
  }
  return words;
}

WhisperTokenizer::WhisperTokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
WhisperTokenizer::~WhisperTokenizer() = default;

Result<std::vector<std::string>> WhisperTokenizer::special_names(std::size_t size) {
  const std::size_t count =
      size == kEnglishSize ? kOldLanguages : kOldLanguages + (size - kMultilingualSize);
  if (size < kEnglishSize || count > languages().size()) {
    return base::error(ErrorCode::kUnsupported, "a vocabulary of ", size,
                       " tokens, expected one of Whisper: ", kEnglishSize, " to ",
                       kMultilingualSize + languages().size() - kOldLanguages);
  }
  return names_of_specials(count);
}

Result<std::unique_ptr<const WhisperTokenizer>> WhisperTokenizer::create(
    std::string_view name, std::span<const std::string_view> tokens) {
  const auto corrupt = [&](std::size_t at, std::string_view expected) {
    return base::error(ErrorCode::kCorruptFile, name, ": token ", at, " is ",
                       at < tokens.size() ? base::quote(tokens[at]) : "not there", ", expected ",
                       expected);
  };
  const auto end_of_text = std::ranges::find(tokens, kEndOfText);
  if (end_of_text == tokens.end()) {
    return base::error(ErrorCode::kCorruptFile, name, ": no token ", base::quote(kEndOfText));
  }
  const auto text_tokens = static_cast<std::size_t>(end_of_text - tokens.begin());
  std::size_t count = 0;
  while (count < languages().size() && text_tokens + 2 + count < tokens.size() &&
         tokens[text_tokens + 2 + count] == special(languages()[count].code)) {
    ++count;
  }
  const std::vector<std::string> names = names_of_specials(count);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t at = text_tokens + i;
    const bool old_name = names[i] == kNoSpeech && at < tokens.size() && tokens[at] == kNoCaptions;
    if (at >= tokens.size() || (tokens[at] != names[i] && !old_name))
      return corrupt(at, base::quote(names[i]));
  }
  if (tokens.size() != text_tokens + names.size()) {
    return base::error(ErrorCode::kUnsupported, name, ": ", tokens.size(), " tokens, expected ",
                       text_tokens + names.size(), ", the last being ", names.back());
  }

  std::string text;
  std::vector<std::size_t> ends;
  ends.reserve(text_tokens);
  for (std::size_t id = 0; id < text_tokens; ++id) {
    if (!append_bytes(tokens[id], text)) return corrupt(id, "text in GPT-2's alphabet of bytes");
    ends.push_back(text.size());
  }
  Result<Bpe> bpe = Bpe::create(name, std::move(text), std::move(ends));
  if (!bpe) return std::move(bpe).error();

  auto impl = std::make_unique<Impl>(Impl{.bpe = std::move(*bpe),
                                          .specials = {end_of_text, tokens.end()},
                                          .ids = ids_of_specials(text_tokens, tokens.size(), count),
                                          .codes = {},
                                          .non_speech = {},
                                          .blank = {}});
  for (const Language& language : languages().first(count)) {
    impl->codes.emplace_back(language.code);
  }
  impl->non_speech = impl->find_non_speech();
  impl->blank = impl->encode(" ");
  return std::unique_ptr<const WhisperTokenizer>(new WhisperTokenizer(std::move(impl)));
}

std::size_t WhisperTokenizer::size() const noexcept {
  return impl_->bpe.size() + impl_->specials.size();
}

const WhisperIds& WhisperTokenizer::ids() const noexcept { return impl_->ids; }

std::vector<std::int32_t> WhisperTokenizer::encode(std::string_view text) const {
  return impl_->encode(text);
}

std::string WhisperTokenizer::decode(std::span<const std::int32_t> ids) const {
  return impl_->decode(ids, impl_->ids.timestamp_begin);
}

std::string WhisperTokenizer::decode_text(std::span<const std::int32_t> ids) const {
  return impl_->decode(ids, impl_->ids.end_of_text);
}

std::string WhisperTokenizer::decode_with_timestamps(std::span<const std::int32_t> ids) const {
  return impl_->decode(ids, std::numeric_limits<std::int32_t>::max());
}

std::string_view WhisperTokenizer::bytes(std::int32_t id) const noexcept {
  return id < impl_->ids.end_of_text ? impl_->text_of(id) : std::string_view();
}

std::span<const std::string> WhisperTokenizer::language_codes() const noexcept {
  return impl_->codes;
}

std::int32_t WhisperTokenizer::language_token(std::string_view language) const noexcept {
  const auto at = std::ranges::find(impl_->codes, language_code(language));
  if (at == impl_->codes.end()) return -1;
  return impl_->ids.first_language + static_cast<std::int32_t>(at - impl_->codes.begin());
}

void WhisperTokenizer::append_sot_sequence(std::string_view language, bool translate,
                                           std::vector<std::int32_t>& tokens) const {
  const WhisperIds& ids = impl_->ids;
  tokens.push_back(ids.start_of_transcript);
  if (!ids.multilingual) return;
  tokens.push_back(language_token(language));
  tokens.push_back(translate ? ids.translate : ids.transcribe);
}

const std::vector<std::int32_t>& WhisperTokenizer::non_speech_tokens() const noexcept {
  return impl_->non_speech;
}

const std::vector<std::int32_t>& WhisperTokenizer::blank() const noexcept { return impl_->blank; }

std::vector<TokenizedWord> WhisperTokenizer::split_to_word_tokens(std::span<const std::int32_t> ids,
                                                                  std::string_view language) const {
  const bool unspaced =
      impl_->ids.multilingual &&
      std::ranges::find(kUnspaced, language_code(language)) != std::end(kUnspaced);
  return unspaced ? impl_->split_on_unicode(ids) : impl_->split_on_spaces(ids);
}

}  // namespace sotto::text
