#include "app/server.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <list>
#include <random>

#include "app/archive.hpp"
#include "app/assembly.hpp"
#include "app/bot_memory.hpp"
#include "app/data_api.hpp"
#include "app/load.hpp"
#include "app/residents.hpp"
#include "app/routes.hpp"
#include "app/webhooks.hpp"
#include "chat/world.hpp"
#include "pipeline/composer.hpp"
#include "pipeline/courier.hpp"
#include "pipeline/intake.hpp"
#include "script/script.hpp"
#include "store/database.hpp"
#include "store/sqlite_store.hpp"
#include "web/server.hpp"

namespace carillon::app {
namespace {

constexpr std::chrono::seconds shutdown_grace{30};
constexpr std::chrono::seconds goodbye_grace{3};  // of the bots

// A master under observation.
struct Running {
  MasterEntry entry;
  std::shared_ptr<master::Master> asked;  // who answers the data API for it
  std::shared_ptr<asio::cancellation_signal> cancel = std::make_shared<asio::cancellation_signal>();
};

class Server {
 public:
  explicit Server(const RunOptions& options) : options_(options), log_(options.level, redactor_) {}

  int run() {
    if (!start()) return 1;
    io_.run();
    log_.info("carillon", "stopped");
    return 0;
  }

 private:
  bool start();
  void apply(const settings::Configuration& configuration, Assembly assembly);
  void observe(MasterEntry entry);
  void listen(const settings::Configuration& configuration);
  std::shared_ptr<master::Master> find_master(std::string_view name) const;
  std::vector<std::shared_ptr<master::push::Push>> push_masters() const;
  std::vector<std::shared_ptr<master::Master>> observed_masters() const;
  reporter::Environment environment(const settings::Configuration& configuration);
  master::buildbot::Environment buildbot_environment();
  asio::awaitable<void> recover();
  asio::awaitable<void> handle_signals();
  asio::awaitable<void> reload();
  asio::awaitable<void> shut_down();

  RunOptions options_;
  Redactor redactor_;
  Log log_;
  SystemClock clock_;
  asio::io_context io_{1};
  std::vector<ReporterKind> kinds_ = reporter_kinds();
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<process::Runner> processes_ = process::make_runner();
  std::unique_ptr<script::Script> script_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<pipeline::Courier> courier_;
  std::unique_ptr<pipeline::Composer> composer_;
  std::unique_ptr<pipeline::Intake> intake_;
  std::unique_ptr<web::Server> web_;
  std::list<Running> masters_;
  chat::World world_;
  WebhookTable webhooks_;
  Residents residents_{io_.get_executor(), log_};
  std::string store_url_;
  std::string www_;  // what the web server listens on, as configured
  bool stopping_ = false;
};

reporter::Environment Server::environment(const settings::Configuration& configuration) {
  return reporter::Environment{io_.get_executor(),
                               {configuration.title, configuration.buildbot_url},
                               clock_,
                               log_,
                               *http_,
                               &world_,
                               configuration.www_port < 0 ? nullptr : &webhooks_};
}

master::buildbot::Environment Server::buildbot_environment() {
  return master::buildbot::Environment{io_.get_executor(), *http_, log_, clock_, *processes_};
}

bool Server::start() {
  std::signal(SIGPIPE, SIG_IGN);
  http_ = http::make_curl_client(io_.get_executor());
  try {
    script_ = script::Script::start(io_.get_executor(), script_options(kinds_));
    const settings::Configuration configuration = script_->load(options_.config);
    world_.masters = [this] { return observed_masters(); };
    world_.memory = [this](std::string owner) { return make_bot_memory(std::move(owner), store_, clock_); };
    for (const Secret& secret : configuration.secrets)
      redactor_.add(secret.reveal());
    Assembly assembly =
        assemble(configuration, kinds_, environment(configuration), buildbot_environment(), redactor_);
    const std::string folder = std::filesystem::path(configuration.file).parent_path().string();
    const auto path = store::sqlite_path(configuration.db_url, folder);
    if (!path) {
      throw settings::ConfigError(configuration.file + ": c['db']: only sqlite:///FILE is supported, not '" +
                                  configuration.db_url.substr(0, configuration.db_url.find(':')) + ":...'");
    }
    store_ = store::open_sqlite(io_.get_executor(), *path);
    store_url_ = configuration.db_url;
    courier_ = std::make_unique<pipeline::Courier>(io_.get_executor(), *store_, clock_, log_,
                                                   std::random_device{}());
    const pipeline::FindMaster find = [this](std::string_view name) { return find_master(name); };
    composer_ =
        std::make_unique<pipeline::Composer>(io_.get_executor(), *store_, *courier_, clock_, log_, find);
    intake_ = std::make_unique<pipeline::Intake>(*store_, *composer_, clock_, log_, find);
    script_->set_data_source([this](std::string master, std::string rest) -> Task<json::value> {
      std::shared_ptr<master::Master> found;
      for (const auto& one : observed_masters()) {
        if (one->name() == master) found = one;
      }
      if (!found) co_return rejected("there is no master '" + master + "'");
      auto answer = co_await found->get(rest);
      if (!answer) co_return answer;
      co_return data_of_rest(rest, std::move(*answer));
    });
    listen(configuration);
    apply(configuration, std::move(assembly));
  } catch (const std::exception& error) {
    std::cerr << "carillon: " << redactor_(error.what()) << "\n";
    return false;
  }
  asio::co_spawn(io_, recover(), asio::detached);
  asio::co_spawn(io_, courier_->watch_ledger(), asio::detached);
  asio::co_spawn(io_, handle_signals(), asio::detached);
  return true;
}

void Server::listen(const settings::Configuration& configuration) {
  www_ = configuration.www_host + ":" + std::to_string(configuration.www_port);
  if (configuration.www_port < 0) return;
  web::Listen where;
  where.host = configuration.www_host;
  where.port = configuration.www_port;
  Backstage backstage{[this] { return push_masters(); }, *intake_, clock_, [this] { return !stopping_; }};
  web_ =
      std::make_unique<web::Server>(io_.get_executor(), where, make_routes(std::move(backstage)), log_,
                                    [this](const web::Request& request) { return webhooks_.find(request); });
  log_.info("web",
            "listening on http://" + configuration.www_host + ":" + std::to_string(web_->port()) + "/");
}

// From one configuration to the next, within one step of the io_context: no event falls between.
void Server::apply(const settings::Configuration& configuration, Assembly assembly) {
  for (const std::string& warning : configuration.warnings)
    log_.warning("config", warning);
  if (assembly.roster->entries.empty())
    log_.warning("config", "c['services'] names no reporter: nobody will be told");
  if (assembly.masters.empty()) log_.warning("config", "c['masters'] is empty: no builds will be heard of");
  residents_.apply(*assembly.roster);
  intake_->set_roster(assembly.roster);
  composer_->set_roster(assembly.roster);
  courier_->set_roster(assembly.roster);
  for (auto running = masters_.begin(); running != masters_.end();) {
    const auto same = std::find_if(
        assembly.masters.begin(), assembly.masters.end(),
        [&](const MasterEntry& entry) { return entry.fingerprint == running->entry.fingerprint; });
    if (same == assembly.masters.end()) {
      log_.info("masters", "no longer observing " + running->entry.master->name());
      running->cancel->emit(asio::cancellation_type::terminal);
      running = masters_.erase(running);
    } else {
      assembly.masters.erase(same);
      ++running;
    }
  }
  for (MasterEntry& entry : assembly.masters)
    observe(std::move(entry));
}

void Server::observe(MasterEntry entry) {
  log_.info("masters", "observing " + entry.master->name() + " (" + entry.master->url() + ")");
  Running running;
  running.entry = std::move(entry);
  running.asked = running.entry.master;
  if (running.entry.push) running.asked = std::make_shared<Archive>(running.entry.master, store_);
  const std::shared_ptr<master::Master> master = running.entry.master;
  auto ended = [this, master, cancel = running.cancel](std::exception_ptr error) {
    if (!error || stopping_) return;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& stopped) {
      if (stopped.code() != asio::error::operation_aborted)
        log_.error("masters", master->name() + ": " + stopped.what());
    } catch (const std::exception& bug) {
      log_.error("masters", master->name() + " is no longer observed: internal error: " + bug.what());
    }
  };
  asio::co_spawn(io_, master->run(*intake_),
                 asio::bind_cancellation_slot(running.cancel->slot(), std::move(ended)));
  masters_.push_back(std::move(running));
}

std::shared_ptr<master::Master> Server::find_master(std::string_view name) const {
  for (const Running& running : masters_) {
    if (running.entry.master->name() == name) return running.entry.master;
  }
  return nullptr;
}

std::vector<std::shared_ptr<master::push::Push>> Server::push_masters() const {
  std::vector<std::shared_ptr<master::push::Push>> pushes;
  for (const Running& running : masters_) {
    if (running.entry.push) pushes.push_back(running.entry.push);
  }
  return pushes;
}

std::vector<std::shared_ptr<master::Master>> Server::observed_masters() const {
  std::vector<std::shared_ptr<master::Master>> masters;
  for (const Running& running : masters_)
    masters.push_back(running.asked);
  return masters;
}

asio::awaitable<void> Server::recover() {
  const auto queued = co_await courier_->recover();
  if (!queued) log_.error("courier", "cannot read the waiting deliveries: " + queued.error().what);
  const auto composed = co_await composer_->recover();
  if (!composed) log_.error("composer", "cannot read the open orders: " + composed.error().what);
}

asio::awaitable<void> Server::handle_signals() {
  asio::signal_set signals(io_, SIGTERM, SIGINT, SIGHUP);
  while (true) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal == SIGHUP) {
      asio::co_spawn(io_, reload(), asio::detached);
    } else if (!stopping_) {
      asio::co_spawn(io_, shut_down(), asio::detached);
    } else {
      log_.warning("carillon", "stopped at once; what was under way is sent again at the next start");
      io_.stop();
    }
  }
}

asio::awaitable<void> Server::reload() {
  log_.info("config", "reloading " + options_.config);
  try {
    settings::Configuration configuration = co_await script_->reload(options_.config);
    for (const Secret& secret : configuration.secrets)
      redactor_.add(secret.reveal());
    Assembly assembly =
        assemble(configuration, kinds_, environment(configuration), buildbot_environment(), redactor_);
    if (configuration.db_url != store_url_) {
      log_.warning("config", "c['db'] has changed; that takes effect at the next start");
    }
    if (configuration.www_host + ":" + std::to_string(configuration.www_port) != www_) {
      log_.warning("config", "c['www'] has changed; that takes effect at the next start");
    }
    apply(configuration, std::move(assembly));
    log_.info("config", "reloaded");
  } catch (const settings::ConfigError& error) {
    log_.error("config", std::string("not reloaded, the running configuration stays: ") + error.what());
    co_return;
  }
  co_await recover();  // orders and deliveries of reporters that are back
}

asio::awaitable<void> Server::shut_down() {
  log_.info("carillon", "stopping");
  stopping_ = true;
  if (web_) web_->stop();
  for (Running& running : masters_)
    running.cancel->emit(asio::cancellation_type::terminal);
  composer_->stop();
  co_await courier_->stop(shutdown_grace);
  if (courier_->in_flight() > 0) {
    log_.warning("courier", std::to_string(courier_->in_flight()) +
                                " deliveries did not end in time and are sent again");
  }
  co_await residents_.stop(goodbye_grace);
  store_->close();
  io_.stop();
}

}  // namespace

int run_server(const RunOptions& options) {
  // Never destroyed: Python objects must not be touched after this (see script/), and the store is closed
  // already.
  auto* server = new Server(options);  // NOLINT(cppcoreguidelines-owning-memory)
  return server->run();
}

}  // namespace carillon::app
