// What of a build is attached to a mail: logs and patches. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "reporter/mail/mime.hpp"

namespace carillon::reporter::mail {

// addLogs: none, all, or those named "log" or "step.log".
struct LogChoice {
  bool all = false;
  std::vector<std::string> names;
  bool any() const { return all || !names.empty(); }
  bool wants(const std::string& step, const std::string& log) const;
};

// Logs of `steps[].logs[]` as "step.log", stream logs without the channel letters of their lines;
// with_builder: as "builder.step.log", for mails about several builds.
void add_logs(std::vector<Attachment>& out, const json::object& build, const LogChoice& choice,
              bool with_builder);

// Patches of the buildset's source stamps as "source patch N"; one that is there already is not added again.
// False: a patch came without its text (the API of Buildbot 3.7 answers null for it).
bool add_patches(std::vector<Attachment>& out, const json::object& build);

// Cuts attachments to max_each bytes (head and tail stay), and further when all together would still be more
// than a relay commonly takes (6 MiB, or max_each when that is more). Returns the names of those that were
// cut.
std::vector<std::string> limit_sizes(std::vector<Attachment>& attachments, std::size_t max_each);

}  // namespace carillon::reporter::mail
