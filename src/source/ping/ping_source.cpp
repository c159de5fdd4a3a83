#include "source/ping/ping_source.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "settings/error.hpp"
#include "source/credentials.hpp"
#include "source/hook/asked.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::ping {
namespace {

constexpr std::size_t most_log = 10'000;  // bytes of what a job says
constexpr std::size_t most_in_minute = 5;
constexpr Millis one_minute = 60'000;
constexpr std::chrono::milliseconds longest_pause{30'000};
constexpr std::chrono::milliseconds shortest_pause{10};
constexpr std::chrono::seconds again_after_failure{10};

web::Response plain(int status, std::string text) {
  web::Response response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(text);
  return response;
}

// The end of it, from a character on.
std::string_view tail_of(std::string_view text) {
  if (text.size() <= most_log) return text;
  text.remove_prefix(text.size() - most_log);
  while (!text.empty() && is_continuation(text.front()))
    text.remove_prefix(1);
  return text;
}

}  // namespace

PingSource::PingSource(Settings settings, const Environment& environment, const std::string& where)
    : settings_(std::move(settings)), environment_(environment), checks_(settings_) {
  if (!environment.serves)
    throw settings::ConfigError(where + ": sources.Ping needs c['www']['port']: nothing could be pinged");
  settings_.shape.pages = environment.pages;
  receiver_ = std::make_shared<hook::Receiver>(settings_.shape, nullptr, nullptr, environment_);
  if (environment.journal)
    queries_ = std::make_unique<hook::Asked>(name(), url(), environment.journal, nullptr);
}

web::Route PingSource::route(Sink& sink) {
  const auto self = shared_from_this();
  web::Route route;
  route.max_body = hook::largest_body;
  route.secret_path = true;
  route.admits = [self](const web::Head& head) { return is_one_of(key_of(head.path), self->settings_.keys); };
  route.handler = [self, &sink](web::Request request) { return self->answer(std::move(request), sink); };
  return route;
}

std::vector<Endpoint> PingSource::endpoints(Sink& sink) {
  std::vector<Endpoint> all;
  for (const char* method : {"GET", "POST"}) {
    for (const char* path : {"/ping/{key}/{slug}", "/ping/{key}/{slug}/{signal}"})
      all.push_back({method, path, route(sink)});
  }
  return all;
}

std::vector<std::string> PingSource::setup(const std::string& base) const {
  std::vector<std::string> lines;
  for (const auto& [slug, schedule] : settings_.checks) {
    const std::string when = schedule.every == 0 ? "; it is never late"
                                                 : "; late after " + span_of(schedule.every + schedule.grace);
    lines.push_back("at the end of the job: curl -fsS -m 10 --retry 5 -o /dev/null " + base + "ping/KEY/" +
                    slug + when);
  }
  if (settings_.create) lines.push_back("a check that is not named: " + base + "ping/KEY/NAME?create=1");
  return lines;
}

web::Response PingSource::count(web::Response response, const char* outcome) {
  if (environment_.numbers != nullptr) environment_.numbers->requests.of({name(), outcome}).add();
  return response;
}

web::Response PingSource::refuse(const web::Request& request, int status, const std::string& why,
                                 const std::string& slug) {
  receiver_->refuse(request, status, why, slug);
  return plain(status, why);
}

bool PingSource::too_many(const std::string& slug, Millis now) {
  std::deque<Millis>& recent = recent_[slug];
  // Also those of a clock that was ahead.
  std::erase_if(recent, [now](Millis at) { return at <= now - one_minute || at > now; });
  if (recent.size() >= most_in_minute) return true;
  recent.push_back(now);
  return false;
}

Task<void> PingSource::load(Sink& sink) {
  if (loaded_) co_return ok();
  auto kept = co_await sink.cursor(name());
  if (!kept) co_return failed(kept);
  Checks next = checks_;
  next.load(*kept, environment_.clock.now());
  // Since when a check is known must be known after a restart, too.
  if (json::value cursor = next.to_json(); cursor != *kept) {
    auto stored = co_await receiver_->take({}, sink, std::move(cursor), "", "");
    if (!stored) co_return failed(stored);
  }
  checks_ = std::move(next);
  loaded_ = true;
  co_return ok();
}

Task<void> PingSource::keep_log(const Signal& signal, std::string_view text) {
  const std::string run = checks_.open_run(signal);
  if (run.empty() || text.empty()) co_return ok();
  auto kept = co_await receiver_->jobs().of(run);
  if (!kept) co_return failed(kept);
  hook::JobOfRun one;
  one.run = run;
  one.job.id = "log";
  one.job.name = signal.slug;
  one.job.state.phase = hook::Phase::runs;
  for (const hook::Job& before : *kept)
    one.job.log += before.log;
  if (!one.job.log.empty() && !one.job.log.ends_with('\n')) one.job.log += '\n';
  one.job.log += text;
  one.job.log = tail_of(one.job.log);
  co_return co_await receiver_->jobs().keep(one, environment_.clock.now());
}

Task<void> PingSource::add_log(hook::Run& run, std::string_view text) {
  auto kept = co_await receiver_->jobs().of(run.id);
  if (!kept) co_return failed(kept);
  hook::Job job;
  for (const hook::Job& before : *kept)
    job.log += before.log;
  if (!job.log.empty() && !job.log.ends_with('\n') && !text.empty()) job.log += '\n';
  job.log += text;
  if (job.log.empty()) co_return ok();
  job.log = tail_of(job.log);
  job.name = run.pipeline;
  job.state = run.state;
  job.started = run.started;
  job.ended = run.ended;
  run.jobs.push_back(std::move(job));
  co_return ok();
}

asio::awaitable<web::Response> PingSource::answer(web::Request request, Sink& sink) {
  const auto self = shared_from_this();
  const auto signal = signal_of(request);
  if (!signal) co_return refuse(request, 400, signal.error().what, "");
  const Gate::Place place = co_await gate_.enter();
  if (receiver_->is_closed()) co_return receiver_->gone();
  if (auto loaded = co_await load(sink); !loaded)
    co_return count(web::busy_response(503, loaded.error().what, again_after_failure), "later");
  if (!checks_.knows(signal->slug) && !checks_.may_create(*signal))
    co_return refuse(request, 404, "no check is called '" + signal->slug + "'", "");
  if (too_many(signal->slug, environment_.clock.now())) {
    refuse(request, 429, "more than 5 pings a minute", signal->slug);
    co_return web::busy_response(429, "more than 5 pings a minute", std::chrono::seconds(60));
  }
  heard_at_ = environment_.clock.now();
  co_return co_await take(*signal, request, sink);
}

asio::awaitable<web::Response> PingSource::take(const Signal& signal, const web::Request& request,
                                                Sink& sink) {
  const auto later = [this](const Failure& failure) {
    return count(web::busy_response(503, failure.what, failure.retry_after.value_or(again_after_failure)),
                 "later");
  };
  if (signal.kind == Signal::Kind::log) {
    if (auto kept = co_await keep_log(signal, tail_of(request.body)); !kept) co_return later(kept.error());
    co_return count(plain(200, "OK"), "accepted");
  }
  Checks next = checks_;
  auto run = next.hear(signal, environment_.clock.now());
  if (!run) {
    checks_ = std::move(next);
    co_return count(plain(200, "OK"), "duplicate");
  }
  if (run->state.phase == hook::Phase::ended) {
    if (auto added = co_await add_log(*run, tail_of(request.body)); !added) co_return later(added.error());
  }
  std::vector<hook::Run> runs;
  runs.push_back(std::move(*run));
  auto taken = co_await receiver_->take(std::move(runs), sink, next.to_json(), "", "ping");
  if (!taken) co_return later(taken.error());
  checks_ = std::move(next);
  co_return count(plain(200, "OK"), "accepted");
}

Task<void> PingSource::look(Sink& sink) {
  const auto self = shared_from_this();
  const Gate::Place place = co_await gate_.enter();
  if (auto loaded = co_await load(sink); !loaded) co_return failed(loaded);
  Checks next = checks_;
  std::vector<hook::Run> late = next.overdue(environment_.clock.now());
  if (late.empty()) {
    checks_ = std::move(next);
    co_return ok();
  }
  for (hook::Run& run : late) {
    // What a job said before it died.
    if (auto added = co_await add_log(run, ""); !added) co_return failed(added);
  }
  for (const hook::Run& run : late)
    environment_.log.warning("sources", name() + ": " + run.pipeline + ": " + run.said);
  auto taken = co_await receiver_->take(std::move(late), sink, next.to_json(), "", "the clock");
  if (!taken) co_return failed(taken);
  checks_ = std::move(next);
  co_return ok();
}

std::chrono::milliseconds PingSource::pause() const {
  const auto next = checks_.next_due();
  if (!next) return longest_pause;
  const std::chrono::milliseconds left(*next - environment_.clock.now());
  return std::clamp(left, shortest_pause, longest_pause);
}

asio::awaitable<void> PingSource::run(Sink& sink) {
  const auto self = shared_from_this();
  const hook::Closing closing{*receiver_};
  Millis tidied = 0;
  for (;;) {
    if (auto looked = co_await look(sink); !looked) {
      environment_.log.warning("sources", name() + ": what is late is not told yet: " + looked.error().what);
      co_await sleep_for(again_after_failure);
      continue;
    }
    constexpr Millis between = 60 * one_minute;
    const Millis now = environment_.clock.now();
    co_await receiver_->keep_refusals();
    if (now - tidied >= between || now < tidied) {
      tidied = now;
      if (auto gone = co_await receiver_->tidy(now); !gone)
        environment_.log.warning("sources", name() + ": what is old stays: " + gone.error().what);
      std::erase_if(recent_, [now](const auto& one) {
        return one.second.empty() || one.second.back() <= now - one_minute;
      });
    }
    co_await sleep_for(pause());
  }
}

}  // namespace carillon::source::ping
