// What CircleCI's outbound webhooks say. Pure.
#pragma once

#include <memory>

#include "source/circleci/settings.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::circleci {

class CircleCIHook final : public hook::Dialect {
 public:
  explicit CircleCIHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // circleci-signature, of version 1.
  bool has_jobs() const override { return true; }
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  Result<void> hear_workflow(const json::object& body, const std::string& slug, hook::Heard& heard) const;
  Result<void> hear_job(const json::object& body, const std::string& slug, hook::Heard& heard) const;

  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::circleci
