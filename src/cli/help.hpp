// What `--help` shows, and what is said of words that no command takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace carillon::cli {

// Help in lines as wide as the terminal, with what an option wants in words. Before subcommands are added:
// they take it over.
void set_help(CLI::App& app);

// A command that is called in several ways: what stands behind its name in each of them.
void set_ways(CLI::App& command, const std::vector<std::string>& ways);

// Of the first word after the program's name, with a guess at what was meant: "'chek' is not a command; did
// you mean 'check'?" Empty: it is a command, or an option of the program itself.
std::string wrong_command(const CLI::App& app, std::string_view word);

// After a parse that failed: an option that the command does not have, or a word too many, likewise. Empty:
// something else is wrong.
std::string wrong_words(const CLI::App& app);

}  // namespace carillon::cli
