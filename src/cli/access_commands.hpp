// carillon user, carillon token
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace carillon::cli {

// Adds the commands; when one is given, `chosen` becomes what it does.
void add_user(CLI::App& app, std::function<int()>& chosen);
void add_token(CLI::App& app, std::function<int()>& chosen);

// `carillon user hash NAME`: reads a password (twice from a terminal, which shows nothing of it; else the
// first line of standard input) and prints the line for the file of www.Passwords(...). Returns 0, or 1 with
// the reason on standard error.
int print_account(const std::string& name);

// `carillon token new`: prints a new token, and what to write into the configuration.
int print_token(const std::string& name, const std::string& role);

}  // namespace carillon::cli
