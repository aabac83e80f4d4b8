#include "tools/option_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tools/completion.h"
#include "tools/man_page.h"
#include "tools/usage.h"

namespace sotto::tools {
namespace {

using Words = std::vector<std::string>;

// A command line with an option of every kind.
class OptionTable : public ::testing::Test {
 protected:
  OptionTable() {
    app_.require_subcommand(1);
    sing_->add_option("-m,--model", text_, "It's a [model]: \"any\"\\one")
        ->type_name("MODEL")
        ->required();
    sing_->add_option("--voice", text_, "Voice")->check(CLI::IsMember({"alto", "bass", "tenor"}));
    sing_->add_option("--formats", list_, "Formats")
        ->delimiter(',')
        ->check(CLI::IsMember({"midi", "wav"}));
    sing_->add_option("--mode", mode_, "Mode")
        ->transform(CLI::CheckedTransformer(std::map<std::string, int>{{"dur", 1}, {"moll", 2}},
                                            CLI::ignore_case));
    sing_->add_option("--task", text_, "Task")->type_name("sing|hum")->default_str("sing");
    sing_->add_option("--pause", text_, "Pause")->type_name("NUMBER|none");
    sing_->add_option("--language", text_, "Language")->type_name("LANGUAGE");
    sing_->add_option("--folder", text_, "Folder")->type_name("DIR");
    CLI::Option* loud = sing_->add_flag("-l,--loud", flag_, "Loud");
    sing_->add_flag("--quiet", flag_, "Quiet")->excludes(loud)->group("More");
    sing_->add_option("--secret", text_, "Secret")->group("");
    sing_->add_option("songs", songs_, "Songs")->type_name("FILE")->required();
    sing_->footer("Examples:\n  sing -m x song.txt\n  .dots\n\nExit status: 0 fine.");
    app_.add_subcommand("silence", "Not a sound");
    app_.add_subcommand("ghost", "Hidden")->group("");
  }

  OptionFacts option(const std::string& name) const {
    for (const OptionFacts& each : describe(*sing_).options) {
      if (std::find(each.names.begin(), each.names.end(), name) != each.names.end()) return each;
    }
    ADD_FAILURE() << name;
    return {};
  }

  // What is said about a command line that makes no sense.
  std::string explained(Words arguments) {
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(arguments);
    } catch (const CLI::ParseError& error) {
      return explain(app_, error);
    }
    return "parsed";
  }

  std::string text_;
  Words list_;
  Words songs_;
  int mode_ = 0;
  bool flag_ = false;
  CLI::App app_{"Sings", "sotto"};
  CLI::App* sing_ = app_.add_subcommand("sing", "It sings");
};

TEST_F(OptionTable, KnowsWhatAnOptionTakes) {
  EXPECT_EQ(option("-m").kind, ValueKind::kModel);
  EXPECT_EQ(option("-m").names, (Words{"-m", "--model"}));
  EXPECT_TRUE(option("--model").required);
  EXPECT_EQ(option("--loud").kind, ValueKind::kNone);
  EXPECT_EQ(option("--folder").kind, ValueKind::kFolder);
  EXPECT_EQ(option("--pause").kind, ValueKind::kText);
  EXPECT_EQ(option("--quiet").excludes, (Words{"--loud"}));
  EXPECT_EQ(option("--quiet").group, "More");
  EXPECT_EQ(option("--task").default_text, "sing");
  EXPECT_TRUE(option("songs").positional);
  EXPECT_EQ(option("songs").kind, ValueKind::kFile);
  EXPECT_TRUE(option("songs").repeated);
}

TEST_F(OptionTable, KnowsTheChoices) {
  EXPECT_EQ(option("--voice").choices, (Words{"alto", "bass", "tenor"}));
  EXPECT_EQ(option("--mode").choices, (Words{"dur", "moll"}));
  EXPECT_EQ(option("--task").choices, (Words{"sing", "hum"}));
  EXPECT_EQ(option("--formats").choices, (Words{"midi", "wav"}));
  EXPECT_TRUE(option("--formats").list);
  EXPECT_FALSE(option("--voice").list);
  EXPECT_TRUE(option("--pause").choices.empty());
  const Words languages = option("--language").choices;
  EXPECT_EQ(languages.size(), 101U);
  EXPECT_EQ(languages.front(), "auto");
}

TEST_F(OptionTable, LeavesOutWhatIsHidden) {
  const CommandFacts facts = describe(app_);
  ASSERT_EQ(facts.commands.size(), 2U);
  EXPECT_EQ(facts.commands[0].name, "sing");
  EXPECT_EQ(facts.commands[0].options.size(), 12U);  // --help among them
}

TEST_F(OptionTable, ExplainsAnUnknownOption) {
  EXPECT_EQ(explained({"sing", "-m", "x", "--viice", "alto", "a"}),
            "--viice: no such option; did you mean --voice?");
  EXPECT_EQ(explained({"sing", "-m", "x", "--viice=alto", "a"}),
            "--viice: no such option; did you mean --voice?");
  EXPECT_EQ(explained({"sing", "-m", "x", "--frobnicate", "a"}), "--frobnicate: no such option");
  EXPECT_EQ(explained({"--hepl"}), "--hepl: no such option; did you mean --help?");
}

TEST_F(OptionTable, ExplainsWhatIsUnknownBeforeWhatIsMissing) {
  EXPECT_EQ(explained({"sing", "--modle", "x", "a"}),
            "--modle: no such option; did you mean --model?");
  EXPECT_EQ(explained({"sing", "a"}), "--model is required");
}

TEST_F(OptionTable, ExplainsAnUnknownCommand) {
  EXPECT_EQ(explained({"sign", "a"}), "sign: no such command; did you mean sing?");
  EXPECT_EQ(explained({"frobnicate"}), "frobnicate: no such command");
}

TEST_F(OptionTable, ExplainsAValueThatIsNoChoice) {
  EXPECT_EQ(explained({"sing", "-m", "x", "a", "--voice", "tenro"}),
            "--voice: \"tenro\" is none of alto, bass, tenor; did you mean tenor?");
  EXPECT_EQ(explained({"sing", "-m", "x", "a", "--mode", "mol"}),
            "--mode: \"mol\" is none of dur, moll; did you mean moll?");
}

TEST_F(OptionTable, MakesCompletionsThatNameEverything) {
  const CommandFacts facts = describe(app_);
  const std::string bash = bash_completion(facts);
  const std::string zsh = zsh_completion(facts);
  const std::string fish = fish_completion(facts);
  for (const std::string& script : {bash, zsh}) {
    for (const OptionFacts& each : facts.commands[0].options) {
      if (each.positional) continue;
      for (const std::string& name : each.names) {
        EXPECT_NE(script.find(name), std::string::npos) << name << "\n" << script;
      }
    }
    EXPECT_EQ(script.find("secret"), std::string::npos);
    EXPECT_NE(script.find("alto bass tenor"), std::string::npos);
  }
  EXPECT_NE(fish.find(" -s m -l model -xka '(__sotto_models)'"), std::string::npos) << fish;
  EXPECT_NE(fish.find("-l voice -xa 'alto bass tenor' -d 'Voice'"), std::string::npos) << fish;
  EXPECT_EQ(fish.find("secret"), std::string::npos);
}

TEST_F(OptionTable, QuotesHelpForEachShell) {
  const CommandFacts facts = describe(app_);
  EXPECT_NE(zsh_completion(facts).find("[It'\\''s a \\[model\\]]"), std::string::npos);
  EXPECT_NE(fish_completion(facts).find("-d 'It\\'s a [model]'"), std::string::npos);
}

TEST_F(OptionTable, MakesAManualPageOfAllOfIt) {
  const std::string page = man_page(describe(app_), "1.2.3");
  EXPECT_NE(page.find(".TH SOTTO 1 \"\" \"sotto 1.2.3\""), std::string::npos);
  EXPECT_NE(page.find("\\fB\\-m\\fP, \\fB\\-\\-model\\fP \\fIMODEL\\fP\n"
                      "It\\(aqs a [model]: \\(dqany\\(dq\\eone.\nRequired.\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find(".SS Examples\n.PP\n.RS 2\n.nf\nsing \\-m x song.txt\n\\&.dots\n.fi\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find(".SS Exit status\n0 fine.\n"), std::string::npos) << page;
  EXPECT_NE(page.find("Default: \\fBsing\\fP.\n"), std::string::npos);
  EXPECT_NE(page.find("Not with \\fB\\-\\-loud\\fP.\n"), std::string::npos);
  EXPECT_NE(page.find(".SH SOTTO SILENCE\nNot a sound.\n"), std::string::npos);
  EXPECT_EQ(page.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace sotto::tools
