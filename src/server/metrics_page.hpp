// GET /metrics
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "pipeline/composer.hpp"
#include "pipeline/courier.hpp"
#include "pipeline/spool_room.hpp"
#include "script/script.hpp"
#include "server/source_manager.hpp"
#include "store/cluster.hpp"
#include "store/store.hpp"

namespace carillon::server {

class HealthMonitor;

// What is measured when the page is asked for; the references outlive the page.
struct Measured {
  const metrics::Registry& registry;
  const pipeline::Courier& courier;
  const pipeline::Composer& composer;
  store::Store& store;
  const pipeline::SpoolRoom& spool;
  const script::Script& script;
  const HealthMonitor& health;
  const Clock& clock;
  Millis started = 0;
  std::function<pipeline::RosterPtr()> roster;
  std::vector<SourceManager::Observed> sources;
  std::function<std::string(std::string_view)> redact;
};

// Of several nodes: which of them this one is, and for how long its lease holds (0: it stands by).
void write_node(metrics::Page& page, const std::vector<store::Node>& nodes, std::int64_t self,
                store::LeaseTime left);
void write_process(metrics::Page& page, Millis started);

// The text of the page. What the store cannot tell now is left out.
asio::awaitable<std::string> metrics_text(const Measured& measured);

}  // namespace carillon::server
