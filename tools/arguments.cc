#include "tools/arguments.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string_view>

#include "tools/output_formats.h"

namespace sotto::tools {
namespace {

using Arguments = std::vector<std::string>;

enum class Does {
  kFlag,          // becomes `text`, one or two arguments
  kValue,         // becomes the option `text` with the same value
  kMilliseconds,  // ... with a value in seconds
  kIgnoredFlag,   // is left out; `text` says why nothing is lost
  kIgnoredValue,  // likewise, with its value
  kRefused,       // `text` says why
  kConverted,     // by `convert`, from its value
};

// From the option as it was written and its value.
using Convert = Arguments (*)(const std::string& option, const std::string& value,
                              std::vector<std::string>& notes);

struct Alias {
  std::string_view brief;  // with one dash, of several letters or one; may be empty
  std::string_view full;   // with two
  Does does;
  std::string_view text = {};
  Convert convert = nullptr;
};

[[noreturn]] void refuse(const std::string& option, std::string_view reason) {
  throw CLI::ValidationError(option, std::string(reason));
}

void note(std::vector<std::string>& notes, const std::string& option, std::string_view why) {
  notes.push_back(std::string(option).append(" is left out: ").append(why));
}

double parse_number(const std::string& option, const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) refuse(option, "\"" + text + "\" is not a number");
  return value;
}

std::string to_seconds(const std::string& option, const std::string& milliseconds) {
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", parse_number(option, milliseconds) / 1000);
  return text;
}

// whisper.cpp's sound file, or openai-whisper's format of the output.
Arguments file_or_format(const std::string&, const std::string& value, std::vector<std::string>&) {
  try {
    parse_formats("-f", value);
    return {"--output-format", value};
  } catch (const CLI::ValidationError&) {
    return {value};
  }
}

Arguments line_length(const std::string& option, const std::string& value,
                      std::vector<std::string>&) {
  if (parse_number(option, value) <= 0) return {};
  return {"--max-line-width", value, "--max-line-count", "1"};
}

Arguments context(const std::string& option, const std::string& value, std::vector<std::string>&) {
  const double tokens = parse_number(option, value);
  if (tokens < 0) return {};
  if (tokens > 0) refuse(option, "the text before goes with a window as a whole or, with 0, not");
  return {"--no-condition"};
}

Arguments increment(const std::string& option, const std::string& value,
                    std::vector<std::string>&) {
  const bool none = value != "none" && value != "None" && parse_number(option, value) == 0;
  return {"--temperature-increment-on-fallback", none || value == "None" ? "none" : value};
}

Arguments processors(const std::string& option, const std::string& value,
                     std::vector<std::string>& notes) {
  if (parse_number(option, value) != 1) {
    note(notes, option, "the sound is not cut among processors; see --threads");
  }
  return {};
}

constexpr std::string_view kVad = "there is no voice activity detection yet";
constexpr std::string_view kGrammar = "there are no grammars; see --prompt";
constexpr std::string_view kCpu = "sotto runs on the CPU";
constexpr std::string_view kSpeakers = "speakers are not told apart";

// whisper.cpp's (examples/cli) and openai-whisper's (transcribe.py). What has the name and the
// meaning of an option of ours is not here.
constexpr Alias kAliases[] = {
    {"-f", "--file", Does::kConverted, {}, file_or_format},
    {"-l", "", Does::kValue, "--language"},
    {"-p", "--processors", Does::kConverted, {}, processors},
    {"-ot", "--offset-t", Does::kMilliseconds, "--offset"},
    {"-d", "", Does::kMilliseconds, "--duration"},
    {"-on", "--offset-n", Does::kIgnoredValue, "segments have no numbers"},
    {"-mc", "--max-context", Does::kConverted, {}, context},
    {"-ml", "--max-len", Does::kConverted, {}, line_length},
    {"-sow", "--split-on-word", Does::kIgnoredFlag, "lines are always split between words"},
    {"-bo", "", Does::kValue, "--best-of"},
    {"-bs", "", Does::kValue, "--beam-size"},
    {"-ac", "--audio-ctx", Does::kRefused, "the encoder's context is the model's"},
    {"-wt", "--word-thold", Does::kIgnoredValue, "words are aligned by attention"},
    {"-et", "--entropy-thold", Does::kIgnoredValue,
     "--compression-ratio-threshold tells what repeats itself"},
    {"-lpt", "--logprob-thold", Does::kValue, "--logprob-threshold"},
    {"-nth", "--no-speech-thold", Does::kValue, "--no-speech-threshold"},
    {"-tp", "", Does::kValue, "--temperature"},
    {"-tpi", "--temperature-inc", Does::kConverted, {}, increment},
    {"-nf", "--no-fallback", Does::kFlag, "--temperature-increment-on-fallback none"},
    {"-debug", "--debug-mode", Does::kRefused, "see sotto inspect --plan and sotto bench"},
    {"-tr", "", Does::kFlag, "--translate"},
    {"-di", "--diarize", Does::kRefused, kSpeakers},
    {"-tdrz", "--tinydiarize", Does::kRefused, kSpeakers},
    {"-otxt", "--output-txt", Does::kFlag, "--output-format txt"},
    {"-ovtt", "--output-vtt", Does::kFlag, "--output-format vtt"},
    {"-osrt", "--output-srt", Does::kFlag, "--output-format srt"},
    {"-olrc", "--output-lrc", Does::kFlag, "--output-format lrc"},
    {"-ocsv", "--output-csv", Does::kFlag, "--output-format csv"},
    {"-oj", "--output-json", Does::kFlag, "--output-format json"},
    {"-ojf", "--output-json-full", Does::kFlag, "--output-format json"},
    {"-owts", "--output-words", Does::kRefused,
     "no karaoke films are made; --highlight-words makes such subtitles"},
    {"-fp", "--font-path", Does::kRefused, "no karaoke films are made"},
    {"-of", "", Does::kValue, "--output-file"},
    {"-np", "--no-prints", Does::kFlag, "--quiet"},
    {"-ps", "--print-special", Does::kRefused, "JSON has the ids of all tokens"},
    {"-pc", "--print-colors", Does::kFlag, "--colors"},
    {"", "--print-confidence", Does::kFlag, "--colors"},
    {"-pp", "--print-progress", Does::kIgnoredFlag, "the progress is shown on every terminal"},
    {"-nt", "", Does::kFlag, "--no-timestamps"},
    {"-dl", "--detect-language", Does::kRefused, "JSON has the language with the transcript"},
    {"-oved", "--ov-e-device", Does::kRefused, kCpu},
    {"-dtw",
     "--dtw",
     Does::kConverted,
     {},
     [](const std::string&, const std::string&, std::vector<std::string>&) -> Arguments {
       return {"--word-timestamps"};
     }},
    {"-ls", "--log-score", Does::kRefused, "JSON has the probability of every token"},
    {"-ng", "--no-gpu", Does::kIgnoredFlag, kCpu},
    {"-dev", "--device", Does::kIgnoredValue, kCpu},
    {"-fa", "--flash-attn", Does::kIgnoredFlag, "attention needs no choice here"},
    {"-nfa", "--no-flash-attn", Does::kIgnoredFlag, "attention needs no choice here"},
    {"-sns", "--suppress-nst", Does::kIgnoredFlag, "it is so by default; see --suppress-tokens"},
    {"", "--suppress-regex", Does::kRefused, "see --suppress-tokens"},
    {"", "--grammar", Does::kRefused, kGrammar},
    {"", "--grammar-rule", Does::kRefused, kGrammar},
    {"", "--grammar-penalty", Does::kRefused, kGrammar},
    {"", "--vad", Does::kRefused, kVad},
    {"-vm", "--vad-model", Does::kRefused, kVad},
    {"-vt", "--vad-threshold", Does::kRefused, kVad},
    {"-vspd", "--vad-min-speech-duration-ms", Does::kRefused, kVad},
    {"-vsd", "--vad-min-silence-duration-ms", Does::kRefused, kVad},
    {"-vmsd", "--vad-max-speech-duration-s", Does::kRefused, kVad},
    {"-vp", "--vad-speech-pad-ms", Does::kRefused, kVad},
    {"-vo", "--vad-samples-overlap", Does::kRefused, kVad},
    {"", "--fp16", Does::kIgnoredValue, "sotto convert --type chooses how weights are kept"},
    {"", "--model-dir", Does::kIgnoredValue, "-m names the model"},
};

const Alias* find_alias(std::string_view name) {
  if (name.empty()) return nullptr;
  const auto* const found = std::ranges::find_if(
      kAliases, [name](const Alias& a) { return a.brief == name || a.full == name; });
  return found == std::end(kAliases) ? nullptr : found;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// One pass over the command line.
class Rewriting {
 public:
  Rewriting(const Arguments& from, const CLI::App& command, bool aliases)
      : from_(from), command_(command), aliases_(aliases) {}

  CarriedOver run() {
    made_.arguments.push_back(from_[0]);  // the subcommand
    for (at_ = 1; at_ < from_.size();) {
      const std::string& word = from_[at_++];
      if (word == "--") {
        made_.arguments.push_back(word);
        keep(from_.size() - at_);
      } else if (word.starts_with("--")) {
        take_long(word);
      } else if (word.size() > 1 && word[0] == '-') {
        take_short(word);
      } else {
        made_.arguments.push_back(word);
      }
    }
    return std::move(made_);
  }

 private:
  void keep(std::size_t count) {
    for (; count > 0 && at_ < from_.size(); --count) made_.arguments.push_back(from_[at_++]);
  }

  void take_long(const std::string& word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    std::string name = word.substr(0, equals);
    std::optional<std::string> value;
    if (equals < word.size()) value = word.substr(equals + 1);
    if (command_.get_option_no_throw(name) == nullptr) std::ranges::replace(name, '_', '-');
    const CLI::Option* const ours = command_.get_option_no_throw(name);
    if (ours == nullptr) {
      const Alias* const alias = aliases_ ? find_alias(name) : nullptr;
      if (alias != nullptr) return replace(*alias, word.substr(0, equals), value);
      made_.arguments.push_back(value ? name + "=" + *value : name);
      return;
    }
    if (takes_value(*ours)) return take_value(*ours, name, value);
    if (aliases_ && !value && at_ < from_.size() &&
        (from_[at_] == "True" || from_[at_] == "False")) {
      value = from_[at_++];
    }
    if (value == "False") return;
    made_.arguments.push_back(value && value != "True" ? name + "=" + *value : name);
  }

  void take_value(const CLI::Option& ours, const std::string& name,
                  std::optional<std::string> value) {
    const bool attached = value.has_value();
    if (!value && at_ < from_.size()) value = from_[at_++];
    const std::string type = ours.get_type_name();
    if (aliases_ && value == "None" && type.find("NUMBER") != std::string::npos) {
      if (type.find("none") == std::string::npos) return;
      value = "none";
    }
    if (attached) {
      made_.arguments.push_back(name + "=" + *value);
      return;
    }
    made_.arguments.push_back(name);
    if (value) made_.arguments.push_back(*value);
  }

  void take_short(const std::string& word) {
    const Alias* const alias = aliases_ ? find_alias(word) : nullptr;
    if (alias != nullptr) return replace(*alias, word, std::nullopt);
    made_.arguments.push_back(word);
    // "-q", "-t4", "-qt 4": the value that follows is none of our business.
    for (std::size_t i = 1; i < word.size(); ++i) {
      const CLI::Option* const ours = command_.get_option_no_throw(std::string("-") + word[i]);
      if (ours == nullptr) return;
      if (!takes_value(*ours)) continue;
      if (i + 1 == word.size()) keep(1);
      return;
    }
  }

  void replace(const Alias& alias, const std::string& option, std::optional<std::string> value) {
    if (alias.does == Does::kRefused) refuse(option, alias.text);
    const bool flag = alias.does == Does::kFlag || alias.does == Does::kIgnoredFlag;
    if (!value && at_ < from_.size()) {
      const bool python = from_[at_] == "True" || from_[at_] == "False";
      if (!flag || python) value = from_[at_++];
    }
    if (!flag && !value) refuse(option, "a value is missing");
    if (flag && value == "False") return;
    if (flag && value && value != "True") refuse(option, "takes no value");
    Arguments& made = made_.arguments;
    switch (alias.does) {
      case Does::kFlag: {
        const std::size_t blank = std::min(alias.text.find(' '), alias.text.size());
        made.emplace_back(alias.text.substr(0, blank));
        if (blank < alias.text.size()) made.emplace_back(alias.text.substr(blank + 1));
        break;
      }
      case Does::kValue:
        made.emplace_back(alias.text);
        made.push_back(*value);
        break;
      case Does::kMilliseconds:
        made.emplace_back(alias.text);
        made.push_back(to_seconds(option, *value));
        break;
      case Does::kConverted:
        std::ranges::move(alias.convert(option, *value, made_.notes), std::back_inserter(made));
        break;
      case Does::kIgnoredFlag:
      case Does::kIgnoredValue: note(made_.notes, option, alias.text); break;
      case Does::kRefused: break;
    }
  }

  const Arguments& from_;
  const CLI::App& command_;
  bool aliases_;
  std::size_t at_ = 0;
  CarriedOver made_;
};

}  // namespace

CarriedOver carry_over(const Arguments& arguments, const CLI::App& app) {
  for (const CLI::App* const command : app.get_subcommands({})) {
    if (arguments.empty() || command->get_name() != arguments[0]) continue;
    return Rewriting(arguments, *command, command->get_name() == "transcribe").run();
  }
  return {arguments, {}};
}

}  // namespace sotto::tools
