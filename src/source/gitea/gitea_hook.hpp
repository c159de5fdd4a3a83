// What Gitea's and Forgejo's webhooks say. Pure.
#pragma once

#include <memory>

#include "source/gitea/settings.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::gitea {

class GiteaHook final : public hook::Dialect {
 public:
  explicit GiteaHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // X-Gitea-Signature, X-Forgejo-Signature, or X-Hub-Signature-256; empty ones, which hooks without a secret
  // show, are refused.
  bool has_jobs() const override { return true; }
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  Result<void> hear_run(const json::object& body, hook::Heard& heard) const;
  Result<void> hear_job(const json::object& body, hook::Heard& heard) const;
  Result<void> hear_status(const json::object& body, hook::Heard& heard) const;
  Result<void> hear_forgejo_run(const json::object& body, hook::Heard& heard) const;

  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::gitea
