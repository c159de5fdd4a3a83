// carillon stubs
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace carillon::cli {

// Adds the command; when it is given, `chosen` becomes what it does.
void add_stubs(CLI::App& app, std::function<int()>& chosen);

// Writes the packages "buildbot" and "carillon" of stubs (.pyi) into the folder, which is made where it is
// missing; what an earlier run wrote is replaced. 1, with the reason on standard error, when it cannot be
// written, or when one of the two packages is there and holds a file that no such run wrote: nothing is
// changed then.
int write_stubs(const std::string& folder);

}  // namespace carillon::cli
