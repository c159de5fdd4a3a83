#include "reporter/gerrit/gerrit_settings.hpp"

#include <algorithm>

namespace carillon::reporter::gerrit {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr double longest_time = 3600;  // seconds

bool has_object(const Value& value) {
  if (value.as<settings::ObjectPtr>() != nullptr) return true;
  if (const auto* list = value.as<settings::List>()) return std::ranges::any_of(*list, has_object);
  const auto* dict = value.as<settings::Dict>();
  return dict != nullptr &&
         (std::ranges::any_of(dict->keys, has_object) || std::ranges::any_of(dict->values, has_object));
}

json::value callback_argument(const Arguments& args, const std::string& name) {
  const Value& value = args.at(name);
  if (const auto* object = value.as<settings::ObjectPtr>()) return (*object)->argument();
  if (const auto* secret = value.as<Secret>()) return json::value(json::string(secret->reveal()));
  if (has_object(value)) {
    args.fail(name,
              "a list or dictionary with objects in it cannot be handed to the callback; give one object");
  }
  return settings::to_json(value);
}

Callback read_callback(const Arguments& args, const std::string& name) {
  Callback callback;
  callback.name = name + "CB";
  callback.function = args.object(name + "CB");
  callback.argument = callback_argument(args, name + "Arg");
  callback.argument_object = args.object(name + "Arg");
  return callback;
}

// ssh reads "-x" as an option and hands both to shells in some configurations.
std::string safe_word(const Arguments& args, std::string_view name, std::string_view refused) {
  const std::string text = args.string(name);
  const bool odd = std::ranges::any_of(text, [&](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || refused.find(c) != std::string_view::npos;
  });
  if (text.empty() || text.front() == '-' || odd)
    args.fail(name, "'" + text + "' cannot be the " + std::string(name));
  return text;
}

std::string notify_word(const Arguments& args) {
  const std::string word = args.optional_string("notify").value_or("");
  if (word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") != std::string::npos) {
    args.fail("notify", "must be one of Gerrit's words, such as NONE, OWNER, OWNER_REVIEWERS or ALL");
  }
  return word;
}

std::vector<std::string> ssh_arguments(const Arguments& args, const std::string& target, std::int64_t port,
                                       std::chrono::milliseconds time) {
  std::vector<std::string> ssh = {"ssh", "-o", "BatchMode=yes"};
  // ssh takes the first value that it meets, so the user's own come before ours.
  for (const std::string& option : args.strings("ssh_options").value_or(std::vector<std::string>())) {
    const bool odd = std::ranges::any_of(option, [](char c) { return c == '\n' || c == '\0'; });
    if (option.find('=') == std::string::npos || odd) {
      args.fail("ssh_options", "'" + option + "' is not an option of ssh_config; write 'Name=value'");
    }
    ssh.insert(ssh.end(), {"-o", option});
  }
  const auto seconds = std::clamp<std::int64_t>(time.count() / 2000, 1, 15);
  ssh.insert(ssh.end(), {"-o", "ConnectTimeout=" + std::to_string(seconds)});
  // Should we crash, ssh ends by itself when the server is gone.
  ssh.insert(ssh.end(), {"-o", "ServerAliveInterval=15", "-p", std::to_string(port)});
  if (const auto file = args.optional_string("identity_file")) {
    if (file->empty()) args.fail("identity_file", "must not be empty");
    ssh.insert(ssh.end(), {"-i", *file});
  }
  ssh.push_back(target);
  return ssh;
}

}  // namespace

// None for reviewCB or summaryCB is the user's word for "no such reviews", not the default.
Reported reported(const Arguments& args) {
  Reported events;
  events.started = args.object("startCB") != nullptr;
  events.finished = args.object("reviewCB") != nullptr;
  events.buildsets =
      args.object("summaryCB") != nullptr || (!args.given("reviewCB") && !args.given("summaryCB"));
  return events;
}

Settings read_settings(const Arguments& args) {
  Settings settings;
  const std::string server = safe_word(args, "server", "'\"`$;&<>|(){}\\/@");
  settings.user = safe_word(args, "username", "'\"`$;&<>|(){}\\");
  const std::int64_t port = args.integer("port");
  if (port < 1 || port > 65535) args.fail("port", "must be 1 to 65535");
  const double time = args.number("timeout");
  if (!(time > 0) || time > longest_time)
    args.fail("timeout", "must be more than 0 and at most 3600 (seconds)");
  settings.limits.time = std::chrono::milliseconds(static_cast<std::int64_t>(time * 1000));
  settings.target = settings.user + "@" + server + ":" + std::to_string(port);
  settings.ssh = ssh_arguments(args, settings.user + "@" + server, port, settings.limits.time);
  settings.notify = notify_word(args);
  settings.reported = reported(args);
  settings.start = read_callback(args, "start");
  settings.review = read_callback(args, "review");
  settings.summary = read_callback(args, "summary");
  settings.asked.properties = true;
  settings.asked.steps = args.boolean("wantSteps");
  settings.asked.logs = settings.asked.steps && args.boolean("wantLogs");
  return settings;
}

settings::Schema schema() {
  const Value no{false};
  constexpr bool none_counts = true;
  constexpr std::int64_t gerrit_port = 29418;
  settings::Schema schema;
  schema.name = "GerritStatusPush";
  schema.modules = {"buildbot.reporters.gerrit", "buildbot.status.status_gerrit"};
  schema.arguments = {
      {.name = "server", .types = {Type::string}, .required = true, .doc = "host of Gerrit's ssh server"},
      {.name = "username", .types = {Type::string}, .required = true, .doc = "user there"},
      {.name = "reviewCB",
       .types = {Type::callable},
       .doc = "words the review of a finished build",
       .none_is_value = none_counts},
      {.name = "startCB", .types = {Type::callable}, .doc = "words the review of a starting build"},
      {.name = "port",
       .types = {Type::integer},
       .fallback = Value{gerrit_port},
       .doc = "port of Gerrit's ssh server"},
      {.name = "reviewArg", .types = {Type::any}, .doc = "passed to reviewCB"},
      {.name = "startArg", .types = {Type::any}, .doc = "passed to startCB"},
      {.name = "summaryCB",
       .types = {Type::callable},
       .doc = "words the review of a buildset; without it and reviewCB there is a built-in one",
       .none_is_value = none_counts},
      {.name = "summaryArg", .types = {Type::any}, .doc = "passed to summaryCB"},
      {.name = "identity_file", .types = {Type::string}, .doc = "private key for ssh -i"},
      {.name = "builders", .types = {Type::strings}, .doc = "only these builders"},
      {.name = "notify",
       .types = {Type::string},
       .doc = "whom Gerrit tells: NONE, OWNER, OWNER_REVIEWERS, ALL"},
      {.name = "wantSteps",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "callbacks get the build with its steps"},
      {.name = "wantLogs",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "and those with the contents of their logs"},
      {.name = "ssh_options",
       .types = {Type::strings},
       .doc = "further options for ssh -o: ['Name=value', ...]"},
      {.name = "timeout",
       .types = {Type::number},
       .fallback = Value{std::int64_t{60}},
       .doc = "seconds that one ssh command may take"},
  };
  return schema;
}

}  // namespace carillon::reporter::gerrit
