// carillon exec
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace carillon::cli {

// What stands after "--" of `carillon exec`: it is cut off, because it is not for us to read. Else nothing.
std::vector<std::string> take_command(int& argc, char** argv);

// Adds the command; when it is given, `chosen` becomes what it does. words: of take_command().
void add_exec(CLI::App& app, std::vector<std::string> words, std::function<int()>& chosen);

}  // namespace carillon::cli
