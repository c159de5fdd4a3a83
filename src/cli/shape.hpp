// The command line as data: what completions and the manual page are made of, so that they say what the
// program takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace carillon::cli {

// What may stand in the place of a value.
enum class Wanted { anything, one_of, file, folder, reporter };

struct OptionShape {
  // "-c", "--config".
  std::vector<std::string> names;
  // What its value is called; empty: it takes none.
  std::string value;
  Wanted wanted = Wanted::anything;
  // For one_of.
  std::vector<std::string> choices;
  std::string help;
  // empty: none, or it is said in the help.
  std::string by_default;
  std::string environment;
  // Of an argument.
  bool required = false;
};

struct CommandShape {
  std::string name;
  std::string help;
  std::string footer;
  // The common --help among them.
  std::vector<OptionShape> options;
  // By place; `names` has the one it is called.
  std::vector<OptionShape> arguments;
  // What follows "--" is another command line.
  bool runs_a_command = false;
};

struct ProgramShape {
  std::string name;
  std::string help;
  std::vector<OptionShape> options;
  std::vector<CommandShape> commands;
};

ProgramShape shape_of(const CLI::App& app);
OptionShape shape_of(const CLI::Option& option);

// A word of fish that is the text: to it a backslash means something between quotes, too.
std::string fish_word(std::string_view text);

}  // namespace carillon::cli
