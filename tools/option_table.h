// What a command line takes, as plain data: read from CLI11's own table, so that completion, the
// manual page and suggestions cannot say anything else than --help.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sotto::tools {

// What an option's value, or a positional argument, is completed with.
enum class ValueKind { kNone, kText, kChoice, kFile, kFolder, kModel };

struct OptionFacts {
  std::vector<std::string> names;  // "-m", "--model"; of a positional argument "files"
  bool positional = false;
  ValueKind kind = ValueKind::kText;
  std::string placeholder;           // "FILE"; empty for a flag
  std::vector<std::string> choices;  // what a value may be; not empty for kChoice
  bool list = false;                 // of choices, with commas between
  bool repeated = false;             // may be given, or hold values, again and again
  bool required = false;
  std::string default_text;
  std::string help;
  std::string group;
  std::vector<std::string> needs;     // names of options
  std::vector<std::string> excludes;  // likewise
};

struct CommandFacts {
  std::string name;
  std::string help;
  std::string footer;
  std::vector<OptionFacts> options;  // in the order of --help; hidden ones are left out
  std::vector<CommandFacts> commands;
};

// The type names FILE, DIR and MODEL say what is completed; LANGUAGE stands for Whisper's
// languages. Other choices are those of CLI::IsMember and CLI::CheckedTransformer, or a type name
// such as "transcribe|translate".
CommandFacts describe(const CLI::App& app);
OptionFacts describe(const CLI::Option& option);

}  // namespace sotto::tools
