// carillon copy-db
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace carillon::cli {

struct CopyOptions {
  // URLs of databases.
  std::string from, to;
  // Texts that TO cannot keep are changed, instead of refused.
  bool replace_texts = false;
  // Folders of c['spool'] beside FROM and TO, or configurations whose c['spool'] counts; empty: there is
  // none.
  std::string from_dir, to_dir;
  std::string from_config, to_config;
  bool json = false;
};

void add_copy(CLI::App& app, std::function<int()>& chosen);

// Copies all that the database FROM keeps, with the files of its long logs, into the empty database TO, while
// no server has either; compares both sides, and prints what there is. Returns 1, with the reason on standard
// error, where TO cannot keep texts as they are; throws where anything else is wrong. Whatever happens, FROM
// stays as it is, and TO empty until all was compared.
int copy_db(const CopyOptions& options);

}  // namespace carillon::cli
