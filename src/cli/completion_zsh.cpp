#include "chat/shell_words.hpp"
#include "cli/completion.hpp"

namespace carillon::cli {
namespace {

constexpr std::string_view zsh_head = R"sh(#compdef carillon
# zsh completion for carillon, made by `carillon completion zsh`

_carillon_reporters() {
  local -a reporters place
  local -i i
  for ((i = 1; i < $#words; i++)); do
    [[ $words[i] == (-c|--config|--db) ]] && place+=($words[i] $words[i+1])
  done
  reporters=(${(f)"$(_call_program reporters carillon deliveries $place --json -n 1000 2>/dev/null |
    grep -o '"reporter":"[^"\\]*"' | cut -d '"' -f 4 | sort -u)"})
  compadd -a reporters
}

)sh";

// Of _arguments: a colon ends a message.
std::string message(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string action(const OptionShape& option) {
  std::string words;
  switch (option.wanted) {
    case Wanted::one_of:
      for (const std::string& one : option.choices)
        words += (words.empty() ? "" : " ") + one;
      return "(" + words + ")";
    case Wanted::file:
      return "_files";
    case Wanted::folder:
      return "_files -/";
    case Wanted::reporter:
      return "_carillon_reporters";
    case Wanted::anything:
      break;
  }
  return " ";
}

// Each option may be given again where that means something; zsh need not know where.
std::string option_lines(const std::vector<OptionShape>& options) {
  std::string text;
  for (const OptionShape& option : options) {
    for (const std::string& name : option.names) {
      std::string spec = "*" + name;
      if (!option.value.empty()) spec += name.starts_with("--") ? "=" : "+";
      spec += "[" + message(option.help) + "]";
      if (!option.value.empty()) spec += ":" + message(option.value) + ":" + action(option);
      text += " \\\n        " + chat::shell_quote(spec);
    }
  }
  return text;
}

}  // namespace

std::string zsh_completion(const ProgramShape& program) {
  std::string text(zsh_head);
  text += "_carillon() {\n  local line state\n  _arguments -C" + option_lines(program.options);
  text += " \\\n        '1:command:->command' '*::argument:->argument'\n";
  text += "  case $state in\n    command)\n      local -a commands=(\n";
  for (const CommandShape& command : program.commands)
    text += "        " + chat::shell_quote(command.name + ":" + message(command.help)) + "\n";
  text += "      )\n      _describe command commands\n      ;;\n    argument)\n      case $line[1] in\n";
  for (const CommandShape& command : program.commands) {
    text += "      " + command.name + ")\n        _arguments -s" + option_lines(command.options);
    for (const OptionShape& argument : command.arguments) {
      const bool rest = command.runs_a_command && &argument == &command.arguments.back();
      text += " \\\n        " +
              chat::shell_quote(rest ? "*::command:_normal"
                                     : ":" + message(argument.names.front()) + ":" + action(argument));
    }
    text += "\n        ;;\n";
  }
  text += "      esac\n      ;;\n  esac\n}\n\n";
  // Read by compinit it is the function's body; sourced, it registers itself.
  text += "if [[ $funcstack[1] == _carillon ]]; then _carillon \"$@\"; else compdef _carillon carillon; fi\n";
  return text;
}

}  // namespace carillon::cli
