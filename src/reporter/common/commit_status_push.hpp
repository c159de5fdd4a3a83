// The frame of the status pushes to forges: one status for each commit of a build.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "reporter/common/commit_status.hpp"
#include "reporter/reporter.hpp"
#include "settings/schema.hpp"

namespace carillon::reporter {

// The status of one commit, as its forge has it.
struct CommitStatus {
  // Where the commit is: "https://api.github.com owner/repo".
  std::string place;
  // Tells the statuses of one commit apart.
  std::string name;
  // Where the forge keeps a state for each ref, too: all of a commit go out one after the other.
  std::optional<std::string> ref;
  // All that send() needs.
  json::object payload;
};

// Goes over a build's commits: those that are not on the forge, have no revision or no place are left out
// with the reason, and the others get a delivery each, with key, lane, identity and rank. A forge says what a
// status holds, and where it goes.
//
// A build of the forge's own CI (its body says `ci`: "github") gets none, unless `ownRuns` says so: the forge
// shows its run itself.
class CommitStatusPush : public Reporter {
 public:
  explicit CommitStatusPush(bool own_runs) : own_runs_(own_runs) {}
  Needs needs() const override { return Needs{}; }
  bool tells_programs() const override { return true; }
  Task<std::vector<Delivery>> compose(const Details& details) override;

 protected:
  struct Kind {
    // Begins keys and lanes: "github".
    std::string service;
    Forge forge;
    Hashes hashes = Hashes::whole;
  };
  virtual Kind kind() const = 0;

  // What the statuses of all commits say. build: details.builds.front(). Never fails.
  virtual asio::awaitable<json::object> body_of(const json::object& build, const Details& details,
                                                std::vector<std::string>& notes) = 0;

  // The status of commits[index], or why it cannot have one.
  virtual tl::expected<CommitStatus, std::string> status_of(const json::object& build,
                                                            const std::vector<ReportedCommit>& commits,
                                                            std::size_t index, const json::object& body) = 0;

 private:
  bool own_runs_;
};

// The arguments that all of them have, to append to a schema: verbose, add_push_arguments(),
// add_wire_arguments(), pendingDescription and ownRuns.
void add_status_arguments(settings::Schema& schema);

}  // namespace carillon::reporter
