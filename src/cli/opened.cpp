#include "cli/opened.hpp"

#include <csignal>

#include "cli/person.hpp"

namespace carillon::cli {

OpenedLedger::OpenedLedger(const Place& place, store::Access access) {
  if (place.server.empty()) {
    server::FoundDatabase found = server::find_database(place);
    database_ = std::move(found.database);
    spool_ = std::move(found.spool);
    ledger_ = store::open_ledger(database_, access);
    return;
  }
  std::signal(SIGPIPE, SIG_IGN);  // of connections that the server closes
  api_ = std::make_unique<ApiClient>(place.server, token_of_environment());
  auto remote = std::make_unique<RemoteLedger>(*api_);
  remote_ = remote.get();
  ledger_ = std::move(remote);
}

bool OpenedLedger::is_served() const {
  return remote_ != nullptr || server::is_served(database_);
}

std::unique_ptr<ChangeStream> OpenedLedger::stream() const {
  if (!api_) return nullptr;
  return std::make_unique<ChangeStream>(api_->shown(), token_of_environment());
}

void OpenedLedger::together(const std::function<void()>& changes) {
  remote_ != nullptr ? changes() : ledger_->together(changes);
}

void OpenedLedger::note(const std::string& what, const std::string& about, const std::string& reason) {
  ledger_->note({0, SystemClock().now(), user_of_command(), {}, what, about, reason});
}

}  // namespace carillon::cli
