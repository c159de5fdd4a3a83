#include "reporter/common/skipped.hpp"

#include "base/encoding.hpp"
#include "reporter/common/summary.hpp"

namespace carillon::reporter {

Delivery skipped_delivery(std::string_view service, const Details& details, std::string target,
                          std::string why) {
  Delivery skipped;
  skipped.key = std::string(service) + ":" + details.event_id + "#none";
  skipped.lane = skipped.key;
  skipped.target = std::move(target);
  skipped.summary = valid_utf8(report_summary(details));
  skipped.note = std::move(why);
  skipped.skip = true;
  return skipped;
}

std::vector<Delivery> nothing_to_send(std::string_view service, const Details& details, std::string target,
                                      std::string why) {
  std::vector<Delivery> deliveries;
  if (!details.plain)
    deliveries.push_back(skipped_delivery(service, details, std::move(target), std::move(why)));
  return deliveries;
}

}  // namespace carillon::reporter
