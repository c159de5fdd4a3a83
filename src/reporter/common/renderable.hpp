// Arguments that may depend on the build: what the manual calls renderables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

// A text, a renderable or nothing, as the user gave it.
struct Wording {
  // Its name, for notes.
  std::string argument;
  // String, number, boolean, ObjectPtr or none.
  settings::Value value;
  // The build as a renderable sees it calls nobody (foreign_text.hpp).
  bool breaks_mentions = false;
  // When the value is none, and when the renderable fails.
  std::optional<std::string> fallback;
};

// The argument `name` with its default out of the schema. fallback: for a renderable that fails; for none the
// schema's default decides.
Wording wording(const settings::Arguments& args, std::string_view name,
                std::optional<std::string> fallback = std::nullopt);

// The build without its steps: words of one line do not look into them, and they can be large.
json::object without_steps(const json::object& build);

// The object, or null where the report is to be worded without the configuration's code.
settings::ObjectPtr usable(const settings::ObjectPtr& object, const Details& details);

// The value for the report's first build, as JSON (null for None). A plain value needs no Python. Failure:
// rejected, with the place in the user's file.
Task<json::value> render(const Wording& wording, const Details& details);

// The same as text (a description is what the generated report says, where it has one): numbers and booleans
// are written out, None is nullopt. When the renderable fails or yields something else, the fallback stands
// in and a line with the reason goes to `notes`. Never fails.
asio::awaitable<std::optional<std::string>> render_text(const Wording& wording, const Details& details,
                                                        std::vector<std::string>& notes);

// "a; b": for Delivery::note.
std::string joined_notes(const std::vector<std::string>& notes);

}  // namespace carillon::reporter
