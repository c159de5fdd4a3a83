// What GitLab's webhooks say. Pure.
#pragma once

#include <memory>

#include "source/gitlab/settings.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::gitlab {

class GitLabHook final : public hook::Dialect {
 public:
  explicit GitLabHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // X-Gitlab-Token with a secret token, or webhook-signature with a signing token: of what is configured any
  // one.
  bool has_jobs() const override { return true; }
  bool may_be_right(const web::Head& head) const override;
  bool shows_any(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  // Failure (rejected), besides: X-Gitlab-Instance is another server than that of url=.
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  Result<void> hear_pipeline(const json::object& body, hook::Heard& heard) const;
  Result<void> hear_job(const json::object& body, hook::Heard& heard) const;
  // Whether it is wanted; else says why not.
  Result<bool> is_wanted(const std::string& project, std::string_view path, hook::Heard& heard) const;

  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::gitlab
