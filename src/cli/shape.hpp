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
  std::vector<std::string> names;  // "-c", "--config"
  std::string value;               // what its value is called; empty: it takes none
  Wanted wanted = Wanted::anything;
  std::vector<std::string> choices;  // for one_of
  std::string help;
  std::string by_default;  // empty: none, or it is said in the help
  std::string environment;
  bool required = false;  // of an argument
};

struct CommandShape {
  std::string name;
  std::string help;
  std::string footer;
  std::vector<OptionShape> options;    // the common --help among them
  std::vector<OptionShape> arguments;  // by place; `names` has the one it is called
  bool runs_a_command = false;         // what follows "--" is another command line
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
