// Where the files of long logs are.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "settings/configuration.hpp"
#include "spool/spool.hpp"
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
std::unique_ptr<spool::Spool> open_spool(const asio::any_io_executor& io, http::Client& client,
                                         const store::Address& database, const settings::SpoolPlace& place);

// Takes the folder of a database in what c['spool'] names, unless another database has it: a file in it says
// whose it is. id: of the database, the same for all of its nodes. "": it has it, or that of a folder of a
// disk cannot be found out now; else what is wrong, for people. A folder of a disk blocks the thread. Two
// databases of one name in one place would remove each other's files as unused. Failure: unreachable, of a
// bucket. The client outlives it.
Task<std::string> claim_spool(http::Client& client, const store::Address& database,
                              const settings::SpoolPlace& place, std::string id);

// Throws settings::ConfigError, which begins with `where`, where the folder is not there: a mount that is
// away, perhaps. Empty: there is none.
void require_spool_folder(const std::string& dir, const std::string& where);
// That of the configuration.
void require_spool_folder(const settings::Configuration& configuration);

}  // namespace carillon::server
