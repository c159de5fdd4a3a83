#include "source/buildbot/complaints.hpp"

namespace carillon::source::buildbot {

void Complaints::add(Kind kind, std::string_view text) {
  Told& told = told_.at(static_cast<std::size_t>(kind));
  const Millis now = clock_.now();
  // A clock that was put back silences nothing.
  if (told.at && now >= *told.at && now - *told.at < pause) {
    ++told.left_out;
    return;
  }
  std::string line(text);
  if (told.left_out > 0) line += " (and " + std::to_string(told.left_out) + " more of the kind before it)";
  told = {now, 0};
  if (kind == Kind::build) {
    log_.error(where_, line);
  } else {
    log_.warning(where_, line);
  }
}

}  // namespace carillon::source::buildbot
