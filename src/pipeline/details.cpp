#include "pipeline/details.hpp"

#include "base/logins.hpp"
#include "model/build.hpp"

#include <algorithm>

namespace carillon::pipeline {
namespace {

// Of the short logs of one build together; beyond it, even those become files.
constexpr std::size_t most_in_memory = std::size_t{4} << 20U;

// Of one number, when its master is asked for the build before.
constexpr int most_tries = 20;

// One fetch after the other for one build; remembers whether to go on without what fails.
class Fetcher {
 public:
  Fetcher(std::shared_ptr<source::Source> master, bool give_up, std::vector<std::string>& notes)
      : master_(std::move(master)), give_up_(give_up), notes_(notes) {}

  // The array `member` of the answer; empty (with a note) for what the master does not have.
  Task<json::array> list(std::string path, std::string member) {
    auto answer = co_await get(std::move(path));
    if (!answer) co_return failed(answer);
    if (json::object* object = answer->if_object()) {
      if (json::value* items = object->if_contains(member); items != nullptr && items->is_array()) {
        co_return std::move(items->get_array());
      }
    }
    co_return json::array();
  }

  // null for what the master does not have.
  Task<json::value> get(std::string path) {
    if (!master_) {
      notes_.push_back("its master is not configured any more, so " + path + " is not known");
      co_return json::value(nullptr);
    }
    auto answer = co_await master_->ask_more(path);
    if (answer) {
      hide_logins(*answer);
      co_return answer;
    }
    if (!goes_on_without(answer.error(), path)) co_return failed(answer);
    co_return json::value(nullptr);
  }

  // Whether it is left out, with a note.
  bool goes_on_without(const Failure& failure, const std::string& what) {
    const bool final = failure.kind == Failure::Kind::rejected;
    if (!final && !give_up_) return false;
    notes_.push_back(what + " could not be fetched: " + failure.what);
    return true;
  }

 private:
  std::shared_ptr<source::Source> master_;
  bool give_up_;
  std::vector<std::string>& notes_;
};

bool has_details(const json::object& build, std::string_view member) {
  const json::value* value = build.if_contains(member);
  return value != nullptr && (value->is_object() || value->is_array());
}

std::string id_text(const json::object& object, std::string_view member) {
  const auto id = integer_at(object, member);
  return id ? std::to_string(*id) : std::string();
}

// Adds logs to the steps of one build.
class Logs {
 public:
  Logs(Fetcher& fetch, std::shared_ptr<source::Source> master, const reporter::Needs& needs,
       const Event& event, LogFetcher& logs, reporter::Details& notification)
      : fetch_(fetch),
        master_(std::move(master)),
        needs_(needs),
        event_(event),
        logs_(logs),
        order_(notification) {}

  Task<void> add_to(json::object& step) {
    if (has_details(step, "logs")) co_return ok();
    auto logs = co_await fetch_.list("steps/" + id_text(step, "stepid") + "/logs", "logs");
    if (!logs) co_return failed(logs);
    const std::string step_name(string_at(step, "name").value_or(""));
    for (json::value& item : *logs) {
      if (!item.is_object() || !master_) continue;
      auto added = co_await add_content(item.get_object(), step_name);
      if (!added) co_return added;
    }
    step["logs"] = std::move(*logs);
    co_return ok();
  }

 private:
  Task<void> add_content(json::object& log, const std::string& step_name) {
    const std::int64_t id = integer_at(log, "logid").value_or(0);
    const std::string name(string_at(log, "name").value_or(""));
    const bool sent = needs_.sent.choice.wants(step_name, name);
    if (!sent && !needs_.logs) co_return ok();
    std::string text;
    if (sent) {
      auto fetched = co_await send(log, id);
      if (!fetched && !fetch_.goes_on_without(fetched.error(), "log " + std::to_string(id)))
        co_return failed(fetched);
      if (fetched) {
        if (!fetched->note.empty()) order_.notes.push_back(step_name + "." + name + " " + fetched->note);
        if (fetched->file) order_.logs.insert_or_assign(id, std::move(*fetched->file));
        text = std::move(fetched->text);
      }
      in_memory_ += text.size();
    }
    const bool whole = sent && !order_.logs.contains(id);
    if (needs_.logs && !whole) {
      LogReader reader(master_, id, integer_at(log, "num_lines").value_or(0));
      auto read = co_await read_log(reader, max_log_bytes);
      if (!read && !fetch_.goes_on_without(read.error(), "log " + std::to_string(id))) co_return failed(read);
      if (read) text = std::move(*read);
    }
    if (!needs_.logs && !whole) co_return ok();
    json::object content;
    content["content"] = text;
    content["firstline"] = 0;
    content["logid"] = id;
    log["content"] = std::move(content);
    co_return ok();
  }

  Task<FetchedLog> send(const json::object& log, std::int64_t id) {
    WantedLog wanted;
    wanted.source = master_;
    wanted.occurrence = event_.occurrence;
    wanted.id = id;
    wanted.lines = integer_at(log, "num_lines").value_or(0);
    wanted.stream = string_at(log, "type") == "s";
    wanted.plain = needs_.sent.plain;
    wanted.max_size = needs_.sent.max_size;
    wanted.in_memory = std::min(short_log, most_in_memory - std::min(in_memory_, most_in_memory));
    return logs_.fetch(std::move(wanted));
  }

  Fetcher& fetch_;
  std::shared_ptr<source::Source> master_;
  const reporter::Needs& needs_;
  const Event& event_;
  LogFetcher& logs_;
  reporter::Details& order_;
  std::size_t in_memory_ = 0;  // bytes of logs that are sent
};

Task<void> add_steps(Fetcher& fetch, json::object& build, const std::string& id, Logs* logs) {
  if (!has_details(build, "steps")) {
    auto steps = co_await fetch.list("builds/" + id + "/steps", "steps");
    if (!steps) co_return failed(steps);
    build["steps"] = std::move(*steps);
  }
  if (logs == nullptr || !build["steps"].is_array()) co_return ok();
  for (json::value& step : build["steps"].get_array()) {
    if (!step.is_object()) continue;
    auto added = co_await logs->add_to(step.get_object());
    if (!added) co_return added;
  }
  co_return ok();
}

bool wants_logs(const reporter::Needs& needs) {
  return needs.logs || needs.sent.choice.any();
}

// A build of the store without what only belongs to its own report.
json::object plain_build(json::object build) {
  for (const char* extra :
       {"builder", "buildset", "buildrequest", "steps", "changes", "prev_build", "properties"}) {
    build.erase(extra);
  }
  return build;
}

Task<void> add_previous(std::shared_ptr<source::Source> master, json::object& build,
                        std::string_view master_name, store::Journal& journal, bool give_up) {
  if (build.contains("prev_build")) co_return ok();
  build["prev_build"] = nullptr;
  const BuildFacts facts = facts_of(build);
  auto known = co_await journal.previous(std::string(master_name), facts.builder, std::nullopt, facts.run());
  if (!known) co_return failed(known);
  if (*known) {
    auto event = co_await journal.event((*known)->event_row);
    if (!event) co_return failed(event);
    if (*event) build["prev_build"] = plain_build(std::move((*event)->body));
    co_return ok();
  }
  auto asked = co_await ask_previous_build(master, build);
  if (!asked && !give_up) co_return failed(asked);
  if (asked && *asked) build["prev_build"] = std::move(**asked);
  co_return ok();
}

}  // namespace

Task<void> complement(json::object& build, const reporter::Needs& needs, const Event& event,
                      const DetailSources& sources, bool give_up, reporter::Details& notification) {
  const auto master = sources.find_source(event.source);
  Fetcher fetch(master, give_up, notification.notes);
  const std::string id = id_text(build, "buildid");
  if (needs.properties && !has_details(build, "properties") && !id.empty()) {
    auto answer = co_await fetch.list("builds/" + id + "/properties", "properties");
    if (!answer) co_return failed(answer);
    build["properties"] =
        !answer->empty() && answer->front().is_object() ? answer->front() : json::value(json::object());
  }
  if ((needs.steps || wants_logs(needs)) && !id.empty()) {
    Logs logs(fetch, master, needs, event, sources.logs, notification);
    auto added = co_await add_steps(fetch, build, id, wants_logs(needs) ? &logs : nullptr);
    if (!added) co_return added;
  }
  if (needs.changes && !has_details(build, "changes") && !id.empty()) {
    auto changes = co_await fetch.list("builds/" + id + "/changes", "changes");
    if (!changes) co_return failed(changes);
    build["changes"] = std::move(*changes);
  }
  if (needs.previous_build) {
    auto added = co_await add_previous(master, build, event.source, sources.journal, give_up);
    if (!added) co_return added;
  }
  co_return ok();
}

bool is_complete(const json::object& build, const reporter::Needs& needs) {
  if (needs.previous_build && !build.contains("prev_build")) return false;
  const auto lacks = [&](bool needed, std::string_view member) {
    return needed && !has_details(build, member);
  };
  const bool incomplete = lacks(needs.properties, "properties") || lacks(needs.changes, "changes") ||
                          lacks(needs.steps, "steps") || wants_logs(needs);
  return !incomplete || id_text(build, "buildid").empty();
}

Task<std::optional<json::object>> ask_previous_build(std::shared_ptr<source::Source> master,
                                                     const json::object& build) {
  const std::string builder_id = id_text(build, "builderid");
  const RunNumber run = BuildView(build).run();
  if (!master || builder_id.empty() || run.number <= 0) co_return std::nullopt;
  // Of a later try the ones before it are asked for, too; a Buildbot has none.
  const bool again = run.attempt > 1;
  auto answer = co_await master->ask_more(
      "builders/" + builder_id + "/builds?number__" + (again ? "le=" : "lt=") + std::to_string(run.number) +
      "&complete=true&results__ne=5&order=-number&limit=" + std::to_string(again ? most_tries : 1));
  if (!answer) {
    if (answer.error().kind == Failure::Kind::rejected) co_return std::nullopt;
    co_return failed(answer);
  }
  if (!answer->is_object()) co_return std::nullopt;
  const json::array* builds = array_at(answer->get_object(), "builds");
  if (builds == nullptr) co_return std::nullopt;
  const json::object* previous = nullptr;
  for (const json::value& one : *builds) {
    if (!one.is_object() || BuildView(one.get_object()).run() >= run) continue;
    if (previous == nullptr || BuildView(*previous).run() < BuildView(one.get_object()).run())
      previous = &one.get_object();
  }
  if (previous == nullptr) co_return std::nullopt;
  co_return *previous;
}

}  // namespace carillon::pipeline
