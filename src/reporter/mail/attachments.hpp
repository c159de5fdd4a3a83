// What of a build is attached to a mail: logs and patches. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "reporter/log_file.hpp"
#include "reporter/mail/mime.hpp"

namespace carillon::reporter::mail {

// Logs of `steps[].logs[]` as "step.log", stream logs without the channel letters of their lines; those that
// are in `files`, by `logid`, as files. with_builder: as "builder.step.log", for mails about several builds.
void add_logs(std::vector<Attachment>& out, const json::object& build, const LogChoice& choice,
              const std::map<std::int64_t, LogFile>& files, bool with_builder);

// Of the names that were chosen, those that no log of the builds has.
std::vector<std::string> missing_logs(const LogChoice& choice,
                                      const std::vector<const json::object*>& builds);

// Patches of the buildset's source stamps as "source patch N"; one that is there already is not added again.
// False: a patch came without its text (the API of Buildbot 3.7 answers null for it).
bool add_patches(std::vector<Attachment>& out, const json::object& build);

// Cuts attachments to max_each bytes (head and tail stay), and further when all together would still be more
// than a relay commonly takes (6 MiB, or max_each when that is more). Returns the names of those that were
// cut.
std::vector<std::string> limit_sizes(std::vector<Attachment>& attachments, std::uint64_t max_each);

}  // namespace carillon::reporter::mail
