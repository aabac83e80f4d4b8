#include "tools/arguments.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace sotto::tools {
namespace {

using Arguments = std::vector<std::string>;

// A command line with some of transcribe's options, and bench.
struct CommandLine {
  CommandLine() {
    CLI::App* transcribe = app.add_subcommand("transcribe");
    transcribe->add_option("files", files);
    transcribe->add_flag("-q,--quiet", flag);
    transcribe->add_flag("--word-timestamps", flag);
    transcribe->add_flag("--no-timestamps", flag);
    transcribe->add_option("--prompt", text);
    transcribe->add_option("--language", text);
    transcribe->add_option("-t,--threads", text)->type_name("NUMBER");
    transcribe->add_option("--beam-size", text)->type_name("NUMBER");
    transcribe->add_option("--logprob-threshold", text)->type_name("NUMBER|none");
    transcribe->add_option("--condition-on-previous-text", text)->type_name("true|false");
    app.add_subcommand("bench")->add_flag("--warm-up", flag);
  }

  CarriedOver carry(Arguments words) {
    words.insert(words.begin(), "transcribe");
    CarriedOver carried = carry_over(words, app);
    EXPECT_EQ(carried.arguments.at(0), "transcribe");
    carried.arguments.erase(carried.arguments.begin());
    return carried;
  }
  Arguments operator()(const Arguments& words) { return carry(words).arguments; }

  CLI::App app;
  Arguments files;
  std::string text;
  bool flag = false;
};

TEST(Arguments, OfOursStayAsTheyAre) {
  CommandLine line;
  for (const Arguments& words : std::vector<Arguments>{
           {"-q", "--threads", "2", "a.wav"},
           {"-qt", "2", "-t4", "--threads=3", "-"},
           {"--prompt", "-osrt", "--prompt", "--fp16"},
           {"--prompt=a_b", "--no-such", "-x"},
           {"--", "-osrt", "--output_format", "True"},
           {"--prompt"},
       }) {
    EXPECT_EQ(line(words), words);
  }
}

TEST(Arguments, HaveHyphensForUnderscoresInEverySubcommand) {
  CommandLine line;
  EXPECT_EQ(line({"--beam_size", "5", "--beam_size=5", "--no_such_option", "my_file.wav"}),
            (Arguments{"--beam-size", "5", "--beam-size=5", "--no-such-option", "my_file.wav"}));
  EXPECT_EQ(carry_over({"bench", "--warm_up", "-osrt", "True"}, line.app).arguments,
            (Arguments{"bench", "--warm-up", "-osrt", "True"}));
}

TEST(Arguments, WithoutASubcommandStayAsTheyAre) {
  CommandLine line;
  for (const Arguments& words : {Arguments{}, Arguments{"--help"}, Arguments{"sing", "-osrt"}}) {
    EXPECT_EQ(carry_over(words, line.app).arguments, words);
  }
}

TEST(Arguments, OfWhisperCppBecomeOurs) {
  CommandLine line;
  EXPECT_EQ(line({"-osrt", "-oj", "--output-vtt", "-of", "out", "-f", "a.wav", "-l", "de"}),
            (Arguments{"--output-format", "srt", "--output-format", "json", "--output-format",
                       "vtt", "--output-file", "out", "a.wav", "--language", "de"}));
  EXPECT_EQ(line({"-ml", "42", "-ml", "0", "-bs", "5", "-bo", "3", "-tp", "0", "-lpt", "-2"}),
            (Arguments{"--max-line-width", "42", "--max-line-count", "1", "--beam-size", "5",
                       "--best-of", "3", "--temperature", "0", "--logprob-threshold", "-2"}));
  EXPECT_EQ(line({"-np", "-nt", "-tr", "-pc", "-nf", "-tpi", "0", "-tpi", "0.4", "-dtw", "tiny"}),
            (Arguments{"--quiet", "--no-timestamps", "--translate", "--colors",
                       "--temperature-increment-on-fallback", "none",
                       "--temperature-increment-on-fallback", "none",
                       "--temperature-increment-on-fallback", "0.4", "--word-timestamps"}));
  EXPECT_EQ(line({"-mc", "0", "-mc", "-1", "-p", "1"}), Arguments{"--no-condition"});
}

TEST(Arguments, OfWhisperCppAreMillisecondsWhereOursAreSeconds) {
  CommandLine line;
  EXPECT_EQ(line({"-ot", "1500", "-d", "60000", "--offset-t", "1"}),
            (Arguments{"--offset", "1.5", "--duration", "60", "--offset", "0.001"}));
  EXPECT_THROW(line({"-d", "soon"}), CLI::ValidationError);
  EXPECT_THROW(line({"-d"}), CLI::ValidationError);
}

TEST(Arguments, CalledFAreAFileOrAFormat) {
  CommandLine line;
  EXPECT_EQ(line({"-f", "-", "-f", "srt,vtt", "--file", "srt.wav"}),
            (Arguments{"-", "--output-format", "srt,vtt", "srt.wav"}));
}

TEST(Arguments, OfPythonAreTrueFalseAndNone) {
  CommandLine line;
  EXPECT_EQ(line({"--word_timestamps", "True", "a.wav"}),
            (Arguments{"--word-timestamps", "a.wav"}));
  EXPECT_EQ(line({"--word_timestamps", "False", "--word_timestamps=True", "a.wav"}),
            (Arguments{"--word-timestamps", "a.wav"}));
  EXPECT_EQ(line({"--condition_on_previous_text", "False"}),
            (Arguments{"--condition-on-previous-text", "False"}));
  EXPECT_EQ(line({"--beam_size", "None", "--logprob_threshold", "None", "--prompt", "None"}),
            (Arguments{"--logprob-threshold", "none", "--prompt", "None"}));
}

TEST(Arguments, WithoutAMeaningHereAreSaid) {
  CommandLine line;
  const CarriedOver carried =
      line.carry({"--fp16", "False", "-fa", "--device=cpu", "-sow", "-p", "4", "a.wav"});
  EXPECT_EQ(carried.arguments, Arguments{"a.wav"});
  ASSERT_EQ(carried.notes.size(), 5U);
  EXPECT_TRUE(carried.notes[0].starts_with("--fp16 is left out: "));
  EXPECT_TRUE(carried.notes[4].starts_with("-p is left out: "));
}

TEST(Arguments, ThatAskForWhatThereIsNotAreRefused) {
  CommandLine line;
  for (const char* const option : {"--vad", "-vm", "-owts", "-di", "--grammar", "--vad_model=x",
                                   "-ac", "--suppress_regex", "-dl"}) {
    EXPECT_THROW(line({option, "x"}), CLI::ValidationError) << option;
  }
  EXPECT_THROW(line({"-mc", "64"}), CLI::ValidationError);
  EXPECT_THROW(line({"--output-srt=x"}), CLI::ValidationError);
}

}  // namespace
}  // namespace sotto::tools
