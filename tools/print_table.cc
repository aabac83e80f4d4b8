// sotto completion, sotto man: the table of options for shells and for man.
#include <sotto/sotto.hpp>

#include <cstdio>
#include <memory>

#include "tools/commands.h"
#include "tools/completion.h"
#include "tools/man_page.h"
#include "tools/option_table.h"

namespace sotto::tools {
namespace {

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kOk;
}

}  // namespace

Run add_completion(CLI::App& app) {
  CLI::App* command = app.add_subcommand("completion", "Completion of this command for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n"
      "  source <(sotto completion bash)                          # in this shell\n"
      "  sotto completion zsh > ~/.zfunc/_sotto                   # a folder of $fpath\n"
      "  sotto completion fish > ~/.config/fish/completions/sotto.fish");
  return [&app, shell] {
    const CommandFacts facts = describe(app);
    if (*shell == "bash") return print(bash_completion(facts));
    if (*shell == "zsh") return print(zsh_completion(facts));
    return print(fish_completion(facts));
  };
}

Run add_man(CLI::App& app) {
  CLI::App* command = app.add_subcommand("man", "The manual page, for man");
  command->footer("Examples:\n  sotto man | man -l -");
  return [&app] { return print(man_page(describe(app), std::string(version()))); };
}

}  // namespace sotto::tools
