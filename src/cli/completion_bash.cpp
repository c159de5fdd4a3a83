#include <algorithm>

#include "chat/shell_words.hpp"
#include "cli/completion.hpp"

namespace carillon::cli {
namespace {

// What does not depend on the commands. "=" is a word of its own in COMP_WORDS.
constexpr std::string_view bash_head = R"sh(# bash completion for carillon, made by `carillon completion bash`

_carillon_reporters() {
  local i place=()
  for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
    case ${COMP_WORDS[i]} in
      -c|--config|--db)
        [[ ${COMP_WORDS[i+1]} == = ]] && place+=("${COMP_WORDS[i]}" "${COMP_WORDS[i+2]}") ||
          place+=("${COMP_WORDS[i]}" "${COMP_WORDS[i+1]}") ;;
    esac
  done
  "${COMP_WORDS[0]}" deliveries "${place[@]}" --json -n 1000 2>/dev/null |
    grep -o '"reporter":"[^"\\]*"' | cut -d '"' -f 4 | sort -u
}

# _carillon_offer WORDS: those of them, one a line, that begin with what is typed
_carillon_offer() {
  local word
  while IFS= read -r word; do
    [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$(printf %q "$word")")
  done <<<"$1"
}

_carillon_files() {  # -f: files, -d: folders
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_carillon() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' i
  COMPREPLY=()
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -z $command && ${COMP_WORDS[i]} != -* ]]; then command=${COMP_WORDS[i]}; fi
)sh";

std::string lines_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : "\n") + word;
  return chat::shell_quote(text);
}

std::string offer(const OptionShape& option) {
  switch (option.wanted) {
    case Wanted::one_of:
      return "_carillon_offer " + lines_of(option.choices);
    case Wanted::file:
      return "_carillon_files -f";
    case Wanted::folder:
      return "_carillon_files -d";
    case Wanted::reporter:
      return "_carillon_offer \"$(_carillon_reporters)\"";
    case Wanted::anything:
      break;
  }
  return ":";
}

std::string pattern(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : "|") + name;
  return text;
}

// The values of options, then options, then arguments by place (all of them alike).
std::string body(const CommandShape& command) {
  std::string text;
  std::vector<std::string> names;
  for (const OptionShape& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
    if (option.value.empty()) continue;
    text += "      case $prev in " + pattern(option.names) + ") " + offer(option) + "; return ;; esac\n";
  }
  text += "      if [[ $cur == -* ]]; then _carillon_offer " + lines_of(names) + "; return; fi\n";
  for (const OptionShape& argument : command.arguments) {
    if (argument.wanted != Wanted::anything) text += "      " + offer(argument) + "\n";
  }
  return text;
}

}  // namespace

std::string bash_completion(const ProgramShape& program) {
  std::string text(bash_head);
  std::string runners;
  for (const CommandShape& command : program.commands) {
    if (command.runs_a_command) runners += (runners.empty() ? "" : "|") + command.name;
  }
  if (!runners.empty()) {
    text += "    if [[ $command == @(" + runners + ") && ${COMP_WORDS[i]} == -- ]]; then\n";
    text += R"(      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      elif ((COMP_CWORD == i + 1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      else
        _carillon_files -f
      fi
      return
    fi
)";
  }
  text += "  done\n  case $command in\n";
  CommandShape none;
  none.options = program.options;
  std::vector<std::string> commands;
  for (const CommandShape& command : program.commands)
    commands.push_back(command.name);
  text += "    '')\n" + body(none) + "      _carillon_offer " + lines_of(commands) + " ;;\n";
  for (const CommandShape& command : program.commands)
    text += "    " + command.name + ")\n" + body(command) + "      ;;\n";
  text += "  esac\n}\n\ncomplete -F _carillon carillon\n";
  return text;
}

}  // namespace carillon::cli
