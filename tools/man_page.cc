#include "tools/man_page.h"

#include <algorithm>
#include <string_view>

namespace sotto::tools {
namespace {

std::string upper(std::string_view text) {
  std::string all;
  for (const char c : text) all.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  return all;
}

// Text as roff shows it: - is a minus that can be copied, \ and quotes are themselves, and a line
// begins with no request.
std::string roff(std::string_view text) {
  std::string all;
  for (const char c : text) {
    switch (c) {
      case '\\': all.append("\\e"); break;
      case '-': all.append("\\-"); break;
      case '"': all.append("\\(dq"); break;
      case '\'': all.append("\\(aq"); break;
      case '`': all.append("\\(ga"); break;
      case '^': all.append("\\(ha"); break;
      case '~': all.append("\\(ti"); break;
      default: all.push_back(c);
    }
  }
  if (!all.empty() && all.front() == '.') all.insert(0, "\\&");
  return all;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fP"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fP"; }

std::string list(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all.append(all.empty() ? "" : ", ").append(bold(word));
  return all;
}

std::string sentence(const std::string& help) {
  std::string text = roff(help);
  if (!text.empty() && text.back() != '.') text.push_back('.');
  return text;
}

// A long list of choices would not be read: such as Whisper's languages.
constexpr std::size_t kMostChoices = 12;

void append_option(std::string& page, const OptionFacts& option) {
  std::string head;
  if (option.positional) {
    head = italic(option.names.front());
  } else {
    head = list(option.names);
    if (option.kind != ValueKind::kNone) {
      head.append(" ").append(italic(option.placeholder));
    }
  }
  page.append(".TP\n").append(head).append("\n").append(sentence(option.help)).append("\n");
  const bool shown = option.placeholder.find('|') != std::string::npos;
  if (!option.choices.empty() && option.choices.size() <= kMostChoices && !shown) {
    page.append("One of ").append(list(option.choices)).append(".\n");
  }
  if (!option.default_text.empty()) {
    page.append("Default: ").append(bold(option.default_text)).append(".\n");
  }
  if (!option.needs.empty()) page.append("Needs ").append(list(option.needs)).append(".\n");
  if (!option.excludes.empty())
    page.append("Not with ").append(list(option.excludes)).append(".\n");
  if (option.required && !option.positional) page.append("Required.\n");
}

std::vector<std::string> groups_of(const CommandFacts& command) {
  std::vector<std::string> groups;
  for (const OptionFacts& option : command.options) {
    if (option.positional) continue;
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) {
      groups.push_back(option.group);
    }
  }
  return groups;
}

// Lines of code or of text. `indented` says which the open block is.
void append_line(std::string& page, std::string_view line, bool& indented) {
  const bool code = line.starts_with(" ");
  if (code != indented) page.append(code ? ".PP\n.RS 2\n.nf\n" : ".fi\n.RE\n.PP\n");
  indented = code;
  const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
  page.append(roff(line.substr(first))).append("\n");
}

// "Examples:" and its lines; or "Exit status: 0 all went well, ...". `heading` is .SH or .SS.
void append_footer(std::string& page, std::string_view footer, std::string_view heading) {
  bool indented = false;
  while (!footer.empty()) {
    const std::size_t end = std::min(footer.find('\n'), footer.size());
    std::string_view line = footer.substr(0, end);
    footer.remove_prefix(std::min(end + 1, footer.size()));
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    const bool ends =
        colon != std::string_view::npos && (colon + 1 == line.size() || line[colon + 1] == ' ');
    if (!line.starts_with(" ") && ends) {
      if (indented) page.append(".fi\n.RE\n");
      indented = false;
      const std::string_view title = line.substr(0, colon);
      page.append(heading).append(" ");
      page.append(heading == ".SH" ? upper(title) : std::string(title)).append("\n");
      line.remove_prefix(std::min(colon + 2, line.size()));
      if (line.empty()) continue;
    }
    append_line(page, line, indented);
  }
  if (indented) page.append(".fi\n.RE\n");
}

std::string synopsis(const CommandFacts& command) {
  std::string line = bold("sotto " + command.name);
  for (const OptionFacts& option : command.options) {
    if (option.positional || !option.required) continue;
    line.append(" ").append(bold(option.names.front())).append(" ");
    line.append(italic(option.placeholder));
  }
  line.append(" [").append(italic("options")).append("]");
  for (const OptionFacts& option : command.options) {
    if (!option.positional) continue;
    line.append(" ").append(option.required ? "" : "[").append(italic(option.names.front()));
    line.append(option.repeated ? " ..." : "").append(option.required ? "" : "]");
  }
  return line;
}

void append_command(std::string& page, const CommandFacts& command) {
  page.append(".SH SOTTO ").append(roff(upper(command.name))).append("\n");
  page.append(sentence(command.help)).append("\n");
  for (const OptionFacts& option : command.options) {
    if (option.positional) append_option(page, option);
  }
  for (const std::string& group : groups_of(command)) {
    page.append(".SS ").append(roff(group)).append("\n");
    for (const OptionFacts& option : command.options) {
      if (!option.positional && option.group == group) append_option(page, option);
    }
  }
  append_footer(page, command.footer, ".SS");
}

}  // namespace

std::string man_page(const CommandFacts& root, const std::string& version) {
  std::string page = ".TH SOTTO 1 \"\" \"sotto " + roff(version) + "\" \"User Commands\"\n";
  page.append(".SH NAME\nsotto \\- speech recognition on the CPU\n.SH SYNOPSIS\n");
  for (const CommandFacts& command : root.commands) {
    page.append(".HP\n").append(synopsis(command)).append("\n");
  }
  page.append(".SH DESCRIPTION\n").append(sentence(root.help)).append("\n");
  page.append(".PP\nResults go to the standard output, everything else to the standard error.\n");
  page.append(".SH OPTIONS\n");
  for (const OptionFacts& option : root.options) append_option(page, option);
  for (const CommandFacts& command : root.commands) append_command(page, command);
  append_footer(page, root.footer, ".SH");
  return page;
}

}  // namespace sotto::tools
