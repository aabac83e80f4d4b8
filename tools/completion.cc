#include "tools/completion.h"

#include <string_view>

namespace sotto::tools {
namespace {

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string all;
  for (const std::string& word : words) all.append(all.empty() ? "" : between).append(word);
  return all;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// For a text between single quotes: bash and zsh; fish also takes \ for itself there.
std::string shell_quoted(const std::string& text) { return replace_all(text, "'", "'\\''"); }

std::string fish_quoted(const std::string& text) {
  return replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'");
}

// The first sentence or so: a list of completions is no place for more.
std::string brief(const std::string& help) {
  const std::size_t end = help.find_first_of(";:\n");
  return help.substr(0, end);
}

const OptionFacts* first_positional(const CommandFacts& command) {
  for (const OptionFacts& option : command.options) {
    if (option.positional) return &option;
  }
  return nullptr;
}

std::vector<std::string> command_names(const CommandFacts& root) {
  std::vector<std::string> names;
  for (const CommandFacts& command : root.commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(const CommandFacts& command) {
  std::vector<std::string> names;
  for (const OptionFacts& option : command.options) {
    if (option.positional) continue;
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// ---------------------------------------------------------------------------- bash

constexpr std::string_view kBashHead =
    R"sh(# bash completion for sotto, printed by "sotto completion bash"

_sotto_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# One of the words, or several with commas between.
_sotto_list() {
  local before=""
  [[ $cur == *,* ]] && before="${cur%,*},"
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
  compopt -o nospace 2>/dev/null
}

_sotto_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_sotto_folders() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}

_sotto_models() {
  local folder="${XDG_DATA_HOME:-$HOME/.local/share}/sotto/models" file names=""
  for file in "$folder"/*.gguf; do
    [[ -e $file ]] || continue
    file="${file##*/}"
    names+="${file%.gguf}"$'\n'
  done
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(
    IFS=$'\n'
    { compgen -W "$names" -- "$cur"
      compgen -f -X '!*.gguf' -- "$cur"
      compgen -d -- "$cur"; } | sort -u)
}

_sotto() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD - 1]}" command="" i
  COMPREPLY=()
  # --option=value comes in three words.
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]]; then
    prev="${COMP_WORDS[COMP_CWORD - 2]}"
  fi
)sh";

std::string bash_values(const OptionFacts& option) {
  switch (option.kind) {
    case ValueKind::kChoice:
      return std::string(option.list ? "_sotto_list '" : "_sotto_words '")
          .append(join(option.choices, " "))
          .append("'");
    case ValueKind::kFile: return "_sotto_files";
    case ValueKind::kFolder: return "_sotto_folders";
    case ValueKind::kModel: return "_sotto_models";
    case ValueKind::kNone:
    case ValueKind::kText: return ":";
  }
  return ":";
}

// ---------------------------------------------------------------------------- zsh

// In a description, [ ] and : end it.
std::string zsh_text(const std::string& text) {
  std::string all;
  for (const char c : brief(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') all.push_back('\\');
    all.push_back(c);
  }
  return shell_quoted(all);
}

std::string zsh_action(const OptionFacts& option) {
  switch (option.kind) {
    case ValueKind::kChoice: {
      const std::string words = join(option.choices, " ");
      return option.list ? "_values -s , value " + words : "(" + words + ")";
    }
    case ValueKind::kFile: return "_files";
    case ValueKind::kFolder: return "_files -/";
    case ValueKind::kModel: return "_sotto_models";
    case ValueKind::kNone:
    case ValueKind::kText: return " ";
  }
  return " ";
}

// A specification for _arguments, a word of the script.
std::string zsh_specification(const OptionFacts& option) {
  std::string value;
  if (option.kind != ValueKind::kNone) {
    value.append(":").append(zsh_text(option.positional ? option.names[0] : option.placeholder));
    value.append(":").append(shell_quoted(zsh_action(option)));
  }
  if (option.positional) {
    return std::string("'").append(option.repeated   ? "*"
                                   : option.required ? ":"
                                                     : "::") +
           std::string(value, option.repeated ? 0 : 1).append("'");
  }
  const std::string help = "[" + zsh_text(option.help) + "]" + value + "'";
  const std::string once = option.repeated ? "'*'" : "'(" + join(option.names, " ") + ")'";
  if (option.names.size() == 1) {
    return once.substr(0, once.size() - 1) + option.names[0] + help;
  }
  return once + "{" + join(option.names, ",") + "}'" + help;
}

constexpr std::string_view kZshModels = R"sh(
_sotto_models() {
  local folder="${XDG_DATA_HOME:-$HOME/.local/share}/sotto/models"
  local -a names
  names=("$folder"/*.gguf(N:t:r))
  (( $#names )) && compadd -a names
  _files -g '*.gguf'
}
)sh";

// ---------------------------------------------------------------------------- fish

constexpr std::string_view kFishModels = R"sh(
function __sotto_models
    set -l data $XDG_DATA_HOME
    test -n "$data"; or set data ~/.local/share
    for file in $data/sotto/models/*.gguf
        string replace -r '^.*/(.*)\.gguf$' '$1' -- $file
    end
    __fish_complete_suffix .gguf
end

)sh";

std::string fish_values(const OptionFacts& option) {
  switch (option.kind) {
    case ValueKind::kChoice: {
      const std::string words = join(option.choices, " ");
      if (!option.list) return " -xa '" + words + "'";
      return " -xa '(__fish_complete_list , \"string split \\\" \\\" \\\"" + words + "\\\"\")'";
    }
    case ValueKind::kFile: return " -rF";
    case ValueKind::kFolder: return " -xa '(__fish_complete_directories)'";
    case ValueKind::kModel: return " -xka '(__sotto_models)'";
    case ValueKind::kText: return " -x";
    case ValueKind::kNone: return "";
  }
  return "";
}

std::string fish_option(const OptionFacts& option, const std::string& condition) {
  std::string line = "complete -c sotto -n '" + condition + "'";
  for (const std::string& name : option.names) {
    if (option.positional) break;
    if (name.starts_with("--")) {
      line.append(" -l ").append(name, 2);
    } else {
      line.append(name.size() == 2 ? " -s " : " -o ").append(name, 1);
    }
  }
  line.append(fish_values(option));
  if (!option.positional) line.append(" -d '").append(fish_quoted(brief(option.help))).append("'");
  return line.append("\n");
}

}  // namespace

std::string bash_completion(const CommandFacts& root) {
  const std::string names = join(command_names(root), " ");
  std::string script(kBashHead);
  script.append(
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n    case \"${COMP_WORDS[i]}\" in\n      ");
  script.append(join(command_names(root), " | "));
  script.append(")\n        command=\"${COMP_WORDS[i]}\"\n        break\n        ;;\n");
  script.append("    esac\n  done\n  case \"$command $prev\" in\n");
  for (const CommandFacts& command : root.commands) {
    for (const OptionFacts& option : command.options) {
      if (option.positional || option.kind == ValueKind::kNone) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        patterns.push_back("'" + command.name + " " + name + "'");
      }
      script.append("    ").append(join(patterns, " | ")).append(")\n      ");
      script.append(bash_values(option)).append("\n      return\n      ;;\n");
    }
  }
  script.append("  esac\n  case \"$command\" in\n    '')\n      if [[ $cur == -* ]]; then\n");
  script.append("        _sotto_words '").append(join(option_names(root), " "));
  script.append("'\n      else\n        _sotto_words '")
      .append(names)
      .append("'\n      fi\n      ;;\n");
  for (const CommandFacts& command : root.commands) {
    script.append("    ").append(command.name).append(")\n      if [[ $cur == -* ]]; then\n");
    script.append("        _sotto_words '").append(join(option_names(command), " "));
    script.append("'\n      else\n        ");
    const OptionFacts* const positional = first_positional(command);
    script.append(positional == nullptr ? ":" : bash_values(*positional));
    script.append("\n      fi\n      ;;\n");
  }
  return script.append("  esac\n}\n\ncomplete -F _sotto sotto\n");
}

std::string zsh_completion(const CommandFacts& root) {
  std::string script = "#compdef sotto\n# zsh completion, printed by \"sotto completion zsh\"\n";
  script.append(kZshModels).append("\n_sotto() {\n  local context state state_descr line\n");
  script.append("  typeset -A opt_args\n  local -a commands\n  commands=(\n");
  for (const CommandFacts& command : root.commands) {
    script.append("    '").append(command.name).append(":").append(zsh_text(command.help));
    script.append("'\n");
  }
  script.append("  )\n  _arguments -C");
  for (const OptionFacts& option : root.options) {
    script.append(" \\\n    ").append(zsh_specification(option));
  }
  script.append(" \\\n    ':command:->command' '*::argument:->arguments' && return\n");
  script.append("  case \"$state\" in\n    command) _describe command commands ;;\n");
  script.append("    arguments)\n      case \"$words[1]\" in\n");
  for (const CommandFacts& command : root.commands) {
    script.append("        ").append(command.name).append(")\n          _arguments -s");
    for (const OptionFacts& option : command.options) {
      script.append(" \\\n            ").append(zsh_specification(option));
    }
    script.append("\n          ;;\n");
  }
  script.append("      esac\n      ;;\n  esac\n}\n\n");
  // As a file of $fpath it is the function's body, sourced it defines it.
  return script.append(
      "if [ \"$funcstack[1]\" = _sotto ]; then\n  _sotto \"$@\"\nelse\n"
      "  compdef _sotto sotto\nfi\n");
}

std::string fish_completion(const CommandFacts& root) {
  std::string script = "# fish completion, printed by \"sotto completion fish\"\n";
  script.append(kFishModels).append("complete -c sotto -f\n");
  for (const OptionFacts& option : root.options) {
    script.append(fish_option(option, "__fish_use_subcommand"));
  }
  for (const CommandFacts& command : root.commands) {
    script.append("complete -c sotto -n __fish_use_subcommand -a ").append(command.name);
    script.append(" -d '").append(fish_quoted(brief(command.help))).append("'\n");
  }
  for (const CommandFacts& command : root.commands) {
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    for (const OptionFacts& option : command.options) {
      if (option.positional && &option != first_positional(command)) continue;
      script.append(fish_option(option, condition));
    }
  }
  return script;
}

}  // namespace sotto::tools
