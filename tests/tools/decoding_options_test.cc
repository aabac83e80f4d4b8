#include "tools/decoding_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sotto::tools {
namespace {

using Arguments = std::vector<std::string>;

struct Parsed {
  DecodingOptions options;
  std::string error;  // empty if the command line makes sense
};

// As after "sotto command -m model.gguf ARGUMENTS".
Parsed parse(Arguments arguments) {
  Parsed parsed;
  CLI::App app;
  CLI::App* command = app.add_subcommand("command");
  add_decoding_options(*command, parsed.options);
  arguments.insert(arguments.begin(), {"command", "-m", "model.gguf"});
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    parsed.error = error.what();
  }
  return parsed;
}

TranscribeOptions transcribe(const Arguments& arguments) {
  const Parsed parsed = parse(arguments);
  EXPECT_EQ(parsed.error, "");
  return parsed.options.transcribe;
}

void expect_refused(const Arguments& arguments, const std::string& reason) {
  const std::string error = parse(arguments).error;
  EXPECT_NE(error.find(reason), std::string::npos) << "\"" << error << "\" lacks: " << reason;
}

using Numbers = std::vector<double>;

TEST(DecodingOptions, KeepTheLibrarysDefaults) {
  const Parsed parsed = parse({});
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.options.model, "model.gguf");
  EXPECT_TRUE(parsed.options.load.memory_map);

  const SessionOptions& session = parsed.options.session;
  const SessionOptions none;
  EXPECT_EQ(session.threads, none.threads);
  EXPECT_EQ(session.window_seconds, none.window_seconds);
  EXPECT_EQ(session.max_hypotheses, none.max_hypotheses);
  EXPECT_EQ(session.word_timestamps, none.word_timestamps);
  EXPECT_EQ(session.memory_limit_bytes, none.memory_limit_bytes);

  const TranscribeOptions& t = parsed.options.transcribe;
  const TranscribeOptions d;
  EXPECT_EQ(t.task, d.task);
  EXPECT_EQ(t.language, d.language);
  EXPECT_EQ(t.languages, d.languages);
  EXPECT_EQ(t.detect_language_per_window, d.detect_language_per_window);
  EXPECT_EQ(t.temperature, d.temperature);
  EXPECT_EQ(t.compression_ratio_threshold, d.compression_ratio_threshold);
  EXPECT_EQ(t.logprob_threshold, d.logprob_threshold);
  EXPECT_EQ(t.no_speech_threshold, d.no_speech_threshold);
  EXPECT_EQ(t.beam_size, d.beam_size);
  EXPECT_EQ(t.patience, d.patience);
  EXPECT_EQ(t.length_penalty, d.length_penalty);
  EXPECT_EQ(t.best_of, d.best_of);
  EXPECT_EQ(t.seed, d.seed);
  EXPECT_EQ(t.sample_len, d.sample_len);
  EXPECT_EQ(t.suppress_tokens, d.suppress_tokens);
  EXPECT_EQ(t.suppress_blank, d.suppress_blank);
  EXPECT_EQ(t.without_timestamps, d.without_timestamps);
  EXPECT_EQ(t.max_initial_timestamp, d.max_initial_timestamp);
  EXPECT_EQ(t.condition_on_previous_text, d.condition_on_previous_text);
  EXPECT_EQ(t.initial_prompt, d.initial_prompt);
  EXPECT_EQ(t.carry_initial_prompt, d.carry_initial_prompt);
  EXPECT_EQ(t.prefix, d.prefix);
  EXPECT_EQ(t.clip_timestamps, d.clip_timestamps);
  EXPECT_EQ(t.word_timestamps, d.word_timestamps);
  EXPECT_EQ(t.prepend_punctuations, d.prepend_punctuations);
  EXPECT_EQ(t.append_punctuations, d.append_punctuations);
  EXPECT_EQ(t.hallucination_silence_threshold, d.hallucination_silence_threshold);
}

TEST(DecodingOptions, FillModelAndSession) {
  const Parsed parsed =
      parse({"-t", "3", "--window", "12.5", "--memory-limit", "1000", "--no-mmap"});
  ASSERT_EQ(parsed.error, "");
  EXPECT_FALSE(parsed.options.load.memory_map);
  EXPECT_EQ(parsed.options.session.threads, 3U);
  EXPECT_EQ(parsed.options.session.window_seconds, 12.5);
  EXPECT_EQ(parsed.options.session.memory_limit_bytes, 1000U);
}

TEST(DecodingOptions, FillLanguageAndTask) {
  EXPECT_EQ(transcribe({"--language", "haitian creole"}).language, "haitian creole");
  EXPECT_EQ(transcribe({"--language", "AUTO"}).language, "");
  const TranscribeOptions t =
      transcribe({"--languages", "en, de,fr", "--detect-language-per-window", "--translate"});
  EXPECT_EQ(t.languages, (std::vector<std::string>{"en", "de", "fr"}));
  EXPECT_TRUE(t.detect_language_per_window);
  EXPECT_EQ(t.task, Task::kTranslate);
  EXPECT_EQ(transcribe({"--task", "Translate"}).task, Task::kTranslate);
  EXPECT_EQ(transcribe({"--task", "transcribe"}).task, Task::kTranscribe);
}

TEST(DecodingOptions, FillSearch) {
  const TranscribeOptions t =
      transcribe({"--beam-size", "5", "--patience", "1.5", "--best-of", "4", "--length-penalty",
                  "0.5", "--seed", "18446744073709551615", "--sample-len", "7"});
  EXPECT_EQ(t.beam_size, 5U);
  EXPECT_EQ(t.patience, 1.5);
  EXPECT_EQ(t.best_of, 4U);
  EXPECT_EQ(t.length_penalty, 0.5);
  EXPECT_EQ(t.seed, 18446744073709551615U);
  EXPECT_EQ(t.sample_len, 7U);
}

TEST(DecodingOptions, FillText) {
  const TranscribeOptions t =
      transcribe({"--prompt", "--dash, [brackets]", "--carry-initial-prompt", "--prefix", "So",
                  "--suppress-tokens", "-1,50363", "--no-suppress-blank", "--no-condition"});
  EXPECT_EQ(t.initial_prompt, "--dash, [brackets]");
  EXPECT_TRUE(t.carry_initial_prompt);
  EXPECT_EQ(t.prefix, "So");
  EXPECT_EQ(t.suppress_tokens, "-1,50363");
  EXPECT_FALSE(t.suppress_blank);
  EXPECT_FALSE(t.condition_on_previous_text);
  EXPECT_EQ(transcribe({"--initial-prompt", "x"}).initial_prompt, "x");
  EXPECT_EQ(transcribe({"--suppress-tokens", ""}).suppress_tokens, "");
  EXPECT_FALSE(transcribe({"--condition-on-previous-text", "False"}).condition_on_previous_text);
  EXPECT_TRUE(transcribe({"--condition-on-previous-text", "true"}).condition_on_previous_text);
}

TEST(DecodingOptions, FillTimes) {
  const TranscribeOptions t =
      transcribe({"--no-timestamps", "--max-initial-timestamp", "2", "--clip-timestamps",
                  "0, 10,20.5", "--word-timestamps", "--hallucination-silence-threshold", "2",
                  "--prepend-punctuations", "", "--append-punctuations", "!"});
  EXPECT_TRUE(t.without_timestamps);
  EXPECT_EQ(t.max_initial_timestamp, 2);
  EXPECT_EQ(t.clip_timestamps, (Numbers{0, 10, 20.5}));
  EXPECT_TRUE(t.word_timestamps);
  EXPECT_EQ(t.hallucination_silence_threshold, 2);
  EXPECT_EQ(t.prepend_punctuations, "");
  EXPECT_EQ(t.append_punctuations, "!");
  EXPECT_TRUE(transcribe({"--without-timestamps"}).without_timestamps);
}

TEST(DecodingOptions, ThresholdsTakeNumbersBelowZeroAndNone) {
  TranscribeOptions t = transcribe({"--logprob-threshold", "-1.5", "--compression-ratio-threshold",
                                    "3", "--no-speech-threshold", "0.25"});
  EXPECT_EQ(t.logprob_threshold, -1.5);
  EXPECT_EQ(t.compression_ratio_threshold, 3);
  EXPECT_EQ(t.no_speech_threshold, 0.25);
  t = transcribe({"--logprob-threshold", "none", "--compression-ratio-threshold", "none",
                  "--no-speech-threshold", "none", "--max-initial-timestamp", "none"});
  EXPECT_EQ(t.logprob_threshold, std::nullopt);
  EXPECT_EQ(t.compression_ratio_threshold, std::nullopt);
  EXPECT_EQ(t.no_speech_threshold, std::nullopt);
  EXPECT_EQ(t.max_initial_timestamp, std::nullopt);
}

TEST(Temperature, OneRisesByTheIncrementUpToOne) {
  EXPECT_EQ(
      transcribe({"--temperature", "0", "--temperature-increment-on-fallback", "0.2"}).temperature,
      TranscribeOptions().temperature);
  EXPECT_EQ(transcribe({"--temperature", "0.4", "--temperature-increment-on-fallback", "0.2"})
                .temperature,
            (Numbers{0.4, 0.6, 0.8, 1}));
  EXPECT_EQ(transcribe({"--temperature-increment-on-fallback", "0.5"}).temperature,
            (Numbers{0, 0.5, 1}));
  EXPECT_EQ(transcribe({"--temperature", "0"}).temperature, (Numbers{0}));
  EXPECT_EQ(transcribe({"--temperature", "0.9"}).temperature, (Numbers{0.9}));
  EXPECT_EQ(transcribe({"--temperature", "1.5"}).temperature, (Numbers{1.5}));
}

TEST(Temperature, OneIsAllWithoutIncrement) {
  EXPECT_EQ(transcribe({"--temperature", "0.5", "--temperature-increment-on-fallback", "none"})
                .temperature,
            (Numbers{0.5}));
  EXPECT_EQ(transcribe({"--temperature-increment-on-fallback", "none"}).temperature, (Numbers{0}));
}

TEST(Temperature, AListIsTakenAsItIs) {
  EXPECT_EQ(transcribe({"--temperature", "0.3,0, 2"}).temperature, (Numbers{0.3, 0, 2}));
  expect_refused({"--temperature", "0,1", "--temperature-increment-on-fallback", "0.2"},
                 "--temperature lists them all");
}

TEST(Temperature, SchedulesAreBounded) {
  EXPECT_EQ(transcribe({"--temperature-increment-on-fallback", "0.0102"}).temperature.size(), 99U);
  expect_refused({"--temperature-increment-on-fallback", "1e-300"}, "at most");
  std::string list = "0";
  for (int i = 0; i < 100; ++i) list += ",1";
  expect_refused({"--temperature", list}, "101 temperatures, expected 100 at most");
}

TEST(DecodingOptions, OffsetAndDurationBecomeAClip) {
  EXPECT_EQ(transcribe({"--offset", "5"}).clip_timestamps, (Numbers{5}));
  EXPECT_EQ(transcribe({"--duration", "2"}).clip_timestamps, (Numbers{0, 2}));
  EXPECT_EQ(transcribe({"--offset", "5", "--duration", "2"}).clip_timestamps, (Numbers{5, 7}));
  EXPECT_EQ(transcribe({"--offset", "0"}).clip_timestamps, Numbers{});
  expect_refused({"--offset", "5", "--clip-timestamps", "0,1"}, "excludes");
  expect_refused({"--duration", "5", "--clip-timestamps", "0,1"}, "excludes");
}

TEST(DecodingOptions, TheSessionHasRoomForWhatIsAsked) {
  EXPECT_EQ(parse({"--beam-size", "5"}).options.session.max_hypotheses, 5U);
  EXPECT_EQ(parse({"--best-of", "3"}).options.session.max_hypotheses, 3U);
  EXPECT_EQ(parse({"--beam-size", "2", "--best-of", "32"}).options.session.max_hypotheses, 32U);
  EXPECT_EQ(parse({"--beam-size", "0"}).options.session.max_hypotheses, 1U);
  EXPECT_TRUE(parse({"--word-timestamps"}).options.session.word_timestamps);
}

TEST(DecodingOptions, RefuseWhatIsOutOfRange) {
  for (const Arguments& arguments :
       std::vector<Arguments>{{"--threads", "0"},
                              {"--threads", "257"},
                              {"--window", "0.5"},
                              {"--window", "65"},
                              {"--memory-limit", "-1"},
                              {"--beam-size", "33"},
                              {"--beam-size", "-1"},
                              {"--best-of", "33"},
                              {"--patience", "0", "--beam-size", "2"},
                              {"--length-penalty", "1.5"},
                              {"--length-penalty", "-0.5"},
                              {"--seed", "-1"},
                              {"--seed", "18446744073709551616"},
                              {"--sample-len", "0"},
                              {"--sample-len", "1.5"},
                              {"--temperature", "-0.1"},
                              {"--temperature-increment-on-fallback", "0"},
                              {"--max-initial-timestamp", "-1"},
                              {"--clip-timestamps", "-1"},
                              {"--offset", "-1"},
                              {"--duration", "0"},
                              {"--suppress-tokens", "-2"},
                              {"--suppress-tokens", "2147483648"}}) {
    expect_refused(arguments, arguments[0] + ": is ");
    expect_refused(arguments, "expected");
  }
}

TEST(DecodingOptions, RefuseWhatIsNoNumber) {
  for (const char* text : {"", "x", "1x", "0x10", "nan", "inf", "1e999", " 1", "+1", "1;2"}) {
    expect_refused({"--patience", text, "--beam-size", "2"}, "is not a number");
    expect_refused({"--logprob-threshold", text}, "is not a number");
    expect_refused({"--seed", text}, "expected a whole number");
  }
  for (const char* list : {",", "1,", ",1", "1,,2", "1 2", "none"}) {
    expect_refused({"--clip-timestamps", list}, "--clip-timestamps: ");
    expect_refused({"--temperature", list}, "--temperature: ");
    expect_refused({"--suppress-tokens", list}, "--suppress-tokens: ");
  }
}

TEST(DecodingOptions, RefuseListsOfNothing) {
  expect_refused({"--temperature", ""}, "there is no number");
  expect_refused({"--languages", " "}, "names no language");
  expect_refused({"--languages", "en,,de"}, "there is nothing before or after a comma");
  expect_refused({"--language", ""}, "names no language");
  EXPECT_EQ(transcribe({"--clip-timestamps", ""}).clip_timestamps, Numbers{});
}

TEST(DecodingOptions, RefuseWordsTheyDoNotKnow) {
  expect_refused({"--task", "sing"}, "is \"sing\", expected transcribe or translate");
  expect_refused({"--condition-on-previous-text", "maybe"}, "expected false or true");
}

TEST(DecodingOptions, RefuseWhatContradictsItself) {
  expect_refused({"--translate", "--task", "transcribe"}, "excludes");
  expect_refused({"--no-condition", "--condition-on-previous-text", "true"}, "excludes");
  expect_refused({"--patience", "2"}, "requires --beam-size");
  expect_refused({"--hallucination-silence-threshold", "2"}, "requires --word-timestamps");
  expect_refused({"--language", "en", "--languages", "de"}, "leaves nothing to detect");
  expect_refused({"--language", "en", "--detect-language-per-window"}, "leaves nothing to detect");
  EXPECT_EQ(transcribe({"--language", "auto", "--languages", "de"}).languages.size(), 1U);
}

}  // namespace
}  // namespace sotto::tools
