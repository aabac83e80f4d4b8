#include "tools/decoding_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/languages.h"

namespace sotto::tools {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kMaxSize = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMaxThreads = 256;  // of SessionOptions, as the next
constexpr std::uint64_t kMaxHypotheses = 32;
constexpr std::size_t kMaxTemperatures = 100;  // each may decode a window once more

// Numbers that an option takes.
struct Range {
  double least = -kInfinity;
  double most = kInfinity;
  bool above_least = false;  // `least` itself is out
};
constexpr Range kAny;
constexpr Range kNotNegative{.least = 0};
constexpr Range kPositive{.least = 0, .above_least = true};

// What the command line says that no option of the library holds as it is.
struct Asked {
  std::string language = "auto";
  bool translate = false;
  std::optional<std::vector<double>> temperature;
  std::optional<std::optional<double>> temperature_increment;
  bool suppress_blank_off = false;
  bool condition_off = false;
  std::optional<double> offset;
  std::optional<double> duration;
  bool no_mmap = false;
};

[[noreturn]] void refuse(const std::string& option, const std::string& reason) {
  throw CLI::ValidationError(option, reason);
}

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string text_of(const std::optional<double>& value) { return value ? text_of(*value) : "none"; }

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The parts between commas, without the blanks around them; none of an empty text.
std::vector<std::string> split(const std::string& option, std::string_view text) {
  std::vector<std::string> parts;
  if (trim(text).empty()) return parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.emplace_back(trim(text.substr(begin, end - begin)));
    if (parts.back().empty()) refuse(option, "there is nothing before or after a comma");
    begin = end + 1;
  }
  return parts;
}

double parse_number(const std::string& option, const std::string& text, const Range& range) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    refuse(option, "\"" + text + "\" is not a number");
  }
  if (value < range.least || value > range.most || (range.above_least && value == range.least)) {
    const std::string least = (range.above_least ? "above " : "at least ") + text_of(range.least);
    const std::string most = std::isfinite(range.most) ? " and at most " + text_of(range.most) : "";
    refuse(option, "is " + text + ", expected " + least + most);
  }
  return value;
}

template <typename T>
T parse_whole(const std::string& option, const std::string& text, T least, T most) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < least || value > most) {
    refuse(option, "is \"" + text + "\", expected a whole number from " + std::to_string(least) +
                       " to " + std::to_string(most));
  }
  return value;
}

std::vector<double> parse_numbers(const std::string& option, const std::string& text,
                                  const Range& range) {
  std::vector<double> values;
  for (const std::string& part : split(option, text)) {
    values.push_back(parse_number(option, part, range));
  }
  return values;
}

std::optional<double> parse_optional(const std::string& option, const std::string& text,
                                     const Range& range) {
  if (text == "none") return std::nullopt;
  return parse_number(option, text, range);
}

// The value of the word that `text` is, in upper or lower case.
template <typename T>
T parse_choice(const std::string& option, const std::string& text,
               const std::map<std::string, T>& choices) {
  const auto found = choices.find(CLI::detail::to_lower(text));
  if (found != choices.end()) return found->second;
  std::string all;
  for (const auto& [word, value] : choices) all += (all.empty() ? "" : " or ") + word;
  refuse(option, "is \"" + text + "\", expected " + all);
}

void check_token_ids(const std::string& option, const std::string& text) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  for (const std::string& part : split(option, text)) parse_whole(option, part, -1, kMost);
}

void check_language(const std::string& option, const std::string& language) {
  if (trim(language).empty()) refuse(option, "names no language");
  if (const std::string problem = language_problem(language); !problem.empty()) {
    refuse(option, problem);
  }
}

// The schedule of openai-whisper's command: from `first` on by `increment` up to 1.
std::vector<double> schedule(const std::string& option, double first, double increment) {
  // Room for a last one that rounding put above 1, as in numpy.arange(first, 1 + 1e-6, increment).
  const double steps = std::ceil((1.0 + 1e-6 - first) / increment);
  if (steps > static_cast<double>(kMaxTemperatures)) {
    refuse(option, text_of(increment) + " makes " + text_of(steps) + " temperatures, expected " +
                       std::to_string(kMaxTemperatures) + " at most");
  }
  std::vector<double> temperatures = {first};
  for (double step = 1; step < steps; ++step) {
    // 0.6, not 0.6000000000000001: what the user would have written.
    temperatures.push_back(std::round((first + step * increment) * 1e9) / 1e9);
  }
  return temperatures;
}

// Adds options to one group of the command's help.
class Group {
 public:
  Group(CLI::App& command, std::string title) : command_(command), title_(std::move(title)) {}

  template <typename T>
  CLI::Option* value(const std::string& names, T& target, const std::string& help) {
    return command_.add_option(names, target, help)->group(title_);
  }

  CLI::Option* flag(const std::string& names, bool& target, const std::string& help) {
    return command_.add_flag(names, target, help)->group(title_);
  }

  // `take` is called with the option's text and may refuse() it.
  CLI::Option* parsed(const std::string& names, const std::string& type,
                      std::function<void(const std::string&)> take, const std::string& help) {
    return command_.add_option_function<std::string>(names, std::move(take), help)
        ->type_name(type)
        ->group(title_);
  }

  CLI::Option* number(const std::string& name, double& target, const Range& range,
                      const std::string& help) {
    const auto take = [name, range, &target](const std::string& text) {
      target = parse_number(name, text, range);
    };
    return parsed(name, "NUMBER", take, help)->default_str(text_of(target));
  }

  // `target` is an unsigned integer or an optional one.
  template <typename T>
  CLI::Option* whole(const std::string& names, T& target, std::uint64_t least, std::uint64_t most,
                     const std::string& help) {
    const std::string name = names.substr(names.find("--"));  // for errors: "-t,--threads"
    const auto take = [name, least, most, &target](const std::string& text) {
      target = static_cast<T>(parse_whole(name, text, least, most));
    };
    return parsed(names, "NUMBER", take, help);
  }

  CLI::Option* optional_number(const std::string& name, std::optional<double>& target,
                               const Range& range, const std::string& help) {
    const auto take = [name, range, &target](const std::string& text) {
      target = parse_optional(name, text, range);
    };
    return parsed(name, "NUMBER|none", take, help)->default_str(text_of(target));
  }

 private:
  CLI::App& command_;
  std::string title_;
};

void add_model(CLI::App& command, DecodingOptions& options, Asked& asked) {
  Group group(command, "Model");
  group.value("-m,--model", options.model, "Model file (GGUF), or the name of a pulled model")
      ->required()
      ->type_name("MODEL");
  group.whole("-t,--threads", options.session.threads, 1, kMaxThreads,
              "Threads; by default one for each physical core of the fastest kind, at most 8");
  group.number("--window", options.session.window_seconds, {.least = 1, .most = 64},
               "Moonshine: seconds of sound in one pass; longer sound is cut at its pauses");
  group.whole("--memory-limit", options.session.memory_limit_bytes, 0, kMaxSize,
              "Most bytes that a session may plan for; more is an error before it starts");
  group.flag("--no-mmap", asked.no_mmap, "Read the model file instead of mapping it");
}

void add_language(CLI::App& command, TranscribeOptions& t, Asked& asked) {
  Group group(command, "Whisper: language and task");
  group
      .value("--language", asked.language,
             "Code or English name of the language spoken; auto: detected in the first 30 s")
      ->type_name("LANGUAGE")
      ->capture_default_str();
  group.parsed(
      "--languages", "LIST",
      [&t](const std::string& text) {
        t.languages = split("--languages", text);
        if (t.languages.empty()) refuse("--languages", "names no language");
        for (const std::string& each : t.languages) check_language("--languages", each);
      },
      "What the detection may choose from: en,de,...; by default all");
  group.flag("--detect-language-per-window", t.detect_language_per_window,
             "Detect the language anew in each 30 s");
  CLI::Option* task = group.parsed(
      "--task", "transcribe|translate",
      [&t](const std::string& text) {
        t.task = parse_choice<Task>(
            "--task", text, {{"transcribe", Task::kTranscribe}, {"translate", Task::kTranslate}});
      },
      "Write down what is said, or its translation to English");
  task->default_str("transcribe");
  group.flag("--translate", asked.translate, "Short for --task translate")->excludes(task);
}

void add_search(CLI::App& command, TranscribeOptions& t, Asked& asked) {
  Group group(command, "Whisper: search");
  group.parsed(
      "--temperature", "LIST",
      [&asked](const std::string& text) {
        asked.temperature = parse_numbers("--temperature", text, kNotNegative);
        if (asked.temperature->empty()) refuse("--temperature", "there is no number");
      },
      "The temperature (0: the likeliest token), or all that a window is tried at while it fails: "
      "0,0.4; by default 0,0.2,0.4,0.6,0.8,1");
  group.parsed(
      "--temperature-increment-on-fallback", "NUMBER|none",
      [&asked](const std::string& text) {
        asked.temperature_increment =
            parse_optional("--temperature-increment-on-fallback", text, kPositive);
      },
      "While a window fails, it is tried again this much warmer, up to 1; none: tried once");
  group.optional_number("--compression-ratio-threshold", t.compression_ratio_threshold, kAny,
                        "A text that gzip shrinks more than this failed: it repeats itself");
  group.optional_number("--logprob-threshold", t.logprob_threshold, kAny,
                        "A text whose mean log-probability is below this failed");
  group.optional_number("--no-speech-threshold", t.no_speech_threshold, kAny,
                        "Silence, if no speech is likelier than this and the text failed by "
                        "--logprob-threshold");
  group.whole("--beam-size", t.beam_size, 0, kMaxHypotheses,
              "Beams at temperature 0; by default none: greedy search");
  group
      .number("--patience", t.patience, kPositive,
              "Beam search ends with beam size x patience texts (arXiv 2204.05424)")
      ->needs("--beam-size");
  group.whole("--best-of", t.best_of, 0, kMaxHypotheses,
              "Samples at temperatures above 0; by default one");
  group.optional_number("--length-penalty", t.length_penalty, {.least = 0, .most = 1},
                        "Alpha of Google's length penalty (arXiv 1609.08144); none: the mean");
  group.whole("--seed", t.seed, 0, kMaxSize, "Of the sampling; by default 0");
}

void add_text(CLI::App& command, TranscribeOptions& t, Asked& asked) {
  Group group(command, "Whisper: text");
  group.value("--initial-prompt,--prompt", t.initial_prompt,
              "Text that might stand before the sound: names, spelling, style");
  group.flag("--carry-initial-prompt", t.carry_initial_prompt,
             "Give the prompt to every window, not to the first alone");
  group.value("--prefix", t.prefix, "Text that the first window begins with");
  CLI::Option* condition = group.parsed(
      "--condition-on-previous-text", "true|false",
      [&t](const std::string& text) {
        t.condition_on_previous_text = parse_choice<bool>("--condition-on-previous-text", text,
                                                          {{"true", true}, {"false", false}});
      },
      "Give each window the text before it as a prompt");
  condition->default_str("true");
  group.flag("--no-condition", asked.condition_off, "Short for that with false")
      ->excludes(condition);
  group.whole("--sample-len", t.sample_len, 1, kMaxSize,
              "Most tokens of a window; by default half the model's context");
  group
      .parsed(
          "--suppress-tokens", "LIST",
          [&t](const std::string& text) {
            check_token_ids("--suppress-tokens", text);
            t.suppress_tokens = text;
          },
          "Ids of tokens that no text may hold; -1 stands for what is not speech")
      ->default_str(t.suppress_tokens);
  group.flag("--no-suppress-blank", asked.suppress_blank_off, "A text may begin with a blank");
}

void add_times(CLI::App& command, TranscribeOptions& t, Asked& asked) {
  Group group(command, "Whisper: times");
  group.flag("--no-timestamps,--without-timestamps", t.without_timestamps,
             "No times inside a window; loses speech in long sound");
  group.optional_number("--max-initial-timestamp", t.max_initial_timestamp, kNotNegative,
                        "The first segment of a window begins before this second");
  CLI::Option* clips = group.parsed(
      "--clip-timestamps", "LIST",
      [&t](const std::string& text) {
        t.clip_timestamps = parse_numbers("--clip-timestamps", text, kNotNegative);
      },
      "Seconds of the pieces to transcribe: start,end,start,...; the last end may be missing");
  group
      .parsed(
          "--offset", "SECONDS",
          [&asked](const std::string& text) {
            asked.offset = parse_number("--offset", text, kNotNegative);
          },
          "Transcribe from here on")
      ->excludes(clips);
  group
      .parsed(
          "--duration", "SECONDS",
          [&asked](const std::string& text) {
            asked.duration = parse_number("--duration", text, kPositive);
          },
          "Transcribe so much, from --offset or the start")
      ->excludes(clips);
  group.flag("--word-timestamps", t.word_timestamps, "Find the time of every word");
  group
      .optional_number("--hallucination-silence-threshold", t.hallucination_silence_threshold,
                       kNotNegative, "Skip longer silence around a text that looks made up")
      ->needs("--word-timestamps");
  group.value("--prepend-punctuations", t.prepend_punctuations,
              "Punctuation that belongs to the word after it");
  group.value("--append-punctuations", t.append_punctuations,
              "Punctuation that belongs to the word before it");
}

// What follows from several options together.
void combine(DecodingOptions& options, const Asked& asked) {
  TranscribeOptions& t = options.transcribe;
  options.load.memory_map = !asked.no_mmap;
  if (asked.translate) t.task = Task::kTranslate;
  if (asked.suppress_blank_off) t.suppress_blank = false;
  if (asked.condition_off) t.condition_on_previous_text = false;

  if (CLI::detail::to_lower(asked.language) != "auto") {
    check_language("--language", asked.language);
    t.language = asked.language;
    if (!t.languages.empty()) refuse("--languages", "--language leaves nothing to detect");
    if (t.detect_language_per_window) {
      refuse("--detect-language-per-window", "--language leaves nothing to detect");
    }
  }

  // As an argument of the reference's transcribe(), a temperature that is asked for is the only
  // one.
  if (asked.temperature) t.temperature = *asked.temperature;
  if (asked.temperature_increment) {
    if (t.temperature.size() > 1 && asked.temperature) {
      refuse("--temperature-increment-on-fallback", "--temperature lists them all already");
    }
    const double first = t.temperature.front();
    t.temperature = {first};
    if (const std::optional<double> increment = *asked.temperature_increment) {
      t.temperature = schedule("--temperature-increment-on-fallback", first, *increment);
    }
  }
  if (t.temperature.size() > kMaxTemperatures) {
    refuse("--temperature", std::to_string(t.temperature.size()) + " temperatures, expected " +
                                std::to_string(kMaxTemperatures) + " at most");
  }

  if (asked.offset || asked.duration) {
    const double start = asked.offset.value_or(0);
    if (start > 0 || asked.duration) t.clip_timestamps = {start};
    if (asked.duration) t.clip_timestamps.push_back(start + *asked.duration);
  }

  options.session.max_hypotheses = std::max({t.beam_size, t.best_of, std::size_t{1}});
  options.session.word_timestamps = t.word_timestamps;
}

}  // namespace

void add_decoding_options(CLI::App& command, DecodingOptions& options) {
  const auto asked = std::make_shared<Asked>();
  add_model(command, options, *asked);
  add_language(command, options.transcribe, *asked);
  add_search(command, options.transcribe, *asked);
  add_text(command, options.transcribe, *asked);
  add_times(command, options.transcribe, *asked);
  // Keeps `asked` alive for the options' sake, too.
  command.callback([&options, asked] { combine(options, *asked); });
}

}  // namespace sotto::tools
