// force, as one line of text.
#include <algorithm>
#include <map>
#include <set>

#include "chat/force.hpp"

namespace carillon::chat {
namespace {

constexpr std::size_t max_named = 10;  // schedulers, and builders of each, in an error

struct ForceWords {
  std::map<std::string, std::string, std::less<>> options;  // without props
  std::vector<std::pair<std::string, std::string>> props;
  std::string builder;
  std::string reason;
};

bool is_option(std::string_view name) {
  return name == "builder" || name == "codebase" || name == "branch" || name == "revision" ||
         name == "project" || name == "repository" || name == "reason" || name == "scheduler" ||
         name == "username" || name == "props" || name == "properties";
}

Result<void> add_props(ForceWords& order, std::string_view list) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (one.empty()) continue;
    const auto equals = one.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      return rejected("--props wants NAME=VALUE,NAME=VALUE..., not '" + std::string(one) + "'");
    order.props.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  return ok();
}

// The options come first, then the builder, then the reason. words: without "build".
Result<ForceWords> parse_force(const std::vector<std::string>& words) {
  ForceWords order;
  std::size_t at = 0;
  for (; at < words.size() && words[at].starts_with("--"); ++at) {
    const std::string_view word = std::string_view(words[at]).substr(2);
    if (word.empty()) {  // "--"
      ++at;
      break;
    }
    const auto equals = word.find('=');
    const std::string name(word.substr(0, equals));
    if (!is_option(name)) return rejected("there is no option --" + name);
    if (equals == std::string_view::npos && at + 1 == words.size())
      return rejected("--" + name + " wants a value");
    const std::string value =
        equals == std::string_view::npos ? words[++at] : std::string(word.substr(equals + 1));
    if (name == "props" || name == "properties") {
      const auto added = add_props(order, value);
      if (!added) return failed(added);
    } else if (!order.options.emplace(name, value).second) {
      return rejected("--" + name + " is given twice");
    }
  }
  const auto take = [&](const char* option, std::string& target) {
    const auto found = order.options.find(option);
    if (found == order.options.end()) return false;
    target = found->second;
    return true;
  };
  if (!take("builder", order.builder) && at < words.size()) order.builder = words[at++];
  if (order.builder.empty()) return rejected("you must provide a BUILDER");
  const bool has_reason = take("reason", order.reason);
  if (has_reason && at < words.size()) return rejected("the reason is given twice");
  for (; at < words.size(); ++at)
    order.reason += (order.reason.empty() ? "" : " ") + words[at];
  return order;
}

// The order in the terms of the scheduler.
Result<Values> values_for(const ForceWords& order, const Form& form) {
  Values values;
  std::optional<std::string> codebase;
  if (const auto found = order.options.find("codebase"); found != order.options.end())
    codebase = found->second;
  for (const char* field : {"branch", "revision", "project", "repository"}) {
    const auto found = order.options.find(field);
    if (found == order.options.end()) continue;
    const auto set = form.set_source(values, codebase, field, found->second);
    if (!set) return failed(set);
  }
  for (const auto& [name, value] : order.props) {
    const auto set = form.set_property(values, name, value);
    if (!set) return failed(set);
  }
  if (const auto found = order.options.find("username"); found != order.options.end()) {
    const auto set = form.set_property(values, "username", found->second);
    if (!set) return failed(set);
  }
  if (!order.reason.empty()) {
    const auto set = form.set_reason(values, order.reason);
    if (!set) return failed(set);
  }
  std::string missing;
  for (const Parameter* parameter : form.missing(values))
    missing += (missing.empty() ? "" : ", ") + parameter->name;
  if (!missing.empty()) {
    return rejected("scheduler '" + form.name() + "' needs a value for: " + missing +
                    " (try --props=NAME=VALUE)");
  }
  return values;
}

std::string shortened(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < max_named; ++i)
    text += (text.empty() ? "" : ", ") + names[i];
  if (names.size() > max_named) text += " and " + std::to_string(names.size() - max_named) + " more";
  return text;
}

// Why no scheduler can start it.
std::string none_for(const Builder& builder, const std::string* wanted, const Schedulers& found) {
  std::string text = "no force scheduler";
  if (wanted != nullptr) text += " '" + *wanted + "'";
  text += " can start '" + builder.shown + "'";
  std::vector<std::string> others;
  for (const Scheduler& scheduler : found.schedulers)
    others.push_back(scheduler.shown + " (" + shortened(scheduler.form.builders()) + ")");
  text += others.empty() ? "; none is configured" : "; there are: " + shortened(others);
  for (const Refusal& refusal : found.refusals) {
    if (refusal.source == builder.source) text += "\n" + refusal.why;
  }
  for (const std::string& trouble : found.troubles)
    text += "\n" + trouble;
  return text;
}

asio::awaitable<void> force_by_text(Call& call) {
  const auto order = parse_force({call.words.begin() + 1, call.words.end()});
  if (!order) {
    call.say(order.error().what + ". Try '" + call.prefix() +
             std::string(find_command(call.traits(), "force")->usage) + "'.");
    co_return;
  }
  const Schedulers found = co_await all_schedulers(call);
  const auto index = find_builder(found.survey, order->builder);
  if (!index) {
    call.say(index.error().what);
    co_return;
  }
  const Builder& builder = found.survey.builders[*index];
  const auto option = order->options.find("scheduler");
  const std::string* wanted = option != order->options.end() ? &option->second : nullptr;
  std::optional<std::string> why;  // that of the first one
  for (const Scheduler& scheduler : found.schedulers) {
    if (scheduler.source != builder.source || !scheduler.form.has_builder(builder.name)) continue;
    if (wanted != nullptr && scheduler.shown != *wanted && scheduler.form.name() != *wanted) continue;
    const auto whole = co_await completed(scheduler, builder);
    if (!whole) {
      if (!why) why = line_of(whole.error().what);
      continue;
    }
    const auto values = values_for(*order, whole->form);
    if (!values) {
      if (!why) why = values.error().what;
      continue;
    }
    const auto forced = co_await force_build(call, *whole, builder, *values);
    call.say(forced ? *forced : "I can't: " + forced.error().what);
    if (forced) co_await call.keep_subscriptions();
    co_return;
  }
  call.say("I can't: " + (why ? *why : none_for(builder, wanted, found)));
}

}  // namespace

asio::awaitable<Schedulers> all_schedulers(const Call& call) {
  Schedulers found;
  found.survey = co_await survey(call.core.environment.world, call.core.settings.tags, Wants{});
  std::vector<Question> questions;
  for (const SourcePtr& master : found.survey.masters)
    questions.push_back({master, "forceschedulers"});
  const auto answers = co_await ask_all(std::move(questions));
  found.troubles = found.survey.troubles;
  std::map<std::string, int> names;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const SourcePtr& master = found.survey.masters[i];
    if (!answers[i]) {
      std::string why = trouble(master->name(), answers[i].error());
      const std::string of_master = trouble(master->name(), Failure{});
      const bool told = std::any_of(found.troubles.begin(), found.troubles.end(),
                                    [&](const std::string& one) { return one.starts_with(of_master); });
      if (!told) found.troubles.push_back(std::move(why));
      continue;
    }
    for (const json::object& one : objects_in(*answers[i], "forceschedulers")) {
      Form form(one);
      if (const std::string why = text_at(one, "why"); !form.enabled() && !why.empty())
        found.refusals.push_back({master, why});
      if (!form.enabled() || form.name().empty()) continue;
      ++names[form.name()];
      std::string shown = form.name();
      found.schedulers.push_back({master, std::move(form), std::move(shown)});
    }
  }
  for (Scheduler& scheduler : found.schedulers) {
    if (names[scheduler.shown] > 1) scheduler.shown = scheduler.source->name() + "/" + scheduler.shown;
  }
  std::sort(found.schedulers.begin(), found.schedulers.end(),
            [](const Scheduler& a, const Scheduler& b) { return a.shown < b.shown; });
  co_return found;
}

std::vector<std::size_t> builders_of(const Survey& survey, const Scheduler& scheduler) {
  std::vector<std::size_t> builders;
  for (std::size_t i = 0; i < survey.builders.size(); ++i) {
    const Builder& builder = survey.builders[i];
    if (builder.source == scheduler.source && scheduler.form.has_builder(builder.name)) builders.push_back(i);
  }
  return builders;
}

Task<Scheduler> completed(Scheduler scheduler, const Builder& builder) {
  if (scheduler.form.whole()) co_return scheduler;
  const auto answer =
      co_await scheduler.source->ask("builders/" + std::to_string(builder.id) + "/forceschedulers");
  if (!answer) co_return failed(answer.error());
  for (const json::object& one : objects_in(*answer, "forceschedulers")) {
    Form form(one);
    if (form.name() != scheduler.form.name() || !form.whole()) continue;
    scheduler.form = std::move(form);
    co_return scheduler;
  }
  co_return rejected("scheduler '" + scheduler.shown + "' cannot start '" + builder.shown + "'");
}

Task<std::string> force_build(Call& call, const Scheduler& scheduler, const Builder& builder,
                              const Values& values) {
  json::object params = scheduler.form.arguments(values, call.who());
  params["builderid"] = builder.id;
  const auto done = co_await scheduler.source->command("forceschedulers/" + scheduler.form.name(), "force",
                                                       std::move(params));
  if (!done) co_return failed(done);
  // [buildset, {builder: request}]
  const json::array* ids = done->if_array();
  const json::value* set = ids != nullptr && !ids->empty() ? &ids->front() : nullptr;
  const std::string requested = "Force build successfully requested.";
  if (set == nullptr || !set->is_int64())
    co_return requested + " I cannot tell which build it is, so I will not announce its end.";
  call.core.subscriptions->watch(call.place().id, Watch{.source = builder.source->name(),
                                                        .builder = builder.name,
                                                        .since = call.core.environment.clock.now(),
                                                        .buildset = set->get_int64()});
  co_return requested;
}

asio::awaitable<void> run_force(Call& call) {
  if (call.words.size() > 1 && call.words.front() == "build") {
    co_await force_by_text(call);
  } else if (call.keyboards()) {
    co_await force_dialogue(call);
  } else {
    call.usage(find_command(call.traits(), "force")->usage);
  }
}

}  // namespace carillon::chat
