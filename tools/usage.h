// What to say to someone whose command line makes no sense.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace sotto::tools {

// --help with an option's choices as "a|b" instead of CLI11's tables of enumerators.
std::shared_ptr<CLI::FormatterBase> help_formatter();

// The reason for `error`, which parsing with `app` threw, with what may have been meant:
// "--langauge: no such option; did you mean --language?". An unknown option or command is told
// before what is missing because of it.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace sotto::tools
