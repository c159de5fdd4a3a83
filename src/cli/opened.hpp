// The ledger that a command is about: that of a database, or of a server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/change_stream.hpp"
#include "cli/place.hpp"
#include "cli/remote_ledger.hpp"
#include "server/roster_record.hpp"
#include "store/open.hpp"

namespace carillon::cli {

class OpenedLedger {
 public:
  // Throws settings::ConfigError or store::Error.
  explicit OpenedLedger(const Place& place, store::Access access = store::Access::existing);

  store::Ledger& ledger() { return *ledger_; }
  // null: it is a database's.
  RemoteLedger* remote() { return remote_; }
  // Of memory: it is a server's.
  const store::Address& database() const { return database_; }
  // As server::FoundDatabase has it.
  const std::optional<settings::SpoolPlace>& spool() const { return spool_; }
  // Whether a server runs that will send what waits.
  bool is_served() const;
  server::RosterRecord roster() { return {ledger(), is_served()}; }

  // That tells when something changes; null: it is a database's.
  std::unique_ptr<ChangeStream> stream() const;

  // Of a database one transaction; over a server each change is one by itself.
  void together(const std::function<void()>& changes);

  // Notes what the user did. A server notes by itself what is done over it.
  void note(const std::string& what, const std::string& about, const std::string& reason = {});

 private:
  store::Address database_;
  std::optional<settings::SpoolPlace> spool_;
  std::unique_ptr<ApiClient> api_;
  std::unique_ptr<store::Ledger> ledger_;
  RemoteLedger* remote_ = nullptr;
};

}  // namespace carillon::cli
