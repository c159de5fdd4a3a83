// The command lines of Gerrit's ssh interface, and what their ends mean. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporter/gerrit/gerrit_change.hpp"
#include "reporter/gerrit/review.hpp"
#include "transport/process.hpp"

namespace carillon::reporter::gerrit {

struct Version {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

// Out of the output of `gerrit version`. A build without a number counts as new. nullopt: it is no such
// output.
std::optional<Version> parse_version(std::string_view output);

// Quoted so that Gerrit's splitter gives the word back: '...' is literal, a backslash stands before a quote
// outside of it. Double quotes, which only newer versions know, stay inside of single ones. Not for the empty
// word, which cannot be said.
std::string quote(std::string_view word);

// "gerrit review --project P ...", for that version. left_out: labels that an old Gerrit does not know.
std::string review_command(const Version& version, const Patch& patch, const Review& review,
                           const std::string& notify, std::vector<std::string>& left_out);

// The one of the review's labels that Gerrit refuses it for: it is not configured, the value is none of its,
// or the user may not vote so. nullopt: the refusal is about something else.
std::optional<std::string> refused_label(std::string_view error, const Review& review);

// The command that lists the changes with the patch and their comments as lines of JSON.
std::string comments_command(const Patch& patch);

// Whether the lines hold a comment of the user's with that message, not older than `since` (seconds).
bool has_comment(std::string_view lines, const Patch& patch, std::string_view user, std::string_view message,
                 std::int64_t since);

// ok for exit code 0. Unreachable: ssh itself failed (255), a signal, an error that says "not now". Rejected:
// Gerrit refused; with the first line of its errors.
Result<void> judge(const process::Ended& ended);

}  // namespace carillon::reporter::gerrit
