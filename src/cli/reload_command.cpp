#include "cli/reload_command.hpp"

#include <iostream>

#include "base/terminal.hpp"
#include "server/control.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

// The server is not asked when even the database cannot be found in the file: it would refuse it, too.
json::object ask(const server::LedgerPlace& place) {
  json::object refused;
  try {
    const store::Address database = server::database_of(place);
    json::object request;
    request["do"] = "reload";
    if (auto answer = server::ask_server(database.beside(), request)) return std::move(*answer);
    refused["error"] =
        store::is_served(database)
            ? "the server with " + database.shown() +
                  " is not reached from here: its socket is on its machine, in its STATE_DIRECTORY"
            : "no server is running with " + database.shown();
  } catch (const settings::ConfigError& error) {
    refused["error"] = std::string("not reloaded: ") + error.what();
  }
  return refused;
}

}  // namespace

int reload_server(const server::LedgerPlace& place) {
  json::object answer = ask(place);
  const bool done = !answer.contains("error");
  if (place.json) {
    answer["done"] = done;
    std::cout << json::serialize(answer) << "\n";
    return done ? 0 : 1;
  }
  if (!done) {
    std::cerr << printable_lines("carillon: " + text_at(answer, "error"));
    return 1;
  }
  if (const json::array* warnings = array_at(answer, "warnings")) {
    for (const json::value& warning : *warnings)
      std::cerr << printable_lines("carillon: " + std::string(warning.as_string()));
  }
  const auto number = [&](const char* of) {
    return static_cast<std::uint64_t>(integer_at(answer, of).value_or(0));
  };
  std::cout << "reloaded: " << counted(number("reporters"), "reporter") << ", "
            << counted(number("sources"), "source") << "\n";
  return 0;
}

}  // namespace carillon::cli
