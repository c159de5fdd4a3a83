#include "view/hold.hpp"

#include "base/letters.hpp"
#include "base/moment.hpp"
#include "base/text.hpp"
#include "rule/said_why.hpp"

namespace carillon::view {
namespace {

// What waits for longer is given up.
constexpr Millis longest_hold = Millis{48} * 3600 * 1000;

}  // namespace

Result<Millis> moment_of(std::string_view field, const std::string& text, Millis now, Zone zone) {
  const auto at = moment_in(field, text, now, zone);
  if (!at) return at;
  // "2h" is how long from now, where parse_moment() looks back.
  const bool is_length = parse_moment(text, now + 1, zone) != *at;
  return is_length && !lower(trim(text)).ends_with("ago") ? now + (now - *at) : *at;
}

Result<Millis> until_of(const std::string& text, Millis now, Zone zone) {
  return moment_of("until", text, now, zone);
}

Result<void> may_hold(Millis until, std::string_view why, Millis now, std::string_view field) {
  if (is_blank(why)) return rejected(std::string(field) + ": say why it is paused; others will ask.");
  if (std::string odd = rule::wrong_reason(field, why); !odd.empty()) return rejected(std::move(odd));
  if (until <= now) return rejected("until: is not in the future.");
  if (until > now + longest_hold) {
    return rejected(
        "until: at most two days from now, as reports that wait for longer are given up; for longer, silence "
        "it, or take it out of the configuration.");
  }
  return ok();
}

}  // namespace carillon::view
