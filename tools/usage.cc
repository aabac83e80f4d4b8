#include "tools/usage.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "tools/option_table.h"
#include "tools/suggest.h"

namespace sotto::tools {
namespace {

// An option, rather than a file or a negative number.
bool is_option(const std::string& argument) {
  return argument.size() > 1 && argument[0] == '-' && !(argument[1] >= '0' && argument[1] <= '9') &&
         argument != "--";
}

std::vector<std::string> option_names(const CommandFacts& command) {
  std::vector<std::string> names;
  for (const OptionFacts& option : command.options) {
    if (!option.positional) names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// The command whose options the rest of the line is taken for.
const CLI::App& innermost(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : innermost(*parsed.back());
}

std::optional<std::string> explain_unknown(const CLI::App& app) {
  const CLI::App& command = innermost(app);
  const CommandFacts facts = describe(command);
  for (const std::string& argument : app.remaining(true)) {
    if (is_option(argument)) {
      const std::string name = argument.substr(0, argument.find('='));
      return name + ": no such option" + did_you_mean(name, option_names(facts));
    }
    if (&command == &app) {
      std::vector<std::string> names;
      for (const CommandFacts& each : facts.commands) names.push_back(each.name);
      return argument + ": no such command" + did_you_mean(argument, names);
    }
  }
  return std::nullopt;
}

bool is_choice(const OptionFacts& option, const std::string& word) {
  return std::find(option.choices.begin(), option.choices.end(), CLI::detail::to_lower(word)) !=
         option.choices.end();
}

// For the option that the error is about, if its value is none of a few.
std::optional<std::string> explain_choice(const CLI::App& command, const std::string& message) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (name.empty() || !message.starts_with(name + ": ") || option->count() == 0) continue;
    const OptionFacts facts = describe(*option);
    if (facts.choices.empty() || facts.placeholder == "LANGUAGE") continue;
    for (const std::string& word : option->results()) {
      if (is_choice(facts, word)) continue;
      std::string reason = name + ": \"" + word + "\" is none of ";
      for (std::size_t i = 0; i < facts.choices.size(); ++i) {
        reason.append(i == 0 ? "" : ", ").append(facts.choices[i]);
      }
      return reason + did_you_mean(word, facts.choices);
    }
  }
  return std::nullopt;
}

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const OptionFacts facts = describe(*option);
    std::string text;
    if (facts.kind != ValueKind::kNone) {
      text.append(" ").append(facts.placeholder);
      if (!facts.default_text.empty()) text.append("=").append(facts.default_text);
      if (facts.repeated) text.append(" ...");
      if (facts.required) text.append(" REQUIRED");
    }
    const auto list = [&](const char* title, const std::vector<std::string>& names) {
      if (!names.empty()) text.append(" ").append(title);
      for (const std::string& name : names) text.append(" ").append(name);
    };
    list("Needs:", facts.needs);
    list("Excludes:", facts.excludes);
    return text;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  std::optional<std::string> reason;
  switch (static_cast<CLI::ExitCodes>(error.get_exit_code())) {
    case CLI::ExitCodes::ExtrasError:
    case CLI::ExitCodes::RequiredError:
    case CLI::ExitCodes::RequiresError: reason = explain_unknown(app); break;
    case CLI::ExitCodes::ValidationError:
    case CLI::ExitCodes::ConversionError:
      reason = explain_choice(innermost(app), error.what());
      break;
    default: break;
  }
  return reason.value_or(error.what());
}

}  // namespace sotto::tools
