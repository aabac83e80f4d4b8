// The `sotto` command: results on stdout, everything else on stderr.
#include <sotto/sotto.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <utility>
#include <vector>

#include "tools/commands.h"

namespace sotto::tools {
namespace {

int run(int argc, char** argv) {
  CLI::App app{"sotto: speech recognition on the CPU", "sotto"};
  app.set_version_flag("--version", std::string(version()));
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 all went well, 1 something failed, 2 the command line makes no sense.\n"
      "Environment: SOTTO_MAX_ISA caps the instruction set (scalar, avx2, avx512, neon).");

  std::vector<std::pair<CLI::App*, Run>> commands;
  for (Run (*add)(CLI::App&) :
       {add_transcribe, add_bench, add_convert, add_inspect, add_pull, add_models}) {
    Run command = add(app);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(command));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with code 0 that belong on stdout.
    return app.exit(error, std::cout, std::cerr) == 0 ? kOk : kUsage;
  }
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
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
