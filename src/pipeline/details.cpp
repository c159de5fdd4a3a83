#include "pipeline/details.hpp"

#include "base/encoding.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::int64_t max_log_lines =
    20'000;  // of a longer log only the first and last half of them are fetched

// One fetch after the other for one build; remembers whether to go on without what fails.
class Fetcher {
 public:
  Fetcher(std::shared_ptr<master::Master> master, bool give_up, std::vector<std::string>& notes)
      : master_(std::move(master)), give_up_(give_up), notes_(notes) {}

  // The array `member` of the answer; empty (with a note) for what the master does not have.
  Task<json::array> list(std::string path, std::string member) {
    auto answer = co_await get(std::move(path));
    if (!answer) co_return tl::unexpected<Failure>(answer.error());
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
    auto answer = co_await master_->get(path);
    if (answer) co_return answer;
    const bool final = answer.error().kind == Failure::Kind::rejected;
    if (!final && !give_up_) co_return tl::unexpected<Failure>(answer.error());
    notes_.push_back(path + " could not be fetched: " + answer.error().what);
    co_return json::value(nullptr);
  }

 private:
  std::shared_ptr<master::Master> master_;
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

std::string content_text(const json::value& answer) {
  if (!answer.is_object()) return {};
  const json::array* chunks = array_at(answer.get_object(), "logchunks");
  if (chunks == nullptr || chunks->empty() || !chunks->front().is_object()) return {};
  return std::string(string_at(chunks->front().get_object(), "content").value_or(""));
}

Task<std::string> fetch_log(Fetcher& fetch, const json::object& log) {
  const std::string path = "logs/" + id_text(log, "logid") + "/contents";
  const std::int64_t lines = integer_at(log, "num_lines").value_or(0);
  if (lines <= max_log_lines) {
    auto answer = co_await fetch.get(path);
    if (!answer) co_return tl::unexpected<Failure>(answer.error());
    co_return head_and_tail(content_text(*answer), max_log_bytes);
  }
  const std::string half = std::to_string(max_log_lines / 2);
  auto head = co_await fetch.get(path + "?offset=0&limit=" + half);
  if (!head) co_return tl::unexpected<Failure>(head.error());
  auto tail =
      co_await fetch.get(path + "?offset=" + std::to_string(lines - max_log_lines / 2) + "&limit=" + half);
  if (!tail) co_return tl::unexpected<Failure>(tail.error());
  std::string text = content_text(*head);
  text += "[... " + std::to_string(lines - max_log_lines) + " lines left out ...]\n";
  text += content_text(*tail);
  co_return head_and_tail(text, max_log_bytes);
}

Task<void> add_logs(Fetcher& fetch, json::object& step) {
  if (has_details(step, "logs")) co_return ok();
  auto logs = co_await fetch.list("steps/" + id_text(step, "stepid") + "/logs", "logs");
  if (!logs) co_return tl::unexpected<Failure>(logs.error());
  for (json::value& item : *logs) {
    if (!item.is_object()) continue;
    json::object& log = item.get_object();
    auto text = co_await fetch_log(fetch, log);
    if (!text) co_return tl::unexpected<Failure>(text.error());
    json::object content;
    content["content"] = *text;
    content["firstline"] = 0;
    content["logid"] = integer_at(log, "logid").value_or(0);
    log["content"] = std::move(content);
  }
  step["logs"] = std::move(*logs);
  co_return ok();
}

Task<void> add_steps(Fetcher& fetch, json::object& build, const std::string& id, bool logs) {
  if (!has_details(build, "steps")) {
    auto steps = co_await fetch.list("builds/" + id + "/steps", "steps");
    if (!steps) co_return tl::unexpected<Failure>(steps.error());
    build["steps"] = std::move(*steps);
  }
  if (!logs || !build["steps"].is_array()) co_return ok();
  for (json::value& step : build["steps"].get_array()) {
    if (!step.is_object()) continue;
    auto added = co_await add_logs(fetch, step.get_object());
    if (!added) co_return added;
  }
  co_return ok();
}

// A build of the store without what only belongs to its own report.
json::object plain_build(json::object build) {
  for (const char* extra :
       {"builder", "buildset", "buildrequest", "steps", "changes", "prev_build", "properties"}) {
    build.erase(extra);
  }
  return build;
}

Task<void> add_previous(std::shared_ptr<master::Master> master, json::object& build,
                        std::string_view master_name, store::Store& store, bool give_up) {
  if (build.contains("prev_build")) co_return ok();
  build["prev_build"] = nullptr;
  const BuildFacts facts = facts_of(build);
  auto known = co_await store.previous(std::string(master_name), facts.builder, std::nullopt, facts.number);
  if (!known) co_return tl::unexpected<Failure>(known.error());
  if (*known) {
    auto event = co_await store.event((*known)->event_row);
    if (!event) co_return tl::unexpected<Failure>(event.error());
    if (*event) build["prev_build"] = plain_build(std::move((*event)->body));
    co_return ok();
  }
  auto asked = co_await ask_previous_build(master, build);
  if (!asked && !give_up) co_return tl::unexpected<Failure>(asked.error());
  if (asked && *asked) build["prev_build"] = std::move(**asked);
  co_return ok();
}

}  // namespace

Task<void> complement(json::object& build, const reporter::Needs& needs, std::string_view master_name,
                      const FindMaster& find_master, store::Store& store, bool give_up,
                      std::vector<std::string>& notes) {
  Fetcher fetch(find_master(master_name), give_up, notes);
  const std::string id = id_text(build, "buildid");
  if (needs.properties && !has_details(build, "properties") && !id.empty()) {
    auto answer = co_await fetch.list("builds/" + id + "/properties", "properties");
    if (!answer) co_return tl::unexpected<Failure>(answer.error());
    build["properties"] =
        !answer->empty() && answer->front().is_object() ? answer->front() : json::value(json::object());
  }
  if ((needs.steps || needs.logs) && !id.empty()) {
    auto added = co_await add_steps(fetch, build, id, needs.logs);
    if (!added) co_return added;
  }
  if (needs.changes && !has_details(build, "changes") && !id.empty()) {
    auto changes = co_await fetch.list("builds/" + id + "/changes", "changes");
    if (!changes) co_return tl::unexpected<Failure>(changes.error());
    build["changes"] = std::move(*changes);
  }
  if (needs.previous_build) {
    auto added = co_await add_previous(find_master(master_name), build, master_name, store, give_up);
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
                          lacks(needs.steps, "steps") || needs.logs;
  return !incomplete || id_text(build, "buildid").empty();
}

Task<std::optional<json::object>> ask_previous_build(std::shared_ptr<master::Master> master,
                                                     const json::object& build) {
  const std::string builder_id = id_text(build, "builderid");
  const std::int64_t number = integer_at(build, "number").value_or(0);
  if (!master || builder_id.empty() || number <= 0) co_return std::nullopt;
  auto answer =
      co_await master->get("builders/" + builder_id + "/builds?number__lt=" + std::to_string(number) +
                           "&complete=true&results__ne=5&order=-number&limit=1");
  if (!answer) {
    if (answer.error().kind == Failure::Kind::rejected) co_return std::nullopt;
    co_return tl::unexpected<Failure>(answer.error());
  }
  if (!answer->is_object()) co_return std::nullopt;
  const json::array* builds = array_at(answer->get_object(), "builds");
  if (builds == nullptr || builds->empty() || !builds->front().is_object()) co_return std::nullopt;
  co_return builds->front().get_object();
}

}  // namespace carillon::pipeline
