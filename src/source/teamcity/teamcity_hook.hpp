// What TeamCity's webhooks say, its own and those of the plugin tcWebHooks. Pure.
#pragma once

#include "source/hook/token.hpp"

namespace carillon::source::teamcity {

class TeamCityHook final : public hook::TokenDialect {
 public:
  using TokenDialect::TokenDialect;

  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;
};

}  // namespace carillon::source::teamcity
