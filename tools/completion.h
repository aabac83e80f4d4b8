// Completion scripts of the shells, from the table of options.
#pragma once

#include <string>

#include "tools/option_table.h"

namespace sotto::tools {

// Each completes commands, options, the choices of an option, and files; where a model is asked
// for, model files, folders, and the names of the models in $XDG_DATA_HOME/sotto/models.
std::string bash_completion(const CommandFacts& root);
std::string zsh_completion(const CommandFacts& root);
std::string fish_completion(const CommandFacts& root);

}  // namespace sotto::tools
