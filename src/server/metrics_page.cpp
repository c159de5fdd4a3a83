#include "server/metrics_page.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "server/health_monitor.hpp"

namespace carillon::server {
namespace {

using metrics::Page;
using metrics::Type;

double seconds(Millis time) {
  return static_cast<double>(time) / 1000;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void write_server(Page& page, const Measured& measured) {
  page.family("carillon_build_info", Type::gauge, "Always 1; the version is a label.");
  page.sample({{"version", CARILLON_VERSION}}, 1);
  page.single("carillon_orders_pending", Type::gauge, "Reports that are being worded, or are about to be.",
              static_cast<double>(measured.composer.pending() + measured.store.pending()));
  page.single("carillon_store_backlog", Type::gauge, "Operations that wait for the store's thread.",
              static_cast<double>(measured.store.backlog()));
  page.single("carillon_store_failing", Type::gauge, "1: the last write failed.",
              measured.store.trouble() ? 1 : 0);
  page.single("carillon_python_busy_seconds_total", Type::counter, "Time that the Python thread has worked.",
              std::chrono::duration<double>(measured.script.worked()).count());
  page.single("carillon_io_lag_seconds", Type::gauge,
              "Largest event-loop delay within the last minute, in seconds.",
              measured.health.lateness().worst().count());
}

void write_spool(Page& page, const pipeline::SpoolRoom& spool) {
  page.single("carillon_spool_bytes", Type::gauge, "Files of long logs, what is being written included.",
              static_cast<double>(spool.used()));
  page.single("carillon_spool_files", Type::gauge, "Files in the spool.", static_cast<double>(spool.files()));
}

void write_reporters(Page& page, const pipeline::Roster& roster) {
  page.family("carillon_reporters", Type::gauge, "Reporters by whether they are configured or draining.");
  page.sample({{"state", "configured"}}, static_cast<double>(roster.entries.size()));
  page.sample({{"state", "draining"}}, static_cast<double>(roster.draining.size()));
}

void write_masters(Page& page, const std::vector<SourceManager::Observed>& sources) {
  page.family("carillon_master_connected", Type::gauge, "1: the connection to the source is up.");
  for (const SourceManager::Observed& one : sources) {
    if (one.link) page.sample({{"master", one.name}}, one.link->up ? 1 : 0);
  }
  page.family("carillon_intake_last_heard_seconds", Type::gauge,
              "When the last delivery of a hook was taken, since the Unix epoch.");
  for (const SourceManager::Observed& one : sources) {
    if (one.heard_at) page.sample({{"master", one.name}}, static_cast<double>(*one.heard_at) / 1000);
  }
  page.family("carillon_intake_api_remaining", Type::gauge, "Requests that the CI's API still takes.");
  for (const SourceManager::Observed& one : sources) {
    if (one.quota_left) page.sample({{"master", one.name}}, static_cast<double>(*one.quota_left));
  }
}

void write_queues(Page& page, const std::vector<pipeline::Courier::Queue>& queues,
                  const std::map<std::string, Millis>& composed, Millis now) {
  const auto family = [&](std::string_view name, std::string_view help, auto&& value) {
    page.family(name, Type::gauge, help);
    for (const auto& queue : queues)
      page.sample({{"reporter", queue.reporter}}, value(queue));
  };
  family("carillon_deliveries_waiting", "Deliveries that are not settled yet.",
         [](const auto& queue) { return static_cast<double>(queue.waiting); });
  family("carillon_deliveries_under_way", "Deliveries that are being sent.",
         [](const auto& queue) { return static_cast<double>(queue.in_flight); });
  family("carillon_oldest_waiting_seconds", "Age of the delivery that waits longest; 0: none waits.",
         [&](const auto& queue) {
           const auto at = composed.find(queue.reporter);
           return at == composed.end() ? 0 : seconds(std::max<Millis>(now - at->second, 0));
         });
  family("carillon_reporter_pause_seconds", "For how long the service asks to be left alone.",
         [&](const auto& queue) { return seconds(std::max<Millis>(queue.paused_until - now, 0)); });
  family("carillon_reporter_silent", "1: the service does not answer, and is probed.",
         [](const auto& queue) { return queue.silent ? 1.0 : 0.0; });
}

// Of each reporter, when the oldest of what waits was composed.
asio::awaitable<std::map<std::string, Millis>> oldest(store::Store& store,
                                                      const std::vector<pipeline::Courier::Queue>& queues) {
  std::vector<std::string> reporters;
  std::vector<RowId> rows;
  for (const auto& queue : queues) {
    if (!queue.oldest) continue;
    reporters.push_back(queue.reporter);
    rows.push_back(*queue.oldest);
  }
  std::map<std::string, Millis> times;
  if (rows.empty()) co_return times;
  const auto created = co_await store.created(std::move(rows));
  for (std::size_t i = 0; created && i < created->size(); ++i) {
    if ((*created)[i] != 0) times[reporters[i]] = (*created)[i];
  }
  co_return times;
}

}  // namespace

void write_process(Page& page, Millis started) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  page.single("process_cpu_seconds_total", Type::counter, "CPU time of the process.",
              seconds(usage.ru_utime) + seconds(usage.ru_stime));
  std::ifstream statm("/proc/self/statm");
  double virtual_pages = 0;
  double resident_pages = 0;
  if (statm >> virtual_pages >> resident_pages) {
    const auto page_size = static_cast<double>(sysconf(_SC_PAGESIZE));
    page.single("process_virtual_memory_bytes", Type::gauge, "Virtual memory.", virtual_pages * page_size);
    page.single("process_resident_memory_bytes", Type::gauge, "Memory in use.", resident_pages * page_size);
  }
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) {
    const auto count = std::distance(begin(files), end(files));
    page.single("process_open_fds", Type::gauge, "Open files and connections.",
                static_cast<double>(count - 1));  // the folder itself
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    page.single("process_max_fds", Type::gauge, "How many there may be.",
                static_cast<double>(limit.rlim_cur));
  }
  page.single("process_start_time_seconds", Type::gauge, "When it started, since the Unix epoch.",
              seconds(started));
}

void write_node(Page& page, const std::vector<store::Node>& nodes, std::int64_t self, store::LeaseTime left) {
  const store::Node* serving = store::serving_of(nodes);
  const auto living = std::ranges::count_if(nodes, [](const store::Node& node) {
    return node.state != store::NodeState::gone && node.silent <= node.lease.count();
  });
  page.single("carillon_nodes", Type::gauge, "Nodes that stand by or serve.", static_cast<double>(living));
  page.single("carillon_node_serving", Type::gauge, "1: this node serves; 0: it stands by.",
              serving != nullptr && serving->id == self ? 1 : 0);
  page.single("carillon_lease_seconds_left", Type::gauge,
              "For how long this node may send without the database.",
              std::max(std::chrono::duration<double>(left).count(), 0.0));
}

asio::awaitable<std::string> metrics_text(const Measured& measured) {
  Page page(measured.redact);
  measured.registry.write(page);
  std::vector<pipeline::Courier::Queue> queues = measured.courier.queues();
  std::ranges::sort(queues, {}, &pipeline::Courier::Queue::reporter);
  const auto times = co_await oldest(measured.store, queues);
  write_queues(page, queues, times, measured.clock.now());
  write_reporters(page, *measured.roster());
  write_masters(page, measured.sources);
  write_server(page, measured);
  if (const store::Lease* lease = measured.store.lease())
    write_node(page, lease->nodes(), lease->self(), lease->until() - store::lease_now());
  if (const auto size = co_await measured.store.size()) {
    page.single("carillon_database_bytes", Type::gauge, "Size of the database file.",
                static_cast<double>(size->file));
    page.single("carillon_database_used_bytes", Type::gauge, "Of it, what is in use.",
                static_cast<double>(size->used));
  }
  write_spool(page, measured.spool);
  write_process(page, measured.started);
  co_return page.text();
}

}  // namespace carillon::server
