// What `carillon status` says: how the server is, and whether a person has to do something.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "source/link_state.hpp"
#include "store/cluster.hpp"
#include "store/ledger.hpp"

namespace carillon::view {

// A reporter whose target does not answer.
struct NoAnswer {
  std::string reporter;
  Millis since = 0;
  // What the last attempt came to.
  std::string answer;
};

struct ServerStatus {
  Millis started = 0;
  std::string version;
  // Why it is not ready.
  std::vector<std::string> wrong;
  std::vector<source::Observed> sources;
  std::vector<NoAnswer> silent = {};
  // Of several, where it is one of them.
  std::vector<store::Node> nodes = {};
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

// What a person has to look after.
struct Need {
  enum class About { server, source, dead, waiting, missing };
  About about = About::server;
  // Empty: it is about the server.
  std::string name;
  // "1 report of mails is dead".
  std::string what;
  // What to do on a command line; may be empty.
  std::string command;
};

// No server, a part of it that is broken, a source that is away for more than a minute, dead deliveries, a
// target that does not answer for more than five minutes while something waits for it, what waits for more
// than an hour, what no reporter delivers.
std::vector<Need> needs_of(const Status& status, Millis now);
// The same, a sentence each.
std::vector<std::string> needs_a_person(const Status& status, Millis now);

// What is not as it should be, and may yet end by itself: targets that do not answer; a sentence each.
std::vector<std::string> notes_of(const Status& status, Millis now);

// Of the reporter; null: its target answers, as far as known.
const NoAnswer* no_answer_of(const std::optional<ServerStatus>& server, const std::string& reporter);

// As `--json` and the API show it.
json::object to_json(const Status& status, const std::vector<std::string>& needs);

// On the way from the server (control.hpp).
json::object to_json(const ServerStatus& server);
ServerStatus server_status_of(const json::object& told);

}  // namespace carillon::view
