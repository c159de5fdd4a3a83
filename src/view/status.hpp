// What `carillon status` says: how the server is, and whether a person has to do something.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "source/link_state.hpp"
#include "store/ledger.hpp"

namespace carillon::view {

struct ServerStatus {
  Millis started = 0;
  std::string version;
  // Why it is not ready.
  std::vector<std::string> wrong;
  std::vector<source::Observed> sources;
};

struct Status {
  bool running = false;
  // nullopt though it runs: it cannot be asked, and `no_answer` says why.
  std::optional<ServerStatus> server;
  std::string no_answer;
  std::vector<store::Ledger::Backlog> backlog;
  std::vector<store::OpenWork> open;
  std::vector<store::Pause> pauses;
  // Reporters with work that are not configured.
  std::vector<std::string> missing;
};

// What the store tells of it: work, pauses. `is_missing`: whether a reporter is not configured. queues: what
// waits, where that is known; else it is counted.
void add_work(Status& status, store::Ledger& ledger, Millis now,
              const std::function<bool(const std::string& reporter)>& is_missing,
              const std::optional<std::vector<store::Ledger::Queue>>& queues = std::nullopt);

// What a person has to look after, a sentence each: no server, a part of it that is broken, a source that is
// away for more than a minute, dead deliveries, what waits for more than an hour, what no reporter delivers.
std::vector<std::string> needs_a_person(const Status& status, Millis now);

// As `--json` and the API show it.
json::object to_json(const Status& status, const std::vector<std::string>& needs);

// On the way from the server (control.hpp).
json::object to_json(const ServerStatus& server);
ServerStatus server_status_of(const json::object& told);

}  // namespace carillon::view
