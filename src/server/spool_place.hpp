// Where the files of long logs are.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "settings/configuration.hpp"
#include "spool/places.hpp"
#include "store/open.hpp"
#include "transport/http.hpp"

namespace carillon::server {

// Where those of a database go, for people: "the folder /var/lib/carillon/carillon.sqlite.spool", "the
// database", or "the bucket https://s3.example.org/logs/carillon.sqlite.spool". In the folder or the bucket
// of c['spool'] each database has a folder of its own, of the same name on every node.
std::string shown_spool(const store::Address& database, const settings::SpoolPlace& place);

// Opens it, and beside it where files went before c['spool'] or the database was another one: the folder
// beside the database, and the database. What waits finds them there. Results are delivered on `io`. The
// client outlives it. Throws store::Error as store::open_spool().
std::unique_ptr<spool::Places> open_spool(const asio::any_io_executor& io, http::Client& client,
                                          const store::Address& database, const settings::SpoolPlace& place);

// Takes the folder of a database in what c['spool'] names, unless another database has it: a file in it says
// whose it is. id: of the database, the same for all of its nodes. was_there: it had it before, so that one
// without that file is another one: a mount that is away, perhaps. "": it has it; else what is wrong, for
// people. A folder of a disk blocks the thread. Two databases of one name in one place would remove each
// other's files as unused. Failure: unreachable, it cannot be found out now. The client outlives it.
Task<std::string> claim_spool(http::Client& client, const store::Address& database,
                              const settings::SpoolPlace& place, std::string id, bool was_there);

// Where long logs of a database were, on whichever node: of each place when another one took over from it.
// Kept in the database.
struct SpoolRecord {
  json::object record;
  // Of these, others than the current one, in which some may be still.
  std::vector<std::string> elsewhere;
  // The current one was there before.
  bool was_there = false;
};
// record: what was kept, null at first. current: as shown_spool(); "": the database or beside it, which each
// node looks into. A place is forgotten three days after another one took over.
SpoolRecord spool_record(const json::value& record, const std::string& current, Millis now);

// Throws settings::ConfigError, which begins with `where`, where the folder is not there: a mount that is
// away, perhaps. Empty: there is none.
void require_spool_folder(const std::string& dir, const std::string& where);
// That of the configuration.
void require_spool_folder(const settings::Configuration& configuration);

}  // namespace carillon::server
