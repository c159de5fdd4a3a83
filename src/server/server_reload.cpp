// What the command line asks of the server; from one configuration to the next.
#include <boost/asio/co_spawn.hpp>

#include "access/check_access.hpp"
#include "server/concerns.hpp"
#include "server/ledger_place.hpp"
#include "server/running_server.hpp"
#include "server/test_send.hpp"
#include "view/status.hpp"

namespace carillon::server {

view::ServerStatus Server::status() const {
  view::ServerStatus status{started_, "carillon " CARILLON_VERSION, not_ready(), sources_.observed()};
  for (pipeline::Courier::Queue& queue :
       courier_ ? courier_->queues() : std::vector<pipeline::Courier::Queue>()) {
    if (queue.silent)
      status.silent.push_back({queue.reporter, queue.silent_since, redactor_(queue.silent_answer)});
  }
  std::ranges::sort(status.silent, {}, &view::NoAnswer::reporter);
  status.nodes = nodes();
  for (std::string& text : status.wrong)
    text = redactor_(text);
  for (source::Observed& source : status.sources) {
    if (!source.link) continue;
    source.link->trouble = redactor_(source.link->trouble);
    for (std::string& text : source.link->unseen)
      text = redactor_(text);
  }
  return status;
}

// What the command line asks (control.hpp).
asio::awaitable<json::object> Server::answer(json::object request) {
  json::object told;
  if (string_at(request, "do") == "test-send" && !store_) {
    told["error"] = "this node stands by; ask the one that serves: `carillon nodes`";
    co_return told;
  }
  if (string_at(request, "do") == "test-send") {
    told = co_await answer_test_send(roster_, std::move(request));
    if (const auto error = string_at(told, "error")) told["error"] = redactor_(*error);
    co_return told;
  }
  if (string_at(request, "do") == "status") {
    co_return view::to_json(status());
  }
  if (string_at(request, "do") != "reload") {
    told["error"] = "this server does not know what is asked for";
    co_return told;
  }
  const Reloaded reloaded = co_await reload();
  if (!reloaded.error.empty()) told["error"] = redactor_(reloaded.error);
  json::array warnings;
  for (const std::string& warning : reloaded.warnings)
    warnings.emplace_back(redactor_(warning));
  told["warnings"] = std::move(warnings);
  told["reporters"] = waiting_ ? waiting_->assembly.roster->entries.size() : roster_->entries.size();
  told["sources"] = waiting_ ? waiting_->assembly.sources.size() : sources_.size();
  co_return told;
}

asio::awaitable<Reloaded> Server::reload() {
  log_.info("config", "reloading " + options_.config);
  ++reloading_;
  manager_.reloading();
  Reloaded reloaded = co_await try_reload();
  reloads_.of({reloaded.error.empty() ? "taken" : "refused"}).add();
  last_reload_ = json::object{{"at", clock_.now()}, {"error", redactor_(reloaded.error)}};
  if (reloaded.error.empty()) {
    log_.info("config", "reloaded");
    if (store_) asio::co_spawn(io_, tell_of_missing_reporters(), or_end);
  } else {
    log_.error("config", "not reloaded, the running configuration stays: " + reloaded.error);
  }
  if (--reloading_ == 0 && !stopping_) manager_.ready();
  co_return reloaded;
}

asio::awaitable<Reloaded> Server::try_reload() {
  Reloaded reloaded;
  const Printed::Hold hold(printed_);
  try {
    settings::Configuration read = co_await script_->reload(options_.config);
    if (stopping_) throw settings::ConfigError("it is stopping");
    learn_secrets(read);
    Prepared prepared = prepare(std::move(read));
    settings::Configuration& configuration = prepared.configuration;
    if (configuration.db_url != store_url_) {
      configuration.warnings.emplace_back("c['db'] has changed; that takes effect at the next start");
    }
    if (configuration.spool != spool_place_) {
      configuration.warnings.emplace_back(
          "c['spool']: where logs are has changed; that takes effect at the next start");
    }
    if (configuration.www_host + ":" + std::to_string(configuration.www_port) != www_) {
      configuration.warnings.emplace_back("c['www'] has changed; that takes effect at the next start");
    }
    reloaded.warnings = configuration.warnings;
    if (store_) {
      apply(configuration, std::move(prepared.assembly));
    } else {
      waiting_ = std::move(prepared);  // until its turn comes
    }
  } catch (const std::exception& error) {
    reloaded.error = error.what();
  }
  co_return reloaded;
}

}  // namespace carillon::server
