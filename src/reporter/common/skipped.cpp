#include "reporter/common/skipped.hpp"

#include "base/encoding.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter {

std::vector<Delivery> nothing_to_send(std::string_view service, const Details& details, std::string target,
                                      std::string why) {
  std::vector<Delivery> deliveries;
  if (details.plain) return deliveries;
  Delivery& skipped = deliveries.emplace_back();
  skipped.key = std::string(service) + ":" + details.event_id + "#none";
  skipped.lane = skipped.key;
  skipped.target = std::move(target);
  skipped.summary = valid_utf8(build_summary(details.builds.front()));
  skipped.note = std::move(why);
  skipped.skip = true;
  return deliveries;
}

}  // namespace carillon::reporter
