#include "tools/option_table.h"

#include <sotto/sotto.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace sotto::tools {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// A word that needs no quoting in any shell. In capitals it stands for something else.
bool is_choice(const std::string& word) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !word.empty() && word.front() != '-' && std::all_of(word.begin(), word.end(), fits);
}

// Of "TEXT:{a,b}", "TEXT:value in {a->0,b->1} OR {0,1}" and "a|b"; none of "NUMBER|none".
std::vector<std::string> choices_of(const std::string& type_name) {
  std::vector<std::string> words;
  const std::size_t open = type_name.find('{');
  const std::size_t close = type_name.find('}', std::min(open, type_name.size()));
  if (close != std::string::npos) {
    for (const std::string& part : split(type_name.substr(open + 1, close - open - 1), ',')) {
      words.push_back(part.substr(0, part.find("->")));
    }
  } else if (type_name.find('|') != std::string::npos) {
    words = split(type_name, '|');
  }
  if (!std::all_of(words.begin(), words.end(), is_choice)) words.clear();
  return words;
}

// "FILE" of "FILE:PATH(existing)"; lists of choices are kept out of it.
std::string placeholder_of(const std::string& type_name, const std::vector<std::string>& choices) {
  const std::string first = type_name.substr(0, type_name.find(':'));
  if (type_name.find('{') == std::string::npos || choices.empty()) return first;
  std::string all;
  for (const std::string& choice : choices) all.append(all.empty() ? "" : "|").append(choice);
  return all;
}

ValueKind kind_of(const std::string& placeholder) {
  if (placeholder == "FILE") return ValueKind::kFile;
  if (placeholder == "DIR") return ValueKind::kFolder;
  if (placeholder == "MODEL") return ValueKind::kModel;
  return ValueKind::kText;
}

std::vector<std::string> names_of(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) {
    if (!option->get_group().empty()) names.push_back(option->get_name());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

OptionFacts describe(const CLI::Option& option) {
  OptionFacts facts;
  for (const std::string& name : option.get_snames()) facts.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) facts.names.push_back("--" + name);
  facts.positional = facts.names.empty();
  if (facts.positional) facts.names.push_back(option.get_name(true));
  facts.help = option.get_description();
  facts.group = option.get_group();
  facts.required = option.get_required();
  facts.needs = names_of(option.get_needs());
  facts.excludes = names_of(option.get_excludes());
  if (option.get_items_expected_max() == 0) {
    facts.kind = ValueKind::kNone;
    return facts;
  }
  const std::string type_name = option.get_type_name();
  facts.choices = choices_of(type_name);
  facts.placeholder = placeholder_of(type_name, facts.choices);
  facts.kind = kind_of(facts.placeholder);
  if (facts.placeholder == "LANGUAGE") {
    facts.choices.emplace_back("auto");
    for (const Language& language : languages()) facts.choices.emplace_back(language.code);
  }
  if (!facts.choices.empty()) facts.kind = ValueKind::kChoice;
  facts.list = option.get_delimiter() == ',';
  facts.repeated = option.get_items_expected_max() > 1;
  facts.default_text = option.get_default_str();
  return facts;
}

CommandFacts describe(const CLI::App& app) {
  CommandFacts facts;
  facts.name = app.get_name();
  facts.help = app.get_description();
  facts.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) facts.options.push_back(describe(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;
    facts.commands.push_back(describe(*command));
    std::string& footer = facts.commands.back().footer;
    if (footer == facts.footer) footer.clear();  // inherited
  }
  return facts;
}

}  // namespace sotto::tools
