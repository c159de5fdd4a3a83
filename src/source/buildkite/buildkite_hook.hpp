// What Buildkite's webhooks say. Pure.
#pragma once

#include <memory>

#include "source/buildkite/settings.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::buildkite {

class BuildkiteHook final : public hook::Dialect {
 public:
  explicit BuildkiteHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // X-Buildkite-Signature, or X-Buildkite-Token: Buildkite sends one of them.
  bool has_jobs() const override { return true; }
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::buildkite
