#include "cli/live_build.hpp"

#include "base/encoding.hpp"
#include "base/foreign_time.hpp"
#include "model/build.hpp"

namespace carillon::cli {
namespace {

// What lists of the data API hold, asked one after the other.
class Asker {
 public:
  explicit Asker(std::shared_ptr<source::Source> master) : master_(std::move(master)) {}

  // The first object of the collection at the path; nullopt: there is none.
  Task<std::optional<json::object>> first(std::string path, std::string collection) {
    auto answer = co_await master_->ask(std::move(path));
    if (!answer) {
      if (answer.error().kind == Failure::Kind::rejected) co_return std::nullopt;
      co_return failed(answer);
    }
    json::array* items = nullptr;
    if (json::object* document = answer->if_object()) {
      if (json::value* list = document->if_contains(collection)) items = list->if_array();
    }
    if (items == nullptr || items->empty() || !items->front().is_object()) co_return std::nullopt;
    co_return std::move(items->front().get_object());
  }

  // Adds the object that the build names by its id.
  Task<void> add(json::object& build, std::string member, std::string collection, std::string_view id_name) {
    const auto id = integer_at(build, id_name);
    if (!id) co_return ok();
    auto found = co_await first(collection + "/" + std::to_string(*id), collection);
    if (!found) co_return failed(found);
    if (*found) build[member] = std::move(**found);
    co_return ok();
  }

 private:
  std::shared_ptr<source::Source> master_;
};

std::string text(std::int64_t number) {
  return std::to_string(number);
}

Task<std::optional<json::object>> find_build(Asker& ask, const BuildName& name) {
  if (name.buildid) co_return co_await ask.first("builds/" + text(*name.buildid), "builds");
  std::optional<std::int64_t> builder = name.builderid;
  if (!builder) {
    auto found = co_await ask.first("builders?name=" + percent_encode(name.builder), "builders");
    if (!found) co_return failed(found);
    if (*found) builder = integer_at(**found, "builderid");
  }
  if (!builder) co_return std::nullopt;
  const std::string builds = "builders/" + text(*builder) + "/builds";
  co_return co_await ask.first(
      name.number ? builds + "/" + text(*name.number) : builds + "?order=-number&limit=1", "builds");
}

}  // namespace

Task<std::optional<Event>> ask_build(std::shared_ptr<source::Source> master, BuildName name) {
  Asker ask(master);
  auto found = co_await find_build(ask, name);
  if (!found) co_return failed(found);
  if (!*found) co_return std::nullopt;
  json::object build = std::move(**found);
  const auto id = BuildView(build).buildid();
  const auto builder = BuildView(build).builderid();
  const auto number = BuildView(build).number();
  if (!id || !builder || !number) co_return std::nullopt;
  struct Part {
    const char* member;
    const char* collection;
    const char* id;
  };
  for (const Part& part :
       {Part{"builder", "builders", "builderid"}, Part{"buildrequest", "buildrequests", "buildrequestid"},
        Part{"buildset", "buildsets", "buildrequest.buildsetid"}, Part{"worker", "workers", "workerid"}}) {
    auto added = co_await ask.add(build, part.member, part.collection, part.id);
    if (!added) co_return failed(added);
  }
  if (const auto worker = string_at(build, "worker.name")) build["workername"] = std::string(*worker);
  build.erase("worker");
  auto properties = co_await ask.first("builds/" + text(*id) + "/properties", "properties");
  if (!properties) co_return failed(properties);
  build["properties"] = *properties ? std::move(**properties) : json::object();
  co_await master->learn_pages();
  build["url"] = master->build_page(*builder, *number);
  const json::value* complete = build.if_contains("complete");
  const bool finished = complete != nullptr && *complete == json::value(true);
  Event event;
  event.source = master->name();
  event.key = "builds/" + text(*id) + (finished ? "/finished" : "/new");
  event.at = to_millis(integer_at(build, finished ? "complete_at" : "started_at").value_or(0));
  event.body = std::move(build);
  co_return event;
}

}  // namespace carillon::cli
