#include "cli/help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/terminal.hpp"
#include "base/text.hpp"
#include "cli/shape.hpp"
#include "settings/nearest.hpp"

namespace carillon::cli {
namespace {

constexpr std::size_t help_column = 26;

std::string help_entry(const std::string& left, const std::string& right) {
  std::string text = "  " + left;
  if (text.size() + 2 > help_column) {
    text += "\n" + std::string(help_column, ' ');
  } else {
    text.resize(help_column, ' ');
  }
  return text + filled(right, terminal_width(), help_column) + "\n";
}

std::string option_text(const OptionShape& option) {
  std::string text = option.help;
  if (!option.choices.empty() && text.find(option.choices.front()) == std::string::npos)
    text += ": " + joined(option.choices, ", ");
  if (!option.by_default.empty() && text.find("default") == std::string::npos)
    text += " (default: " + option.by_default + ")";
  if (!option.environment.empty()) text += "; or $" + option.environment;
  return text;
}

class Help final : public CLI::Formatter {
 public:
  explicit Help(std::vector<std::string> ways = {}) : ways_(std::move(ways)) {
    label("SUBCOMMAND", "COMMAND");
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    if (ways_.empty()) return CLI::Formatter::make_usage(app, std::move(name));
    std::string text;
    for (const std::string& way : ways_)
      text += (text.empty() ? "Usage: " : "       ") + name + " " + way + "\n";
    return text + "\n";
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    const OptionShape shape = shape_of(*option);
    std::string left = joined(shape.names, ",");
    if (!is_positional && !shape.value.empty()) left += " " + shape.value;
    return help_entry(left, option_text(shape));
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return help_entry(command->get_name(), command->get_description());
  }
  std::string make_description(const CLI::App* app) const override {
    return filled(app->get_description(), terminal_width(), 0) + "\n";
  }
  std::string make_footer(const CLI::App* app) const override {
    return app->get_footer().empty() ? "" : filled(app->get_footer(), terminal_width(), 0) + "\n";
  }

 private:
  std::vector<std::string> ways_;
};

std::string guess(std::string_view word, const std::vector<std::string>& known, const std::string& quote) {
  const auto meant = settings::nearest(word, known);
  return meant ? "; did you mean " + quote + *meant + quote + "?" : "";
}

// "--stat=dead": without the value.
std::string wrong_option(const ProgramShape& program, const std::string& command, std::string_view word) {
  word = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CommandShape& shape : program.commands) {
    if (shape.name != command) continue;
    for (const OptionShape& option : shape.options)
      known.insert(known.end(), option.names.begin(), option.names.end());
  }
  return std::string(word) + ": `carillon " + command + "` has no such option" + guess(word, known, "");
}

}  // namespace

void set_ways(CLI::App& command, const std::vector<std::string>& ways) {
  command.formatter(std::make_shared<Help>(ways));
}

void set_help(CLI::App& app) {
  app.formatter(std::make_shared<Help>());
}

std::string wrong_command(const CLI::App& app, std::string_view word) {
  if (word.starts_with('-')) {
    const auto options = shape_of(app).options;
    const bool known = std::ranges::any_of(options, [&](const OptionShape& option) {
      return std::ranges::find(option.names, word) != option.names.end();
    });
    return known ? "" : "'" + printable(word) + "' is not an option; a command comes first";
  }
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == word) return {};
    if (!command->get_group().empty()) known.push_back(command->get_name());
  }
  return "'" + printable(word) + "' is not a command" + guess(word, known, "'");
}

std::string wrong_words(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    const std::vector<std::string> words = command->remaining();
    for (const std::string& word : words) {
      if (word.size() < 2 || word.front() != '-') continue;
      std::string text = wrong_option(shape_of(app), command->get_name(), printable(word));
      if (command->get_allow_extras()) text += " (a command with options of its own stands after --)";
      return text;
    }
    if (!words.empty() && !command->get_allow_extras())
      return "'" + printable(words.front()) + "' is one word too many";
  }
  return {};
}

}  // namespace carillon::cli
