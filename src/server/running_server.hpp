// The server as it runs: what it is made of, and how that is put together.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat/world.hpp"
#include "pipeline/composer.hpp"
#include "pipeline/courier.hpp"
#include "pipeline/draining.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/janitor.hpp"
#include "pipeline/log_fetcher.hpp"
#include "pipeline/silences.hpp"
#include "script/script.hpp"
#include "server/assembly.hpp"
#include "server/bot_runner.hpp"
#include "server/control.hpp"
#include "server/dashboard_host.hpp"
#include "server/health_monitor.hpp"
#include "server/node.hpp"
#include "server/notify.hpp"
#include "server/printed.hpp"
#include "server/server.hpp"
#include "server/source_manager.hpp"
#include "server/token_guard.hpp"
#include "server/webhooks.hpp"
#include "source/numbers.hpp"
#include "spool/places.hpp"
#include "store/cluster.hpp"
#include "store/open.hpp"
#include "web/relay.hpp"
#include "web/server.hpp"

namespace carillon::server {

// What came of a reload.
struct Reloaded {
  // empty: it was taken.
  std::string error;
  std::vector<std::string> warnings;
};

class Server {
 public:
  explicit Server(const RunOptions& options)
      : options_(options), log_(options.level, redactor_, options.format) {}

  int run() {
    if (const auto code = start()) return *code;
    try {
      if (!again_) io_.run();
    } catch (const store::Superseded& error) {
      if (!candidate_) {
        log_.error("carillon", error.what());
        return 1;
      }
      log_.warning("cluster", std::string(error.what()) + "; it begins anew, and stands by");
      fenced_.of({}).add();
      again_ = true;
    } catch (const std::exception& error) {  // it must not go on with half of itself
      log_.error("carillon", std::string("internal error, so it ends here: ") + error.what());
      return 1;
    }
    if (again_) begin_anew();
    log_.info("carillon", "stopped");
    return 0;
  }

 private:
  // The exit code, where it does not run.
  std::optional<int> start();
  void open_store(const settings::Configuration& configuration);
  // One of several nodes (server_standby.cpp). False: it was stopped before its turn came.
  bool stand_by();
  void look_at_nodes();
  void count_lives_before();
  [[noreturn]] void begin_anew();
  asio::awaitable<void> tell_manager_while_it_waits();
  std::optional<web::RelayTarget> serving_node() const;
  std::optional<std::string> trouble_of_standby() const;
  std::string metrics_of_standby() const;
  asio::awaitable<void> watch_lease();
  // Whether another node may take over.
  bool has_successor() const;
  // As it was seen last.
  std::vector<store::Node> nodes() const;
  void make_pipeline();
  void apply(const settings::Configuration& configuration, Assembly assembly);
  void adopt(std::shared_ptr<pipeline::Roster> roster);
  void let_go(const std::vector<std::string>& reporters);
  void listen(const settings::Configuration& configuration);
  std::size_t connections() const;
  void open_dashboard(const settings::Configuration& configuration);
  void open_control();
  chat::Environment environment(const settings::Configuration& configuration);
  source::Environment source_environment(const settings::Configuration& configuration);
  std::vector<std::string> not_ready() const;
  // Nothing is wrong with these.
  std::vector<std::string> notes() const;
  view::ServerStatus status() const;
  // What the dashboard shows (server_views.cpp).
  dashboard::Views views();
  json::object shown_request(const std::string& reporter, const Delivery& delivery) const;
  Task<json::object> previewed(std::string reporter, Event event, RowId row);
  asio::awaitable<Result<json::object>> preview_in_time(std::string reporter, Event event, RowId row);
  json::object configuration_told() const;
  asio::awaitable<std::string> metrics();
  asio::awaitable<void> tell_of_missing_reporters();
  asio::awaitable<void> record_roster();
  // The place for long logs (server_spool.cpp).
  asio::awaitable<void> keep_spool();
  asio::awaitable<json::value> recalled(std::string key);
  asio::awaitable<void> kept(std::string key, json::value value);
  asio::awaitable<std::string> claim_place(std::string id, bool was_there);
  asio::awaitable<void> look_at_store();
  asio::awaitable<void> handle_signals();
  asio::awaitable<json::object> answer(json::object request);
  asio::awaitable<Reloaded> reload();
  asio::awaitable<Reloaded> try_reload();
  asio::awaitable<void> shut_down();

  // Before whatever takes from the environment.
  Beginning beginning_;
  ServiceManager manager_;
  RunOptions options_;
  Redactor redactor_;
  Log log_;
  Printed printed_{[this](std::string_view line) { log_.info("python", line); }};
  SystemClock clock_;
  const Millis started_ = clock_.now();
  asio::io_context io_{1};
  asio::thread_pool readers_{1};
  metrics::Registry registry_;
  pipeline::Metrics metrics_{registry_};
  source::Numbers source_numbers_{registry_};
  metrics::Family<metrics::Counter>& reloads_ =
      registry_.counters("carillon_reloads_total", "Reloads, by what came of them.", {"outcome"});
  metrics::Family<metrics::Counter>& refused_ = registry_.counters(
      "carillon_http_refused_total", "Requests and connections that were not served, by why.", {"why"});
  std::vector<ReporterKind> kinds_ = reporter_kinds();
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<process::Runner> processes_ = process::make_runner();
  std::unique_ptr<script::Script> script_;
  std::unique_ptr<InstanceLock> lock_;
  TokenGuard guard_{log_, refused_};
  web::Router router_{&guard_};
  // One of several nodes: while it stands by, and afterwards.
  std::unique_ptr<store::Candidate> candidate_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<spool::Places> spool_;
  std::unique_ptr<pipeline::SpoolRoom> spool_room_;
  std::unique_ptr<pipeline::LogFetcher> logs_;
  std::unique_ptr<pipeline::Courier> courier_;
  std::unique_ptr<pipeline::Begun> begun_;
  std::unique_ptr<pipeline::Silences> silences_;
  std::unique_ptr<pipeline::Composer> composer_;
  std::unique_ptr<pipeline::Intake> intake_;
  std::unique_ptr<pipeline::Draining> draining_;
  std::unique_ptr<pipeline::Janitor> janitor_;
  std::unique_ptr<HealthMonitor> health_;
  std::unique_ptr<web::Server> web_;
  std::unique_ptr<DashboardHost> dashboard_;
  std::unique_ptr<Control> control_;
  SourceManager sources_{io_.get_executor(), router_, log_};
  pipeline::RosterPtr roster_ = std::make_shared<const pipeline::Roster>();
  chat::World world_;
  WebhookTable webhooks_{router_};
  BotRunner bots_{io_.get_executor(), log_};
  std::string store_url_;
  // As of the start.
  settings::SpoolPlace spool_place_;
  // Why its folder is not used as it should be; "": it is.
  std::string spool_trouble_;
  store::Address database_;
  // Without secrets, and when it was read (configuration_view.hpp).
  json::object configuration_;
  // What came of the last one; none yet.
  std::optional<json::object> last_reload_;
  // Previews under way.
  int previews_ = 0;
  pipeline::FindSource find_source_ = [this](std::string_view name) { return sources_.find(name); };
  // What the web server listens on, as configured.
  std::string www_;
  // Read and checked, not yet in force.
  struct Prepared {
    settings::Configuration configuration;
    Assembly assembly;
  };
  store::Address learn_secrets(const settings::Configuration& configuration);
  Prepared prepare(settings::Configuration configuration);
  // While it stands by.
  std::optional<Prepared> waiting_;
  std::optional<web::Relay> relay_;
  // What the log said last of the other nodes.
  std::string told_of_nodes_;
  // It was stopped while it stood by.
  bool left_ = false;
  // After the end it stands by as another process would.
  bool again_ = false;
  metrics::Family<metrics::Counter>& takeovers_ = registry_.counters(
      "carillon_takeovers_total", "How often this process has begun to serve as one of several nodes.");
  metrics::Family<metrics::Counter>& fenced_ = registry_.counters(
      "carillon_fenced_total", "How often this node was put out, as it had been silent for its lease.");
  // How many this process may have.
  std::size_t descriptors_ = 0;
  // How many are under way.
  int reloading_ = 0;
  // A roster, since the start.
  bool adopted_ = false;
  bool stopping_ = false;
};

}  // namespace carillon::server
