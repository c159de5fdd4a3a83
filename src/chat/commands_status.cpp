// status, last, watch
#include <numeric>

#include "chat/announcer.hpp"
#include "chat/command.hpp"

namespace carillon::chat {
namespace {

constexpr std::size_t max_running = 10;  // of one builder in one line

// The indices of the builders that are meant: one, all, or (nothing said) those that are online. nullopt: the
// person was told why not.
std::optional<std::vector<std::size_t>> chosen(Call& call, const Survey& found) {
  const std::string word = call.words.empty() ? "" : call.words.front();
  std::vector<std::size_t> builders;
  if (!word.empty() && word != "all") {
    const auto one = find_builder(found, word);
    if (!one) {
      call.say(one.error().what);
      return std::nullopt;
    }
    builders.push_back(*one);
    return builders;
  }
  for (std::size_t i = 0; i < found.builders.size(); ++i) {
    if (word == "all" || found.builders[i].online) builders.push_back(i);
  }
  return builders;
}

// Cuts the list to what one answer shows, and says how many there are more.
std::string cut(const Call& call, std::vector<std::size_t>& builders) {
  const std::size_t most = call.max_lines();
  if (builders.size() <= most) return {};
  const std::size_t left_out = builders.size() - most;
  builders.resize(most);
  return "and " + std::to_string(left_out) + " more";
}

std::string ago(const Call& call, const Build& build) {
  if (!build.complete_at) return "??";
  return rough_time(call.core.environment.clock.now() / 1000 - *build.complete_at);
}

// What stands between "last build" and what is said of it.
std::string of_last(const Build& build) {
  const std::string again = attempt_mark(build.run);
  return again.empty() ? " " : again + ", ";
}

void add_running(const Call& call, Text& text, const std::vector<Build>& builds,
                 const std::vector<std::string>& steps) {
  text.plain(call.keyboards() ? "running \xf0\x9f\x8c\x80:" : "running:");
  for (std::size_t i = 0; i < builds.size() && i < max_running; ++i) {
    text.plain(i == 0 ? " build " : ", build ")
        .link("#" + std::to_string(builds[i].run.number), builds[i].url);
    text.plain(attempt_mark(builds[i].run));
    text.plain(steps[i].empty() ? " (no current step)" : " (" + line_of(steps[i]) + ")");
  }
  if (builds.size() > max_running)
    text.plain(" and " + std::to_string(builds.size() - max_running) + " more");
}

void add_idle(const Call& call, Text& text, const Builder& builder, const std::optional<Build>& last,
              bool brief) {
  if (!builder.online) {
    text.plain(call.keyboards() ? "offline \xe2\x9d\x8c" : "offline");
    return;
  }
  text.plain(call.keyboards() ? "idle \xf0\x9f\x92\xa4" : "idle");
  if (!last) return;
  text.plain("  last build" + of_last(*last) + ago(call, *last) + " ago");
  if (!last->results) return;
  text.plain(brief ? ": " : ", ").outcome(*last->results, brief);
  if (!brief && *last->results != Results::success && !last->state.empty())
    text.plain(": " + line_of(last->state));
}

bool one_word_at_most(Call& call, std::string_view usage) {
  if (call.words.size() < 2) return true;
  call.usage(usage);
  return false;
}

void say_lines(Call& call, const std::vector<Text>& lines, const std::string& left_out,
               const std::vector<std::string>& troubles) {
  Text text = bounded(lines, lines.size(), "\n");
  if (!left_out.empty()) text.plain("\n" + left_out);
  add_troubles(text, troubles);
  if (text.empty()) text.plain("No builder has anything to tell.");
  call.say(std::move(text));
}

}  // namespace

asio::awaitable<void> run_status(Call& call) {
  if (!one_word_at_most(call, "status [BUILDER|all]")) co_return;
  auto found = co_await survey(call.core.environment.world, call.core.settings.tags,
                               Wants{.online = true, .running = true, .last = true});
  auto builders = chosen(call, found);
  if (!builders) co_return;
  const bool brief = call.words.empty() || call.words.front() == "all";
  const std::string left_out = cut(call, *builders);
  std::vector<Build> running;  // of all of them, to ask for the steps at once
  std::vector<std::size_t> idle;
  for (const std::size_t i : *builders) {
    std::size_t of_builder = 0;
    bool runs = false;
    for (const Build& build : found.running) {
      if (build.builder != i) continue;
      runs = true;
      if (of_builder++ < max_running) running.push_back(build);
    }
    if (!runs && found.builders[i].online) idle.push_back(i);
  }
  const auto steps = co_await current_steps(found, running);
  co_await add_last(found, idle);
  std::vector<Text> lines;
  for (const std::size_t i : *builders) {
    Text line;
    line.code(found.builders[i].shown).plain(": ");
    std::vector<Build> builds;
    std::vector<std::string> states;
    for (const Build& build : found.running) {
      if (build.builder == i) builds.push_back(build);
    }
    for (std::size_t at = 0; at < running.size(); ++at) {
      if (running[at].builder == i) states.push_back(steps[at]);
    }
    if (builds.empty()) {
      add_idle(call, line, found.builders[i], found.last[i], brief);
    } else {
      add_running(call, line, builds, states);
    }
    lines.push_back(std::move(line));
  }
  say_lines(call, lines, left_out, brief ? found.troubles : std::vector<std::string>());
}

asio::awaitable<void> run_last(Call& call) {
  if (!one_word_at_most(call, "last [BUILDER|all]")) co_return;
  auto found = co_await survey(call.core.environment.world, call.core.settings.tags,
                               Wants{.online = true, .last = true});
  auto builders = chosen(call, found);
  if (!builders) co_return;
  const std::string left_out = cut(call, *builders);
  co_await add_last(found, *builders);
  std::vector<Text> lines;
  for (const std::size_t i : *builders) {
    Text line;
    line.code(found.builders[i].shown).plain(": ");
    const auto& last = found.last[i];
    if (!last) {
      lines.push_back(line.plain("no builds yet"));
      continue;
    }
    line.plain("last build" + of_last(*last));
    if (last->results) line.outcome(*last->results).plain(" ");
    line.plain("(" + ago(call, *last) + " ago)");
    if (last->results != Results::success && !last->state.empty()) line.plain(": " + line_of(last->state));
    lines.push_back(std::move(line));
  }
  const bool one = !call.words.empty() && call.words.front() != "all";
  say_lines(call, lines, left_out, one ? std::vector<std::string>() : found.troubles);
}

asio::awaitable<void> run_watch(Call& call) {
  if (call.words.size() > 1 || (call.words.empty() && !call.keyboards())) {
    call.usage("watch BUILDER");
    co_return;
  }
  const auto found =
      co_await survey(call.core.environment.world, call.core.settings.tags, Wants{.running = true});
  if (call.words.empty()) {
    Text text(found.running.empty() ? "There are no currently running builds."
                                    : "Which builder do you want to watch?");
    add_troubles(text, found.troubles);
    call.say(std::move(text), running_builders(call, found, "\xf0\x9f\x94\x8e", "watch"));
    co_return;
  }
  const auto index = find_builder(found, call.words.front());
  if (!index) {
    call.say(index.error().what);
    co_return;
  }
  const Builder& builder = found.builders[*index];
  std::vector<Build> builds;
  std::vector<Question> again;  // a build may have ended before it was watched
  for (const Build& build : found.running) {
    if (build.builder != *index || builds.size() == call.max_lines()) continue;
    builds.push_back(build);
    again.push_back({builder.source, "builds/" + std::to_string(build.id)});
    call.core.subscriptions->watch(call.place().id, Watch{.source = builder.source->name(),
                                                          .builder = builder.name,
                                                          .run = build.run,
                                                          .since = call.core.environment.clock.now()});
  }
  if (builds.empty()) {
    Text text("There are no currently running builds.");
    add_troubles(text, found.troubles);
    call.say(std::move(text));
    co_return;
  }
  const auto answers = co_await ask_all(std::move(again));
  for (std::size_t i = 0; i < builds.size(); ++i) {
    Text title = co_await title_of(call.core, found, builds[i]);
    std::optional<Results> ended;
    if (answers[i]) {
      for (const json::object& one : objects_in(*answers[i], "builds")) {
        if (const auto results = integer_at(one, "results")) ended = results_from(*results);
      }
    }
    if (ended) {
      call.say(title.plain(" ").outcome(*ended).plain("."));
    } else {
      call.say(Text("Watching ").append(title.in_mid_sentence()).plain(" until it finishes..."));
    }
  }
  co_await call.keep_subscriptions();
}

}  // namespace carillon::chat
