// What the status pushes to forges share: descriptions by phase, and one delivery per commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporter/common/commit.hpp"
#include "reporter/common/forge.hpp"
#include "reporter/common/progress.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/reporter.hpp"

namespace carillon::reporter {

// `pendingDescription`, `startDescription` and `endDescription`.
struct Descriptions {
  Wording waiting;
  Wording started;
  Wording ended;
};

// fallback: what stands for None, for an empty text, and for a renderable that fails.
Descriptions read_descriptions(const settings::Arguments& args, std::optional<std::string> started_fallback,
                               std::optional<std::string> ended_fallback);

// Our arguments `pendingDescription` and `ownRuns`, to append to a schema.
void add_our_arguments(settings::Schema& schema);

// The arguments that Buildbot's base of all status pushes takes, to append: builders, and wantProperties and
// its like, which have no effect.
void add_push_arguments(settings::Schema& schema);

// The description for how far the build has come, on one line of at most max_chars characters; nullopt when
// there is none. Never fails.
asio::awaitable<std::optional<std::string>> describe(const Descriptions& descriptions, const Details& details,
                                                     std::size_t max_chars, std::vector<std::string>& notes);

// The rendered text on one line, or `otherwise` where it is None, empty or fails. Never fails.
asio::awaitable<std::string> render_line(Wording wording, const Details& details, std::string otherwise,
                                         std::vector<std::string>& notes);

// The deliveries of one report, one per commit.
class StatusSheet {
 public:
  // service: begins the keys ("gitlab").
  StatusSheet(std::string service, const Details& details);

  // The status of the sourcestamp at `index`. identity: what a later state overwrites; the same identity
  // twice is one delivery. lane: empty for the identity.
  void add(std::size_t index, std::string identity, std::string target, std::string payload,
           std::string lane = {});

  // A commit that gets no status, with the reason.
  void leave_out(const Commit& commit, std::string_view reason);

  // What was added, with the notes; or the one skipped delivery that tells the reasons.
  std::vector<Delivery> deliveries(const std::vector<std::string>& notes) &&;

 private:
  std::string key_;
  std::string summary_;
  std::int64_t rank_ = 0;
  std::vector<Delivery> made_;
  std::vector<std::string> reasons_;
};

// A commit that gets a status.
struct ReportedCommit {
  // Of its sourcestamp.
  std::size_t index = 0;
  // `revision`: a hash that the service takes.
  Commit commit;
};

// Which hashes a service takes.
enum class Hashes { whole, abbreviated };

// The build's commits on this forge with their revision: the sourcestamp's where that is whole, else what
// `got_revision` says of the codebase. The sheet gets the others, with the reason.
std::vector<ReportedCommit> reported_commits(const json::object& build, const Forge& forge, Hashes hashes,
                                             StatusSheet& sheet);

}  // namespace carillon::reporter
