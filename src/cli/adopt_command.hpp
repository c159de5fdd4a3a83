// carillon adopt
#pragma once

#include <string>

namespace carillon::cli {

struct AdoptOptions {
  // A Buildbot's master.cfg.
  std::string file;
  // The file to write; empty: carillon.cfg beside it.
  std::string output;
};

// Writes a configuration of Carillon that runs the Buildbot's as it is and then sets what is Carillon's own:
// the source (the master's URL, from c['buildbotURL']), the database and the web port. Then checks it, as
// `carillon check` does, and returns what that returns; what fails is removed again. 1, with the reason on
// standard error, when the file cannot be read or there is one to write already.
int adopt(const AdoptOptions& options);

}  // namespace carillon::cli
