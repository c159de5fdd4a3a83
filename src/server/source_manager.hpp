// The sources under observation: begun, kept over a reload, and stopped.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <memory>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "server/assembly.hpp"
#include "source/link_state.hpp"
#include "web/router.hpp"

namespace carillon::server {

class SourceManager {
 public:
  // The references outlive it.
  SourceManager(asio::any_io_executor io, web::Router& router, const Log& log)
      : io_(std::move(io)), router_(router), log_(log) {}

  // A new configuration: sources that are configured as before stay, others are let go, new ones are
  // observed. The sink outlives the observation.
  void apply(std::vector<SourceEntry> entries, source::Sink& sink);

  std::shared_ptr<source::Source> find(std::string_view name) const;
  std::vector<std::shared_ptr<source::Source>> all() const;
  std::size_t size() const { return running_.size(); }

  using Observed = source::Observed;
  std::vector<Observed> observed() const;
  // Masters without a link, and why: nobody who only asks whether the server is ready need act on it.
  std::vector<std::string> not_connected(Millis now) const;

  void stop();

 private:
  struct Running {
    SourceEntry entry;
    std::vector<std::shared_ptr<void>> routes;
    bool takes_posts = false;
    std::shared_ptr<asio::cancellation_signal> cancel = std::make_shared<asio::cancellation_signal>();
  };
  void observe(SourceEntry entry, source::Sink& sink);

  asio::any_io_executor io_;
  web::Router& router_;
  const Log& log_;
  std::list<Running> running_;
  // Of /ingest while no source takes posts.
  std::vector<std::shared_ptr<void>> nobody_;
  bool stopping_ = false;
};

}  // namespace carillon::server
