#include "view/hold.hpp"

#include "base/moment.hpp"
#include "base/text.hpp"

namespace carillon::view {
namespace {

// What waits for longer is given up.
constexpr Millis longest_hold = Millis{48} * 3600 * 1000;

}  // namespace

Result<Millis> until_of(const std::string& text, Millis now) {
  const auto at = parse_moment(text, now);
  if (!at) return rejected("until: '" + text + "' is not a time: write " + std::string(moment_forms));
  // "2h" is how long from now, where parse_moment() looks back.
  const auto again = parse_moment(text, now + 1);
  return again != at ? now + (now - *at) : *at;
}

Result<void> may_hold(Millis until, std::string_view why, Millis now) {
  if (is_blank(why)) return rejected("why: say why it is paused; others will ask.");
  if (until <= now) return rejected("until: is not in the future.");
  if (until > now + longest_hold) {
    return rejected(
        "until: at most two days from now, as reports that wait for longer are given up; for longer, silence "
        "it, or take it out of the configuration.");
  }
  return ok();
}

}  // namespace carillon::view
