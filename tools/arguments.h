// The command lines of whisper.cpp and openai-whisper, said in our options, so that scripts carry
// over. It works on words, before CLI11 sees them: that knows no "-osrt".
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sotto::tools {

struct CarriedOver {
  std::vector<std::string> arguments;
  std::vector<std::string> notes;  // about options that are left out because nothing is lost
};

// `arguments` are the command line without the program's name; options of `app`'s subcommands stay
// what they are. For every subcommand "_" in an option's name is "-"; for transcribe also:
//   - the other programs' names of options, with one dash or two, are replaced by ours
//   - "--flag True" is the flag, "--flag False" nothing; "None" for a number is our "none", or the
//     default
// Throws CLI::ValidationError for an option that asks for what there is not.
CarriedOver carry_over(const std::vector<std::string>& arguments, const CLI::App& app);

}  // namespace sotto::tools
