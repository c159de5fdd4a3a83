#include "cli/completion.hpp"

namespace carillon::cli {
namespace {

constexpr std::string_view fish_head = R"sh(# fish completion for carillon, made by `carillon completion fish`

function __carillon_reporters
    set -l words (commandline -opc)
    set -l place
    for i in (seq (count $words))
        if contains -- $words[$i] -c --config --db
            set -a place $words[$i] $words[(math $i + 1)]
        end
    end
    carillon deliveries $place --json -n 1000 2>/dev/null | string match -ar '"reporter":"[^"]*"' |
        string replace -r '"reporter":"(.*)"' '$1' | sort -u
end

complete -c carillon -f
)sh";

std::string values(const OptionShape& option) {
  std::string words;
  switch (option.wanted) {
    case Wanted::one_of:
      for (const std::string& one : option.choices)
        words += (words.empty() ? "" : " ") + one;
      return " -xa " + fish_word(words);
    case Wanted::file:
      return " -rF";
    case Wanted::folder:
      return " -xa '(__fish_complete_directories)'";
    case Wanted::reporter:
      return " -xa '(__carillon_reporters)'";
    case Wanted::anything:
      break;
  }
  return " -x";
}

std::string option_line(const OptionShape& option, const std::string& condition) {
  std::string text = "complete -c carillon" + condition;
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) text += values(option);
  return text + " -d " + fish_word(option.help) + "\n";
}

}  // namespace

std::string fish_completion(const ProgramShape& program) {
  std::string text(fish_head);
  const std::string first = " -n __fish_use_subcommand";
  for (const OptionShape& option : program.options)
    text += option_line(option, first);
  for (const CommandShape& command : program.commands)
    text += "complete -c carillon" + first + " -a " + command.name + " -d " + fish_word(command.help) + "\n";
  for (const CommandShape& command : program.commands) {
    const std::string condition = " -n " + fish_word("__fish_seen_subcommand_from " + command.name);
    for (const OptionShape& option : command.options)
      text += option_line(option, condition);
    for (const OptionShape& argument : command.arguments) {
      if (argument.wanted == Wanted::file) text += "complete -c carillon" + condition + " -F\n";
      if (argument.wanted == Wanted::reporter || argument.wanted == Wanted::one_of)
        text += "complete -c carillon" + condition + values(argument).replace(1, 3, "-a") + "\n";
    }
    if (command.runs_a_command)
      text += "complete -c carillon" + condition + " -xa '(__fish_complete_subcommand --fcs-skip=2)'\n";
  }
  return text;
}

}  // namespace carillon::cli
