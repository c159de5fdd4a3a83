// carillon silence add|list|end|preview.
#pragma once

#include <functional>

namespace CLI {
class App;
}  // namespace CLI

namespace carillon::cli {

// Adds the command; when it is given, `chosen` becomes what it does.
void add_silence(CLI::App& app, std::function<int()>& chosen);

}  // namespace carillon::cli
