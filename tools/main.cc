// The `sotto` command: results on stdout, everything else on stderr.
#include <sotto/sotto.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <utility>
#include <vector>

#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/usage.h"

namespace sotto::tools {
namespace {

void said(const std::string& note) { complain(note); }

int run(int argc, char** argv) {
  CLI::App app{"sotto: speech recognition on the CPU", "sotto"};
  app.set_version_flag("--version", std::string(version()));
  app.formatter(help_formatter());
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  sotto transcribe -m tiny.en.gguf talk.mp3                # the text on stdout\n"
      "  sotto COMMAND --help                                     # options and more examples\n"
      "\n"
      "Exit status: 0 all went well, 1 something failed, 2 the command line makes no sense,\n"
      "130 interrupted.\n"
      "Environment: SOTTO_MAX_ISA caps the instruction set (scalar, avx2, avx512, neon).");

  std::vector<std::pair<CLI::App*, Run>> commands;
  for (Run (*add)(CLI::App&) : {add_transcribe, add_bench, add_convert, add_inspect, add_pull,
                                add_models, add_plot, add_completion, add_man}) {
    Run command = add(app);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(command));
  }
  std::vector<std::string> notes;
  try {
    CarriedOver carried = carry_over({argv + std::min(argc, 1), argv + argc}, app);
    std::ranges::reverse(carried.arguments);  // as parse() takes them
    app.parse(std::move(carried.arguments));
    notes = std::move(carried.notes);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with code 0 that belong on stdout.
    if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
    complain(explain(app, error) + "\nRun with --help for more information.");
    return kUsage;
  }
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
    const CLI::Option* const quiet = command->get_option_no_throw("--quiet");
    if (quiet == nullptr || quiet->empty()) std::ranges::for_each(notes, said);
    const int status = action();
    // A full disk or a closed pipe must not pass for success.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      complain("cannot write to the standard output");
      return kFailure;
    }
    return status;
  }
  return kUsage;
}

}  // namespace

void complain(const std::string& message) { std::fprintf(stderr, "sotto: %s\n", message.c_str()); }

void complain(const std::string& name, const Error& error) {
  const bool named = error.message.find(name) != std::string::npos;
  complain(named ? error.message : name + ": " + error.message);
}

}  // namespace sotto::tools

int main(int argc, char** argv) {
  try {
    return sotto::tools::run(argc, argv);
  } catch (const std::exception& failure) {
    sotto::tools::complain(failure.what());
    return sotto::tools::kFailure;
  }
}
