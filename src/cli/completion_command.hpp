// carillon completion, and what packages are made with.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace carillon::cli {

// Adds the commands; when one of them is given, `chosen` becomes what it does. They tell of the whole app, so
// it does not matter which commands are added later.
void add_completion(CLI::App& app, std::function<int()>& chosen);

}  // namespace carillon::cli
