#include "chat/directory.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <span>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "model/build.hpp"
#include "model/members.hpp"

namespace carillon::chat {
namespace {

constexpr std::size_t at_once = 16;
constexpr int recent_builds = 500;        // asked for in one request
constexpr std::size_t max_trouble = 200;  // characters

Task<json::value> ask(Question question) {
  auto answer = co_await question.source->ask(std::move(question.path));
  co_return answer;
}

// The answers to the questions [begin, end).
asio::awaitable<std::vector<Result<json::value>>> ask_some(std::span<Question> questions) {
  const auto executor = co_await asio::this_coro::executor;
  using Operation = decltype(asio::co_spawn(executor, ask(Question()), asio::deferred));
  std::vector<Operation> operations;
  operations.reserve(questions.size());
  for (Question& question : questions)
    operations.push_back(asio::co_spawn(executor, ask(std::move(question)), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  auto [order, thrown, answers] =
      co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const std::exception_ptr& error : thrown) {
    if (error) std::rethrow_exception(error);
  }
  co_return std::move(answers);
}

// Whether the list of that name exists and has something in it.
bool has_any(const json::object& object, std::string_view list) {
  const json::array* array = array_at(object, list);
  return array != nullptr && !array->empty();
}

bool has_tag(const json::object& builder, const Tags& tags) {
  if (!tags) return true;
  const json::array* own = array_at(builder, "tags");
  if (own == nullptr) return false;
  return std::any_of(own->begin(), own->end(), [&](const json::value& tag) {
    return tag.is_string() && tags->contains(std::string(tag.get_string()));
  });
}

std::set<std::int64_t> configured_on(const json::object& worker) {
  std::set<std::int64_t> builders;
  const json::array* list = array_at(worker, "configured_on");
  if (list == nullptr) return builders;
  for (const json::value& one : *list) {
    if (!one.is_object()) continue;
    if (const auto id = integer_at(one.get_object(), "builderid")) builders.insert(*id);
  }
  return builders;
}

// Names that occur on several masters get their master's name.
template <class T>
void name_masters(std::vector<T>& things, const std::vector<std::string>& masters) {
  std::map<std::string, std::set<std::string>> owners;
  for (std::size_t i = 0; i < things.size(); ++i)
    owners[things[i].shown].insert(masters[i]);
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (owners[things[i].shown].size() > 1) things[i].shown = masters[i] + "/" + things[i].shown;
  }
}

struct MasterAnswers {
  SourcePtr source;
  const Result<json::value>* builders = nullptr;
  const Result<json::value>* workers = nullptr;
  const Result<json::value>* running = nullptr;
  const Result<json::value>* recent = nullptr;
};

// The first failure is enough: the others have the same cause, as a rule.
void note_trouble(std::vector<std::string>& troubles, const MasterAnswers& of) {
  for (const auto* answer : {of.builders, of.workers, of.running, of.recent}) {
    if (answer == nullptr || *answer) continue;
    troubles.push_back(trouble(of.source->name(), answer->error()));
    return;
  }
}

void add_builders(std::vector<Builder>& builders, const MasterAnswers& of, const Tags& tags) {
  if (!*of.builders) return;
  std::set<std::int64_t> online;
  if (of.workers != nullptr && *of.workers) {
    for (const json::object& worker : objects_in(**of.workers, "workers")) {
      if (has_any(worker, "connected_to")) online.merge(configured_on(worker));
    }
  }
  for (const json::object& one : objects_in(**of.builders, "builders")) {
    const auto id = integer_at(one, "builderid");
    const auto name = string_at(one, "name");
    if (!id || !name || !has_tag(one, tags)) continue;
    const bool old = array_at(one, "masterids") != nullptr && !has_any(one, "masterids");
    builders.push_back({.source = of.source,
                        .id = *id,
                        .name = std::string(*name),
                        .shown = std::string(*name),
                        .configured = !old,
                        .online = online.contains(*id)});
  }
}

std::optional<Build> build_of(const json::object& object, std::size_t index, const Builder& builder) {
  const auto id = integer_at(object, "buildid");
  if (!id || !BuildView(object).number()) return std::nullopt;
  Build build;
  build.builder = index;
  build.id = *id;
  build.run = BuildView(object).run();
  build.request = integer_at(object, "buildrequestid").value_or(0);
  build.results = results_at(object);
  build.complete_at = integer_at(object, "complete_at");
  build.state = text_at(object, "state_string");
  build.url = BuildView(object).url().value_or("");
  if (build.url.empty()) build.url = builder.source->build_page(builder.id, build.run.number);
  return build;
}

using Index = std::map<std::pair<const source::Source*, std::int64_t>, std::size_t>;

std::vector<Build> builds_of(const Survey& survey, const Index& index, const SourcePtr& master,
                             const Result<json::value>* answer) {
  std::vector<Build> builds;
  if (answer == nullptr || !*answer) return builds;
  for (const json::object& one : objects_in(**answer, "builds")) {
    const auto at = index.find({master.get(), integer_at(one, "builderid").value_or(-1)});
    if (at == index.end()) continue;
    if (auto build = build_of(one, at->second, survey.builders[at->second]))
      builds.push_back(std::move(*build));
  }
  return builds;
}

}  // namespace

asio::awaitable<std::vector<Result<json::value>>> ask_all(std::vector<Question> questions) {
  std::vector<Result<json::value>> answers;
  answers.reserve(questions.size());
  for (std::size_t begin = 0; begin < questions.size(); begin += at_once) {
    const std::size_t count = std::min(at_once, questions.size() - begin);
    auto some = co_await ask_some(std::span(questions).subspan(begin, count));
    std::move(some.begin(), some.end(), std::back_inserter(answers));
  }
  co_return answers;
}

std::vector<json::object> objects_in(const json::value& document, std::string_view list) {
  std::vector<json::object> objects;
  const json::object* outer = document.if_object();
  const json::array* array = outer != nullptr ? array_at(*outer, list) : nullptr;
  if (array == nullptr) return objects;
  for (const json::value& one : *array) {
    if (one.is_object()) objects.push_back(one.get_object());
  }
  return objects;
}

std::string trouble(std::string_view master, const Failure& failure) {
  return "I could not ask '" + std::string(master) +
         "': " + ellipsize(fold_to_line(valid_utf8(failure.what)), max_trouble);
}

asio::awaitable<Survey> survey(const World& world, const Tags& tags, Wants wants) {
  Survey found;
  found.masters = world.sources();
  std::vector<Question> questions;
  for (const SourcePtr& master : found.masters) {
    questions.push_back({master, "builders"});
    if (wants.online) questions.push_back({master, "workers"});
    if (wants.running) questions.push_back({master, "builds?complete=false"});
    if (wants.last) {
      questions.push_back(
          {master, "builds?complete=true&order=-buildid&limit=" + std::to_string(recent_builds)});
    }
  }
  const auto answers = co_await ask_all(std::move(questions));
  std::vector<MasterAnswers> by_master;
  auto next = answers.begin();
  for (const SourcePtr& master : found.masters) {
    MasterAnswers of{.source = master, .builders = &*next++};
    if (wants.online) of.workers = &*next++;
    if (wants.running) of.running = &*next++;
    if (wants.last) of.recent = &*next++;
    note_trouble(found.troubles, of);
    add_builders(found.builders, of, tags);
    by_master.push_back(of);
  }
  std::vector<std::string> owners;
  for (const Builder& builder : found.builders)
    owners.push_back(builder.source->name());
  name_masters(found.builders, owners);
  std::sort(found.builders.begin(), found.builders.end(),
            [](const Builder& a, const Builder& b) { return a.shown < b.shown; });
  Index index;
  for (std::size_t i = 0; i < found.builders.size(); ++i)
    index[{found.builders[i].source.get(), found.builders[i].id}] = i;
  found.last.resize(found.builders.size());
  for (const MasterAnswers& of : by_master) {
    auto running = builds_of(found, index, of.source, of.running);
    std::move(running.begin(), running.end(), std::back_inserter(found.running));
    for (Build& build : builds_of(found, index, of.source, of.recent)) {
      auto& last = found.last[build.builder];
      if (!last || last->run < build.run) last = std::move(build);
    }
  }
  std::sort(found.running.begin(), found.running.end(), [](const Build& a, const Build& b) {
    return std::pair(a.builder, a.run) < std::pair(b.builder, b.run);
  });
  co_return found;
}

asio::awaitable<void> add_last(Survey& survey, const std::vector<std::size_t>& builders) {
  std::vector<Question> questions;
  std::vector<std::size_t> asked;
  for (const std::size_t i : builders) {
    if (survey.last[i]) continue;
    const Builder& builder = survey.builders[i];
    asked.push_back(i);
    questions.push_back({builder.source, "builders/" + std::to_string(builder.id) +
                                             "/builds?complete=true&order=-number&limit=1"});
  }
  const auto answers = co_await ask_all(std::move(questions));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!answers[i]) continue;  // no build is known, then
    for (const json::object& one : objects_in(*answers[i], "builds"))
      survey.last[asked[i]] = build_of(one, asked[i], survey.builders[asked[i]]);
  }
}

Result<std::size_t> find_builder(const Survey& survey, std::string_view name) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < survey.builders.size(); ++i) {
    if (survey.builders[i].name == name) found.push_back(i);
  }
  if (found.empty()) {
    for (std::size_t i = 0; i < survey.builders.size(); ++i) {
      const Builder& builder = survey.builders[i];
      if (builder.source->name() + "/" + builder.name == name) found.push_back(i);
    }
  }
  if (found.size() == 1) return found.front();
  if (!found.empty()) {
    std::string names;
    for (const std::size_t i : found)
      names += (names.empty() ? "" : ", ") + survey.builders[i].shown;
    return rejected("there are several builders '" + std::string(name) + "': " + names);
  }
  std::string why =
      survey.troubles.empty() ? "no such builder '" : "I do not know now whether there is a builder '";
  why += std::string(name) + "'";
  for (const std::string& trouble : survey.troubles)
    why += "\n" + trouble;
  return rejected(std::move(why));
}

asio::awaitable<std::vector<std::string>> current_steps(const Survey& survey,
                                                        const std::vector<Build>& builds) {
  std::vector<Question> questions;
  for (const Build& build : builds) {
    questions.push_back({survey.builders[build.builder].source,
                         "builds/" + std::to_string(build.id) + "/steps?complete=false&order=number"});
  }
  const auto answers = co_await ask_all(std::move(questions));
  std::vector<std::string> steps;
  for (const auto& answer : answers) {
    std::string state;
    if (answer) {
      for (const json::object& step : objects_in(*answer, "steps")) {
        const json::value* started = find(step, "started_at");
        if (started != nullptr && started->is_null()) continue;  // known, but not its turn yet
        state = text_at(step, "state_string");
        break;
      }
    }
    steps.push_back(std::move(state));
  }
  co_return steps;
}

asio::awaitable<json::object> titled(const Survey& survey, const Build& build, bool revisions) {
  json::object object{{"number", build.run.number}, {"attempt", build.run.attempt}, {"url", build.url}};
  if (!revisions || build.request == 0) co_return object;
  const SourcePtr& master = survey.builders[build.builder].source;
  const auto request = co_await master->ask("buildrequests/" + std::to_string(build.request));
  if (!request) co_return object;
  const auto requests = objects_in(*request, "buildrequests");
  if (requests.empty()) co_return object;
  const auto set = integer_at(requests.front(), "buildsetid");
  if (!set) co_return object;
  const auto answer = co_await master->ask("buildsets/" + std::to_string(*set));
  if (!answer) co_return object;
  auto sets = objects_in(*answer, "buildsets");
  if (!sets.empty()) object["buildset"] = std::move(sets.front());
  co_return object;
}

asio::awaitable<Workers> all_workers(const World& world, const Tags& tags) {
  Workers found;
  const auto masters = world.sources();
  std::vector<Question> questions;
  for (const SourcePtr& master : masters) {
    questions.push_back({master, "workers"});
    questions.push_back({master, "builders"});
  }
  const auto answers = co_await ask_all(std::move(questions));
  std::vector<std::string> owners;
  for (std::size_t i = 0; i < masters.size(); ++i) {
    const auto& workers = answers[2 * i];
    std::vector<Builder> builders;
    const MasterAnswers of{.source = masters[i], .builders = &answers[2 * i + 1], .workers = &workers};
    note_trouble(found.troubles, of);
    add_builders(builders, of, tags);
    if (!workers) continue;
    for (const json::object& one : objects_in(*workers, "workers")) {
      const std::set<std::int64_t> on = configured_on(one);
      const bool ours = !tags || std::any_of(builders.begin(), builders.end(),
                                             [&](const Builder& builder) { return on.contains(builder.id); });
      if (!ours) continue;
      found.workers.push_back({.shown = text_at(one, "name"),
                               .configured = !on.empty(),
                               .connected = has_any(one, "connected_to")});
      owners.push_back(masters[i]->name());
    }
  }
  name_masters(found.workers, owners);
  std::sort(found.workers.begin(), found.workers.end(),
            [](const Worker& a, const Worker& b) { return a.shown < b.shown; });
  co_return found;
}

asio::awaitable<Changes> recent_changes(const World& world, std::size_t count) {
  Changes found;
  std::multimap<std::pair<std::int64_t, std::size_t>, Change> sorted;
  const auto masters = world.sources();
  std::vector<Question> questions;
  for (const SourcePtr& master : masters)
    questions.push_back({master, "changes?order=-changeid&limit=" + std::to_string(count)});
  const auto answers = co_await ask_all(std::move(questions));
  for (std::size_t i = 0; i < masters.size(); ++i) {
    if (!answers[i]) {
      found.troubles.push_back(trouble(masters[i]->name(), answers[i].error()));
      continue;
    }
    const auto changes = objects_in(*answers[i], "changes");
    for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
      const std::string comments = text_at(*one, "comments");
      Change change{.comment = comments.substr(0, comments.find('\n')),
                    .author = text_at(*one, "author"),
                    .repository = text_at(*one, "repository"),
                    .branch = text_at(*one, "branch"),
                    .revision = text_at(*one, "revision"),
                    .link = text_at(*one, "revlink"),
                    .when = integer_at(*one, "when_timestamp").value_or(0)};
      // Times of one master may go back, its order does not.
      const std::int64_t key = masters.size() > 1 ? change.when : 0;
      sorted.emplace(std::pair(key, i), std::move(change));
    }
  }
  for (auto& [at, change] : sorted)
    found.changes.push_back(std::move(change));
  if (found.changes.size() > count)
    found.changes.erase(found.changes.begin(), found.changes.end() - static_cast<std::ptrdiff_t>(count));
  co_return found;
}

}  // namespace carillon::chat
