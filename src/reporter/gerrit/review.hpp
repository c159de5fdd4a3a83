// What is said about a build in Gerrit: out of what a callback returned, or the built-in text. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reporter/reporter.hpp"

namespace carillon::reporter::gerrit {

struct Review {
  // Valid UTF-8, lines end in LF, no NUL; may be empty.
  std::string message;
  std::vector<std::pair<std::string, std::int64_t>> labels;
};

// What a callback returned.
struct Said {
  // nullopt: it wants nothing sent.
  std::optional<Review> review;
  // Labels that were left out.
  std::vector<std::string> notes;
  // (message, verified, reviewed).
  bool old_style = false;
};

// {'message': ..., 'labels': {...}} or (message, verified, reviewed). None, no message, and an empty message
// without labels mean that nothing is sent. Failure: rejected; it is nothing of this.
Result<Said> read_said(const json::value& returned);

// The built-in text for the kind of report: the start or the end of a build, a buildset. nullopt where
// nothing is to be said: a build that is to be repeated.
std::optional<Review> built_in_review(const Details& details);

// The builds of a buildset that count: without those that were repeated in it; sorted by builder.
std::vector<const json::object*> summed_up(const Details& details);

// What summaryCB gets of each: name, result, resultText, text, url, build.
json::array build_info_list(const Details& details);

// A label's name as Gerrit allows it: letters, digits and '-', not '-' first.
bool is_label(std::string_view name);

}  // namespace carillon::reporter::gerrit
