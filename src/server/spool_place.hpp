// Where the files of long logs are.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "settings/configuration.hpp"
#include "spool/spool.hpp"
#include "store/open.hpp"

namespace carillon::server {

// Where those of a database go, for people: "the folder /var/lib/carillon/carillon.sqlite.spool", or "the
// database". dir: c['spool']['dir'] as settings::Configuration has it; empty: none is named. In it each
// database has a folder of its own, of the same name on every node.
std::string shown_spool(const store::Address& database, const std::string& dir);

// Opens it, and beside it where files went before c['spool'] or the database was another one: the folder
// beside the database, and the database. What waits finds them there. Results are delivered on `io`. Throws
// store::Error as store::open_spool().
std::unique_ptr<spool::Spool> open_spool(const asio::any_io_executor& io, const store::Address& database,
                                         const std::string& dir);

// Takes the folder in c['spool']['dir'] for a database, unless another one has it: a file in it says whose it
// is. id: of the database, the same for all of its nodes. "": it has it, or that cannot be found out now;
// else what is wrong, for people. Blocks its thread. Two databases of one name in one folder would remove
// each other's files as unused.
std::string claim_spool_folder(const store::Address& database, const std::string& dir, const std::string& id);

// Throws settings::ConfigError, which begins with `where`, where the folder is not there: a mount that is
// away, perhaps. Empty: there is none.
void require_spool_folder(const std::string& dir, const std::string& where);
// That of the configuration.
void require_spool_folder(const settings::Configuration& configuration);

}  // namespace carillon::server
