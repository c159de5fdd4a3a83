#include "server/dashboard_host.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <limits>

#include "base/digest.hpp"
#include "base/url.hpp"
#include "rule/in_words.hpp"
#include "server/build_pages.hpp"
#include "server/fixtures.hpp"
#include "server/test_send.hpp"

namespace carillon::server {
namespace {

// A question that takes longer is given up, with a page that says so. All of it counts, so it is more than
// one look of a cold disk takes.
constexpr std::chrono::milliseconds reader_patience{3000};

// work(ledger) as a question that has an answer.
auto whole(const pipeline::WithLedger::Work& work) {
  return [&work](store::Ledger& ledger) {
    work(ledger);
    return true;
  };
}

// The path of the address under which others see this server; ends with '/'.
std::string prefix_of(const std::string& url) {
  const auto parsed = Url::parse(url);
  std::string path(parsed ? parsed->path : std::string_view());
  if (!path.ends_with('/')) path += '/';
  return path;
}

// Changes with what the pages say of reporters, but for their queues. A reload makes another roster while the
// one before is still there.
std::string reporters_sign(const pipeline::Roster& roster,
                           const std::vector<pipeline::Courier::Queue>& queues) {
  std::string sign = std::to_string(reinterpret_cast<std::uintptr_t>(&roster));  // NOLINT
  for (const pipeline::Courier::Queue& queue : queues)
    sign += ";" + queue.reporter + (queue.silent ? "!" : " ") + std::to_string(queue.paused_until);
  return sign;
}

bool sends_any(const std::vector<TestOutcome>& outcomes) {
  return std::ranges::any_of(outcomes,
                             [](const TestOutcome& one) { return one.kind != TestOutcome::Kind::skipped; });
}

}  // namespace

DashboardHost::DashboardHost(asio::any_io_executor io, store::Address database, const Clock& clock,
                             web::Router& router, Told told, access::Rights::Around around,
                             std::size_t streams)
    : clock_(clock),
      router_(router),
      told_(std::move(told)),
      access_(std::move(around)),
      archive_(io,
               [database = std::move(database)] {
                 return store::open_ledger(database, store::Access::existing, reader_patience);
               }),
      site_("Carillon", dashboard::Links(), access_),
      stream_(
          io, [this] { return signs(); }, static_cast<std::uint64_t>(clock.now()), {.streams = streams},
          [this](const dashboard::Asked& asked) {
            return access_.still(asked.caller, asked.request, access::Role::viewer);
          }),
      replays_(around_replays(io)) {
  site_.set_at([this] { return stream_.now(); });
  asio::co_spawn(io, replays_.load(), or_end);
  site_.await_alias_key();
  asio::co_spawn(io, load_alias_key(), or_end);
}

// Links that were given out with names that may not be read lead to the same pages after a restart.
asio::awaitable<void> DashboardHost::load_alias_key() {
  const std::string owner = "(dashboard)";
  const std::string name = "alias-key";
  const auto kept = co_await told_.store.recall(owner, name);
  const auto lost = [this](const Failure& failure) {
    told_.log.warning("web", "masked links lead nowhere after a restart: " + failure.what);
  };
  const bool found = kept && kept->contains(name) && kept->at(name).is_string();
  const std::string key = found ? std::string(kept->at(name).get_string()) : random_text();
  site_.set_alias_key(key);
  if (!kept) lost(kept.error());
  if (!kept || found) co_return;
  const auto remembered = co_await told_.store.remember(owner, name, json::value(key), clock_.now());
  if (!remembered) lost(remembered.error());
}

void DashboardHost::stop() {
  stream_.stop();
  replays_.stop();
}

pipeline::Replays::Around DashboardHost::around_replays(asio::any_io_executor io) {
  return {.io = std::move(io),
          .journal = told_.store,
          .memory = told_.store,
          .clock = clock_,
          .log = told_.log,
          .find_source = told_.find_source,
          .ledger = {.ask = [this](pipeline::WithLedger::Work work) -> Task<void> {
                       auto done = co_await archive_.ask(whole(work));
                       if (!done) co_return failed(done);
                       co_return ok();
                     },
                     .change = [this](pipeline::WithLedger::Work work) -> Task<void> {
                       auto done = co_await archive_.change(whole(work));
                       if (!done) co_return failed(done);
                       co_return ok();
                     }},
          .roster = told_.roster,
          .changed = told_.changed};
}

void DashboardHost::apply(const settings::Configuration& configuration) {
  access_.apply(configuration);
  site_.set(configuration.title, dashboard::Links(prefix_of(configuration.www_url)), access_);
  feeds_ = feeds_of(configuration);
  if (!routes_.empty()) return;
  std::vector<dashboard::Place> places = dashboard::pages(world());
  places.push_back(stream_.place());
  routes_ = site_.serve(router_, std::move(places));
}

dashboard::World DashboardHost::world() {
  using Said = asio::awaitable<Result<void>>;
  return {
      .site = site_,
      .archive = archive_,
      .clock = clock_,
      .server = told_.server,
      .reporters = [this] { return reporters(); },
      .queues = [this] { return queues(); },
      .changed = told_.changed,
      .test_send = [this](std::string reporter) { return test_send(std::move(reporter)); },
      .reload = [this] { return told_.command({{"do", "reload"}}); },
      .feeds = [this] { return feeds_; },
      .views = told_.views,
      .metrics = told_.metrics,
      .replays = {.all = [this] { return replays_.all(); },
                  .find = [this](std::int64_t id) { return replays_.find(id); },
                  .begin =
                      [this](ReplayWish wish, bool at_once, store::Deed by) {
                        return replays_.begin(std::move(wish), at_once, std::move(by));
                      },
                  .go = [this](std::int64_t id, store::Deed by) -> Said {
                    return replays_.go(id, std::move(by));
                  },
                  .end = [this](std::int64_t id, store::Deed by) -> Said {
                    return replays_.end(id, std::move(by));
                  }},
      .memory = [this]() -> store::KeyValue* { return &told_.store; },
  };
}

asio::awaitable<std::optional<dashboard::Signs>> DashboardHost::signs() {
  auto signs = co_await archive_.ask([](store::Ledger& ledger) {
    dashboard::Signs seen;
    seen.stored = ledger.version();
    seen.heard = ledger.last_before(std::numeric_limits<Millis>::max());
    return seen;
  });
  if (!signs) co_return std::nullopt;
  signs->reporters = reporters_sign(*told_.roster(), told_.queues());
  // That something was heard of is told as builds.
  view::ServerStatus server = told_.server();
  for (source::Observed& source : server.sources)
    source.heard_at = std::nullopt;
  signs->sources = json::serialize(view::to_json(server));
  signs->replays = replays_.changes();
  co_return *signs;
}

dashboard::FeedFacts DashboardHost::feeds_of(const settings::Configuration& configuration) {
  dashboard::FeedFacts facts{configuration.www_badges, configuration.www_url};
  const std::string base = build_pages(configuration).base;
  // An IPv6 address is no authority of a "tag:" address: its digits are.
  if (const auto url = Url::parse(base); url && !url->host.empty()) {
    facts.authority = url->host;
    std::erase_if(facts.authority, [](char c) { return c == '[' || c == ']'; });
    std::ranges::replace(facts.authority, ':', '-');
  }
  return facts;
}

std::vector<dashboard::ReporterFacts> DashboardHost::reporters() const {
  const pipeline::RosterPtr roster = told_.roster();
  std::vector<dashboard::ReporterFacts> facts;
  for (const auto* list : {&roster->entries, &roster->draining}) {
    for (const pipeline::RosterEntry& entry : *list)
      facts.push_back({entry.name, list == &roster->draining, rule::in_words(entry.rule),
                       entry.reporter->tells_programs(), entry.rule.audience != nullptr});
  }
  return facts;
}

std::vector<store::Ledger::Queue> DashboardHost::queues() const {
  std::vector<store::Ledger::Queue> all;
  for (const pipeline::Courier::Queue& queue : told_.queues())
    all.push_back({queue.reporter, queue.waiting, queue.oldest});
  return all;
}

// The first example that the reporter has something to send of, as `carillon test-send` does.
asio::awaitable<json::object> DashboardHost::test_send(std::string reporter) const {
  const pipeline::RosterPtr roster = told_.roster();
  const pipeline::RosterEntry* entry = roster->find(reporter);
  if (entry == nullptr) co_return json::object{{"error", "There is no reporter '" + reporter + "'."}};
  json::object told{{"outcomes", json::array()}};
  for (Example& example : test_examples()) {
    if (!is_wanted(entry->rule, example)) continue;
    example.details.event_id += "~test" + std::to_string(clock_.now());
    example.details.at = clock_.now();
    json::object answer = co_await told_.command(
        {{"do", "test-send"}, {"reporter", reporter}, {"details", to_json(example.details)}});
    if (answer.contains("error")) {
      answer["known"] = true;
      co_return answer;
    }
    told = std::move(answer);
    const json::array* outcomes = array_at(told, "outcomes");
    if (outcomes != nullptr && sends_any(outcomes_of(*outcomes))) break;
  }
  co_return told;
}

}  // namespace carillon::server
