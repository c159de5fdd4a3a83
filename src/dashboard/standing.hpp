// How builders stand: their last real end, whatever came after it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

// What is asked for; empty ones: any.
struct BuilderChoice {
  std::string source, branch;
  // Which one of its newest builds has.
  std::string tag;
  // A name, in which `*` stands for anything.
  std::string builder;
};

struct Standing {
  std::string source, builder;
  // Several sources have a builder of that name.
  bool shared = false;
  // The newest one that succeeded, with warnings or without, failed, or had an exception: neither skipped,
  // nor cancelled, nor to be tried again. Looked for among the newest 300 builds (of all branches).
  std::optional<store::ListedBuild> last;
  // The newest of any kind, where there is one among the newest.
  std::optional<store::ListedBuild> newest;
  // One of the newest runs.
  bool running = false;
};

// By source and name; those of which no build is such a one are left out. Failure (rejected): the choice's
// builder names more than 2,000.
Result<std::vector<Standing>> standings(store::Ledger& ledger, const BuilderChoice& choice);

// Of one builder by its whole name; of several sources the one that ended last. nullopt: no build of it is
// such a one.
std::optional<Standing> standing(store::Ledger& ledger, const std::string& builder,
                                 const BuilderChoice& choice);

}  // namespace carillon::dashboard
