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
#include "store/store.hpp"

namespace carillon::server {

class SourceManager {
 public:
  // The references outlive it; the store may be opened later than this is made.
  SourceManager(asio::any_io_executor io, const std::unique_ptr<store::Store>& store, const Log& log)
      : io_(std::move(io)), store_(store), log_(log) {}

  // A new configuration: sources that are configured as before stay, others are let go, new ones are
  // observed. The sink outlives the observation.
  void apply(std::vector<SourceEntry> entries, source::Sink& sink);

  std::shared_ptr<source::Source> find(std::string_view name) const;
  std::vector<std::shared_ptr<source::push::Push>> pushes() const;
  // Those who answer the data API, for each master.
  std::vector<std::shared_ptr<source::Source>> asked() const;
  std::size_t size() const { return running_.size(); }

  struct Observed {
    std::string name;
    std::string url;
    std::optional<source::LinkState> link;  // nullopt: builds are brought to us
  };
  std::vector<Observed> observed() const;
  // Masters without a link, and why: nobody who only asks whether the server is ready need act on it.
  std::vector<std::string> not_connected(Millis now) const;

  void stop();

 private:
  struct Running {
    SourceEntry entry;
    std::shared_ptr<source::Source> asked;  // who answers the data API for it
    std::shared_ptr<asio::cancellation_signal> cancel = std::make_shared<asio::cancellation_signal>();
  };
  void observe(SourceEntry entry, source::Sink& sink);

  asio::any_io_executor io_;
  const std::unique_ptr<store::Store>& store_;
  const Log& log_;
  std::list<Running> running_;
  bool stopping_ = false;
};

}  // namespace carillon::server
