// Turns a build into words: the interface that reporters use, over the user's MessageFormatter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "model/event.hpp"
#include "settings/object.hpp"

namespace carillon::message {

enum class Markup { plain, html };

struct Message {
  std::string body;
  Markup markup = Markup::plain;
  // One line, when the formatter has a subject template.
  std::optional<std::string> subject;
  // What went wrong on the way and was worked around; empty when nothing.
  std::string note;
};

// The installation, as templates name it.
struct Site {
  // c['title'].
  std::string title;
  // c['buildbotURL'].
  std::string buildbot_url;
};

// The context of the manual's table for one build: results, mode, buildername, workername, buildset, build,
// projects, previous_results, status_detected, build_url, buildbot_url, blamelist, summary, sourcestamps; and
// attempt, of ours.
// Pure. mode: the reporter's modes; name: the builder's name, or "whole buildset". build is complemented as
// Event::body says.
json::object build_context(const Site& site, const std::vector<std::string>& mode, std::string_view name,
                           const json::object& build);

// The context of a missing-worker message: buildbot_title, buildbot_url, worker.
json::object worker_context(const Site& site, const json::object& worker);

// Built-in plain messages, used when the user's template fails at run time. Pure.
Message plain_build_message(const json::object& context);
Message plain_worker_message(const json::object& context);

// What a formatter made ({"body", "type", "subject"?}), or what is wrong with it. A body of type "json" is
// written as JSON.
Result<Message> read_message(const json::value& answer);

// Renders with the user's formatter (a Python MessageFormatter: `call("format", [context])` returning
// {"body", "type", "subject"?, "note"?}); never fails: when the formatter does, the built-in message goes out
// and Message::note says why. `formatter` null: the built-in message.
asio::awaitable<Message> format_build(settings::ObjectPtr formatter, json::object context,
                                      std::string_view master);
asio::awaitable<Message> format_worker(settings::ObjectPtr formatter, json::object context,
                                       std::string_view master);

}  // namespace carillon::message
