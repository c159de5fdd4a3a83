#include "source/hook/hook_source.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "settings/error.hpp"
#include "source/hook/asked.hpp"
#include "source/hook/builder_name.hpp"
#include "source/hook/forcing.hpp"
#include "source/hook/run_event.hpp"
#include "source/hook/told.hpp"

namespace carillon::source::hook {

HookSource::HookSource(Parts parts, const Environment& environment, const std::string& where)
    : parts_(std::move(parts)), environment_(environment) {
  parts_.shape.pages = environment_.pages;
  if (parts_.dialect && !environment.serves) {
    throw settings::ConfigError(where +
                                ": a source with a hook needs c['www']['port']: nothing could be posted");
  }
  receiver_ = std::make_shared<Receiver>(parts_.shape, parts_.dialect, parts_.api, environment_);
  if (environment.journal) queries_ = std::make_unique<Asked>(name(), url(), environment.journal, parts_.api);
  if (queries_)
    forcing_ =
        std::make_unique<Forcing>(name(), *queries_, parts_.starter, parts_.no_starter, environment.log);
  if (forcing_ && parts_.api) commands_ = std::make_unique<Told>(*forcing_, parts_.api, environment_.log);
}

HookSource::~HookSource() = default;

Queries* HookSource::queries() {
  return forcing_.get();
}

Commands* HookSource::commands() {
  return commands_.get();
}

std::vector<Endpoint> HookSource::endpoints(Sink& sink) {
  std::vector<Endpoint> all;
  if (!parts_.dialect) return all;
  for (const Dialect::Path& path : parts_.dialect->paths(name())) {
    all.push_back({path.method, path.path, receiver_->route(path, sink)});
    if (path.method == "POST") all.push_back({"POST", path.path + "/tests", receiver_->route_of_tests(path)});
  }
  return all;
}

std::optional<LinkState> HookSource::link_state() const {
  if (!catch_up_) return std::nullopt;
  return catch_up_->link();
}

std::optional<Millis> HookSource::heard_at() const {
  return receiver_->heard_at();
}

std::optional<Refused> HookSource::refused() const {
  return receiver_->refused();
}

std::optional<std::int64_t> HookSource::quota_left() const {
  return parts_.api ? parts_.api->quota_left() : std::nullopt;
}

std::vector<std::string> HookSource::setup(const std::string& base) const {
  std::vector<std::string> lines;
  if (parts_.dialect) {
    std::string path;
    for (const Dialect::Path& one : parts_.dialect->paths(name())) {
      if (path.empty()) path = one.path;
    }
    lines = parts_.dialect->advice(base + path.substr(1));
  }
  if (!parts_.dialect) lines.emplace_back("it is polled: there is nothing to enter at the CI");
  if (parts_.dialect && !parts_.api)
    lines.emplace_back(parts_.no_api.empty()
                           ? "without a token of its API, deliveries that are lost stay lost"
                           : parts_.no_api);
  return lines;
}

std::vector<std::string> HookSource::warnings() const {
  // Who shows nothing at all.
  if (!parts_.dialect || !parts_.dialect->may_be_right({})) return {};
  return {"the source " + name() + " has sources.NoToken: whoever reaches its hook can post builds"};
}

Task<Source::Previewed> HookSource::preview(std::shared_ptr<const web::Request> delivery, Millis now) const {
  if (!parts_.dialect) co_return co_await Source::preview(std::move(delivery), now);
  auto heard = co_await parts_.dialect->hear_slowly(std::move(delivery), now);
  if (!heard) co_return failed(heard);
  Previewed made;
  made.remarks = std::move(heard->notes);
  if (!heard->ignored.empty()) made.remarks.push_back("nothing is made of it: " + heard->ignored);
  std::vector<Run> runs;
  if (parts_.shape.builds != Granularity::job) runs = std::move(heard->runs);
  for (JobOfRun& job : heard->jobs) {
    if (parts_.shape.builds != Granularity::run)
      runs.push_back(std::move(job.alone));
    else
      made.remarks.push_back("the job " + job.job.name + " becomes a step of " + job.run);
  }
  for (Run& run : runs) {
    if (auto named = co_await name_builder(run, parts_.shape); !named)
      made.remarks.push_back(named.error().what);
    Event event = event_of(run, parts_.shape, now, "hook");
    event.untold = too_old(run, parts_.shape, now);
    made.events.push_back(std::move(event));
  }
  co_return made;
}

// Once a minute what waited in vain for its run is told of; once an hour what is old is forgotten.
asio::awaitable<void> HookSource::tidy(Sink& sink) {
  for (int minute = 0;; minute = (minute + 1) % 60) {
    if (minute == 0) {
      if (auto tidied = co_await receiver_->tidy(environment_.clock.now()); !tidied)
        environment_.log.warning("sources", name() + ": what is old stays: " + tidied.error().what);
    }
    co_await receiver_->keep_refusals();
    if (auto told = co_await receiver_->tell_alone(sink); !told)
      environment_.log.warning("sources", name() + ": jobs without a run wait: " + told.error().what);
    co_await sleep_for(std::chrono::minutes(1));
  }
}

asio::awaitable<void> HookSource::run(Sink& sink) {
  using namespace asio::experimental::awaitable_operators;
  const auto self = shared_from_this();
  const Closing closing{*receiver_};
  if (!parts_.api) {
    co_await tidy(sink);
    co_return;
  }
  catch_up_ = std::make_unique<CatchUp>(name(), parts_.api, receiver_, environment_, parts_.every,
                                        parts_.dialect != nullptr);
  receiver_->on_gap([this] { catch_up_->gap(); });
  co_await (catch_up_->run(sink) && tidy(sink));
}

}  // namespace carillon::source::hook
