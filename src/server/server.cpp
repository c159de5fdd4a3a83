#include "server/server.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <limits>
#include <random>
#include <thread>

#include "access/check_access.hpp"
#include "base/digest.hpp"
#include "base/foreign_time.hpp"
#include "base/terminal.hpp"
#include "server/bot_memory.hpp"
#include "server/build_pages.hpp"
#include "server/concerns.hpp"
#include "server/configuration_view.hpp"
#include "server/descriptors.hpp"
#include "server/disk.hpp"
#include "server/ledger_place.hpp"
#include "server/load.hpp"
#include "server/metrics_page.hpp"
#include "server/roster_record.hpp"
#include "server/routes.hpp"
#include "server/running_server.hpp"
#include "server/spool_place.hpp"
#include "source/data_api.hpp"
#include "transport/lookups.hpp"

namespace carillon::server {
namespace {

constexpr std::chrono::seconds shutdown_grace{30};
constexpr std::chrono::seconds goodbye_grace{3};  // of the bots
constexpr std::chrono::seconds again_pause{5};
constexpr std::size_t most_streams = 200;  // of the dashboard

}  // namespace

chat::Environment Server::environment(const settings::Configuration& configuration) {
  return {{io_.get_executor(),
           {configuration.title, configuration.buildbot_url},
           clock_,
           log_,
           *http_,
           spool_.get()},
          &world_,
          configuration.www_port < 0 ? nullptr : &webhooks_};
}

source::Environment Server::source_environment(const settings::Configuration& configuration) {
  return {io_.get_executor(),
          *http_,
          log_,
          clock_,
          *processes_,
          configuration.buildbot_url,
          configuration.www_port >= 0,
          [this] { return static_cast<store::Journal*>(store_.get()); },
          [this] { return static_cast<store::KeyValue*>(store_.get()); },
          [this](std::string_view text) { return redactor_(text); },
          &source_numbers_,
          &readers_,
          build_pages(configuration)};
}

// From then on nobody shows them. Where its database is: its URL may hold one.
store::Address Server::learn_secrets(const settings::Configuration& configuration) {
  for (const Secret& secret : configuration.secrets)
    redactor_.add(secret.reveal());
  store::Address database = database_of(configuration);
  for (const std::string& secret : database.secrets())
    redactor_.add(secret);
  return database;
}

// Throws where something is wrong with it. Its secrets are learnt.
Server::Prepared Server::prepare(settings::Configuration configuration) {
  Assembly assembly = assemble(configuration, kinds_, environment(configuration),
                               source_environment(configuration), redactor_);
  add_concerns(configuration, assembly);
  access::check_access(configuration);
  require_spool_folder(configuration);
  return {std::move(configuration), std::move(assembly)};
}

std::optional<int> Server::start() {
  std::signal(SIGPIPE, SIG_IGN);
  if (beginning_.is_again()) count_lives_before();
  descriptors_ = raise_descriptor_limit();
  http_ = http::make_client(io_.get_executor());
  try {
    script_ = script::Script::start(io_.get_executor(), script_options(kinds_));
    script_->set_output([this](std::string_view line) { printed_.line(line); });
    const Printed::Hold hold(printed_);
    settings::Configuration configuration = script_->load(options_.config);
    world_.sources = [this] { return sources_.all(); };
    world_.memory = [this](std::string owner) { return make_bot_memory(std::move(owner), store_, clock_); };
    database_ = learn_secrets(configuration);
    spool_place_ = configuration.spool;
    spool_ = open_spool(io_.get_executor(), *http_, database_, spool_place_);
    spool_->set_elsewhere(std::nullopt);  // keep_spool() finds out
    waiting_ = prepare(std::move(configuration));
    store_url_ = waiting_->configuration.db_url;
    lock_ = std::make_unique<InstanceLock>(database_.beside());
    if (waiting_->configuration.lease > 0) {
      listen(waiting_->configuration);
      if (!stand_by()) return 0;
      store_ = store::open_elected(io_.get_executor(), *candidate_, &registry_);
    } else {
      store_ = store::open_store(io_.get_executor(), database_, &registry_);
    }
    if (!lock_->held())
      log_.warning("carillon", "cannot lock " + database_.beside() + ".lock: start no second server");
    Prepared prepared = std::move(*waiting_);
    waiting_.reset();
    make_pipeline();
    if (!web_) listen(prepared.configuration);
    open_dashboard(prepared.configuration);
    apply(prepared.configuration, std::move(prepared.assembly));
    router_.pass_on(nullptr);
  } catch (const std::exception& error) {
    if (options_.format == Log::Format::json) {
      log_.error("carillon", error.what());
    } else {
      std::cerr << printable_lines("carillon: " + redactor_(error.what()));
    }
    lock_.reset();
    if (!beginning_.is_again()) return 1;
    // Nobody waits for it, and what is wrong (a configuration that is being written) may be over soon.
    log_.error("cluster",
               "this node cannot stand by: it tries again in " + std::to_string(again_pause.count()) + " s");
    std::this_thread::sleep_for(again_pause);
    again_ = true;
    return std::nullopt;
  }
  if (!control_) open_control();
  asio::co_spawn(io_, courier_->run([this] { spool_room_->look_soon(); }), or_end);
  asio::co_spawn(io_, courier_->watch_clock(), or_end);
  asio::co_spawn(io_, silences_->run(), or_end);
  asio::co_spawn(io_, composer_->run(), or_end);
  asio::co_spawn(io_, tell_of_missing_reporters(), or_end);
  asio::co_spawn(io_, janitor_->run(), or_end);
  asio::co_spawn(io_, keep_spool(), or_end);
  asio::co_spawn(io_, health_->run(), or_end);
  if (candidate_) {
    asio::co_spawn(io_, watch_lease(), or_end);
  } else {
    asio::co_spawn(io_, handle_signals(), or_end);
  }
  manager_.ready();
  return std::nullopt;
}

void Server::open_control() {
  control_ = std::make_unique<Control>(
      io_.get_executor(), database_.beside(),
      [this](json::object request) { return answer(std::move(request)); }, log_);
}

void Server::make_pipeline() {
  courier_ = std::make_unique<pipeline::Courier>(io_.get_executor(), *store_, clock_, log_, metrics_,
                                                 std::random_device{}());
  spool_room_ = std::make_unique<pipeline::SpoolRoom>(*spool_, *store_, log_);
  logs_ = std::make_unique<pipeline::LogFetcher>(*spool_, *spool_room_, clock_, log_);
  begun_ = std::make_unique<pipeline::Begun>(database_.beside() + ".begun");
  if (begun_->trouble()) log_.warning("composer", "cannot note what is being worded: " + *begun_->trouble());
  silences_ = std::make_unique<pipeline::Silences>(*store_, clock_, log_);
  composer_ = std::make_unique<pipeline::Composer>(io_.get_executor(), *store_, metrics_, clock_, log_,
                                                   find_source_, *logs_, *begun_, *silences_);
  intake_ = std::make_unique<pipeline::Intake>(*store_, *composer_, clock_, log_, metrics_, find_source_,
                                               *silences_);
  draining_ = std::make_unique<pipeline::Draining>(
      io_.get_executor(), *store_, *courier_, log_,
      [this](const std::vector<std::string>& reporters) { let_go(reporters); });
  janitor_ = std::make_unique<pipeline::Janitor>(*store_, clock_, log_, registry_);
  health_ = std::make_unique<HealthMonitor>(io_.get_executor(), *store_, *script_, manager_, clock_, log_);
  script_->set_data_source([this](std::string master, std::string rest) -> Task<json::value> {
    std::shared_ptr<source::Source> found;
    for (const auto& one : sources_.all()) {
      if (one->name() == master) found = one;
    }
    if (!found) co_return rejected("there is no source '" + master + "'");
    auto got = co_await found->ask(rest);
    if (!got) co_return got;
    co_return source::data_of_rest(rest, std::move(*got));
  });
}

// Of the web server; the other half of what there may be is for sending.
std::size_t Server::connections() const {
  return std::min(web::Listen().connections, descriptors_ / 2);
}

void Server::listen(const settings::Configuration& configuration) {
  www_ = configuration.www_host + ":" + std::to_string(configuration.www_port);
  if (configuration.www_port < 0) return;
  web::Listen where;
  where.host = configuration.www_host;
  where.port = configuration.www_port;
  where.connections = connections();
  where.connections_per_address = where.connections / 2;
  using Troubles = std::map<std::string, std::string>;
  add_routes(router_, {[this] { return health_ ? health_->troubles() : Troubles(); },
                       [this] { return not_ready(); }, [this] { return notes(); }});
  web_ = std::make_unique<web::Server>(io_.get_executor(), where, router_, log_, refused_);
  log_.info("web",
            "listening on http://" + configuration.www_host + ":" + std::to_string(web_->port()) + "/");
}

void Server::open_dashboard(const settings::Configuration& configuration) {
  if (configuration.www_port < 0) return;
  dashboard_ = std::make_unique<DashboardHost>(
      io_.get_executor(), database_, clock_, router_,
      DashboardHost::Told{[this] { return status(); }, [this] { return roster_; },
                          [this] { return courier_->queues(); }, [this] { return look_at_store(); },
                          [this](json::object request) { return answer(std::move(request)); }, views(),
                          [this] { return metrics(); }, *store_, log_, find_source_},
      access::Rights::Around{io_.get_executor(), *http_, clock_, log_,
                             [this] { return static_cast<store::KeyValue*>(store_.get()); }},
      std::min<std::size_t>(most_streams, connections() / 4));  // the other half is for pages
}

// From one configuration to the next, within one step of the io_context: no event falls between.
void Server::apply(const settings::Configuration& configuration, Assembly assembly) {
  for (const std::string& warning : configuration.warnings)
    log_.warning("config", warning);
  net::Lookups::of(io_.get_executor()).allow(net::Networks(configuration.allowed_networks));
  pipeline::HistoryLimits limits;
  if (configuration.history_age > 0) limits.max_age = to_millis(configuration.history_age);
  if (configuration.history_size > 0) limits.max_size = configuration.history_size;
  janitor_->set_limits(limits);
  spool_room_->set_limit(configuration.spool_size > 0 ? static_cast<std::uint64_t>(configuration.spool_size)
                                                      : std::numeric_limits<std::uint64_t>::max());
  if (dashboard_) dashboard_->apply(configuration);
  configuration_ = configuration_json(configuration, shown_spool(database_, spool_place_), kinds_, assembly,
                                      [this](std::string_view text) { return redactor_(text); });
  configuration_["loaded_at"] = clock_.now();
  draining_->carry_over(roster_, *assembly.roster);
  adopt(assembly.roster);
  sources_.apply(std::move(assembly.sources), *intake_);
}

void Server::adopt(std::shared_ptr<pipeline::Roster> roster) {
  bots_.apply(*roster);
  std::vector<std::string> back;
  for (const pipeline::RosterEntry& entry : roster->entries) {
    if (roster_->find(entry.name) == nullptr) back.push_back(entry.name);
  }
  roster_ = std::move(roster);
  intake_->set_roster(roster_);
  composer_->set_roster(roster_);
  silences_->set_roster(roster_);
  courier_->set_roster(roster_);
  // At the start they come by themselves.
  if (std::exchange(adopted_, true)) store_->again(std::move(back));
  asio::co_spawn(io_, record_roster(), or_end);
}

// Taken out, and nothing of theirs is left to deliver.
void Server::let_go(const std::vector<std::string>& reporters) {
  auto roster = std::make_shared<pipeline::Roster>(*roster_);
  std::erase_if(roster->draining, [&](const pipeline::RosterEntry& entry) {
    return std::find(reporters.begin(), reporters.end(), entry.name) != reporters.end();
  });
  adopt(std::move(roster));
}

asio::awaitable<void> Server::record_roster() {
  auto kept = co_await store_->remember(server_owner, roster_key, roster_record(*roster_), clock_.now());
  if (!kept) log_.warning("config", "cannot note which reporters there are: " + kept.error().what);
}

// Others changed it: without this the feed would notice within a second.
asio::awaitable<void> Server::look_at_store() {
  auto looked = co_await store_->look();
  if (looked) looked = co_await silences_->look();
  if (!looked) log_.warning("store", "cannot look for what was changed: " + looked.error().what);
}

std::vector<std::string> Server::not_ready() const {
  std::vector<std::string> wrong;
  if (stopping_) wrong.emplace_back("it is stopping");
  if (!store_) {
    if (const auto trouble = trouble_of_standby()) wrong.push_back(*trouble);
    return wrong;
  }
  if (store_->lease() != nullptr && store_->lease()->until() < store::lease_now())
    wrong.emplace_back("the database has not answered for the lease's time: nothing is sent until it does");
  if (!courier_->caught_up()) wrong.emplace_back("the deliveries that wait are not read yet");
  if (const auto trouble = store_->trouble()) {
    wrong.push_back("store: " + *trouble);
  } else if (disk_full(database_.beside())) {
    wrong.emplace_back("store: the disk is full");
  }
  for (const auto& [part, what] : health_->troubles())
    wrong.push_back(part + ": " + what);
  return wrong;
}

std::vector<std::string> Server::notes() const {
  std::vector<std::string> notes = sources_.not_connected(clock_.now());
  if (!spool_trouble_.empty()) notes.push_back(spool_trouble_);
  if (!candidate_) return notes;
  if (store_) {
    notes.emplace_back("this node serves");
  } else if (!candidate_->seen().trouble) {
    const std::vector<store::Node> all = nodes();
    const store::Node* serving = store::serving_of(all);
    notes.push_back("this node stands by" + (serving == nullptr ? "" : "; " + shown(*serving) + " serves"));
  }
  if (store_ && !store_->lease()->risk().empty()) notes.push_back(store_->lease()->risk());
  return notes;
}

asio::awaitable<std::string> Server::metrics() {
  const Measured measured{registry_,
                          *courier_,
                          *composer_,
                          *store_,
                          *spool_room_,
                          *script_,
                          *health_,
                          clock_,
                          started_,
                          [this] { return roster_; },
                          sources_.observed(),
                          [this](std::string_view text) { return redactor_(text); }};
  co_return co_await metrics_text(measured);
}

// Somebody should know that they wait.
asio::awaitable<void> Server::tell_of_missing_reporters() {
  const auto open = co_await store_->open_work();
  if (!open) co_return;
  for (const store::OpenWork& work : *open) {
    if (roster_->find(work.reporter) != nullptr) continue;
    log_.warning("config", work.reporter +
                               " is not configured: " + std::to_string(work.deliveries + work.notifications) +
                               " reports of it wait until it is, or until `carillon drop --reporter " +
                               work.reporter + "`");
  }
}

asio::awaitable<void> Server::handle_signals() {
  asio::signal_set signals(io_, SIGTERM, SIGINT, SIGHUP);
  while (true) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal == SIGHUP) {
      asio::co_spawn(io_, reload(), or_end);
    } else if (!stopping_) {
      asio::co_spawn(io_, shut_down(), or_end);
    } else {
      log_.warning("carillon", "stopped at once; what was under way is sent again at the next start");
      io_.stop();
    }
  }
}

asio::awaitable<void> Server::shut_down() {
  log_.info("carillon", "stopping");
  stopping_ = true;
  if (!again_) manager_.stopping();
  // Another node goes on with the sending: until then this one takes what comes.
  if (store_ && candidate_) co_await courier_->stop(shutdown_grace);
  if (web_) web_->stop();
  if (!store_) {
    candidate_->leave();
    left_ = true;
    co_return;
  }
  if (dashboard_) dashboard_->stop();
  sources_.stop();
  composer_->stop();
  silences_->stop();
  net::Lookups::of(io_.get_executor()).stop();
  co_await courier_->stop(shutdown_grace);
  if (courier_->in_flight() > 0) {
    log_.warning("courier", std::to_string(courier_->in_flight()) +
                                " deliveries did not end in time and are sent again");
  }
  co_await bots_.stop(goodbye_grace);
  if (control_) control_->stop();
  store_->close();
  lock_.reset();
  io_.stop();
}

int run_server(const RunOptions& options) {
  // Never destroyed: Python objects must not be touched after this (see script/), and the store is closed
  // already.
  auto* server = new Server(options);  // NOLINT(cppcoreguidelines-owning-memory)
  return server->run();
}

}  // namespace carillon::server
