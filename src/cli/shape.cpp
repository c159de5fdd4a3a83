#include "cli/shape.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

namespace carillon::cli {
namespace {

struct Known {
  std::string_view name;
  Wanted wanted;
};
// CLI11 does not know what a text means.
constexpr std::array known = {Known{"--config", Wanted::file},    Known{"--token-file", Wanted::file},
                              Known{"CONFIG", Wanted::file},      Known{"--spool", Wanted::folder},
                              Known{"FOLDER", Wanted::folder},    Known{"--from-dir", Wanted::folder},
                              Known{"--to-dir", Wanted::folder},  Known{"--from-config", Wanted::file},
                              Known{"--to-config", Wanted::file}, Known{"--reporter", Wanted::reporter},
                              Known{"REPORTER", Wanted::reporter}};

// "TEXT:{a,b}" names the values that are taken.
std::vector<std::string> choices_of(const std::string& type) {
  const auto begin = type.find(":{");
  if (begin == std::string::npos || !type.ends_with('}')) return {};
  return CLI::detail::split(type.substr(begin + 2, type.size() - begin - 3), ',');
}

bool is_shown(const CLI::Option* option) {
  return !option->get_group().empty();
}

}  // namespace

OptionShape shape_of(const CLI::Option& option) {
  OptionShape shape;
  shape.required = option.get_required();
  for (const std::string& name : option.get_snames())
    shape.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    shape.names.push_back("--" + name);
  if (option.get_positional()) shape.names = {option.get_name(true)};
  shape.help = option.get_description();
  shape.environment = option.get_envname();
  if (!option.get_positional() && option.get_items_expected_max() == 0) return shape;
  const std::string type = option.get_type_name();
  shape.value = type.substr(0, std::min(type.find_first_of(": "), type.size()));
  if (shape.value.empty()) shape.value = "VALUE";
  shape.by_default = option.get_default_str();
  shape.choices = choices_of(type);
  if (!shape.choices.empty()) shape.wanted = Wanted::one_of;
  for (const Known& one : known) {
    if (std::find(shape.names.begin(), shape.names.end(), one.name) != shape.names.end())
      shape.wanted = one.wanted;
  }
  return shape;
}

ProgramShape shape_of(const CLI::App& app) {
  ProgramShape program;
  program.name = app.get_name();
  program.help = app.get_description();
  for (const CLI::Option* option : app.get_options(is_shown))
    program.options.push_back(shape_of(*option));
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    CommandShape shape;
    shape.name = command->get_name();
    shape.help = command->get_description();
    shape.footer = command->get_footer();
    for (const CLI::Option* option : command->get_options(is_shown))
      (option->get_positional() ? shape.arguments : shape.options).push_back(shape_of(*option));
    shape.runs_a_command = std::any_of(shape.arguments.begin(), shape.arguments.end(),
                                       [](const OptionShape& one) { return one.names.front() == "CMD"; });
    program.commands.push_back(std::move(shape));
  }
  return program;
}

std::string fish_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') word += '\\';
    word += c;
  }
  return word + "'";
}

}  // namespace carillon::cli
