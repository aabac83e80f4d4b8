// The subcommands of `sotto`. Each adds its options to the command line and is run if it was
// chosen.
#pragma once

#include <sotto/result.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace sotto::tools {

// Exit statuses, as --help states them.
inline constexpr int kOk = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInterrupted = 128;  // and the signal's number: 130 after Ctrl-C

// Each returns what runs the command after the command line was parsed.
using Run = std::function<int()>;
Run add_transcribe(CLI::App& app);
Run add_bench(CLI::App& app);
Run add_convert(CLI::App& app);
Run add_inspect(CLI::App& app);
Run add_plot(CLI::App& app);
Run add_completion(CLI::App& app);
Run add_man(CLI::App& app);
Run add_models(CLI::App& app);
Run add_pull(CLI::App& app);

// Prints "sotto: MESSAGE" on stderr.
void complain(const std::string& message);
// The same for an error about `name`, which comes first unless the message has it.
void complain(const std::string& name, const Error& error);

}  // namespace sotto::tools
