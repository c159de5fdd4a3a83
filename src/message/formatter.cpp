#include "message/formatter.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon::message {

namespace {

void add_line(std::string& body, std::string_view label, const std::string& text) {
  if (text.empty()) return;
  body += label;
  body += text;
  body += "\n";
}

RunNumber run_of(const json::object& context) {
  const json::object* build = object_at(context, "build");
  return build != nullptr ? BuildView(*build).run() : RunNumber();
}

using Fallback = Message (*)(const json::object&);

asio::awaitable<Message> format(settings::ObjectPtr formatter, json::object context, std::string master,
                                Fallback fallback) {
  Message plain = fallback(context);  // before the context, which is large, is given away
  if (!formatter) co_return plain;
  json::array args(context.storage());
  args.emplace_back(std::move(context));
  const Result<json::value> answer = co_await formatter->call("format", std::move(args), master);
  Result<Message> message = answer ? read_message(*answer) : failed(answer);
  if (message) co_return *std::move(message);
  plain.note = "the message formatter failed, so a plain message is sent: " + message.error().what;
  co_return plain;
}

// "3 of 120: peal, toll, ring"; "" of a build that tells of none.
std::string failed_tests(const json::object& context) {
  const json::array* names = array_at(context, "build.tests.failed_names");
  if (names == nullptr || names->empty()) return {};
  std::vector<std::string> failed;
  for (const json::value& name : *names) {
    if (name.is_string()) failed.emplace_back(name.get_string());
  }
  return std::to_string(integer_at(context, "build.tests.failed").value_or(0)) + " of " +
         std::to_string(integer_at(context, "build.tests.total").value_or(0)) + ": " + joined(failed, ", ");
}

}  // namespace

Result<Message> read_message(const json::value& answer) {
  const json::object* object = answer.if_object();
  if (object == nullptr) return rejected("the formatter did not return a dictionary");
  const json::value* body = object->if_contains("body");
  const std::string type(string_at(*object, "type").value_or("plain"));
  if (body == nullptr || body->is_null() || (!body->is_string() && type != "json")) {
    return rejected("the formatter returned no text as 'body'");
  }
  Message message;
  message.body = body->is_string() ? std::string(body->get_string()) : json::serialize(*body);
  message.markup = type == "html" ? Markup::html : Markup::plain;
  if (const auto subject = string_at(*object, "subject")) message.subject = fold_to_line(*subject);
  message.note = text_at(*object, "note");
  return message;
}

Message plain_build_message(const json::object& context) {
  std::string blame;
  if (const json::array* names = array_at(context, "blamelist")) {
    for (const json::value& name : *names) {
      if (!name.is_string()) continue;
      if (!blame.empty()) blame += ", ";
      blame += std::string(name.get_string());
    }
  }
  Message message;
  std::string& body = message.body;
  add_line(body, "", text_at(context, "summary"));
  body += "\n";
  add_line(body, "Builder: ", text_at(context, "buildername"));
  if (const RunNumber run = run_of(context); run.attempt > 1)
    add_line(body, "Build: ", "#" + std::to_string(run.number) + attempt_mark(run));
  add_line(body, "Project: ", text_at(context, "projects"));
  add_line(body, "Status: ", text_at(context, "status_detected"));
  add_line(body, "Worker: ", text_at(context, "workername"));
  body += text_at(context, "sourcestamps");
  add_line(body, "Changes by: ", blame);
  add_line(body, "Failed tests: ", failed_tests(context));
  add_line(body, "Details: ", text_at(context, "build_url"));
  return message;
}

Message plain_worker_message(const json::object& context) {
  Message message;
  std::string& body = message.body;
  body = "The worker '" + text_at(context, "worker.name") + "' of " + text_at(context, "buildbot_title") +
         " is missing.\n\n";
  add_line(body, "Last seen: ", text_at(context, "worker.last_connection"));
  add_line(body, "Details: ", text_at(context, "buildbot_url"));
  return message;
}

asio::awaitable<Message> format_build(settings::ObjectPtr formatter, json::object context,
                                      std::string_view master) {
  return format(std::move(formatter), std::move(context), std::string(master), plain_build_message);
}

asio::awaitable<Message> format_worker(settings::ObjectPtr formatter, json::object context,
                                       std::string_view master) {
  return format(std::move(formatter), std::move(context), std::string(master), plain_worker_message);
}

}  // namespace carillon::message
