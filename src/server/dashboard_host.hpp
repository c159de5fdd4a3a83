// The dashboard as a part of the server: who may see it, what it is told, its place in the router.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/rights.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/stream.hpp"
#include "pipeline/courier.hpp"
#include "pipeline/replays.hpp"
#include "pipeline/roster.hpp"
#include "settings/configuration.hpp"
#include "store/open.hpp"

namespace carillon::server {

class DashboardHost {
 public:
  struct Told {
    std::function<view::ServerStatus()> server;
    std::function<pipeline::RosterPtr()> roster;
    std::function<std::vector<pipeline::Courier::Queue>()> queues;
    // The store was changed beside the server.
    std::function<asio::awaitable<void>()> changed;
    // What the command line may ask, too (control.hpp).
    std::function<asio::awaitable<json::object>(json::object)> command;
    dashboard::Views views;
    // The page.
    std::function<asio::awaitable<std::string>()> metrics;
    // For replays.
    store::Store& store;
    const Log& log;
    pipeline::FindSource find_source;
  };
  // database: of the store. streams: how many may be open at once. What is told, the clock and the router
  // outlive it.
  DashboardHost(asio::any_io_executor io, store::Address database, const Clock& clock, web::Router& router,
                Told told, access::Rights::Around around, std::size_t streams);

  // A configuration, the first one or that of a reload.
  void apply(const settings::Configuration& configuration);
  // Ends the streams, and a replay after its block.
  void stop();

 private:
  asio::awaitable<std::optional<dashboard::Signs>> signs();
  asio::awaitable<void> load_alias_key();
  dashboard::World world();
  pipeline::Replays::Around around_replays(asio::any_io_executor io);
  std::vector<dashboard::ReporterFacts> reporters() const;
  std::vector<store::Ledger::Queue> queues() const;
  asio::awaitable<json::object> test_send(std::string reporter) const;
  static dashboard::FeedFacts feeds_of(const settings::Configuration& configuration);

  const Clock& clock_;
  web::Router& router_;
  Told told_;
  access::Rights access_;
  dashboard::Archive archive_;
  dashboard::Site site_;
  dashboard::FeedFacts feeds_;
  dashboard::Stream stream_;
  pipeline::Replays replays_;
  std::vector<std::shared_ptr<void>> routes_;
};
}  // namespace carillon::server
