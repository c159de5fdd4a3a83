// What an Alertmanager posts (webhook_config, version 4). Pure.
#pragma once

#include "source/hook/token.hpp"

namespace carillon::source::alertmanager {

class AlertmanagerHook final : public hook::TokenDialect {
 public:
  using TokenDialect::TokenDialect;

  // Each alert of the group is a run: one that fires has failed, and is a success when it is resolved.
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;
};

}  // namespace carillon::source::alertmanager
