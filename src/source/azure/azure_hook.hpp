// What Azure's service hooks say. Pure, but for the names that the API tells of projects.
#pragma once

#include <memory>

#include "source/azure/azure_run.hpp"
#include "source/azure/settings.hpp"
#include "source/hook/token.hpp"

namespace carillon::source::azure {

class AzureHook final : public hook::TokenDialect {
 public:
  AzureHook(std::shared_ptr<const Settings> settings, std::shared_ptr<const ProjectNames> names)
      : TokenDialect(settings->secrets), settings_(std::move(settings)), names_(std::move(names)) {}

  bool has_jobs() const override { return true; }
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  Result<void> hear_resource(const json::object& body, hook::Heard& heard) const;

  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<const ProjectNames> names_;
};

}  // namespace carillon::source::azure
